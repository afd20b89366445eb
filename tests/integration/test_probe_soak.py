"""The soak in real pods: one service keeps its data through kills; others forget, invent, dawdle or fail at times,
or keep what was made and not what was done to it."""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from harness.model.probe import NotPlanned, Observation
from harness.model.score import Score
from harness.model.task import Limits, Requirements, Task
from harness.ports import PreparedService
from harness.probes.soak import PROBE
from harness.sandbox.docker_sandbox import DockerSandbox
from harness.scorers.soak import SCORER

pytestmark = pytest.mark.docker

SERVICE = """
import http.server, itertools, json, os, pathlib, sqlite3, threading, time
MODE, lock, counter, reads = {mode!r}, threading.Lock(), itertools.count(1), itertools.count()
first = not pathlib.Path("/data/started").exists()
pathlib.Path("/data/started").touch()
if MODE == "dawdles" and not first:
    time.sleep(13)
db = sqlite3.connect(":memory:" if MODE in ("forgets", "invents") else "/data/notes.db", check_same_thread=False)
db.execute("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT, visits INT DEFAULT 0)")
texts, hidden, visits = {{}}, set(), {{}}
class Notes(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/health":
            return self.say(200, {{"status": "ok"}})
        with lock:
            if MODE == "fails" and next(counter) % 100 == 0:
                return self.say(500, {{}})
            if self.command == "POST":
                row = db.execute("INSERT INTO notes (text) VALUES (?)", (json.loads(body)["text"],)).lastrowid
                db.commit()
                return self.say(201, {{"id": row}})
            key = self.path.rsplit("/", 1)[-1]
            row = db.execute("SELECT id, text, visits FROM notes WHERE id = ?", (key,)).fetchone()
            if row and key not in hidden and (self.command != "GET" or self.path.startswith("/r/")):
                return self.change(key, body)
        if MODE == "invents" and not row:
            row = int(key), "lorem ipsum", 0
        if not row or key in hidden:
            return self.say(404, {{}})
        seen = row[2] + visits.get(key, 0)
        self.say(200, {{"id": row[0], "text": texts.get(key, row[1]), "visits": seen, "reads": next(reads)}})
    do_GET = do_POST = do_PATCH = do_DELETE = do
    def change(self, key, body):
        if self.command == "DELETE":
            hidden.add(key) if MODE == "revives" else db.execute("DELETE FROM notes WHERE id = ?", (key,))
        elif self.command == "PATCH" and MODE == "unsaved":
            texts[key] = json.loads(body)["text"]
        elif self.command == "PATCH":
            db.execute("UPDATE notes SET text = ? WHERE id = ?", (json.loads(body)["text"], key))
        elif MODE == "uncounted":
            visits[key] = visits.get(key, 0) + 1
        else:
            db.execute("UPDATE notes SET visits = visits + 1 WHERE id = ?", (key,))
        db.commit()
        self.say({{"DELETE": 204, "PATCH": 200, "GET": 302}}[self.command], {{}}, "/elsewhere")
    def say(self, status, value, location=""):
        data = b"" if status == 204 else json.dumps(value).encode()
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def log_message(self, *args): pass
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256
Server(("127.0.0.1", int(os.environ["PORT"])), Notes).serve_forever()
"""
REQUESTS = 400
SMOKE: dict[str, Any] = {"warmup_s": 0, "samples": 100, "windows": 1, "step_s": 0}
LOAD: dict[str, Any] = {
    "schema": 1, "p95_rate": 40, "r0": 10, "p95_limit_ms": 100, "error_limit": 0.05,
    "profiles": {"smoke": SMOKE, "full": {**SMOKE, "soak_requests": REQUESTS}},
    "setup": [
        {"pool": "notes", "repeat": 20, "method": "POST", "path": "/notes", "json": {"text": "{word}"},
         "expect": [201], "save": {"note_id": "id"}},
    ],
    "mix": [
        {"name": "read", "weight": 80, "pool": "notes", "method": "GET", "path": "/notes/{note_id}", "expect": [200]},
        {"name": "change", "weight": 5, "pool": "notes", "method": "PATCH", "path": "/notes/{note_id}",
         "json": {"text": "{hex:9}"}, "expect": [200]},
        {"name": "visit", "weight": 5, "pool": "notes", "method": "GET", "path": "/r/{note_id}", "expect": [302]},
        {"name": "write", "weight": 10, "method": "POST", "path": "/notes", "json": {"text": "{hex:8}"},
         "expect": [201]},
    ],
}  # fmt: skip
CONTRACT = {"paths": {"/notes/{id}": {"get": {"responses": {}}, "delete": {"responses": {"204": {}}}}}}
TASK = Task(
    id="notes", title="", family="", digest="", languages=("python",), capabilities=(), readiness_path="/health",
    limits=Limits(memory_mb=128, start_timeout_s=20.0), requirements=Requirements(), environment={}, instruction="",
    contract=CONTRACT, contract_yaml=b"", load=LOAD, starter={}, solution={}, acceptance_tests={}, attacks={},
    variants={}, mutants=(),
)  # fmt: skip
Soaked = Callable[[str], tuple[Observation, Score]]


@pytest.fixture(scope="module")
def soaked(tmp_path_factory: pytest.TempPathFactory) -> Soaked:
    """soaked(mode) -> what was seen and what it is worth. All modes run at once: a soak needs no quiet machine."""
    sandbox = DockerSandbox(environ=os.environ, run="tests-soak")
    command = PROBE.command(TASK, "full")
    assert not isinstance(command, NotPlanned)

    def run(mode: str, folder: Path) -> Observation:
        folder.chmod(0o755)
        (folder / "app.py").write_text(SERVICE.format(mode=mode))
        service = PreparedService(folder, None, ("python3", "app.py"), {"PORT": "8000"}, TASK, "python")
        with sandbox.open(service, command, "tests") as pod:
            return PROBE.observe(pod.run(command, 7))

    with ThreadPoolExecutor(8) as pool:
        running: dict[str, Future[Observation]] = {
            mode: pool.submit(run, mode, tmp_path_factory.mktemp(mode))
            for mode in ("keeps", "forgets", "invents", "dawdles", "fails", "unsaved", "revives", "uncounted")
        }

    def result(mode: str) -> tuple[Observation, Score]:
        seen = running[mode].result()
        assert seen.status == "measured", seen.cause
        score = SCORER.score(TASK, {"soak": seen}, {})
        assert isinstance(score, Score), score
        return seen, score

    return result


def test_a_service_that_survives_kills_loses_nothing(soaked: Soaked) -> None:
    seen, score = soaked("keeps")
    assert (score.value, score.flags, score.evidence) == (1.0, (), ())
    assert score.total >= REQUESTS
    assert [(outage["kind"], outage["down_s"] < outage["up_s"]) for outage in seen.facts["outages"]] == [
        ("kill", True),
        ("restart", True),
    ]
    assert [check["after"] for check in seen.facts["read_back"]] == ["kill", "restart", "end"]
    assert all(check["compared"] > 0 for check in seen.facts["read_back"]), "text, and not the count of reads"
    assert score.metrics["excused"] > 0, "requests of the outage are left out, and said to be"
    assert seen.facts["service"]["state"] == "running"


def test_data_that_are_gone_after_a_kill_are_failures(soaked: Soaked) -> None:
    _, score = soaked("forgets")
    assert score.value < 0.96
    assert "data_lost" in score.flags
    assert score.metrics["records_lost"] > 0
    assert any("acknowledged records were gone, changed or back after: kill" in found.title for found in score.evidence)
    assert "curl" in score.evidence[-1].reproduce


def test_data_that_are_invented_after_a_kill_are_failures(soaked: Soaked) -> None:
    seen, score = soaked("invents")
    assert "data_lost" in score.flags
    assert score.metrics["records_lost"] > 0
    assert "'text' was" in seen.facts["examples"][0]["detail"]


@pytest.mark.parametrize(
    ("mode", "said"),
    [("unsaved", "'text' was"), ("uncounted", "'visits' was"), ("revives", "status 200, expected 400 or")],
)
def test_changes_counts_and_deletions_must_last_as_well(soaked: Soaked, mode: str, said: str) -> None:
    seen, score = soaked(mode)
    assert "data_lost" in score.flags
    assert 0 < score.metrics["records_lost"] < score.metrics["read_back"] / 2, "what was only made is still there"
    assert said in seen.facts["examples"][0]["detail"]


def test_an_outage_excuses_ten_seconds_and_no_more(soaked: Soaked) -> None:
    _, score = soaked("dawdles")
    assert "slow_recovery" in score.flags
    assert score.metrics["recovery_s"]["kill"] > 10
    assert 0.2 < score.value < 1
    assert score.metrics["records_lost"] == 0


def test_one_failure_in_a_hundred_is_found(soaked: Soaked) -> None:
    _, score = soaked("fails")
    assert 0.97 < score.value < 1
    assert score.metrics["success_high_pct"] < 99.9
    assert score.metrics["records_lost"] == 0, "an answer of 500 is a failure, no loss"
