"""The web server of `harness view`: loopback only, reading only, with the headers that keep stored text harmless.

Refuses requests that were meant for another host (a foreign name that leads here: DNS rebinding), every method but GET
and HEAD, and to call anything a page that was not made by our own templates.
"""

import http.server
import re
import sys
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, BinaryIO

from harness.cli.say import note
from harness.report.page import POLICY

HOST = "127.0.0.1"
IDLE_S = 30.0
_CHUNK = 65_536
_LOOPBACK = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::(\d{1,5}))?", re.IGNORECASE)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_PAGE = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'"}
_TEXT = {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
}


@dataclass(frozen=True)
class Answer:
    """What a path leads to. `page`: ours, shown as HTML; everything else is plain text. `size` in bytes."""

    status: int
    content: bytes | BinaryIO
    size: int
    page: bool = False
    location: str = ""


def page(content: bytes, status: int = 200) -> Answer:
    """A page of our own making."""
    return Answer(status, content, len(content), page=True)


def plain(status: int, text: str) -> Answer:
    """A line of text."""
    content = f"{text}\n".encode("utf-8", "backslashreplace")
    return Answer(status, content, len(content))


def moved(location: str) -> Answer:
    """The same thing lies at `location`, a path of this server."""
    return Answer(HTTPStatus.MOVED_PERMANENTLY, b"", 0, location=location)


class ViewServer(http.server.ThreadingHTTPServer):
    """Serves what `answer(path)` gives, on 127.0.0.1; port 0 = any free one. OSError when the port is taken."""

    daemon_threads = True
    block_on_close = False  # a browser that keeps its connection must not keep the program

    def __init__(self, port: int, answer: Callable[[str], Answer]) -> None:
        super().__init__((HOST, port), _Handler)
        self.answer = answer

    @property
    def url(self) -> str:
        """The address, without a path."""
        return f"http://{HOST}:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(http.server.BaseHTTPRequestHandler):
    server: ViewServer
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.1"  # so that a broken request line, too, is answered with headers
    timeout = IDLE_S

    def do_GET(self) -> None:
        self._send(self._answer())

    def do_HEAD(self) -> None:
        self._send(self._answer())

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the standard library refuses by itself (an unknown method, a broken request line), as plain text."""
        self.close_connection = True
        unknown = code == HTTPStatus.NOT_IMPLEMENTED
        self._send(plain(HTTPStatus.METHOD_NOT_ALLOWED if unknown else code, "only GET and HEAD of a path here"))

    def version_string(self) -> str:
        return "harness"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the standard library's
        """Say nothing: who looks at what is nobody's business."""

    def _answer(self) -> Answer:
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # a body is not read, so nothing after it can be understood
        if not self._meant_for_us():
            self.close_connection = True
            return plain(HTTPStatus.MISDIRECTED_REQUEST, f"ask for {self.server.url}; other hosts are not served here")
        try:
            return self.server.answer(self.path)
        except Exception:  # noqa: BLE001 - the last resort: a bug of ours, said as such
            note(traceback.format_exc())
            return plain(HTTPStatus.INTERNAL_SERVER_ERROR, "a bug in the harness; it is told where it was started")

    def _meant_for_us(self) -> bool:
        hosts = self.headers.get_all("Host") or []
        found = _LOOPBACK.fullmatch(hosts[0].strip()) if len(hosts) == 1 else None
        return found is not None and int(found[1] or 80) == self.server.server_port

    def _send(self, answer: Answer) -> None:
        with ExitStack() as stack:
            if not isinstance(answer.content, bytes):
                stack.enter_context(answer.content)
            self.send_response(answer.status)
            headers = {**_ALWAYS, **(_PAGE if answer.page else _TEXT), "Content-Length": str(answer.size)}
            if answer.location:
                headers["Location"] = answer.location
            if answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
                headers["Allow"] = "GET, HEAD"
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self._body(answer)

    def _body(self, answer: Answer) -> None:
        if isinstance(answer.content, bytes):
            self.wfile.write(answer.content)
            return
        left = answer.size  # a file that grows meanwhile is sent as far as it was announced
        while left and (chunk := answer.content.read(min(left, _CHUNK))):
            self.wfile.write(chunk)
            left -= len(chunk)
        if left:
            self.close_connection = True
