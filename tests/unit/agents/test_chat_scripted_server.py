"""The scripted server as anybody's client sees it: plain HTTP, both protocols, streams, and its own command line."""

import gzip
import http.client
import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from harness.agents.scripted_server import ScriptedServer, main
from harness.agents.scripted_step import Step, by_turn, faulty, in_order, reply_with
from harness.intake.parse import parse_reply
from harness.model.submission import Submission


def ask(
    server: ScriptedServer, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """One request over a fresh connection."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
    connection.request(method, path, raw, headers or {})
    response = connection.getresponse()
    found = response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    connection.close()
    return found


CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def test_chat_completions_whole_and_streamed() -> None:
    with ScriptedServer(in_order(Step(text="answer " * 700, input_tokens=3, output_tokens=4))) as server:
        status, _, raw = ask(server, "POST", "/v1/chat/completions", CHAT)
        whole = json.loads(raw)
        assert (status, whole["choices"][0]["message"]["content"]) == (200, "answer " * 700)
        assert whole["usage"] == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
        body = {**CHAT, "stream": True, "stream_options": {"include_usage": True}}
        _, headers, raw = ask(server, "POST", "/chat/completions", body)
    assert headers["content-type"] == "text/event-stream"
    data = [line.removeprefix("data: ") for line in raw.decode().splitlines() if line]
    assert data[-1] == "[DONE]"
    chunks = [json.loads(line) for line in data[:-1]]
    assert chunks[-1]["usage"] == whole["usage"]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert "".join(c["choices"][0]["delta"].get("content", "") for c in chunks[:-1]) == "answer " * 700


def test_no_usage_chunk_unless_asked_for() -> None:
    with ScriptedServer(in_order(Step(text="x"))) as server:
        _, _, raw = ask(server, "POST", "/v1/chat/completions", {**CHAT, "stream": True})
    assert b"usage" not in raw


def test_messages_whole_and_streamed_in_the_order_observed() -> None:
    with ScriptedServer(in_order(Step(text="x", finish="length"))) as server:
        _, _, raw = ask(server, "POST", "/v1/messages?beta=true", {**CHAT, "max_tokens": 5})
        whole = json.loads(raw)
        assert (whole["content"], whole["stop_reason"]) == ([{"type": "text", "text": "x"}], "max_tokens")
        _, _, raw = ask(server, "POST", "/v1/messages", {**CHAT, "max_tokens": 5, "stream": True})
    events = [line.removeprefix("event: ") for line in raw.decode().splitlines() if line.startswith("event: ")]
    assert events == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


def test_what_clients_ask_besides() -> None:
    with ScriptedServer(in_order(Step(text="x"))) as server:
        assert ask(server, "HEAD", "/")[0] == 200
        assert json.loads(ask(server, "GET", "/v1/models")[2])["data"][0]["id"] == "scripted"
        assert json.loads(ask(server, "GET", "/models")[2])["object"] == "list"
        assert ask(server, "POST", "/v1/messages/count_tokens", CHAT)[0] == 200
        assert ask(server, "POST", "/v1/unknown", CHAT)[0] == 404
        assert ask(server, "GET", "/elsewhere")[0] == 404
        assert ask(server, "POST", "/v1/messages", b"{not json")[0] == 400
        assert server.requests == []


def test_chunked_and_compressed_bodies_are_read() -> None:
    with ScriptedServer(in_order(Step(text="x"))) as server:
        packed = gzip.compress(json.dumps(CHAT).encode())
        assert ask(server, "POST", "/v1/messages", packed, {"Content-Encoding": "gzip"})[0] == 200
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
        pieces = iter([b'{"model": "m2", ', b'"messages": []}'])
        connection.request("POST", "/v1/messages", pieces, {"Transfer-Encoding": "chunked"}, encode_chunked=True)
        assert connection.getresponse().read()
        connection.close()
        assert [request.body["model"] for request in server.requests] == ["m", "m2"]


def test_errors_are_in_the_providers_words() -> None:
    with ScriptedServer(faulty("429", "")) as server:
        status, headers, raw = ask(server, "POST", "/v1/chat/completions", CHAT)
        assert (status, headers["retry-after"]) == (429, "1")
        assert json.loads(raw)["error"]["code"] == "rate_limit_exceeded"
        _, _, raw = ask(server, "POST", "/v1/messages", CHAT)
        assert json.loads(raw)["type"] == "error"


def test_a_script_may_follow_the_conversation() -> None:
    with ScriptedServer(by_turn("first", "second")) as server:
        later = {"messages": [{"role": r, "content": "x"} for r in ("user", "assistant", "user")]}
        assert b"first" in ask(server, "POST", "/v1/messages", CHAT)[2]
        assert b"second" in ask(server, "POST", "/v1/messages", later)[2]


def test_a_server_that_hangs_can_be_closed() -> None:
    with ScriptedServer(faulty("hang", "")) as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=0.05)
        connection.request("POST", "/v1/messages", json.dumps(CHAT))
        with pytest.raises(TimeoutError):
            connection.getresponse()
        connection.close()


def test_unknown_faults_and_empty_scripts_are_refused() -> None:
    with pytest.raises(ValueError, match="429-once"):
        faulty("nonsense", "")
    with pytest.raises(ValueError, match="at least one"):
        in_order()
    with pytest.raises(ValueError, match="at least one"):
        by_turn()


def test_a_delivery_is_read_back_by_intake_as_it_was() -> None:
    files = {"app/main.py": "print(1)\n", "README.md": "# T\n\n```sh\nrun\n```\n", "Procfile": "web: python x.py\n"}
    parsed = parse_reply(reply_with(files))
    assert isinstance(parsed, Submission)
    assert {path: raw.decode() for path, raw in parsed.as_mapping().items()} == files


def test_the_command_line_serves_a_folder_until_interrupted(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("print('hello')\n", encoding="utf-8")
    argv = [sys.executable, "-m", "harness.agents.scripted_server", "--folder", str(tmp_path), "--fault", "503-once"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        statuses = []
        for _ in range(3):
            request = urllib.request.Request(f"{url}/v1/messages", json.dumps(CHAT).encode())
            try:
                with urllib.request.urlopen(request, timeout=10) as response:
                    statuses.append(response.status)
                    text = json.loads(response.read())["content"][0]["text"]
            except urllib.error.HTTPError as error:
                statuses.append(error.code)
                error.close()
        process.send_signal(signal.SIGINT)
        try:
            _, said = process.communicate(timeout=10)
        finally:
            process.kill()
    assert statuses == [503, 503, 200]
    assert "```py app.py\nprint('hello')\n```" in text
    assert said.count("POST /v1/messages") == 3


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--reply", "/nope"], "/nope: No such file or directory"),
        (["--reply", "{here}"], "{here}: Is a directory"),
        (["--folder", "/nope"], "/nope: Not a directory"),
        (["--reply", "{here}/raw"], "{here}/raw: not UTF-8 text"),
        (["--reply", "{here}/text", "--port", "99999"], "'99999' is not a port; expected 0 to 65535"),
    ],
)
def test_what_it_cannot_serve_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], argv: list[str], words: str
) -> None:
    (tmp_path / "raw").write_bytes(b"\xff\xfe")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(SystemExit) as ending:
        main([word.format(here=tmp_path) for word in argv])
    assert ending.value.code == 2
    assert words.format(here=tmp_path) in capsys.readouterr().err


def test_a_port_that_is_taken_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text").write_text("hello")
    with ScriptedServer(in_order(Step())) as server, pytest.raises(SystemExit) as ending:
        main(["--reply", str(tmp_path / "text"), "--port", server.url.rpartition(":")[2]])
    assert ending.value.code == 2
    assert "Address already in use" in capsys.readouterr().err
