"""What was found decides before what is missing: a sure no stands, a yes needs every required scorer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from harness.model.probe import Observation
from harness.model.score import Score, ScoreResult, Unmeasured
from harness.model.task import Requirements, Task
from harness.model.trial import INCOMPLETE, Scored, Void, lost_to
from harness.scorers.judgement import judge

BUSY = Unmeasured("load", 3, "infrastructure", "the generator was late")
BROKEN_TASK = Unmeasured("load", 3, "task", "pool is empty")
PASSED = Score("acceptance", 1, 1.0, 9, 9, "tests")
MISSED = Score("acceptance", 1, 0.5, 5, 9, "tests")
BLOCKED = Score("attacks", 1, 1.0, 9, 9, "attacks", metrics={"confirmed_critical": 0, "critical_untried": 0})
EXPLOITED = Score("attacks", 1, 0.5, 8, 9, "attacks", metrics={"confirmed_critical": 1, "critical_untried": 0})
FORGED = Score("coverage", 1, 0.0, 0, 1, "lines", flags=("cheating",))
QUICK = Score("load", 3, 1.0, 3, 3, "checks", metrics={"p95_verdict": "pass", "error_verdict": "pass"})
SLOW = Score("load", 3, 0.5, 1, 2, "checks", metrics={"p95_verdict": "fail", "error_verdict": "pass"})
NO_TESTS = Unmeasured("acceptance", 1, "infrastructure", "cut: the host was busy")


@dataclass(frozen=True)
class Says:
    """A scorer that has its result already."""

    result: ScoreResult
    probes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.result.scorer

    @property
    def version(self) -> int:
        return self.result.version

    def score(
        self, task: Task, observations: Mapping[str, Observation], reference: Mapping[str, Observation]
    ) -> ScoreResult:
        return self.result


def judged(make_task: Callable[..., Task], *results: ScoreResult) -> Scored | Void:
    required = Requirements(p95_ms=100.0, confirmed_critical=0)
    return judge(make_task(requirements=required), [Says(result) for result in results], {}, {}, 3)


@pytest.mark.parametrize(
    "results",
    [
        (PASSED, EXPLOITED, BUSY),
        (PASSED, BLOCKED, BUSY, FORGED),
        (MISSED, BLOCKED, BUSY),
        (NO_TESTS, BLOCKED, SLOW),
        (NO_TESTS, EXPLOITED, BUSY),
    ],
)
def test_what_is_sure_counts_although_a_required_scorer_is_unmeasured(
    make_task: Callable[..., Task], results: tuple[ScoreResult, ...]
) -> None:
    outcome = judged(make_task, *results)
    assert isinstance(outcome, Scored)
    assert outcome.accepted == "no"
    assert INCOMPLETE in outcome.flags
    assert lost_to(outcome) == "infrastructure", "it enters no comparison"


@pytest.mark.parametrize(
    ("results", "blame"),
    [
        ((PASSED, BLOCKED, BUSY), "infrastructure"),
        ((NO_TESTS, BLOCKED, QUICK), "infrastructure"),
        ((PASSED, BLOCKED, BROKEN_TASK), "task"),
    ],
)
def test_nothing_sure_and_something_missing_is_void(
    make_task: Callable[..., Task], results: tuple[ScoreResult, ...], blame: str
) -> None:
    outcome = judged(make_task, *results)
    assert isinstance(outcome, Void)
    assert (outcome.blame, lost_to(outcome)) == (blame, blame)


@pytest.mark.parametrize(("results", "accepted"), [((PASSED, BLOCKED, QUICK), "yes"), ((MISSED, BLOCKED, QUICK), "no")])
def test_with_everything_measured_nothing_is_lost(
    make_task: Callable[..., Task], results: tuple[ScoreResult, ...], accepted: str
) -> None:
    outcome = judged(make_task, *results)
    assert isinstance(outcome, Scored)
    assert (outcome.accepted, INCOMPLETE in outcome.flags, lost_to(outcome)) == (accepted, False, None)
