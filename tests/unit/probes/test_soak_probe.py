"""The probe soak: when it runs, how its faults are spread, and what a report must prove."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.errors import TaskFault
from harness.model.probe import NotPlanned, Observation, ProbeCommand, ProbeOutput, ServiceFate
from harness.model.task import Task
from harness.probes.soak import ARRAYS, PROBE, RECOVERY_LIMIT_S

MakeTask = Callable[..., Task]
SIZES = {"warmup_s": 2, "samples": 500, "windows": 5, "step_s": 3}
LOAD: dict[str, Any] = {
    "p95_rate": 100,
    "r0": 25,
    "profiles": {"smoke": SIZES, "none": {**SIZES, "soak_requests": 0}, "full": {**SIZES, "soak_requests": 3000}},
    "setup": [{"pool": "a", "repeat": 800, "method": "POST", "path": "/a"}],
    "mix": [{"name": "read", "weight": 1, "method": "GET", "path": "/x"}],
}


def observed(facts: object) -> Observation:
    text = f"ready n 0.1\nreport n {json.dumps(facts)}\n"
    return PROBE.observe(
        ProbeOutput("soak", "n", 0, text.encode(), b"", False, False, False, 1.0, ServiceFate("running"))
    )


@pytest.mark.parametrize("profile", ["smoke", "none"])
def test_a_profile_without_soak_requests_plans_nothing(make_task: MakeTask, profile: str) -> None:
    assert PROBE.command(make_task(load=LOAD), profile) == NotPlanned(f"the {profile} profile has no soak")


def test_an_unknown_profile_is_the_tasks_fault(make_task: MakeTask) -> None:
    with pytest.raises(TaskFault, match=r"profiles\.nightly"):
        PROBE.command(make_task(load=LOAD), "nightly")


def test_faults_come_after_the_data_set_and_apart_from_each_other(make_task: MakeTask) -> None:
    command = PROBE.command(make_task(load=LOAD), "full")
    assert isinstance(command, ProbeCommand)
    asked = command.parameters["soak"]
    assert (asked["requests"], asked["rate"], command.exclusive) == (3000, 50, False)
    kill, restart = command.faults
    assert (kill.kind, restart.kind) == ("kill", "restart")
    assert asked["faults"] == [[kill.at_s, "kill"], [restart.at_s, "restart"]]
    assert asked["setup_s"] < kill.at_s
    assert restart.at_s - kill.at_s > RECOVERY_LIMIT_S
    # even when both outages last as long as they may, enough requests can follow before the end
    assert (asked["end_s"] - asked["setup_s"] - 2 * (RECOVERY_LIMIT_S + 1)) * asked["rate"] >= 3000
    assert command.timeout_s > asked["end_s"]


def test_a_report_must_prove_its_samples_and_its_outages() -> None:
    samples = {name: [1, 2] for name in ARRAYS}
    outage = {"kind": "kill", "at_s": 1.0, "down_s": 1.1, "up_s": 2.0}
    whole: dict[str, Any] = {"setup": {"ok": True}, "samples": samples, "outages": [outage]}
    assert observed(whole).status == "measured"
    assert observed({**whole, "outages": []}).status == "crashed"
    assert observed({**whole, "samples": {**samples, "outcome": [0]}}).status == "crashed"
    assert observed({**whole, "samples": {name: [] for name in ARRAYS}}).status == "crashed"
    assert observed({"setup": {"ok": True}}).status == "crashed"
    empty = {**whole, "setup": {"ok": False}, "samples": {name: [] for name in ARRAYS}}
    assert observed(empty).status == "measured"
    assert observed({"task_error": "pool empty"}).facts["blame"] == "task"
