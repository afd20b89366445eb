"""A model server that answers from a script, over a real socket on 127.0.0.1: the test double of live models.

Refuses to be reached from elsewhere, and to understand what it is asked: the script decides. It ships with the product
so that the `chat` adapter can be tried without a key:

    python -m harness.agents.scripted_server --folder tasks/orders/solution [--fault 429-once] [--port 0]

prints its address; point OPENAI_BASE_URL at ADDRESS/v1 or ANTHROPIC_BASE_URL at ADDRESS and set any key.
"""

import argparse
import errno
import gzip
import http.server
import json
import os
import signal
import socket
import struct
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from harness.agents.scripted_step import FAULTS, Request, Script, Step, describe, faulty, reply_with
from harness.agents.scripted_wire import Payload, Protocol, models, payload, protocol_of

HOST = "127.0.0.1"
MAX_BODY = 20_000_000
MAX_PORT = 65_535
DRIP_S = 0.05
POLL_S = 0.01  # how soon it notices that it is to end


class ScriptedServer:
    """Serves a script until closed; a context manager. `requests` holds every model request, in order of arrival."""

    def __init__(self, script: Script, port: int = 0) -> None:
        self.requests: list[Request] = []
        self.ended = threading.Event()
        self._script = script
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = _Server((HOST, port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_S,), daemon=True)

    @property
    def url(self) -> str:
        """The address for ANTHROPIC_BASE_URL."""
        return f"http://{HOST}:{self._server.server_address[1]}"

    @property
    def openai_url(self) -> str:
        """The address for OPENAI_BASE_URL."""
        return f"{self.url}/v1"

    def next_step(self, request: Request) -> Step:
        """What the script says to `request`, which is remembered."""
        with self._lock:
            self.requests.append(request)
            return self._script(request)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait(self) -> None:
        """Serve until interrupted."""
        self._thread.join()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a request that hangs must not keep its server

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(http.server.BaseHTTPRequestHandler):
    owner: ClassVar[ScriptedServer]
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._send(Payload(200, "text/plain", ()), {})

    def do_GET(self) -> None:
        known = self.path.split("?", 1)[0].rstrip("/").removeprefix("/v1") in ("/models", "")
        self._send(Payload(200 if known else 404, "application/json", (models() if known else b"{}",)), {})

    def do_POST(self) -> None:
        try:
            body = self._body()
        except (ValueError, OSError):
            self._send(Payload(400, "application/json", (b'{"error": {"message": "unreadable body"}}',)), {})
            return
        if self.path.split("?", 1)[0].endswith("/count_tokens"):
            self._send(Payload(200, "application/json", (b'{"input_tokens": 100}',)), {})
            return
        protocol = protocol_of(self.path)
        if protocol is None:
            self._send(Payload(404, "application/json", (b'{"error": {"message": "no such path"}}',)), {})
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, body)
        self._perform(protocol, request, self.owner.next_step(request))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the standard library's
        """Say nothing: requests carry keys."""

    def _perform(self, protocol: Protocol, request: Request, step: Step) -> None:
        try:
            if step.kind == "hang":
                self.owner.ended.wait()
                self.close_connection = True
            elif step.kind == "reset":
                self._reset()
            elif step.kind == "drip":
                self._drip(payload(protocol, request, step))
            else:
                self._send(payload(protocol, request, step), dict(step.headers), cut=step.kind == "cut")
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # whoever asked has gone

    def _body(self) -> dict[str, Any]:
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            raw = self._chunked()
        else:
            length = int(self.headers.get("content-length", "0"))
            if length > MAX_BODY:
                raise ValueError("too large")
            raw = self.rfile.read(length)
        if self.headers.get("content-encoding", "").lower() == "gzip":
            raw = gzip.decompress(raw)
        document = json.loads(raw or b"{}")
        return document if isinstance(document, dict) else {}

    def _chunked(self) -> bytes:
        raw = b""
        while size := int(self.rfile.readline(100).split(b";")[0], 16):
            if len(raw) + size > MAX_BODY:
                raise ValueError("too large")
            raw += self.rfile.read(size)
            self.rfile.readline(4)
        self.rfile.readline(4)
        return raw

    def _head(self, status: int, content_type: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name, value)

    def _send(self, what: Payload, headers: dict[str, str], cut: bool = False) -> None:
        headers = {**headers, **({"Content-Encoding": what.encoding} if what.encoding else {})}
        if what.content_type == "text/event-stream":
            self._head(what.status, what.content_type, {**headers, "Transfer-Encoding": "chunked"})
            self.end_headers()
            for piece in what.pieces[: len(what.pieces) // 2] if cut else what.pieces:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            if not cut:
                self.wfile.write(b"0\r\n\r\n")
        else:
            whole = b"".join(what.pieces)
            self._head(what.status, what.content_type, {**headers, "Content-Length": str(len(whole))})
            self.end_headers()
            self.wfile.write(whole[: len(whole) // 2] if cut else whole)
        self.close_connection = self.close_connection or cut

    def _drip(self, what: Payload) -> None:
        self._head(what.status, what.content_type, {})
        self.end_headers()
        while not self.owner.ended.wait(DRIP_S):
            self.wfile.write(b" ")
            self.wfile.flush()
        self.close_connection = True

    def _reset(self) -> None:
        """Close so that the other side gets a RST: nothing lingers (socket(7), SO_LINGER with time 0)."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RD)
        self.rfile.close()
        self.connection.close()


def main(argv: list[str]) -> int:
    """Serve until interrupted; the address is printed on stdout."""
    parser = argparse.ArgumentParser(description="a model server that answers from a script, for trying `chat`")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--reply", type=Path, help="file whose text is the reply")
    what.add_argument("--folder", type=Path, help="folder whose files are delivered in the reply")
    parser.add_argument("--fault", choices=FAULTS, default="none", help="fail in this way")
    parser.add_argument("--port", type=_port, default=0, help="port on 127.0.0.1; 0 = any free one")
    args = parser.parse_args(argv)
    try:
        made = ScriptedServer(faulty(args.fault, _text(args.reply, args.folder)), args.port)
    except UnicodeDecodeError:
        parser.error(f"{args.reply or args.folder}: not UTF-8 text; a reply is text")
    except OSError as error:
        where = error.filename or f"--port {args.port}"
        parser.error(f"{where}: {error.strerror}; give a readable file or folder, and a free port or 0")
    for asked_to_end in (signal.SIGINT, signal.SIGTERM):  # also where a background shell has SIGINT ignored
        signal.signal(asked_to_end, signal.default_int_handler)
    with made as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        try:
            server.wait()
        except KeyboardInterrupt:
            sys.stderr.write("".join(f"{line}\n" for line in describe(server.requests)))
    return 0


def _text(reply: Path | None, folder: Path | None) -> str:
    if reply is not None:
        return reply.read_text(encoding="utf-8")
    root = folder or Path()
    if not root.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(root))
    paths = [p for p in sorted(root.rglob("*")) if p.is_file() and "__pycache__" not in p.parts]
    return reply_with({p.relative_to(root).as_posix(): p.read_text(encoding="utf-8") for p in paths})


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; expected 0 to {MAX_PORT}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
