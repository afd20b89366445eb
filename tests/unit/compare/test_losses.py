"""No verdict from what is missing: two identical versions, the failing half of one lost in every way there is."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.compare.arms import Arm
from harness.compare.comparison import Comparison, compare
from harness.compare.verdicts import Endpoint
from harness.gate.decide import decide
from harness.gate.policy import Floor, NonInferiority, Policy
from harness.model.score import NotApplicable, Score, ScoreResult, Unmeasured
from harness.model.trial import INCOMPLETE, Outcome, Scored, Void

Arms = Callable[..., tuple[Arm, Arm]]
Lose = Callable[[Outcome], Outcome | None]
FAMILIES, ATTEMPTS = 24, 6


def scored(passed: bool, *more: ScoreResult) -> Scored:
    return Scored("yes" if passed else "no", (Score("q", 1, float(passed), float(passed), 1, "things"), *more))


def void(blame: str) -> Lose:
    blames = {"harness": "harness", "task": "task", "cancelled": "cancelled", "agent": "agent"}
    return lambda _: Void(blames.get(blame, "infrastructure"), "code_of_it", "m", "s")  # type: ignore[arg-type]


def _unmeasured(blame: str) -> Lose:
    lost = Unmeasured("q", 1, "agent" if blame == "agent" else "infrastructure", "nothing could be tried")
    return lambda _: Scored("undetermined", (lost,))


def _incomplete(outcome: Outcome) -> Outcome:
    return Scored("no", (Unmeasured("q", 1, "infrastructure", "busy"),), flags=(INCOMPLETE,))


WAYS: dict[str, Lose] = {
    "void by infrastructure": void("infrastructure"),
    "void by harness": void("harness"),
    "void by task": void("task"),
    "void by cancelled": void("cancelled"),
    "void by its own doing": void("agent"),
    "not yet run": lambda _: None,
    "undetermined": lambda _: Scored("undetermined", (NotApplicable("q", 1, "none", because="submission"),)),
    "unmeasured": _unmeasured("infrastructure"),
    "unmeasured by its own doing": _unmeasured("agent"),
    "incomplete": _incomplete,
}


def tasks(lose: Lose | None = None, share: float = 1.0) -> dict[str, list[Outcome | None]]:
    """Half of the trials of every task pass; `lose` takes that share of the others."""
    failing = 0
    found: dict[str, list[Outcome | None]] = {}
    for number in range(FAMILIES):
        row: list[Outcome | None] = []
        for attempt in range(ATTEMPTS):
            outcome: Outcome | None = scored(attempt < ATTEMPTS // 2 + (number % 3) - 1)
            assert isinstance(outcome, Scored)
            if outcome.accepted == "no" and lose is not None:
                failing += 1
                outcome = lose(outcome) if int(failing * share) > int((failing - 1) * share) else outcome
            row.append(outcome)
        found[f"t{number:02d}"] = row
    return found


def endpoint(found: Comparison, name: str = "accepted") -> Endpoint:
    return next(e for e in found.endpoints if e.name == name)


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("name", ["accepted", "q"])
def test_two_identical_versions_are_never_told_apart_by_what_one_of_them_lost(arms: Arms, way: str, name: str) -> None:
    first, second = arms(tasks(), tasks(WAYS[way]), scorers=("q",))
    for pair in ((first, second), (second, first)):
        found = endpoint(compare(*pair), name)
        assert found.verdict == "INCONCLUSIVE", found.why


@pytest.mark.parametrize("way", list(WAYS))
def test_what_was_lost_is_told_with_its_reason_its_trials_and_what_would_settle_it(arms: Arms, way: str) -> None:
    first, second = arms(tasks(), tasks(WAYS[way]), scorers=("q",))
    nothing, lost = compare(first, second).lost
    assert nothing.losses == ()
    assert lost.planned == FAMILIES * ATTEMPTS
    (told, *_) = [loss for loss in lost.losses if loss.text.startswith(f"72 {way}")]
    assert f"and {72 - 3} more" in told.text
    assert len(told.trials) == 72
    if way in ("not yet run", "void by infrastructure", "void by harness", "void by cancelled"):
        assert "harness resume run" in told.settle
    assert lost.unfinished == (72 if way in ("not yet run", "void by cancelled") else 0)


@pytest.mark.parametrize("way", list(WAYS))
def test_a_gate_does_not_pass_what_lost_its_failing_half(arms: Arms, way: str) -> None:
    baseline, candidate = arms(tasks(), tasks(WAYS[way]), scorers=("q",))
    for policy in (
        Policy("p", "0" * 64, 2, non_inferiority=NonInferiority(("accepted",)), void_share=1.0, void_gap=1.0),
        Policy("p", "0" * 64, 2, floors=(Floor("accepted", 0.7, "point"),), void_share=1.0, void_gap=1.0),
    ):
        assert decide(candidate, baseline, policy).outcome != "PASS"


def better(lose: Lose | None = None, of: int = 0) -> dict[str, list[Outcome | None]]:
    """Every trial passes; the first `of` of all trials are lost."""
    left = of
    found: dict[str, list[Outcome | None]] = {}
    for number in range(FAMILIES):
        row: list[Outcome | None] = [scored(True)] * ATTEMPTS
        if left and lose is not None:
            row[0], left = lose(scored(True)), left - 1
        found[f"t{number:02d}"] = row
    return found


@pytest.mark.parametrize("way", list(WAYS))
def test_a_difference_that_is_there_is_still_told_when_little_was_lost(arms: Arms, way: str) -> None:
    first, second = arms(tasks(), better(WAYS[way], 4), scorers=("q",))
    assert endpoint(compare(first, second)).verdict == "BETTER"
    assert endpoint(compare(second, first)).verdict == "WORSE"


@pytest.mark.parametrize(("of", "verdict"), [(4, "BETTER"), (5, "INCONCLUSIVE")])
def test_the_gap_is_capped_though_the_worst_case_is_survived(arms: Arms, of: int, verdict: str) -> None:
    first, second = arms(tasks(), better(WAYS["void by harness"], of))
    found = endpoint(compare(first, second))
    assert found.verdict == verdict
    assert ("3.5 points between the sides, cap 3" in found.why) == (of == 5)


def test_the_share_is_capped_on_each_side(arms: Arms) -> None:
    first, second = arms(tasks(void("harness"), 0.12), better(void("harness"), 8))
    found = endpoint(compare(first, second))
    assert found.verdict == "INCONCLUSIVE"
    assert "8 of the 144 trials" in found.why
    assert "cap 5 %" in found.why


def test_trials_without_an_answer_by_their_own_doing_are_under_a_cap_where_it_favours(arms: Arms) -> None:
    first, second = arms(tasks(), better(WAYS["void by its own doing"], 8))
    assert endpoint(compare(first, second)).verdict == "INCONCLUSIVE"
    assert "8 of its 144 trials have no value by its own doing" in endpoint(compare(first, second)).why
    # A version is not saved from WORSE by what it kept from being measured itself.
    first, second = arms(better(), tasks(WAYS["void by its own doing"], 0.15))
    assert endpoint(compare(first, second)).verdict == "WORSE"


def test_equivalence_needs_both_worst_cases(arms: Arms) -> None:
    even = {f"t{n:02d}": [scored(n % 4 > 0)] * 10 for n in range(40)}
    assert endpoint(compare(*arms(even, even))).verdict == "EQUIVALENT"
    third = Scored("undetermined", (Score("q", 1, 1.0, 1, 1, "x"),))
    lost = {task: [*row[:-2], third, third] for task, row in even.items()}
    for pair in (arms(even, lost), arms(lost, even)):
        assert endpoint(compare(*pair)).verdict == "INCONCLUSIVE"


def test_an_arm_of_another_blame_counts_no_trial_twice(arms: Arms) -> None:
    first, second = arms(tasks(), tasks(void("agent")), scorers=("q",))
    rate = endpoint(compare(first, second)).pairing.second
    assert rate.counts == {"scored": 72, "by_submission": 72}
    assert rate.planned == 144
    assert replace(rate, counts={}).planned == 0
