"""Hostile and honest API descriptions, and the fuzzing process' only way out."""

import json
import subprocess
import sys
import textwrap
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

DRIVER = Path(__file__).parents[3] / "harness/images/conformance"
SHARED = DRIVER.parent / "shared"
sys.path += [str(DRIVER), str(SHARED)]

from sanitise import SpecRejected, sanitise  # type: ignore[import-not-found]  # noqa: E402

BASE = "http://127.0.0.1:8000"


def spec(**schema: Any) -> dict[str, Any]:
    body = {"content": {"application/json": {"schema": schema}}}
    return {"openapi": "3.1.0", "paths": {"/a": {"post": {"requestBody": body, "responses": {"200": {}}}}}}


def schema_of(document: dict[str, Any]) -> dict[str, Any]:
    clean, _ = sanitise(json.dumps(document).encode(), BASE)
    found = clean["paths"]["/a"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "spec_invalid"),
        (b"[]", "spec_invalid"),
        (b"\xff\xfe", "spec_invalid"),
        (b"<html></html>", "spec_invalid"),
        (b'{"openapi": 3.1, "paths": {}}', "spec_invalid"),
        (b'{"openapi": "3.1.0", "paths": []}', "spec_invalid"),
        (b'{"openapi": "3.1.0", "paths": {}, "n": ' + b"1" * 5_000 + b"}", "spec_invalid"),
        (b" " * 2_000_001, "spec_rejected"),
        (b'{"a": ' + b"[" * 100_000, "spec_rejected"),
        (b"openapi: 3.1.0\nx: &a [1]\npaths: {}\n", "spec_rejected"),
        (b"openapi: 3.1.0\nx: !!python/object/apply:os.system [id]\npaths: {}\n", "spec_rejected"),
        (b"openapi: 3.1.0\npaths: " + b"{a: " * 100 + b"}" * 100, "spec_rejected"),
        (json.dumps(spec(**{"$ref": "file:///etc/passwd"})).encode(), "spec_rejected"),
        (json.dumps(spec(properties={"a": {"$ref": "http://127.0.0.1:1/"}})).encode(), "spec_rejected"),
        (json.dumps(spec(properties={"a": {"$ref": "other.json"}})).encode(), "spec_rejected"),
        (json.dumps({"openapi": "3.1.0", "paths": {f"/{n}": {"get": {}} for n in range(501)}}).encode(), "spec_rejected"),  # noqa: E501
    ],
)  # fmt: skip
def test_refused_with_a_code(content: bytes, code: str) -> None:
    with pytest.raises(SpecRejected) as caught:
        sanitise(content, BASE)
    assert caught.value.code == code
    assert str(caught.value)


@pytest.mark.parametrize(
    "pattern",
    [
        "^(a+)+$",
        "^(a{1,1000}){1,1000}$",
        "a{5000}",
        "(?=x)y",
        r"(a)\1",
        "(",
        "x" * 301,
        "(a|b*)*c",
        "((a{40}){40}){40}",
    ],
)
def test_dangerous_patterns_are_removed_and_noted(pattern: str) -> None:
    document = spec(type="string", pattern=pattern)
    assert "pattern" not in schema_of(document)
    assert any("pattern" in note for note in sanitise(json.dumps(document).encode(), BASE)[1])


@pytest.mark.parametrize("pattern", ["^[a-z]{1,40}$", "^[A-Z]{3}-[0-9]{4}$", "^(red|green)$", r"^\d{4}-\d{2}-\d{2}$"])
def test_ordinary_patterns_stay(pattern: str) -> None:
    assert schema_of(spec(type="string", pattern=pattern))["pattern"] == pattern


def test_what_could_fetch_or_explode_is_removed_and_the_rest_stays() -> None:
    document = spec(
        type="object",
        properties={"pattern": {"type": "string"}, "servers": {"type": "string", "minLength": 10**9}},
        **{"$id": "http://127.0.0.1:1/x", "$schema": "http://127.0.0.1:1/y"},
    )
    document["servers"] = [{"url": "http://elsewhere.example"}]
    document["paths"]["/a"]["servers"] = [{"url": "http://elsewhere.example"}]
    document["paths"]["/a"]["post"]["responses"]["200"] = {
        "content": {"application/json": {"examples": {"e": {"externalValue": "http://127.0.0.1:1/z"}}}},
        "links": {"l": {"operationRef": "http://127.0.0.1:1/#/paths/~1a/get"}},
    }
    clean, _ = sanitise(json.dumps(document).encode(), BASE)
    assert clean.pop("servers") == [{"url": BASE}]
    assert "127.0.0.1:1" not in json.dumps(clean)
    assert "elsewhere" not in json.dumps(clean)
    assert schema_of(document)["properties"] == {"pattern": {"type": "string"}, "servers": {"type": "string"}}


def test_yaml_is_read_like_json() -> None:
    text = textwrap.dedent("""\
        openapi: 3.0.3
        paths:
          /a: {get: {responses: {200: {description: ok}}}}
        """)
    clean, notes = sanitise(text.encode(), BASE)
    assert clean["paths"]["/a"]["get"]["responses"] == {"200": {"description": "ok"}}
    assert notes == []


def test_the_fuzzing_process_reaches_one_origin_only() -> None:
    """A real listener beside the service sees nothing, by `requests` or by a bare socket."""
    seen: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(f"{self.connection.getsockname()[1]} {self.path}")
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *args: object) -> None:
            return

    servers = [HTTPServer(("127.0.0.1", 0), Listener) for _ in range(2)]
    for server in servers:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    allowed, other = (server.server_port for server in servers)
    code = f"""
import sys; sys.path += [{str(DRIVER)!r}, {str(SHARED)!r}]
import capped, requests, socket
meter = capped.Meter()
capped.bind("http://127.0.0.1:{allowed}", "agent", meter)
print(requests.get("http://127.0.0.1:{allowed}/fine").text, meter.requests)
for url in ("http://127.0.0.1:{other}/leak", "http://localhost:{allowed}/leak", "https://127.0.0.1:{allowed}/leak"):
    try:
        requests.get(url)
    except requests.ConnectionError as error:
        print("refused" in str(error))
try:
    socket.create_connection(("127.0.0.1", {other}))
except OSError as error:
    print("refused" in str(error))
"""
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    for server in servers:
        server.shutdown()
        server.server_close()
    assert done.stdout.split() == ["ok", "1", "True", "True", "True", "True"], done.stderr
    assert seen == [f"{allowed} /fine"]
