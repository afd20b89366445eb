"""Promises that a policy gates: few broken is met only where enough was measured, and not by breaking the measure."""

from dataclasses import replace

import pytest

from harness.compare.arms import Arm, arm
from harness.gate.decide import decide
from harness.gate.policy import NonInferiority, Policy
from harness.gate.promises import promises
from harness.model.claim import Claim, Measured, PromiseResult, Verdict
from harness.model.decision import Reason
from harness.model.score import NotApplicable, Score, ScoreResult, Unmeasured
from harness.model.trial import Scored, TrialRecord, Void
from harness.selfcheck.synthetic_runs import FIRST, SECOND, Truth, synthetic_records

CLAIM = Claim("c", "coverage > 80%", (0, 0), 1, "coverage_pct", ">", 80.0, "%")
OWN = Score("coverage", 1, 0.0, 0, 1, "probe runs", (), ("breaks_probe",), {"cause": "crashed"})
OURS = Unmeasured("coverage", 1, "infrastructure", "probe lost")
NOT_OFFERED = NotApplicable("coverage", 1, "the task has none")


def candidate(kept: int, broken: int, silent: int, result: ScoreResult = OURS) -> Arm:
    """A version with so many promises, one for each trial; `result` is what the scorer said of those not measured."""
    counts: dict[Verdict, int] = {"broken": broken, "not_measured": silent, "kept": kept}
    said = [verdict for verdict, count in counts.items() for _ in range(count)]
    lock, records = synthetic_records(Truth(families=len(said), attempts=1, rate=1.0, spread=0.0), 1)

    def promising(record: TrialRecord, verdict: Verdict) -> TrialRecord:
        assert isinstance(record.outcome, Scored)
        figure = None if verdict == "not_measured" else Measured("coverage_pct", 90.0, 90.0, 90.0)
        scores = (*record.outcome.scores, *((result,) if verdict == "not_measured" else ()))
        promise = PromiseResult(CLAIM, verdict, figure, "because")
        return replace(record, outcome=replace(record.outcome, scores=scores), promises=(promise,))

    own = [record for record in records if record.trial.agent_label == SECOND]
    return arm("run", lock, tuple(map(promising, own, said)), SECOND)


def reason(side: Arm, allowed: int = 0, share: float = 0.8) -> Reason:
    (found,) = promises(side, allowed, share)
    return found


@pytest.mark.parametrize(
    ("counts", "allowed", "share", "finding"),
    [
        ((73, 0, 71), 0, 0.8, "open"),  # of 144, as it was met before
        ((73, 0, 71), 0, 0.5, "met"),
        ((8, 0, 2), 0, 0.8, "met"),
        ((7, 0, 3), 0, 0.8, "open"),
        ((7, 1, 2), 1, 0.8, "met"),
        ((7, 1, 2), 0, 0.8, "blocked"),
        ((0, 1, 9), 0, 0.8, "blocked"),  # what was found stands, however little was measured
        ((0, 0, 5), 0, 0.0, "met"),
        ((0, 0, 5), 9, 0.8, "open"),
    ],
)
def test_a_share_must_be_measured(counts: tuple[int, int, int], allowed: int, share: float, finding: str) -> None:
    found = reason(candidate(*counts), allowed, share)
    assert found.finding == finding
    kept, broken, silent = counts
    assert f"{kept} kept, {broken} broken, {silent} not measured of {sum(counts)}" in found.text


def test_no_promise_at_all_is_none_that_was_kept() -> None:
    side = candidate(3, 0, 0)
    bare = arm("run", side.lock, tuple(replace(record, promises=()) for record in side.records), SECOND)
    assert reason(bare).finding == "open"


@pytest.mark.parametrize(("result", "finding"), [(OWN, "open"), (OURS, "met"), (NOT_OFFERED, "met")])
def test_what_the_submission_kept_from_being_measured_counts_as_broken(result: ScoreResult, finding: str) -> None:
    found = reason(candidate(19, 0, 1, result))
    assert found.finding == finding
    assert ("1 counted as broken" in found.text) == (finding == "open")
    assert reason(candidate(19, 0, 1, result), allowed=1).finding == "met"


@pytest.mark.parametrize(("lost", "outcome"), [(12, "PASS"), (13, "INCONCLUSIVE")])
@pytest.mark.parametrize("way", ["void", "unasked"])
def test_trials_without_an_answer_by_the_agents_own_doing_are_under_the_cap(way: str, lost: int, outcome: str) -> None:
    lock, records = synthetic_records(Truth(families=24, attempts=10, rate=1.0, spread=0.0), 1)
    stuck = Scored("undetermined", (Unmeasured("q", 1, "agent", "nothing could be asked"),))
    void = Void("agent", "refused", "the agent would not", "agent")
    number = 0

    def edited(record: TrialRecord) -> TrialRecord:
        nonlocal number
        if record.trial.agent_label == FIRST:
            return record
        number += 1
        assert isinstance(record.outcome, Scored)
        kept = [score for score in record.outcome.scores if score.scorer == "attacks"]
        unasked = replace(stuck, scores=(*kept, *stuck.scores))
        return replace(record, outcome=void if way == "void" else unasked) if number <= lost else record

    changed = tuple(map(edited, records))
    policy = Policy("p", "0" * 64, SECOND, non_inferiority=NonInferiority(("accepted",), margin=0.3))
    decision = decide(arm("r", lock, changed, SECOND), arm("r", lock, changed, FIRST), policy)
    assert decision.outcome == outcome
    assert ("own_doing.cap" in decision.decided_by) == (outcome == "INCONCLUSIVE")
