"""The drivers `acceptance` and `attacks` as they run in a container: a process, stdin, a service, hidden files."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

IMAGES = Path(__file__).parents[2] / "harness" / "images"
NONCE = "0123abcd"

TESTS = """
import pytest
from kit import PATH

@pytest.mark.requirement("R2", "R10", "R1")
def test_good(client, rng, env, seed):
    '''It answers.'''
    assert client.get(PATH).json() == {"path": "/health"}
    assert env["KEY"] == "k" and seed == 7

@pytest.mark.requirement("R3")
def test_wrong(client):
    answer = client.post("/orders", json={"n": 1})
    assert answer.status_code == 201, "created"

def test_skipped(client):
    pytest.skip("no time")

@pytest.fixture
def broken(client):
    raise RuntimeError("fixture")

def test_fixture(broken):
    pass

def test_values_differ_between_tests(rng):
    print("report 0123abcd {}")
    assert rng.random() != __import__("random").Random(7).random()
"""
ATTACKS = """
import pytest
from harness_probe import ServiceError, cannot_run, exploited

mark = pytest.mark.attack(cwe=639, severity="critical", title="Reads another's")

@mark
def test_blocked(client):
    assert client.get("/x").status_code == 200

@mark
def test_exploited(client):
    try:
        client.get("/x")
        exploited("order 42")
    except Exception:
        pass

@mark
def test_not_tried(client):
    cannot_run("no second user")
"""


class Echo(BaseHTTPRequestHandler):
    """Answers every request with its own path."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps({"path": self.path}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name is the standard library's

    def log_message(self, *_args: Any) -> None:
        """Nothing."""


class Silent(Echo):
    """Says nothing to /hang until the caller has gone."""

    def do_GET(self) -> None:
        if self.path == "/hang":
            self.rfile.read(1)
            return
        super().do_GET()


@pytest.fixture
def service() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def drive(image: str, folder: Path, base_url: str, **more: Any) -> tuple[int, list[str], dict[str, Any]]:
    job = {
        "nonce": NONCE, "seed": 7, "base_url": base_url, "environment": {"KEY": "k"}, "readiness_path": "/health",
        "start_timeout_s": 5, "folder": str(folder), **more,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-I", str(IMAGES / image / "driver.py")],
        input=json.dumps(job).encode(), capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    lines = done.stdout.decode().splitlines()
    facts = json.loads(lines[-1].split(" ", 2)[2]) if lines else {}
    return done.returncode, lines, facts


def folder_with(path: Path, **files: str) -> Path:
    for name, text in files.items():
        (path / f"{name}.py").write_text(text)
    return path


def test_every_test_has_a_record_and_prints_cannot_forge_a_report(tmp_path: Path, service: str) -> None:
    code, lines, facts = drive("acceptance", folder_with(tmp_path, test_a=TESTS, kit='PATH = "/health"'), service)
    assert code == 0
    assert [line.split(" ")[:2] for line in lines] == [["ready", NONCE], ["report", NONCE]]
    tests = {test["id"].split("::")[1]: test for test in facts["tests"]}
    assert {name: test["outcome"] for name, test in tests.items()} == {
        "test_good": "passed",
        "test_wrong": "failed",
        "test_skipped": "skipped",
        "test_fixture": "error",
        "test_values_differ_between_tests": "passed",
    }
    assert tests["test_good"]["requirements"] == ["R1", "R2", "R10"]
    assert tests["test_good"]["title"] == "It answers."
    wrong = tests["test_wrong"]
    assert "assert 200 == 201" in wrong["message"]
    assert wrong["where"] == "test_a.py:14"
    assert wrong["exchanges"][-1]["body"] == '{"n": 1}'
    assert facts["collected"] == 5


def test_the_order_follows_the_seed(tmp_path: Path, service: str) -> None:
    many = "\n".join(f"def test_{n}(): pass" for n in range(12))
    folder = folder_with(tmp_path, test_many=many)
    order = {seed: [t["id"] for t in drive("acceptance", folder, service, seed=seed)[2]["tests"]] for seed in (1, 2)}
    assert order[1] != order[2]
    assert sorted(order[1]) == sorted(order[2])


def test_a_file_that_cannot_be_imported_is_reported(tmp_path: Path, service: str) -> None:
    _, _, facts = drive(
        "acceptance", folder_with(tmp_path, test_a="import nowhere", test_b="def test_b(): pass"), service
    )
    assert facts["collected"] == 1
    assert "nowhere" in facts["collect_errors"][0]


def test_out_of_time_is_not_run_and_one_endless_test_is_stopped(tmp_path: Path, service: str) -> None:
    endless = "def test_x(client):\n    while True:\n        client.get('/x')\n"
    folder = folder_with(tmp_path, test_a=endless, test_b=endless.replace("_x", "_y"))
    _, _, facts = drive("acceptance", folder, service, total_s=0.4, test_s=30)
    assert sorted(test["outcome"] for test in facts["tests"]) == ["failed", "not_run"]
    by_outcome = {test["outcome"]: test["id"] for test in facts["tests"]}
    assert [cut["left"] for cut in facts["limits"]["cuts"]] == [by_outcome["failed"], by_outcome["not_run"]]


def test_a_request_that_hangs_is_noted_as_cut_and_one_that_is_refused_is_not(tmp_path: Path) -> None:
    """A service that takes connections and says nothing, behind one that is not there at all."""
    hangs = """
from harness_probe import ServiceError
def test_hangs(client):
    client.get("/hang")
def test_wrong(client):
    assert client.get("/x").status_code == 201
def test_expected(client):
    try:
        client.get("/hang")
    except ServiceError:
        pass
"""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    _, _, facts = drive("acceptance", folder_with(tmp_path, test_a=hangs), url, request_s=0.4)
    server.shutdown()
    server.server_close()
    outcomes = {test["id"].split("::")[1]: test["outcome"] for test in facts["tests"]}
    assert outcomes == {"test_hangs": "failed", "test_wrong": "failed", "test_expected": "passed"}
    (cut,) = facts["limits"]["cuts"]
    assert (cut["limit"], cut["limit_s"]) == ("time", 0.4)
    assert cut["left"].endswith("::test_hangs: a request")


def test_a_service_that_never_answers_gives_no_ready_line(tmp_path: Path) -> None:
    code, lines, facts = drive("acceptance", tmp_path, "http://127.0.0.1:1", start_timeout_s=0.1)
    assert (code, len(lines), facts["ready"]) == (0, 1, False)
    assert "127.0.0.1:1, which PORT asks for" in facts["listens"] or "nothing listens" in facts["listens"]


def test_attacks_are_three_valued_and_cannot_be_swallowed(tmp_path: Path, service: str) -> None:
    _, _, facts = drive("attacks", folder_with(tmp_path, test_a=ATTACKS), service)
    found = {test["id"].split("::")[1]: (test["outcome"], test["message"]) for test in facts["tests"]}
    assert found == {
        "test_blocked": ("passed", ""),
        "test_exploited": ("exploited", "order 42"),
        "test_not_tried": ("cannot_run", "no second user"),
    }
    assert facts["tests"][0]["attack"]["cwe"] == 639


LATE = """
def test_b(client): client.get("/b")
def test_z_restarts(restart): restart()
def test_c(client): client.get("/c")
"""


def test_tests_that_restart_come_last_and_cannot_run_where_nobody_kills(tmp_path: Path, service: str) -> None:
    for seed in range(3):
        _, _, facts = drive("acceptance", folder_with(tmp_path, test_a=LATE), service, seed=seed)
        last = facts["tests"][-1]
        assert (last["id"].split("::")[1], last["outcome"]) == ("test_z_restarts", "cannot_run")


def test_an_answer_that_repeats_a_secret_fails_the_test_it_was_given_to(tmp_path: Path, service: str) -> None:
    secret = "0badc0de" * 3
    text = f"def test_echo(client): client.get('/{secret}')\ndef test_other(client): client.get('/other')\n"
    environment = {"API_TOKEN": secret, "KEY": "k"}
    _, _, facts = drive("acceptance", folder_with(tmp_path, test_a=text), service, environment=environment)
    tests = {test["id"].split("::")[1]: test for test in facts["tests"]}
    assert (tests["test_echo"]["outcome"], tests["test_other"]["outcome"]) == ("failed", "passed")
    assert "API_TOKEN" in tests["test_echo"]["message"]
    assert [leak["leak"] for leak in facts["leaks"]] == ["secret 1 of API_TOKEN"]
