"""What listens in the pod, as the kernel lists it: the first thing to know of a service that never answered.

It refuses to judge and to fail: a table that cannot be read, or has another form, tells of nothing.
"""

import ipaddress
import socket
import struct
import urllib.parse
from collections.abc import Sequence
from pathlib import Path

TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
LISTEN = "0A"
SHOWN = 5


def listening(tables: Sequence[str] = TABLES) -> list[tuple[str, int]]:
    """(address, port) of every TCP listener in this network namespace, in order of port."""
    found = set()
    for table in tables:
        try:
            lines = Path(table).read_text(encoding="ascii").splitlines()[1:]
            rows = [line.split() for line in lines]
            found |= {_endpoint(row[1]) for row in rows if len(row) > 3 and row[3] == LISTEN}
        except (OSError, ValueError, struct.error):
            continue
    return sorted(found, key=lambda endpoint: (endpoint[1], endpoint[0]))


def told(base_url: str, found: Sequence[tuple[str, int]]) -> str:
    """One clause that names what listens where, beside where the service was asked."""
    url = urllib.parse.urlsplit(base_url)
    host, port = url.hostname or "127.0.0.1", url.port or 80
    asked = f"{host}:{port}"
    if not found:
        return "nothing listens on any port in its container"
    if any(where == port and _reached(address, host) for address, where in found):
        return f"something listens on {asked}, and gave no HTTP answer below 500"
    shown = ", ".join(
        f"[{address}]:{where}" if ":" in address else f"{address}:{where}" for address, where in found[:SHOWN]
    )
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"it listens on {shown}{more}, and not on {asked}, which PORT asks for"


def _endpoint(text: str) -> tuple[str, int]:
    """`0100007F:1F90` -> ("127.0.0.1", 8000): each 32-bit word is in the byte order of the machine."""
    words, _, port = text.partition(":")
    raw = b"".join(struct.pack("=I", int(words[at : at + 8], 16)) for at in range(0, len(words), 8))
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw), int(port, 16)


def _reached(address: str, host: str) -> bool:
    listener = ipaddress.ip_address(address)
    if isinstance(listener, ipaddress.IPv6Address) and listener.ipv4_mapped is not None:
        listener = listener.ipv4_mapped
    return listener.is_unspecified or str(listener) == host
