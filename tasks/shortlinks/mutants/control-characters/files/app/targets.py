"""Which addresses a link may lead to. They are never fetched or looked up here: browsers go there on our word."""

import ipaddress
import re

MAX_LENGTH = 2048
# Printable ASCII but space and backslash: browsers read a backslash as a slash, and drop tabs and line breaks.
CHARACTERS = re.compile(r"[\x00-\[\]-\x7f]+")
ADDRESS = re.compile(r"https?://(\[[^\]/?#]*\]|[^:/?#]*)(?::([0-9]{1,5}))?(?:[/?#].*)?", re.IGNORECASE | re.DOTALL)
LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
QUAD = re.compile(r"(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}")
PRIVATE_ENDINGS = {"localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa"}
CLOSED_IPV4 = [
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
]
PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")
# Documentation, and the two that carry an IPv4 address inside.
CLOSED_IPV6 = [ipaddress.IPv6Network(network) for network in ("2001::/32", "2001:db8::/32", "2002::/16")]


def check_target(url: str) -> str:
    """`url` itself; ValueError with the reason if no link may lead there."""
    if len(url) > MAX_LENGTH or not CHARACTERS.fullmatch(url):
        raise ValueError(f"expected 1 to {MAX_LENGTH} printable ASCII characters without space and backslash")
    parts = ADDRESS.fullmatch(url)
    if parts is None:
        raise ValueError("expected http:// or https://, a host without user name, and optionally a port")
    host, port = parts.groups()
    if port is not None and not 1 <= int(port) <= 65535:
        raise ValueError("expected a port from 1 to 65535")
    if not (_is_public_ipv6(host) or _is_public_ipv4(host) or _is_public_name(host)):
        raise ValueError("expected a public DNS name, IPv4 address or bracketed IPv6 address")
    return url


def _is_public_name(host: str) -> bool:
    labels = host.split(".")
    if len(host) > 253 or len(labels) < 2 or not all(LABEL.fullmatch(label) for label in labels):
        return False
    # A last label that begins with a digit makes browsers read the whole as a number, i.e. an IPv4 address.
    return labels[-1][0].isalpha() and labels[-1].lower() not in PRIVATE_ENDINGS


def _is_public_ipv4(host: str) -> bool:
    if not QUAD.fullmatch(host) or any(int(part) > 255 for part in host.split(".")):
        return False
    address = ipaddress.IPv4Address(host)
    return not any(address in network for network in CLOSED_IPV4)


def _is_public_ipv6(host: str) -> bool:
    if not host.startswith("["):
        return False
    try:
        address = ipaddress.IPv6Address(host[1:-1])
    except ValueError:
        return False
    if address.scope_id is not None:
        return False
    return address in PUBLIC_IPV6 and not any(address in network for network in CLOSED_IPV6)
