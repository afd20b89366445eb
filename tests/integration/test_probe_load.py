"""The load probe in real pods: a quick service, one that sleeps 300 ms a request, one that dies under load, one that
reads all there is for each request, one that tells a secret, and ones that answer with less, or far more, than was
asked for."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.model.probe import Observation
from harness.model.score import Score, Unmeasured
from harness.model.task import Limits, Requirements, Task
from harness.ports import PreparedService
from harness.probes.load import PROBE
from harness.sandbox.docker_sandbox import DockerSandbox
from harness.scorers.load import SCORER

pytestmark = pytest.mark.docker

SERVICE = """
import asyncio, json, os, time
MODE, seen, flying, notes = {mode!r}, 0, 0, {{}}
BULK = ', "much": ' + json.dumps([{{}}] * (30_000 if MODE == "bulky" else 100_000)) + "}}"
async def serve(reader, writer):
    global seen, flying
    try:
        while True:
            head = (await reader.readuntil(b"\\r\\n\\r\\n")).decode()
            method, path, _ = head.split(" ", 2)
            lines = head.lower().split("\\r\\n")
            length = [int(line.split(":")[1]) for line in lines if line.startswith("content-length")]
            body = await reader.readexactly(length[0]) if length else b""
            seen += 1
            if MODE == "sleeps" and path != "/health":
                await asyncio.sleep(0.3)
            flying += 1
            if MODE == "stubs" and path != "/health":
                await asyncio.sleep(0.02)
            if MODE == "dies" and seen > 150:
                os._exit(9)
            if MODE in ("scans", "finds") and method == "GET" and path != "/health":
                time.sleep(0.00015 * (len(notes) if MODE == "scans" else 30))
            status, value = 200, {{"status": "ok"}}
            if method == "POST" and MODE == "refuses":
                status, value = 500, {{}}
            elif method == "POST":
                key = str(len(notes) + 1)
                notes[key] = json.loads(body)
                status, value = 201, {{"id": key + "\\ud800" if MODE == "odd" else key}}
            elif path.startswith("/notes/"):
                key = path.rsplit("/", 1)[-1]
                value = {{"id": "1" if MODE == "confuses" else key}}
            if MODE == "stubs" and flying > 1 and seen > 40:
                value = {{}}
            flying -= 1
            text = json.dumps(value)
            large = MODE in ("bulky", "pads") and path.startswith("/notes/")
            data = (text[:-1] + BULK if large else text).encode()
            kind = "Content-Type: application/json\\r\\n"
            if MODE == "tells" and method == "POST" and len(notes) % 25 == 0:
                kind += "X-Callers: " + os.environ["API_TOKENS"] + "\\r\\n"
            head = f"HTTP/1.1 {{status}} X\\r\\n{{kind}}Content-Length: {{len(data)}}\\r\\n\\r\\n"
            writer.write(head.encode() + data)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(os.environ["PORT"]))
    await server.serve_forever()
asyncio.run(main())
"""
LOAD: dict[str, Any] = {
    "schema": 1, "p95_rate": 50, "r0": 10, "p95_limit_ms": 100, "error_limit": 0.05,
    "profiles": {"smoke": {"warmup_s": 0.5, "samples": 100, "windows": 5, "step_s": 1}},
    "records": [{"pool": "users", "env": "API_TOKENS", "split": ",", "fields": "name:token"}],
    "setup": [
        {"pool": "notes", "from": "users", "repeat": 20, "method": "POST", "path": "/notes",
         "headers": {"Authorization": "Bearer {token}"}, "json": {"text": "{word}", "n": "{int:1:9}"},
         "expect": [201], "save": {"note_id": "id"}},
    ],
    "mix": [
        {"name": "read", "weight": 80, "pool": "notes", "method": "GET", "path": "/notes/{note_id}", "expect": [200]},
        {"name": "write", "weight": 20, "pool": "users", "method": "POST", "path": "/notes",
         "json": {"text": "{hex:8}"}, "expect": [201]},
    ],
}  # fmt: skip
NOTE = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
ANSWER = {"description": "", "content": {"application/json": {"schema": NOTE}}}
CONTRACT: dict[str, Any] = {
    "paths": {
        "/notes": {"post": {"responses": {"201": ANSWER}}},
        "/notes/{note_id}": {"get": {"responses": {"200": ANSWER}}},
    }
}
TASK = Task(
    id="notes", title="", family="", digest="", languages=("python",), capabilities=(), readiness_path="/health",
    limits=Limits(memory_mb=128, start_timeout_s=20.0), requirements=Requirements(p95_ms=100.0, error_share=0.05),
    environment={}, instruction="", contract=CONTRACT, contract_yaml=b"", load=LOAD, starter={}, solution={},
    acceptance_tests={}, attacks={}, variants={}, mutants=(),
)  # fmt: skip
LONG = {"warmup_s": 0.5, "samples": 1000, "windows": 5, "step_s": 4}
GROWS = replace(TASK, load={**LOAD, "profiles": {**LOAD["profiles"], "full": LONG}})
Observe = Callable[..., Observation]


@pytest.fixture(scope="module")
def observe(tmp_path_factory: pytest.TempPathFactory) -> Observe:
    """observe(mode) -> what the probe measures of the note service in that mode, in a pod of its own."""
    sandbox = DockerSandbox(environ=os.environ, run="tests-load")

    def run(mode: str, task: Task = TASK, **parameters: Any) -> Observation:
        folder: Path = tmp_path_factory.mktemp(mode)
        folder.chmod(0o755)
        (folder / "app.py").write_text(SERVICE.format(mode=mode))
        env = {"PORT": "8000", "API_TOKENS": "alice:aa11aa11aa11aa11,bob:bb22bb22bb22bb22"}
        service = PreparedService(folder, None, ("python3", "app.py"), env, task, "python")
        command = PROBE.command(task, "smoke")
        command = replace(command, parameters={**command.parameters, **parameters})
        with sandbox.open(service, command, "tests") as pod:
            return PROBE.observe(pod.run(command, 7))

    return run


def phase(seen: Observation, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(phase for phase in seen.facts["phases"] if phase["name"] == name)
    return found


def test_every_request_of_every_phase_is_kept(observe: Observe) -> None:
    seen = observe("quick")
    assert seen.status == "measured", seen.cause
    assert seen.facts["setup"]["sent"] == 20
    assert [(p["name"], p["rate"]) for p in seen.facts["phases"] if p["name"] != "p95"] == [
        ("warmup", 50),
        ("baseline", 10),
        ("step", 100),
    ]
    measured = phase(seen, "p95")
    assert len(measured["latency_us"]) == 100
    assert set(measured["outcome"]) == {0}
    assert set(measured["status"]) == {200, 201}
    assert measured["intended_us"] == sorted(measured["intended_us"])
    assert all(check["ok"] for check in seen.facts["after"])
    assert seen.facts["engine"].startswith("locust ")
    assert seen.facts["leaks"] == []


def test_a_secret_in_one_answer_of_many_is_found(observe: Observe) -> None:
    seen = observe("tells")
    assert seen.status == "measured", seen.cause
    assert {leak["leak"] for leak in seen.facts["leaks"]} == {"secret 1 of API_TOKENS"}
    assert all(outcome == 0 for entry in seen.facts["phases"] for outcome in entry["outcome"]), "nothing else is wrong"
    result = SCORER.score(TASK, {"load": seen}, {})
    assert isinstance(result, Score)
    assert result.metrics["error_verdict"] == "fail"
    assert "secret_in_answer" in result.flags
    assert any("repeats secret 1 of API_TOKENS" in found.detail for found in result.evidence)


def test_300_ms_a_request_are_seen_as_such(observe: Observe) -> None:
    """A sleep is a floor, whatever the machine is doing: no request can have been quicker."""
    seen = observe("sleeps")
    assert min(phase(seen, "p95")["latency_us"]) >= 300_000
    result = SCORER.score(TASK, {"load": seen}, {})
    # On a machine that is busy elsewhere the generator may be late; then nothing is measured, and nothing passes.
    if isinstance(result, Score):
        assert result.metrics["p95_verdict"] == "fail"
        assert result.metrics["p95_ms"] >= 300
    else:
        assert isinstance(result, Unmeasured)
        assert result.blame == "infrastructure"


def test_a_service_that_dies_under_load_is_reported_to_the_end(observe: Observe) -> None:
    seen = observe("dies")
    assert seen.status == "measured", seen.cause
    assert seen.facts["service"]["exit_code"] == 9
    assert set(phase(seen, "step")["outcome"]) == {3}, "no answer"
    assert not any(check["ok"] for check in seen.facts["after"])
    assert seen.facts["examples"]


def test_what_reads_everything_is_seen_by_a_longer_step_on_more_records(observe: Observe) -> None:
    """0.15 ms a record, which is little for the few records of a short step. Lateness is let pass, so that a busy
    machine does not leave the longer step out; the reference beside it says what it makes of 5 ms a request."""
    scans = observe("scans", GROWS, lag_limit_ms=1e6)
    finds = observe("finds", GROWS, lag_limit_ms=1e6)
    steps = [len(entry["outcome"]) for entry in scans.facts["phases"] if entry["name"] == "step"]
    assert steps in ([100, 400], [100]), "where the machine is busy the short one may break down already"
    few, all_of_them = scans.facts["growth"]["reads"]["read"]
    assert all_of_them > few
    seen, right = (SCORER.score(GROWS, {"load": each}, {"load": finds}) for each in (scans, finds))
    assert isinstance(seen, Score)
    assert seen.metrics["step_verdict"] == "fail"
    assert not isinstance(right, Score) or right.metrics["step_verdict"] != "fail"


def test_answers_about_another_record_count_as_failures(observe: Observe) -> None:
    seen = observe("confuses")
    reads = [o for o, op in zip(phase(seen, "p95")["outcome"], phase(seen, "p95")["operation"], strict=True) if op == 0]
    assert reads.count(4) > len(reads) / 2, "bad body"
    assert "asked for id" in seen.facts["examples"][0]["detail"]


def test_a_data_set_that_is_refused_stops_the_measurement(observe: Observe) -> None:
    seen = observe("refuses")
    assert (seen.status, seen.facts["phases"]) == ("measured", [])
    assert seen.facts["setup"]["failed"] == 20
    assert "status 500" in seen.facts["setup"]["first_failure"]["detail"]


def test_an_empty_answer_is_none_however_quick(observe: Observe) -> None:
    seen = observe("stubs")
    assert seen.facts["setup"]["ok"]
    step = phase(seen, "step")
    stubbed = [(op, outcome) for op, outcome in zip(step["operation"], step["outcome"], strict=True) if outcome]
    assert {outcome for _, outcome in stubbed} == {4}, "bad body"
    assert {op for op, _ in stubbed} == {0, 1}, "of the read and of the write"
    assert "'id', which the contract requires" in seen.facts["examples"][0]["detail"]


def test_an_answer_larger_than_the_cap_is_not_read_on(observe: Observe) -> None:
    seen = observe("pads")
    assert seen.facts["service"]["state"] == "running"
    reads = [o for o, op in zip(phase(seen, "p95")["outcome"], phase(seen, "p95")["operation"], strict=True) if op == 0]
    assert 4 in reads, "bad body"
    assert set(reads) <= {2, 4}, "none is fine; on a machine that is busy elsewhere the time may be over first"
    details = {example["detail"] for example in seen.facts["examples"] if example["outcome"] == "bad_body"}
    assert details == {"body larger than 256000 bytes"}


def test_a_large_answer_below_the_cap_is_judged_like_any_other(observe: Observe) -> None:
    seen = observe("bulky")
    assert all(set(measured["outcome"]) == {0} for measured in seen.facts["phases"])


def test_an_identity_that_is_no_text_is_a_bad_answer(observe: Observe) -> None:
    seen = observe("odd")
    assert seen.status == "measured", seen.cause
    assert seen.facts["setup"]["failed"] == 20
    assert "lone surrogate" in seen.facts["setup"]["first_failure"]["detail"]
