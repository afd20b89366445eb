"""The scorers `acceptance` and `attacks`: what is lost, what is not tried, what is shown."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.model.probe import Observation
from harness.model.score import NotApplicable, Score, ScoreResult, Unmeasured
from harness.model.task import Task
from harness.scorers.acceptance import SCORER as ACCEPTANCE
from harness.scorers.attacks import SCORER as ATTACKS

MakeTask = Callable[..., Task]
EXCHANGE = {
    "method": "PATCH", "target": "/orders/7?x=a b", "headers": {"Authorization": "Bearer t", "Accept": "*/*"},
    "body": '{"note": "it\'s"}', "status": 403, "response_body": '{"detail":"no"}',
}  # fmt: skip


def record(outcome: str, name: str = "test_x", **more: Any) -> dict[str, Any]:
    base = {"id": f"test_a.py::{name}", "title": "It works", "requirements": ["R2"], "outcome": outcome}
    return {**base, "message": "assert 1 == 2", "where": "test_a.py:9", "exchanges": [], **more}


def accept(make_task: MakeTask, tests: list[dict[str, Any]], **facts: Any) -> ScoreResult:
    seen = Observation("acceptance", 1, "measured", {"tests": tests, "service": {"state": "running"}, **facts})
    return ACCEPTANCE.score(make_task(), {"acceptance": seen}, {})


def test_only_passed_counts(make_task: MakeTask) -> None:
    outcomes = ["passed", "failed", "error", "skipped", "not_run"]
    score = accept(make_task, [record(outcome, f"test_{outcome}") for outcome in outcomes])
    assert isinstance(score, Score)
    assert (score.passed, score.total, score.value) == (1, 5, 0.2)
    assert [e.points for e in score.evidence] == [0.2] * 4


def test_a_lost_point_explains_itself(make_task: MakeTask) -> None:
    score = accept(make_task, [record("failed", exchanges=[EXCHANGE]), record("passed")])
    assert isinstance(score, Score)
    lost = score.evidence[0]
    assert "R2" in lost.title
    assert "assert 1 == 2" in lost.detail
    assert "< 403" in lost.detail
    assert lost.where == "test_a.py:9 · PATCH /orders/7?x=a b"
    assert lost.reproduce == (
        "curl -i -X PATCH 'http://127.0.0.1:8000/orders/7?x=a b' -H 'Authorization: Bearer t' "
        '--data-raw \'{"note": "it\'"\'"\'s"}\''
    )
    assert score.metrics["requirements_broken"] == ["R2"]


def test_a_service_that_died_is_named_first(make_task: MakeTask) -> None:
    service = {"state": "exited", "exit_code": 139, "oom_killed": False}
    score = accept(
        make_task, [record("failed"), record("passed")], service=service, refused_tests=["test_a.py::test_x"]
    )
    assert isinstance(score, Score)
    assert score.flags == ("service_died",)
    assert "139" in score.evidence[0].detail
    assert "test_a.py::test_x" in score.evidence[0].detail


def test_no_tests_is_unmeasured_never_a_number(make_task: MakeTask) -> None:
    assert isinstance(accept(make_task, []), Unmeasured)


def attack(result: str, severity: str = "critical", **more: Any) -> dict[str, Any]:
    base = {"id": f"test_b.py::{result}", "title": "Reads another's order", "cwe": 639, "severity": severity}
    return {**base, "result": result, "message": "got 42", "where": "test_b.py:3", "exchanges": [EXCHANGE], **more}


def attacked(make_task: MakeTask, attacks: list[dict[str, Any]], **facts: Any) -> ScoreResult:
    seen = Observation("attacks", 1, "measured", {"attacks": attacks, **facts})
    return ATTACKS.score(make_task(), {"attacks": seen}, {})


def test_an_exploit_is_confirmed_with_cwe_and_request(make_task: MakeTask) -> None:
    score = attacked(make_task, [attack("exploited"), attack("blocked"), attack("blocked", "low")])
    assert isinstance(score, Score)
    assert (score.passed, score.total) == (2, 3)
    assert score.metrics["confirmed_critical"] == 1
    found = score.evidence[0]
    assert (found.cwe, found.severity, found.status) == (639, "critical", "confirmed")
    assert "got 42" in found.detail
    assert found.reproduce.startswith("curl")


def test_an_exploit_is_told_from_what_made_it_possible_to_what_it_got(make_task: MakeTask) -> None:
    def step(method: str, target: str, answer: str = "", **more: Any) -> dict[str, Any]:
        return {"method": method, "target": target, "status": 200, "response_body": answer, **more}

    bait = step("POST", "/links", '{"slug": "ythz08odhj"}', body='{"target_url": "javascript:alert(1)"}')
    idle = [step("GET", "/health"), step("POST", "/links", '{"slug": "other99xyz"}')]
    seen = [["Location", "javascript:alert(1)"], ["Date", "Sat, 21 Nov 2026 17:30:51 GMT"]]
    visit = step("GET", "/r/ythz08odhj", status=302, response_headers=seen)
    score = attacked(make_task, [attack("exploited", exchanges=[step("GET", "/me"), bait, *idle, visit])])
    assert isinstance(score, Score)
    found = score.evidence[0]
    told = [line for line in found.detail.splitlines() if line.startswith("> ")]
    assert told == ["> POST /links", '> {"target_url": "javascript:alert(1)"}', "> POST /links", "> GET /r/ythz08odhj"]
    assert "< Location: javascript:alert(1)" in found.detail, "the proof is in a header"
    assert "Date" not in found.detail
    assert [line.split("8000")[1].split()[0] for line in found.reproduce.splitlines()] == [
        "/links", "/links", "/r/ythz08odhj",
    ]  # fmt: skip


def test_what_cannot_run_is_never_secure(make_task: MakeTask) -> None:
    score = attacked(make_task, [attack("blocked"), attack("cannot_run")])
    assert isinstance(score, Score)
    assert (score.passed, score.total, score.metrics["planned"]) == (1, 1, 2)
    assert score.metrics["critical_untried"] == 1
    assert score.flags == ("attacks_untried",)
    assert score.evidence[0].status == "cannot_run"
    assert isinstance(attacked(make_task, [attack("cannot_run")]), Unmeasured)


def test_a_secret_in_the_log_is_one_more_confirmed_attack(make_task: MakeTask) -> None:
    score = attacked(make_task, [attack("blocked")], log_checked="whole", secrets_in_log=["API_TOKENS"])
    assert isinstance(score, Score)
    assert (score.passed, score.total, score.metrics["confirmed_high"]) == (1, 2, 1)
    found = score.evidence[0]
    assert (found.kind, found.cwe, found.severity, found.status) == ("log", 532, "high", "confirmed")
    assert "API_TOKENS" in found.detail
    assert found.reproduce.startswith("grep")


@pytest.mark.parametrize(
    ("checked", "passed", "total", "flags"),
    [("whole", 2, 2, ()), ("tail", 1, 1, ("attacks_untried",)), ("none", 1, 1, ())],
)
def test_a_clean_log_counts_only_when_all_of_it_was_seen(
    make_task: MakeTask, checked: str, passed: int, total: int, flags: tuple[str, ...]
) -> None:
    score = attacked(make_task, [attack("blocked")], log_checked=checked, secrets_in_log=[])
    assert isinstance(score, Score)
    assert (score.passed, score.total, score.flags) == (passed, total, flags)


def test_a_clean_log_alone_is_no_evidence(make_task: MakeTask) -> None:
    only = attacked(make_task, [attack("cannot_run")], log_checked="whole", secrets_in_log=[])
    assert isinstance(only, Unmeasured)


@pytest.mark.parametrize(("tries", "bound"), [(1, "0.95"), (12, "0.23"), (300, "0.01")])
def test_nothing_found_is_printed_with_its_bound(make_task: MakeTask, tries: int, bound: str) -> None:
    score = attacked(make_task, [attack("blocked")] * tries)
    assert isinstance(score, Score)
    assert f"rate < {bound}" in score.basis


def test_a_task_without_attacks_is_not_applicable(make_task: MakeTask) -> None:
    assert isinstance(ATTACKS.score(make_task(attacks={}), {}, {}), NotApplicable)
