"""What was proven before a limit cut the rest stands; what the cut may have caused is nobody's."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.model.probe import Observation
from harness.model.score import Unmeasured
from harness.model.task import Requirements, Task
from harness.model.trial import INCOMPLETE, Scored, Void
from harness.scorers.acceptance import SCORER as ACCEPTANCE
from harness.scorers.attacks import SCORER as ATTACKS
from harness.scorers.judgement import judge

ANSWERED: dict[str, Any] = {"method": "GET", "target": "/orders", "status": 500, "response_body": "{}"}
SILENT: dict[str, Any] = {"method": "GET", "target": "/orders", "error": "timeout: no answer"}
FINE: dict[str, Any] = {"id": "test_a.py::test_fine", "outcome": "passed", "requirements": ["R1"]}
WRONG: dict[str, Any] = {
    "id": "test_a.py::test_wrong",
    "outcome": "failed",
    "message": "500 is not 200",
    "exchanges": [ANSWERED],
}
HUNG: dict[str, Any] = {
    "id": "test_a.py::test_hung",
    "outcome": "failed",
    "message": "no answer",
    "exchanges": [ANSWERED, SILENT],
}
UNRUN: dict[str, Any] = {"id": "test_a.py::test_unrun", "outcome": "not_run", "message": "time"}
ENDED: dict[str, Any] = {**WRONG, "id": "test_a.py::test_ended"}
CUTS = [{"limit": "time", "limit_s": 30.0, "left": left} for left in (ENDED["id"], f"{HUNG['id']}: a request")]
LEAK: dict[str, Any] = {
    "id": "test_x.py::test_leak",
    "title": "Read a foreign order",
    "result": "exploited",
    "severity": "critical",
}
LEAK |= {"cwe": 639, "message": "order 7"}
BLOCKED: dict[str, Any] = {**LEAK, "result": "blocked"}


def seen(probe: str, control: str, cuts: list[dict[str, Any]], **facts: Any) -> Observation:
    return Observation(probe, 1, "measured", {**facts, "limits": {"spent": 1.0, "cuts": cuts}, "control": control})


def judged(
    make_task: Callable[..., Task], tests: list[Any], attacks: list[Any], control: str = "slow", share: float = 1.0
) -> Scored | Void:
    needs = Requirements(acceptance_share=share, confirmed_critical=0)
    task = make_task(requirements=needs, attacks={"test_x.py": b""})
    observations = {
        "acceptance": seen("acceptance", control, CUTS, tests=tests),
        "attacks": seen("attacks", control, CUTS[:1], attacks=attacks),
    }
    return judge(task, [ACCEPTANCE, ATTACKS], observations, {}, 3)


@pytest.mark.parametrize(
    ("tests", "attacks", "said"),
    [
        ([FINE, WRONG, UNRUN], [BLOCKED], "at least 1 of 3 hidden acceptance tests failed"),
        ([FINE, HUNG], [BLOCKED, LEAK], "at least 1 confirmed critical"),
    ],
)
def test_a_proven_no_stands_beside_what_was_cut(
    make_task: Callable[..., Task], tests: list[Any], attacks: list[Any], said: str
) -> None:
    outcome = judged(make_task, tests, attacks)
    assert isinstance(outcome, Scored)
    assert (outcome.accepted, outcome.flags) == ("no", (INCOMPLETE,))
    assert any(said in line for line in outcome.why)
    assert all(isinstance(result, Unmeasured) for result in outcome.scores), "there is no figure"


def test_what_the_cut_may_have_caused_is_nobodys(make_task: Callable[..., Task]) -> None:
    for tests in ([FINE, HUNG], [FINE, UNRUN], [FINE, ENDED], [FINE, {**WRONG, "exchanges": []}]):
        assert isinstance(judged(make_task, tests, [BLOCKED]), Void), tests
    assert isinstance(judged(make_task, [FINE] * 9 + [WRONG], [BLOCKED], share=0.9), Void), "nine of ten are enough"


def test_a_cut_that_the_reference_settles_is_scored_as_ever(make_task: Callable[..., Task]) -> None:
    outcome = judged(make_task, [FINE, WRONG], [BLOCKED], control="fine")
    assert isinstance(outcome, Scored)
    assert INCOMPLETE not in outcome.flags
    assert not any(line.startswith("no: at least") for line in outcome.why)
