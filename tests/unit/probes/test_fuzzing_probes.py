"""Commands and observations of the probes `conformance` and `static`: a report must prove that work was done."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.model.probe import ProbeOutput, ServiceFate
from harness.model.task import Task
from harness.probes import conformance, static

RUN = {
    "seed": 1, "requests": 9, "auth": "token obtained", "finished": True, "timed_out": False, "errors": [],
    "seconds": 4.0, "waited_s": 1.0, "stderr": "",
}  # fmt: skip
CUT = {**RUN, "finished": False, "timed_out": True, "seconds": 45.0}
SILENT = {"check": "no_answer", "operation": "GET /a", "status": "none", "hard": True}
SEEN = {"GET /a": {"statuses": {"200": 9}, "checks": 9}}


def output(report: dict[str, Any], needs_service: bool = True) -> ProbeOutput:
    ready = "ready n1 0.1\n" if needs_service else ""
    text = f"{ready}report n1 {json.dumps({'ready': True, **report})}\n"
    return ProbeOutput("x", "n1", 0, text.encode(), b"", False, False, False, 1.0, ServiceFate("running"))


def test_profiles_differ_in_seeds_and_the_contract_travels_with_the_command(make_task: Callable[..., Task]) -> None:
    task = make_task(contract={"openapi": "3.1.0", "paths": {}})
    smoke, full = (conformance.PROBE.command(task, profile) for profile in ("smoke", "full"))
    assert (smoke.parameters["seeds"], full.parameters["seeds"]) == ([1], [1, 2, 3])
    assert json.loads(smoke.files["contract.json"]) == task.contract
    longest = len(full.parameters["seeds"]) * full.parameters["seed_limit_s"] + full.parameters["own_limit_s"]
    assert full.timeout_s > longest + task.limits.start_timeout_s


@pytest.mark.parametrize(
    ("runs", "operations", "failures", "status"),
    [
        ([RUN], SEEN, [], "measured"),
        ([], SEEN, [], "crashed"),
        ([RUN], {}, [], "crashed"),
        ([{**RUN, "errors": [{"kind": "ConnectionError", "message": "answer too large"}]}], {}, [], "crashed"),
        ([{**RUN, "requests": 0}], SEEN, [], "crashed"),
        ([{**RUN, "finished": False, "stderr": "MemoryError"}], SEEN, [], "crashed"),
        ([CUT], SEEN, [], "crashed"),
        ([{**CUT, "waited_s": 40.0}], SEEN, [], "measured"),
        ([CUT], SEEN, [SILENT], "measured"),
        ([{**RUN, "auth": "broken rule: no such variable"}], SEEN, [], "void"),
        ([{**RUN, "errors": [{"fatal": True, "kind": "InvalidSchema", "message": "x"}]}], SEEN, [], "void"),
    ],
)
def test_what_the_runs_prove(
    runs: list[dict[str, Any]], operations: dict[str, Any], failures: list[dict[str, Any]], status: str
) -> None:
    report = {"runs": runs, "operations": operations, "failures": failures}
    observation = conformance.PROBE.observe(output(report))
    assert observation.status == status, observation.cause
    assert bool(observation.cause) == (status != "measured")


@pytest.mark.parametrize(
    ("report", "status"),
    [
        ({"files": 2, "findings": []}, "measured"),
        ({"files": 0, "findings": []}, "crashed"),
        ({"files": 2}, "crashed"),
        ({"files": 2, "findings": [{"file": "a.py"}]}, "crashed"),
    ],
)
def test_a_scan_proves_that_files_were_read(report: dict[str, Any], status: str) -> None:
    assert static.PROBE.observe(output(report, needs_service=False)).status == status


def test_the_scan_sees_the_files_and_needs_no_service(make_task: Callable[..., Task]) -> None:
    command = static.PROBE.command(make_task(), "smoke")
    assert (command.needs, command.workspace) == ("none", True)
