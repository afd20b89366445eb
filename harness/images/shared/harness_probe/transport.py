"""One HTTP/1.1 request against a service that may be hostile: total deadline, byte caps, no surprises.

It refuses redirects, compression above the cap, more than 100 header lines, bodies that never end, and answers that
drip: every read is bounded by what is left of one deadline, and every byte from the wire is counted. `requests` and
`httpx` offer neither a total deadline nor a size cap, hence this module on top of `http.client`.
"""

import contextlib
import http.client
import io
import socket
import urllib.parse
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from harness_probe import fair_clock

WIRE_CAP = 4_000_000  # bytes of one answer, head included
BODY_CAP = 8_000_000  # bytes after decompression
DEADLINE_S = 10.0
LOOK_S = 0.5  # between two looks at the fair clock


class ServiceError(Exception):
    """The service did not give a usable HTTP answer. `kind` is one of: refused, reset, timeout, too_large, protocol."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Answer:
    """A complete answer; `headers` in wire order, repeated names kept; `body` decoded from gzip/deflate if need be."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class _BoundedReader(io.RawIOBase):
    """Reads from a socket until the deadline or the byte cap, whichever comes first."""

    def __init__(self, sock: socket.socket, deadline: float, cap: int) -> None:
        self._sock, self._deadline, self._left = sock, deadline, cap

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def,override]
        while True:
            self._sock.settimeout(_slice(self._deadline))
            try:
                count = self._sock.recv_into(buffer)
            except TimeoutError:
                continue  # a look at the clock, which may run slower than ours
            break
        self._left -= count
        if self._left < 0:
            raise ServiceError("too_large", f"answer larger than {WIRE_CAP} bytes on the wire")
        return count


class _BoundedSocket:
    """The part of a socket that http.client uses, with reads bounded."""

    def __init__(self, sock: socket.socket, deadline: float, cap: int) -> None:
        self._sock, self._deadline, self._cap = sock, deadline, cap

    def sendall(self, data: bytes) -> None:
        unsent = memoryview(data)
        while unsent:
            self._sock.settimeout(_slice(self._deadline))
            try:
                unsent = unsent[self._sock.send(unsent) :]
            except TimeoutError:
                continue

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_BoundedReader(self._sock, self._deadline, self._cap))

    def close(self) -> None:
        """Nothing: http.client closes before the body is read; `exchange` closes the real socket at the end."""


def exchange(
    base_url: str,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    *,
    deadline_s: float = DEADLINE_S,
    wire_cap: int = WIRE_CAP,
    body_cap: int = BODY_CAP,
) -> Answer:
    """Send one request on a fresh connection and read the whole answer. Raises ServiceError, nothing else.

    `deadline_s` in fair seconds.
    """
    address = urllib.parse.urlsplit(base_url)
    host, port = address.hostname or "127.0.0.1", address.port or 80
    deadline = fair_clock.now() + deadline_s
    raw: socket.socket | None = None
    try:
        raw = _connected(host, port, deadline)
        connection = http.client.HTTPConnection(host, port)
        connection.sock = _BoundedSocket(raw, deadline, wire_cap)
        _send(connection, method, target, headers, body)
        return _receive(connection, wire_cap, body_cap)
    except ConnectionRefusedError:
        raise ServiceError("refused", "connection refused: nothing listens on the service's port") from None
    except TimeoutError:
        raise ServiceError("timeout", f"no complete answer within {deadline_s:g} s") from None
    except OSError as error:
        raise ServiceError("reset", f"connection broken by the service: {error}") from None
    finally:
        if raw is not None:
            raw.close()


def _slice(deadline: float) -> float:
    """Seconds to wait before the next look at the clock. Raises TimeoutError once the deadline has passed."""
    left_s = deadline - fair_clock.now()
    if left_s <= 0:
        raise TimeoutError("total deadline passed")
    return max(0.001, min(left_s, LOOK_S))


def _connected(host: str, port: int, deadline: float) -> socket.socket:
    while True:
        _slice(deadline)
        try:
            return socket.create_connection((host, port), timeout=max(0.001, deadline - fair_clock.now()))
        except TimeoutError:
            continue


def _send(
    connection: http.client.HTTPConnection, method: str, target: str, headers: Mapping[str, str], body: bytes | None
) -> None:
    """Write the request. A ValueError from here is the test's fault (e.g. a newline in a header)."""
    connection.putrequest(method, target, skip_accept_encoding=True)
    sent = {name.lower() for name in headers}
    for name, value in headers.items():
        connection.putheader(name, value)
    for name, value in (("Accept-Encoding", "identity"), ("Connection", "close")):
        if name.lower() not in sent:
            connection.putheader(name, value)
    if "content-length" not in sent and (body is not None or method in {"POST", "PUT", "PATCH"}):
        connection.putheader("Content-Length", str(len(body or b"")))
    with contextlib.suppress(
        BrokenPipeError, ConnectionResetError
    ):  # a large body may be refused early, with an answer
        connection.endheaders(body)


def _receive(connection: http.client.HTTPConnection, wire_cap: int, body_cap: int) -> Answer:
    try:
        response = connection.getresponse()
        if response.length is not None and response.length > wire_cap:
            raise ServiceError("too_large", f"announced body of {response.length} bytes, at most {wire_cap} are read")
        content = response.read()
        encoding = (response.getheader("Content-Encoding") or "identity").strip().lower()
        plain = _decode(content, encoding, body_cap)
    except (http.client.HTTPException, ValueError, zlib.error) as error:
        if isinstance(error, OSError):  # http.client.RemoteDisconnected is both
            raise
        raise ServiceError("protocol", f"not a valid HTTP answer: {type(error).__name__}: {error}"[:500]) from None
    return Answer(response.status, response.reason or "", tuple(response.getheaders()), plain)


def _decode(content: bytes, encoding: str, body_cap: int) -> bytes:
    if encoding in {"", "identity"} or not content:
        return content
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise ServiceError("protocol", f"Content-Encoding {encoding!r} although only 'identity' was accepted")
    decoder = zlib.decompressobj(zlib.MAX_WBITS | 32)  # 32: detect zlib or gzip header
    plain = decoder.decompress(content, body_cap + 1)
    if len(plain) > body_cap:
        raise ServiceError("too_large", f"body larger than {body_cap} bytes after decompression")
    return plain
