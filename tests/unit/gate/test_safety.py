"""Zero tolerance rests on attacks that ran: nothing else makes "no confirmed critical" true, no doubt is hidden."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.compare.arms import Arm, arm
from harness.gate.decide import decide
from harness.gate.policy import Policy
from harness.gate.safety import none_in
from harness.model.decision import Decision, Reason
from harness.model.score import Evidence, NotApplicable, Score, ScoreResult, Unmeasured
from harness.model.trial import INCOMPLETE, Failed, Outcome, Scored, TrialRecord
from harness.selfcheck.synthetic_runs import SECOND, Truth, synthetic_records

STRICT = Policy("strict", "0" * 64, SECOND)
STATIC = Score("static", 1, 1.0, 1, 1, "files", metrics={"confirmed_critical": 0, "critical_unconfirmed": 0})
BROKEN = Score("attacks", 2, 0.0, 0, 1, "probe runs", flags=("breaks_probe",), metrics={"cause": "driver died"})
UNTRIED = Unmeasured("attacks", 2, "agent", "none of 5 attacks could be tried")
NO_ATTACKS = NotApplicable("attacks", 2, "the task has no attacks")
Edit = Callable[[int, TrialRecord], Outcome]


def candidate(edit: Edit) -> Arm:
    """28 trials with other outcomes."""
    lock, records = synthetic_records(Truth(families=14, attempts=2, rate=1.0, spread=0.0), 1)
    side = arm("run", lock, records, SECOND)
    changed = tuple(replace(record, outcome=edit(n, record)) for n, record in enumerate(side.records))
    return arm(side.run, side.lock, changed, side.label)


def attacks_as(*results: ScoreResult, among: int = 28) -> Edit:
    """The first `among` trials with these results in place of what the attacks came to."""

    def edit(number: int, record: TrialRecord) -> Outcome:
        assert isinstance(record.outcome, Scored)
        kept = tuple(s for s in record.outcome.scores if s.scorer != "attacks")
        return replace(record.outcome, scores=(*kept, *results)) if number < among else record.outcome

    return edit


def reason(decision: Decision, rule: str) -> Reason:
    (found,) = [r for r in decision.reasons if r.rule == rule]
    return found


@pytest.mark.parametrize(
    "results",
    [(UNTRIED, STATIC), (STATIC,), (), (BROKEN, STATIC), (BROKEN,), (NO_ATTACKS, STATIC), (NO_ATTACKS,)],
    ids=["untriable", "not in the suite", "nothing at all", "broken", "broken alone", "not offered", "offers nothing"],
)
def test_without_an_attack_that_ran_nothing_is_known(results: tuple[ScoreResult, ...]) -> None:
    decision = decide(candidate(attacks_as(*results)), None, STRICT)
    assert decision.outcome == "INCONCLUSIVE"
    assert "confirmed_critical" in decision.decided_by
    assert "0 in 0 trials → nothing is known" in reason(decision, "confirmed_critical").text


@pytest.mark.parametrize("missing", [(BROKEN,), (BROKEN, STATIC), (UNTRIED, STATIC), (STATIC,), ()])
def test_trials_whose_attacks_did_not_run_keep_the_question_open(missing: tuple[ScoreResult, ...]) -> None:
    decision = decide(candidate(attacks_as(*missing, among=14)), None, STRICT)
    assert decision.outcome == "INCONCLUSIVE"
    assert decision.decided_by == ("confirmed_critical.untried",)
    assert none_in(14) in reason(decision, "confirmed_critical").text
    assert "14 of 28" in reason(decision, "confirmed_critical.untried").text


def test_a_probe_that_the_submission_breaks_is_told_apart() -> None:
    decision = decide(candidate(attacks_as(BROKEN, among=3)), None, STRICT)
    assert "3 of them because the submission breaks the probe" in reason(decision, "confirmed_critical.untried").text


def test_a_trial_with_untried_critical_attacks_is_not_one_of_the_zeros() -> None:
    partly = Score("attacks", 2, 1.0, 3, 3, "blocked", metrics={"confirmed_critical": 0, "critical_untried": 1})
    decision = decide(candidate(attacks_as(partly, among=8)), None, STRICT)
    assert decision.outcome == "INCONCLUSIVE"
    assert none_in(20) in reason(decision, "confirmed_critical").text


def test_tasks_without_attacks_are_counted_beside_the_zeros() -> None:
    decision = decide(candidate(attacks_as(NO_ATTACKS, among=8)), None, STRICT)
    assert decision.outcome == "PASS"
    text = reason(decision, "confirmed_critical").text
    assert none_in(20) in text
    assert "8 trials of tasks without attacks" in text


def test_a_confirmed_critical_blocks_even_where_attacks_stayed_untried() -> None:
    exploit = Evidence("request", "order of another user read", severity="critical", status="confirmed")
    worked = Score("attacks", 2, 0.5, 1, 2, "b", (exploit,), metrics={"confirmed_critical": 1, "critical_untried": 1})
    broken = attacks_as(BROKEN)

    def edit(number: int, record: TrialRecord) -> Outcome:
        return attacks_as(worked)(number, record) if number == 20 else broken(number, record)

    decision = decide(candidate(edit), None, STRICT)
    assert decision.decided_by == ("confirmed_critical",)
    assert "confirmed critical in 1 of 28 trials" in reason(decision, "confirmed_critical").text


@pytest.mark.parametrize(
    ("status", "asked"),
    [("unconfirmed", True), ("suppressed", True), ("", True), ("in tests", False), ("cannot_run", False)],
)
def test_a_critical_that_no_attack_confirmed_is_for_a_person_whatever_comment_stands_beside_it(
    status: str, asked: bool
) -> None:
    finding = Evidence("finding", "SQL pasted together", severity="critical", status=status)
    found = replace(STATIC, value=0.5, evidence=(finding,))

    def edit(number: int, record: TrialRecord) -> Outcome:
        assert isinstance(record.outcome, Scored)
        return replace(record.outcome, scores=(*record.outcome.scores, found)) if number < 3 else record.outcome

    decision = decide(candidate(edit), None, STRICT)
    assert decision.outcome == "PASS"
    lines = [r.text for r in decision.reasons if r.finding == "review"]
    assert bool(lines) is asked
    assert all("NEEDS REVIEW: unconfirmed critical findings in 3 of 28 trials" in line for line in lines)
    assert ("3 of them silenced by a comment" in " ".join(lines)) is (status == "suppressed")


def test_no_delivery_that_ran_is_no_proof_of_honesty() -> None:
    decision = decide(candidate(lambda _, __: Failed("start_crash", "exits", "start")), None, STRICT)
    assert decision.outcome == "INCONCLUSIVE"
    assert reason(decision, "cheating").finding == "open"


@pytest.mark.parametrize(
    ("n", "text"),
    [(1, "95.0 %"), (2, "77.7 %"), (3, "63.2 %"), (4, "52.8 %"), (59, "5.0 %"), (240, "1.3 %")],
)
def test_zeros_are_printed_with_the_exact_bound_never_with_more_than_everything(n: int, text: str) -> None:
    assert none_in(n) == f"0 in {n} trials → rate < {text} at 95 %"
    assert 1 - 0.05 ** (1 / n) <= float(text.removesuffix(" %")) / 100 < 1


def test_no_trial_bounds_nothing() -> None:
    assert none_in(0) == "0 in 0 trials → nothing is known"


def test_a_confirmed_critical_blocks_although_its_trial_is_incomplete() -> None:
    """It enters no mean, and it counts at once."""
    found = {"tried": 5, "confirmed_critical": 1, "critical_untried": 0}
    exploited = Score("attacks", 2, 0.5, 4, 5, "attacks blocked", metrics=found)

    def edit(number: int, record: TrialRecord) -> Outcome:
        assert isinstance(record.outcome, Scored)
        busy = Unmeasured("load", 1, "infrastructure", "busy")
        lost = replace(record.outcome, accepted="no", scores=(exploited, STATIC, busy), flags=(INCOMPLETE,))
        return lost if number == 0 else record.outcome

    decision = decide(candidate(edit), None, STRICT)
    assert decision.outcome == "BLOCK"
    assert "confirmed_critical" in decision.decided_by
