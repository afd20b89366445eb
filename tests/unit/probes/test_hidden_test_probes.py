"""The probes acceptance, attacks and load: what they ask for, and how they read a report."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from harness.errors import TaskFault
from harness.model.probe import Observation, ProbeOutput, ServiceFate
from harness.model.task import Requirements, Task
from harness.probes.acceptance import PROBE as ACCEPTANCE
from harness.probes.attacks import PROBE as ATTACKS
from harness.probes.load import ARRAYS
from harness.probes.load import PROBE as LOAD

MakeTask = Callable[..., Task]


def record(outcome: str, **more: Any) -> dict[str, Any]:
    return {"id": "test_a.py::test_x", "title": "x", "requirements": [], "outcome": outcome, "answered": 1, **more}


def output(probe: str, facts: object) -> ProbeOutput:
    text = f"ready n 0.1\nreport n {json.dumps(facts)}\n"
    return ProbeOutput(probe, "n", 0, text.encode(), b"", False, False, False, 1.0, ServiceFate("running"))


def test_hidden_files_go_to_the_probe_only(make_task: MakeTask) -> None:
    command = ACCEPTANCE.command(make_task(), "smoke")
    assert set(command.files) == {"tests/test_a.py", "tests/kit.py"}
    assert not command.workspace
    assert set(ATTACKS.command(make_task(), "smoke").files) == {"attacks/test_b.py"}
    assert command.timeout_s > command.parameters["total_s"]


def accepted(facts: object) -> Observation:
    return ACCEPTANCE.observe(output("acceptance", facts))


def test_tests_are_passed_on_and_refused_ones_named() -> None:
    gone = record("failed", exchanges=[{"error": "refused: connection refused"}])
    seen = accepted({"tests": [record("passed"), gone]})
    assert seen.status == "measured"
    assert seen.facts["refused_tests"] == ["test_a.py::test_x"]


def test_zero_tests_or_broken_files_are_the_tasks_fault() -> None:
    broken: dict[str, Any] = {"tests": [record("passed")], "collect_errors": ["test_a.py: ImportError"]}
    empty: dict[str, Any] = {"tests": []}
    for facts in (empty, broken):
        seen = accepted(facts)
        assert (seen.status, seen.facts["blame"]) == ("void", "task")


def test_a_report_without_records_is_a_crash() -> None:
    assert accepted({"n": 1}).status == "crashed"
    assert accepted({"tests": [record("green")]}).status == "crashed"


@pytest.mark.parametrize(
    ("test", "result"),
    [
        (record("passed"), "blocked"),
        (record("exploited"), "exploited"),
        (record("cannot_run"), "cannot_run"),
        (record("failed"), "cannot_run"),
        (record("error"), "cannot_run"),
        (record("skipped"), "cannot_run"),
        (record("not_run"), "cannot_run"),
        (record("passed", answered=0), "cannot_run"),
    ],
)
def test_an_attack_is_blocked_only_if_it_was_tried_to_the_end(test: dict[str, Any], result: str) -> None:
    test["attack"] = {"cwe": 89, "severity": "critical", "title": "Injects"}
    seen = ATTACKS.observe(output("attacks", {"tests": [test]}))
    assert seen.status == "measured"
    assert seen.facts["attacks"][0]["result"] == result


@pytest.mark.parametrize(
    ("log", "truncated", "names", "checked"),
    [
        (b"GET / alice 0123456789abcdef0123 200", False, ["API_TOKENS"], "whole"),
        (b"GET / 200", False, [], "whole"),
        (b"GET / 200 0123456789abcdef9999", True, [], "tail"),
        (b"key=ffffeeeeddddcccc8888 port 8000", True, ["SIGNING_KEY"], "tail"),
    ],
)
def test_secret_values_are_looked_for_in_the_log(log: bytes, truncated: bool, names: list[str], checked: str) -> None:
    env = {"PORT": "8000", "API_TOKENS": "a:0123456789abcdef0123,b:3210", "SIGNING_KEY": "ffffeeeeddddcccc8888"}
    marked = record("passed", attack={"cwe": 89, "severity": "critical", "title": "Injects"})
    fate = ServiceFate("running", log=log, log_truncated=truncated)
    out = replace(output("attacks", {"tests": [marked]}), environment=env, service=fate)
    seen = ATTACKS.observe(out)
    assert (seen.facts["secrets_in_log"], seen.facts["log_checked"]) == (names, checked)


@pytest.mark.parametrize("names", [(), ("SIGNING_KEY",)])
def test_what_the_sandbox_found_stands_for_the_whole_log(names: tuple[str, ...]) -> None:
    env = {"API_TOKENS": "a:0123456789abcdef0123", "SIGNING_KEY": "ffffeeeeddddcccc8888"}
    marked = record("passed", attack={"cwe": 89, "severity": "critical", "title": "Injects"})
    fate = ServiceFate("running", log=b"0123456789abcdef0123", log_truncated=True, log_secrets=names)
    seen = ATTACKS.observe(replace(output("attacks", {"tests": [marked]}), environment=env, service=fate))
    assert (seen.facts["secrets_in_log"], seen.facts["log_checked"]) == (["API_TOKENS", *names], "whole")


def test_without_secret_values_there_is_nothing_to_look_for() -> None:
    marked = record("passed", attack={"cwe": 89, "severity": "critical", "title": "Injects"})
    seen = ATTACKS.observe(replace(output("attacks", {"tests": [marked]}), environment={"PORT": "8000"}))
    assert (seen.facts["secrets_in_log"], seen.facts["log_checked"]) == ([], "none")


def test_an_attack_without_marker_is_the_tasks_fault() -> None:
    for marker in (None, {"cwe": "89", "severity": "critical"}, {"cwe": 89, "severity": "bad"}):
        seen = ATTACKS.observe(output("attacks", {"tests": [record("passed", attack=marker)]}))
        assert (seen.status, seen.facts["blame"]) == ("void", "task")


def test_load_is_exclusive_and_held_to_what_agents_are_shown(make_task: MakeTask) -> None:
    command = LOAD.command(make_task(requirements=Requirements(p95_ms=250.0)), "smoke")
    assert command.exclusive
    assert (command.parameters["limit_ms"], command.parameters["lag_limit_ms"]) == (250.0, 5.0)
    assert LOAD.command(make_task(requirements=Requirements()), "smoke").parameters["limit_ms"] == 100
    with pytest.raises(TaskFault, match=r"profiles\.full"):
        LOAD.command(make_task(), "full")


def loaded(facts: object) -> Observation:
    return LOAD.observe(output("load", facts))


def test_a_load_report_must_prove_its_samples() -> None:
    whole = {"name": "p95", **{name: [1, 2] for name in ARRAYS}}
    setup = {"ok": True}
    assert loaded({"setup": setup, "phases": [whole]}).status == "measured"
    assert loaded({"setup": {"ok": False}, "phases": []}).status == "measured"
    assert loaded({"setup": setup, "phases": []}).status == "crashed"
    assert loaded({"setup": setup, "phases": [{**whole, "lag_us": [1]}]}).status == "crashed"
    assert loaded({"setup": setup, "phases": [{"name": "p95"}]}).status == "crashed"
    assert loaded({"phases": [whole]}).status == "crashed"
    assert loaded({"task_error": "pool empty"}).facts["blame"] == "task"
