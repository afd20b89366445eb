"""The only way out of the fuzzing process: an HTTP adapter bound to one origin, with a deadline and a body cap.

It refuses every other address, be it asked for by `requests` or by a bare socket, follows nothing, and cuts an answer
that is too long or too slow, which the tool then sees as a broken connection: `requests` alone has neither a total
deadline nor a size cap.
"""

import socket
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import requests
from harness_probe import fair_clock
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

BODY_CAP = 500_000  # bytes after decompression: many times any contract's page, and soon read and checked
TOTAL_S = 10.0  # head and body of one answer
LOOK_S = 0.5  # between two looks at the clock
MARK = "X-Schemathesis-TestCaseId"  # would tell the service that it is being fuzzed


class Meter:
    """Requests sent and seconds spent waiting for the service, over the process' life; `timeouts`: those given up."""

    def __init__(self) -> None:
        self.requests = 0
        self.timeouts = 0
        self.waited_s = 0.0
        self.asked_at: float | None = None  # monotonic time of the request in flight

    def read(self) -> dict[str, float]:
        """{"requests", "waited_s"}; the wait for an answer that has not come yet is included."""
        pending = 0.0 if self.asked_at is None else time.monotonic() - self.asked_at
        waited_s = round(self.waited_s + pending, 3)
        return {"requests": self.requests, "waited_s": waited_s, "timeouts": self.timeouts}


class FairSocket(socket.socket):
    """Its read timeout is in fair seconds."""

    def recv_into(self, *args: Any, **options: Any) -> int:
        patience_s, began = self.gettimeout(), fair_clock.now()
        if patience_s is None:
            return super().recv_into(*args, **options)
        self.settimeout(min(LOOK_S, patience_s))
        try:
            while True:
                try:
                    return super().recv_into(*args, **options)
                except TimeoutError:
                    if fair_clock.now() - began >= patience_s:
                        raise
        finally:
            self.settimeout(patience_s)


class FairConnection(HTTPConnection):
    """A connection over a FairSocket."""

    def _new_conn(self) -> socket.socket:
        plain = super()._new_conn()
        patience_s = plain.gettimeout()
        fair = FairSocket(plain.family, plain.type, plain.proto, plain.detach())
        fair.settimeout(patience_s)
        return fair


class FairPool(HTTPConnectionPool):
    """Connections over FairSockets."""

    ConnectionCls = FairConnection


def bind(base_url: str, user_agent: str, meter: Meter) -> None:
    """From now on every `requests` session of this process talks to `base_url` only, through the capped adapter."""
    address = urlsplit(base_url)
    host, port = address.hostname or "127.0.0.1", address.port or 80

    class Bound(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **options: Any) -> None:
            super().init_poolmanager(*args, **options)
            self.poolmanager.pool_classes_by_scheme = {"http": FairPool}

        def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
            target = urlsplit(request.url or "")
            if (target.scheme, target.hostname, target.port or 80) != ("http", host, port):
                raise requests.ConnectionError(f"refused: {request.url!r} is not the service under test")
            request.headers.pop(MARK, None)
            if str(request.headers.get("User-Agent", "")).startswith("schemathesis/"):
                request.headers["User-Agent"] = user_agent
            return _measured(super().send, request, options, meter)

    requests.sessions.HTTPAdapter = Bound  # type: ignore[attr-defined,misc]  # sessions look the class up by this name
    sys.addaudithook(_only(host, port))


def _measured(
    send: Callable[..., requests.Response], request: requests.PreparedRequest, options: dict[str, Any], meter: Meter
) -> requests.Response:
    started = meter.asked_at = time.monotonic()
    meter.requests += 1
    try:
        response = send(request, **options)
    except requests.Timeout:
        meter.timeouts += 1
        raise
    except ValueError as error:  # e.g. nonsense in the head of the answer
        raise requests.ConnectionError(f"not a valid HTTP answer: {error}") from None
    finally:
        meter.asked_at = None
        meter.waited_s += time.monotonic() - started
    response.raw.stream = _cap(response.raw.stream, meter)
    return response


def _cap(stream: Callable[..., Iterator[bytes]], meter: Meter) -> Callable[..., Iterator[bytes]]:
    fair = fair_clock.now()

    def capped(*args: Any, **options: Any) -> Iterator[bytes]:
        size = 0
        begun = meter.asked_at = time.monotonic()
        for chunk in stream(*args, **options):
            size += len(chunk)
            if size > BODY_CAP:
                raise requests.ConnectionError(f"answer larger than {BODY_CAP} bytes")
            if fair_clock.now() - fair > TOTAL_S:
                meter.timeouts += 1
                raise requests.ConnectionError(f"answer not complete within {TOTAL_S:g} s")
            yield chunk
        meter.asked_at = None
        meter.waited_s += time.monotonic() - begun

    return capped


def _only(host: str, port: int) -> Callable[[str, tuple[Any, ...]], None]:
    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.connect" and args[1] != (host, port):
            raise ConnectionRefusedError(f"refused: {args[1]!r} is not the service under test")

    return hook
