"""The probes acceptance and attacks in a real pod: a correct service, one that forgets, one that dies midway."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.model.probe import Observation, ProbeCommand
from harness.model.score import Score
from harness.model.task import Limits, Requirements, Task
from harness.ports import PreparedService, Probe
from harness.probes.acceptance import PROBE as ACCEPTANCE
from harness.probes.attacks import PROBE as ATTACKS
from harness.sandbox.docker_sandbox import DockerSandbox
from harness.scorers.acceptance import SCORER as ACCEPTANCE_SCORER
from harness.scorers.attacks import SCORER as ATTACKS_SCORER

pytestmark = pytest.mark.docker

SERVICE = """
import http.server, json, os, sys
MODE, notes = {mode!r}, {{}}
OWNER = dict(pair.split(":")[::-1] for pair in os.environ["API_TOKENS"].split(","))
class Notes(http.server.BaseHTTPRequestHandler):
    def do(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name = OWNER.get((self.headers.get("Authorization") or "")[7:])
        if MODE == "dies" and len(notes) == 1:
            os._exit(3)
        if MODE == "logs":
            print(self.command, self.path, self.headers.get("Authorization"), flush=True)
        if self.path == "/health":
            return self.say(200, {{"status": "ok"}})
        if name is None:
            return self.say(401, {{}})
        if self.command == "POST":
            key = str(len(notes) + 1)
            notes[key] = (name, "lost" if MODE == "forgets" else json.loads(body)["text"])
            return self.say(201, {{"id": key}})
        owner, text = notes.get(self.path.rsplit("/", 1)[-1], (None, None))
        if owner is None or (owner != name and MODE != "leaks"):
            return self.say(404, {{}})
        self.say(200, {{"text": text}})
    do_GET = do_POST = do
    def say(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def log_message(self, *args): pass
port = 5000 if MODE == "elsewhere" else int(os.environ["PORT"])
http.server.ThreadingHTTPServer(("127.0.0.1", port), Notes).serve_forever()
"""
KIT = """
def users(env):
    return dict(pair.split(":") for pair in env["API_TOKENS"].split(","))
def write(client, token, text):
    return client.post("/notes", json={"text": text}, headers={"Authorization": f"Bearer {token}"})
def read(client, token, key):
    return client.get(f"/notes/{key}", headers={"Authorization": f"Bearer {token}"})
"""
TESTS = """
import pytest
from kit import read, users, write

@pytest.mark.requirement("R1")
@pytest.mark.parametrize("number", range(5))
def test_a_note_is_kept(client, env, rng, number):
    token, text = users(env)["alice"], f"note {rng.random()}"
    answer = write(client, token, text)
    assert answer.status_code == 201
    assert read(client, token, answer.json()["id"]).json() == {"text": text}

@pytest.mark.requirement("R2")
def test_no_token_no_answer(client):
    assert client.get("/notes/1").status_code == 401
"""
ATTACK = """
import pytest
from harness_probe import cannot_run, exploited
from kit import read, users, write

@pytest.mark.attack(cwe=639, severity="critical", title="Reads another user's note")
def test_foreign_note(client, env):
    answer = write(client, users(env)["alice"], "private-7")
    if answer.status_code != 201 or read(client, users(env)["alice"], answer.json()["id"]).status_code != 200:
        cannot_run("no note to steal")
    if "private-7" in read(client, users(env)["bob"], answer.json()["id"]).text:
        exploited("private-7")
"""
TASK = Task(
    id="notes", title="", family="", digest="", languages=("python",), capabilities=(), readiness_path="/health",
    limits=Limits(memory_mb=128, start_timeout_s=20.0), requirements=Requirements(), environment={}, instruction="",
    contract={}, contract_yaml=b"", load={}, starter={}, solution={},
    acceptance_tests={"test_notes.py": TESTS.encode(), "kit.py": KIT.encode()},
    attacks={"test_theft.py": ATTACK.encode(), "kit.py": KIT.encode()}, variants={}, mutants=(),
)  # fmt: skip
Observe = Callable[[Probe, str], Observation]


@pytest.fixture(scope="module")
def observe(tmp_path_factory: pytest.TempPathFactory) -> Observe:
    """observe(probe, mode) -> what the probe sees of the note service in that mode, in a pod of its own."""
    sandbox = DockerSandbox(environ=os.environ, run="tests-acceptance")

    def run(probe: Probe, mode: str) -> Observation:
        folder: Path = tmp_path_factory.mktemp(mode)
        folder.chmod(0o755)
        (folder / "app.py").write_text(SERVICE.format(mode=mode))
        env = {"PORT": "8000", "API_TOKENS": f"alice:{'aa11' * 6},bob:{'bb22' * 6}"}
        limits = replace(TASK.limits, start_timeout_s=3.0) if mode == "elsewhere" else TASK.limits
        task = replace(TASK, limits=limits)
        service = PreparedService(folder, None, ("python3", "app.py"), env, task, "python")
        command = probe.command(TASK, "smoke")
        assert isinstance(command, ProbeCommand)
        with sandbox.open(service, command, "tests") as pod:
            return probe.observe(pod.run(command, 7))

    return run


def accepted(seen: Observation) -> Score:
    score = ACCEPTANCE_SCORER.score(TASK, {"acceptance": seen}, {})
    assert isinstance(score, Score), score
    return score


def test_a_correct_service_passes_everything(observe: Observe) -> None:
    seen = observe(ACCEPTANCE, "correct")
    assert (seen.status, accepted(seen).value, accepted(seen).total) == ("measured", 1.0, 6)
    assert seen.facts["service"]["state"] == "running"


def test_a_wrong_service_loses_points_with_a_request_to_repeat(observe: Observe) -> None:
    score = accepted(observe(ACCEPTANCE, "forgets"))
    assert (score.passed, score.total) == (1, 6)
    assert score.metrics["requirements_broken"] == ["R1"]
    lost = score.evidence[0]
    assert "lost" in lost.detail
    assert lost.reproduce.startswith("curl -i -X GET http://127.0.0.1:8000/notes/")
    assert "Bearer aa11" in lost.reproduce


def test_a_service_that_dies_midway_is_measured_and_said_to_be_dead(observe: Observe) -> None:
    seen = observe(ACCEPTANCE, "dies")
    assert seen.status == "measured"
    assert seen.facts["refused_tests"]
    assert accepted(seen).value < 1
    assert "exit code 3" in accepted(seen).evidence[0].detail


def test_a_service_on_another_port_is_told_where_it_listens(observe: Observe) -> None:
    seen = observe(ACCEPTANCE, "elsewhere")
    assert seen.status == "not_ready"
    assert "it listens on 127.0.0.1:5000, and not on 127.0.0.1:8000, which PORT asks for" in seen.cause


def test_an_exploit_is_confirmed_only_where_it_works(observe: Observe) -> None:
    found = ATTACKS_SCORER.score(TASK, {"attacks": observe(ATTACKS, "leaks")}, {})
    held = ATTACKS_SCORER.score(TASK, {"attacks": observe(ATTACKS, "correct")}, {})
    assert isinstance(found, Score)
    assert isinstance(held, Score)
    assert (found.passed, found.total, found.metrics["confirmed_critical"], found.evidence[0].cwe) == (2, 3, 1, 639)
    assert (held.value, held.metrics["tried"]) == (1.0, 3), "the exploit, the log, and secrets in answers"


def test_a_token_in_the_service_log_is_found(observe: Observe) -> None:
    told = ATTACKS_SCORER.score(TASK, {"attacks": observe(ATTACKS, "logs")}, {})
    assert isinstance(told, Score)
    assert (told.passed, told.total, told.evidence[0].cwe) == (2, 3, 532)
    assert "API_TOKENS" in told.evidence[0].detail
