"""A service that answers from a table and remembers nothing: the fixed rows of a task check.

It refuses to look at anything but method and path. Standard library only; copied alone into a pod together with
`answers.json`, a list of {method, path, status, type, body} where {name} in a path stands for any one segment, and
started with `python app.py`. What is not in the table is answered with 404.
"""

import json
import os
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

Row = tuple[str, "re.Pattern[str]", int, str, bytes]


def rows(text: str) -> list[Row]:
    """The table; exact paths first, so that /things/best is not taken for a /things/{id}."""
    entries = sorted(json.loads(text), key=lambda entry: entry["path"].count("{"))
    return [
        (entry["method"], pattern(entry["path"]), entry["status"], entry["type"], entry["body"].encode())
        for entry in entries
    ]


def pattern(path: str) -> "re.Pattern[str]":
    """`/things/{id}` as a regular expression for whole paths."""
    pieces = re.split(r"\{[^{}]*\}", path)
    return re.compile("[^/]+".join(re.escape(piece) for piece in pieces))


def application(table: list[Row]) -> Callable[..., Iterable[bytes]]:
    """The table as a WSGI application."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        found = 404, "application/json", b'{"detail": "not found"}'
        for method, path, status, kind, body in table:
            if method == environ["REQUEST_METHOD"] and path.fullmatch(environ["PATH_INFO"]):
                found = status, kind, body
                break
        status, kind, body = found
        headers = [("Content-Type", kind), ("Content-Length", str(len(body)))] if kind else []
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body]

    return answer


if __name__ == "__main__":
    setattr(WSGIRequestHandler, "log_message", lambda *_: None)  # noqa: B010 - the log is for what goes wrong
    served = rows(Path(__file__).with_name("answers.json").read_text(encoding="utf-8"))
    make_server("127.0.0.1", int(os.environ["PORT"]), application(served)).serve_forever()
