"""What makes a run impossible to judge: caps counted exactly, and silence told apart by whose doing it is."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.compare.arms import Arm, arm
from harness.gate.decide import decide
from harness.gate.policy import Floor, NonInferiority, Policy, reaches
from harness.model.decision import Decision
from harness.model.score import NotApplicable, Score, ScoreResult, Unmeasured
from harness.model.trial import Outcome, Scored, TrialRecord, Void
from harness.report.verdict import gate_verdict
from harness.selfcheck.synthetic_runs import FIRST, SECOND, Truth, synthetic_records

SOAKED = Policy("soaked", "0" * 64, SECOND, floors=(Floor("soak", 0.5, "point"),))
NOT_PLANNED = NotApplicable("soak", 1, "the smoke profile has no soak")
VOID = Void("infrastructure", "engine_lost", "gone", "probe")
Edit = Callable[[int, TrialRecord], Outcome]


def sides(families: int, attempts: int, first: Edit, second: Edit) -> tuple[Arm, Arm]:
    """(candidate, baseline); the run has a scorer `soak` too."""
    lock, records = synthetic_records(Truth(families=families, attempts=attempts, rate=1.0, spread=0.0), 1)
    lock = replace(lock, scorers={**lock.scorers, "soak": 1})

    def edited(label: str, edit: Edit) -> Arm:
        side = arm("run", lock, records, label)
        changed = tuple(replace(record, outcome=edit(n, record)) for n, record in enumerate(side.records))
        return arm(side.run, side.lock, changed, side.label)

    return edited(SECOND, second), edited(FIRST, first)


def also(result: ScoreResult, among: int = 10**6) -> Edit:
    """The first `among` trials with one more result."""

    def edit(number: int, record: TrialRecord) -> Outcome:
        assert isinstance(record.outcome, Scored)
        scores = (*record.outcome.scores, result) if number < among else record.outcome.scores
        return replace(record.outcome, scores=scores)

    return edit


def lost(count: int) -> Edit:
    return lambda number, record: VOID if number < count else record.outcome


def findings(decision: Decision) -> dict[str, str]:
    return {reason.rule: reason.finding for reason in decision.reasons}


def texts(decision: Decision, rule: str) -> str:
    return " | ".join(reason.text for reason in decision.reasons if reason.rule == rule)


@pytest.mark.parametrize(
    ("first", "second", "finding"), [(2, 5, "met"), (5, 2, "met"), (1, 5, "invalid_infrastructure")]
)
def test_a_gap_at_its_cap_is_within_it(first: int, second: int, finding: str) -> None:
    policy = Policy("compares", "0" * 64, SECOND, non_inferiority=NonInferiority(("accepted",)))
    decision = decide(*sides(20, 5, lost(first), lost(second)), policy)
    assert findings(decision)["infrastructure.gap"] == finding


@pytest.mark.parametrize("percent", range(1, 50))
def test_every_cap_holds_at_the_cap_itself(percent: int) -> None:
    cap = float(f"0.{percent:02d}")
    assert reaches(cap, (percent + 7) / 100 - 7 / 100)
    assert not reaches(cap, (percent + 1) / 100)
    assert reaches(sum([1.0, 1.0, 0.4]) / 3, 0.8)


def test_a_scorer_that_the_profile_does_not_run_is_a_mistake_in_the_policy_and_says_what_to_do() -> None:
    candidate, _ = sides(14, 2, also(NOT_PLANNED), also(NOT_PLANNED))
    decision = decide(candidate, None, SOAKED)
    assert decision.outcome == "INVALID"
    assert findings(decision)["evidence"] == "invalid_input"
    assert gate_verdict(decision).code == 2
    text = texts(decision, "evidence")
    assert "the smoke profile has no soak" in text
    assert "take 'soak' out of the policy" in text


@pytest.mark.parametrize(
    "silence",
    [
        Unmeasured("soak", 1, "agent", "the data set could not be built"),
        NotApplicable("soak", 1, "not in this language", because="submission"),
    ],
)
def test_what_the_candidate_does_never_makes_a_run_invalid(silence: ScoreResult) -> None:
    candidate, _ = sides(14, 2, also(silence), also(silence))
    decision = decide(candidate, None, SOAKED)
    assert decision.outcome == "INCONCLUSIVE"
    assert findings(decision)["soak.floor"] == "open"


@pytest.mark.parametrize("blame", ["infrastructure", "harness"])
def test_silence_through_our_fault_can_be_tried_again(blame: str) -> None:
    ours = Unmeasured("soak", 1, "harness" if blame == "harness" else "infrastructure", "probe lost")
    candidate, _ = sides(14, 2, also(ours), also(ours))
    decision = decide(candidate, None, SOAKED)
    assert findings(decision)["evidence"] == "invalid_infrastructure"
    assert gate_verdict(decision).code == 4
    assert "scorer soak gave no result in 28 of 28 scored trials" in texts(decision, "evidence")


@pytest.mark.parametrize(("measured", "finding"), [(True, None), (False, "invalid_infrastructure")])
def test_a_scorer_that_applies_to_one_task_must_have_spoken_there(measured: bool, finding: str | None) -> None:
    def edit(number: int, record: TrialRecord) -> Outcome:
        # One task of 20 has a soak; one of its two trials lost it, or both did: 2 of 40 are not more than the cap.
        value = Score("soak", 1, 1.0, 100, 100, "requests")
        silence = Unmeasured("soak", 1, "infrastructure", "lost")
        return also(NOT_PLANNED if number >= 2 else value if number == 1 and measured else silence)(number, record)

    candidate, _ = sides(20, 2, edit, edit)
    assert findings(decide(candidate, None, SOAKED)).get("evidence") == finding
