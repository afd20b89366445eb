"""A small real service whose defects can be switched on one by one: what the attack library is tried on.

It refuses to be a good example: notes in SQLite, users by token, files, a fetcher, all in one handler.
"""

import base64
import hashlib
import hmac
import http.server
import json
import secrets
import sqlite3
import threading
import time
import traceback
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TOKENS = {"alice": "a1" * 12, "bob": "b2" * 12}
KEY = "f00d" * 8
MARKER = "canary-5f3a9c"
SERVER_SET = ("role", "owner", "id")
# Other right shapes: ids that count up, errors that repeat the request, fields that differ each time, escaped text.
TWINS = ("numeric", "echo", "moving", "pretty")


def jwt(claims: dict[str, Any], key: str = KEY) -> str:
    """A JWT signed with HS256."""
    head, body = (_b64(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"{head}.{body}.{_b64(hmac.new(key.encode(), f'{head}.{body}'.encode(), hashlib.sha256).digest())}"


class Answer(Exception):
    """Ends a request with this status and body."""

    def __init__(self, status: int, body: Any = None) -> None:
        super().__init__(status)
        self.status, self.body = status, body


class Weak:
    """The application; `defects` are words that the methods below look for."""

    def __init__(self, defects: frozenset[str], folder: Path) -> None:
        self.defects, self.folder, self.port = defects, folder, 0
        self.claims: set[str] = set()
        self.pairs: dict[str, Any] = {}
        self.lock, self.requests = threading.RLock(), 0
        self.db = sqlite3.connect(":memory:", check_same_thread=False)
        self.db.execute("CREATE TABLE notes (id TEXT, owner TEXT, text TEXT, role TEXT)")

    def answer(self, method: str, path: str, query: dict[str, str], headers: Any, raw: bytes) -> tuple[int, Any]:
        """(status, body) of one request."""
        try:
            alone = not path.startswith("/fetch") and not (
                path.startswith(("/claims", "/pairs")) and "lost" in self.defects
            )
            with self.lock if alone else threading.Lock():
                return self._route(method, path, query, headers, raw)
        except Answer as answer:
            return answer.status, answer.body
        except Exception:  # noqa: BLE001 - the service's own last resort
            shown = traceback.format_exc() if "trace" in self.defects else "internal error"
            return 500, {"error": shown}

    def _route(self, method: str, path: str, query: dict[str, str], headers: Any, raw: bytes) -> tuple[int, Any]:
        if path == "/health":
            return 200, {"status": MARKER}
        if "down" in self.defects:
            return 500, {}
        user = self._user(headers, query)
        if "flaps" in self.defects:
            self.requests += 1
            return 200, {"n": self.requests}
        if path == "/config" and "secret" in self.defects:
            return 200, {"tokens": TOKENS}
        if path == "/files":
            return self._file(query.get("name", ""))
        if path in ("/hooks", "/fetch"):
            return self._url(path, json.loads(raw)["url"] if raw else query.get("url", ""))
        if path.startswith(("/claims", "/pairs")):
            return self._shared(method, path, json.loads(raw) if raw else {})
        if path == "/notes":
            return self._create(user, json.loads(raw)) if method == "POST" else self._list(user, query)
        if path.startswith("/notes/"):
            return self._one(method, user, urllib.parse.unquote(path[7:]), json.loads(raw) if raw else {})
        raise Answer(404, {"error": "not found"})

    def _user(self, headers: Any, query: dict[str, str]) -> str:
        scheme, _, token = (headers.get("Authorization") or "").partition(" ")
        if "claimed" in self.defects and headers.get("X-User"):
            return str(headers["X-User"])
        for name, known in TOKENS.items():
            if token == known or ("prefix" in self.defects and token and known.startswith(token)):
                return name
        if token.count(".") == 2 and scheme == "Bearer":
            return self._jwt_user(token)
        if "no-auth" in self.defects:
            return "alice"
        raise Answer(401, {"error": "who are you?"})

    def _jwt_user(self, token: str) -> str:
        head, body, signature = token.split(".")
        try:
            header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, body))
        except ValueError:
            raise Answer(401) from None
        key = "secret" if "jwt-weak" in self.defects else KEY
        good = _b64(hmac.new(key.encode(), f"{head}.{body}".encode(), hashlib.sha256).digest())
        unsigned = "jwt-none" in self.defects and str(header.get("alg")).lower() == "none"
        if signature != good and not unsigned and "jwt-unverified" not in self.defects:
            raise Answer(401)
        return str(claims["sub"])

    def _create(self, user: str, body: Any) -> tuple[int, Any]:
        number = self.db.total_changes + 1
        note = {
            "id": str(number) if "numeric" in self.defects else f"n{number}",
            "owner": user,
            "text": body["text"],
            "role": "plain",
        }
        if "mass" in self.defects:
            note |= {name: body[name] for name in SERVER_SET if name in body}
        if "sql-stored" in self.defects:
            self.db.execute(f"INSERT INTO notes VALUES ('{note['id']}', '{user}', '{note['text']}', '{note['role']}')")
        else:
            self.db.execute("INSERT INTO notes VALUES (:id, :owner, :text, :role)", note)
        return 201, {"id": note["id"]}

    def _list(self, user: str, query: dict[str, str]) -> tuple[int, Any]:
        sort = query.get("sort", "id")
        if sort not in ("id", "text") and "sql-sort" not in self.defects:
            raise Answer(400, {"error": f"unknown sort {sort}"})
        wanted = query.get("text")
        where, values = "owner = ?", [user]
        if wanted is not None and "sql-filter" in self.defects:
            where += f" AND text = '{wanted}'"
        elif wanted is not None and "like" in self.defects:
            where, values = where + " AND text LIKE ?", [user, wanted]
        elif wanted is not None:
            where, values = where + " AND text = ?", [user, wanted]
        rows = self.db.execute(f"SELECT id, text, role FROM notes WHERE {where} ORDER BY {sort} LIMIT 50", values)
        return 200, {"notes": [dict(zip(("id", "text", "role"), row, strict=True)) for row in rows]}

    def _one(self, method: str, user: str, key: str, body: Any) -> tuple[int, Any]:
        query = f"id = '{key}'" if "sql-id" in self.defects else "id = ?"
        row = self.db.execute(
            f"SELECT id, owner, text, role FROM notes WHERE {query}", () if "sql-id" in self.defects else (key,)
        ).fetchone()
        if row is None:
            raise Answer(404, {"error": f"no note {key}"})
        note = dict(zip(("id", "owner", "text", "role"), row, strict=True))
        open_to = "idor-read" if method == "GET" else "idor-write"
        if note["owner"] != user and open_to not in self.defects:
            raise Answer(403 if "existence" in self.defects else 404, {"error": f"no note {key}"})
        if method == "DELETE":
            self.db.execute("DELETE FROM notes WHERE id = ?", (note["id"],))
            return 204, None
        if method == "PATCH":
            allowed = (*SERVER_SET, "text") if "mass" in self.defects else ("text",)
            for name in allowed:
                if name in body:
                    self.db.execute(f"UPDATE notes SET {name} = ? WHERE id = ?", (body[name], note["id"]))
        return 200, note

    def _shared(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Names that one may claim, and pairs of members; careless ones look first and write later."""
        if path == "/claims":
            if body["name"] in self.claims:
                raise Answer(409, {"error": "taken"})
            time.sleep(0.01)
            self.claims.add(body["name"])
            return 201, {}
        pair = dict(self.pairs.get(path, {}))
        if method == "PATCH":
            time.sleep(0.01)
            self.pairs[path] = pair = {**pair, **body}
        return 200, pair

    def _file(self, name: str) -> tuple[int, Any]:
        path = self.folder / name
        if "traversal" not in self.defects and not path.resolve().is_relative_to(self.folder.resolve()):
            raise Answer(404)
        if "\0" in name or not path.is_file():
            raise Answer(404)
        return 200, {"content": path.read_text(errors="replace")}

    def _url(self, path: str, url: str) -> tuple[int, Any]:
        careless = "ssrf" in self.defects
        if "multicast" in self.defects and url.startswith(("http://224.", "http://239.")):
            return 201, {"url": url}
        if not careless and not url.startswith("https://example.com/"):
            raise Answer(422, {"error": f"refused: {url}"})
        if path == "/hooks":
            return 201, {"url": url}
        if not careless:
            return 200, {"content": "fetched later"}
        try:
            with urllib.request.urlopen(url, timeout=1) as got:
                return 200, {"content": got.read(1000).decode()}
        except (OSError, ValueError):
            return 422, {"error": "unreachable"}


def shaped(twins: frozenset[str], status: int, body: Any, target: str, raw: bytes) -> bytes:
    """The body as JSON, in the shape that a twin gives it."""
    if "echo" in twins and status >= 400:
        path = urllib.parse.unquote(target)
        said = {"instance": target, "detail": f"cannot {path}", "input": raw.decode("utf-8", "replace")}
        body = {**(body or {}), **said}
    if "moving" in twins:
        body = {**body, "request_id": secrets.token_hex(8), "took_us": secrets.randbelow(10**6)}
    text = json.dumps(body, indent=2 if "pretty" in twins else None)
    return (text.replace("/", "\\/") if "pretty" in twins else text).encode()


@contextmanager
def serving(folder: Path, *defects: str) -> Iterator[str]:
    """The base URL of a service with these defects, on loopback, for the time of the block."""
    app = Weak(frozenset(defects), folder)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path, _, text = self.path.partition("?")
            query = dict(urllib.parse.parse_qsl(text, keep_blank_values=True))
            status, body = app.answer(self.command, path, query, self.headers, raw)
            data = b"" if body is None else shaped(app.defects, status, body, self.path, raw)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = do  # noqa: N815 - the names that http.server looks for

        def log_message(self, *_: object) -> None:
            """Nothing: the tests' output stays readable."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    app.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{app.port}"
    finally:
        server.shutdown()
        server.server_close()
        app.db.close()


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
