"""The rule by which the conformance probe gets its token, against a real little server."""

import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

IMAGES = Path(__file__).parents[3] / "harness/images"
sys.path.append(str(IMAGES / "shared"))
sys.path.append(str(IMAGES / "conformance"))

import authentication  # type: ignore[import-not-found]  # noqa: E402
from harness_probe.client import Client  # type: ignore[import-not-found]  # noqa: E402


class Accounts(BaseHTTPRequestHandler):
    """POST /register keeps what it gets, POST /login gives a token for exactly that."""

    known: dict[str, str] = {}  # noqa: RUF012 - one server per test module

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = 201
        answer: dict[str, Any] = {}
        if self.path == "/register":
            self.known[asked["email"]] = asked["password"]
        else:
            good = self.known.get(asked["email"]) == asked["password"]
            status, answer = (200, {"data": {"token": "t-" + asked["email"]}}) if good else (401, {})
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        return


@pytest.fixture
def client() -> Iterator[Any]:
    server = HTTPServer(("127.0.0.1", 0), Accounts)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield Client(f"http://127.0.0.1:{server.server_address[1]}", "tests")
    server.shutdown()
    server.server_close()


ACCOUNT = {"email": "{email}", "password": "{secret}"}
LOGIN = {
    "scheme": "bearer",
    "let": {"email": "{word}@example.org", "secret": "{hex:12}-{int:10:99}"},
    "setup": [
        {"method": "POST", "path": "/register", "json": ACCOUNT, "expect": [201]},
        {"method": "POST", "path": "/login", "json": ACCOUNT, "expect": [200], "save": {"token": "data.token"}},
    ],
    "use": "token",
}


def test_a_login_rule_registers_and_logs_in_the_same_for_the_same_seed(client: Any) -> None:
    first = authentication.obtain(LOGIN, {}, client, 1)
    assert first == authentication.obtain(LOGIN, {}, client, 1)
    assert first != authentication.obtain(LOGIN, {}, client, 2)
    assert first["bearer"].startswith("t-")


def test_a_refused_login_is_the_services_doing(client: Any) -> None:
    rule = {**LOGIN, "setup": LOGIN["setup"][1:]}  # type: ignore[index]
    with pytest.raises(authentication.AuthFailed, match="POST /login: answered 401"):
        authentication.obtain(rule, {}, client, 3)


def test_a_record_of_the_environment(client: Any) -> None:
    rule = {"scheme": "b", "env": "TOKENS", "split": ",", "fields": "name:token", "pick": 1, "use": "token"}
    assert authentication.obtain(rule, {"TOKENS": "alice:x,bob:y:z"}, client, 1) == {"b": "y:z"}


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"scheme": "b", "env": "MISSING"},
        {"scheme": "b", "use": "token"},
        {"scheme": "b", "let": {"x": "{unknown}"}, "use": "x"},
    ],
)
def test_a_rule_that_cannot_be_carried_out_is_the_tasks_doing(client: Any, rule: dict[str, Any]) -> None:
    with pytest.raises(authentication.RuleBroken, match="x-harness-auth"):
        authentication.obtain(rule, {}, client, 1)
