"""The decision's order, its caps, its worst case, and how often it is right on simulated truths."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from harness.compare.arms import Arm, arm
from harness.compare.paired import Paired, paired, trial_variance
from harness.gate.decide import decide
from harness.gate.policy import Floor, NonInferiority, Policy
from harness.gate.requirements import requirements
from harness.gate.safety import none_in
from harness.gate.spending import BLOCK_LEVEL, PASS_LEVEL, bounds
from harness.model.decision import Decision
from harness.model.score import Evidence, NotApplicable, Score, Unmeasured
from harness.model.trial import Failed, Outcome, Scored, TrialRecord, Void
from harness.selfcheck.synthetic_runs import FIRST, SECOND, Truth, synthetic_records

COMPARING = Policy("release", "0" * 64, SECOND, non_inferiority=NonInferiority(("accepted",)))
FLOORED = Policy("floors", "0" * 64, SECOND, floors=(Floor("accepted", 0.6),))
GOOD = Truth(families=24, attempts=10, rate=0.95, spread=0.04)


def sides(truth: Truth, seed: int = 2) -> tuple[Arm, Arm]:
    """(candidate, baseline)."""
    lock, records = synthetic_records(truth, seed)
    return arm("run", lock, records, SECOND), arm("run", lock, records, FIRST)


def edited(side: Arm, edit: Callable[[int, TrialRecord], Outcome | None]) -> Arm:
    """The arm with other outcomes; None keeps one."""
    changed = [replace(record, outcome=edit(n, record) or record.outcome) for n, record in enumerate(side.records)]
    return arm(side.run, side.lock, changed, side.label)


def findings(decision: Decision) -> dict[str, str]:
    return {reason.rule: reason.finding for reason in decision.reasons}


def void(blame: str) -> Void:
    return Void("task" if blame == "task" else "harness" if blame == "harness" else "infrastructure", "c", "m", "s")


def test_as_good_as_the_baseline_passes() -> None:
    decision = decide(*sides(GOOD), COMPARING)
    assert decision.outcome == "PASS"
    assert "accepted.non_inferiority" in decision.decided_by
    assert findings(decision)["demonstration"] == "note"


def test_demonstrably_worse_is_blocked() -> None:
    decision = decide(*sides(replace(GOOD, change=-0.4)), COMPARING)
    assert decision.outcome == "BLOCK"
    assert decision.decided_by == ("accepted.worse",)


def test_too_few_families_are_inconclusive_and_say_what_is_missing() -> None:
    decision = decide(*sides(replace(GOOD, families=4)), COMPARING)
    assert decision.outcome == "INCONCLUSIVE"
    (reason,) = [r for r in decision.reasons if r.finding == "open"]
    assert "4 of 12 task families needed" in reason.text


def test_a_confirmed_critical_blocks_whatever_else_is_good() -> None:
    decision = decide(*sides(replace(GOOD, criticals=1)), COMPARING)
    assert decision.outcome == "BLOCK"
    assert decision.decided_by == ("confirmed_critical",)
    tolerated = decide(*sides(replace(GOOD, criticals=1)), replace(COMPARING, confirmed_critical=1))
    assert tolerated.outcome == "PASS"


def test_proven_cheating_blocks_and_suspicion_is_for_people() -> None:
    candidate, baseline = sides(GOOD)

    def flag(word: str) -> Callable[[int, TrialRecord], Outcome | None]:
        def edit(number: int, record: TrialRecord) -> Outcome | None:
            assert isinstance(record.outcome, Scored)
            return replace(record.outcome, flags=(word,)) if number == 3 else None

        return edit

    assert decide(edited(candidate, flag("cheating")), baseline, COMPARING).decided_by == ("cheating",)
    suspected = decide(edited(candidate, flag("suspect")), baseline, COMPARING)
    assert suspected.outcome == "PASS"
    assert findings(suspected)["suspect"] == "review"


def test_an_unconfirmed_critical_needs_review_and_blocks_nothing() -> None:
    candidate, baseline = sides(GOOD)
    doubt = Evidence("finding", "SQL pasted together", severity="critical", status="unconfirmed")

    def edit(number: int, record: TrialRecord) -> Outcome | None:
        assert isinstance(record.outcome, Scored)
        extra = Score("static", 1, 0.5, 1, 2, "rules", (doubt,))
        return replace(record.outcome, scores=(*record.outcome.scores, extra)) if number == 0 else None

    decision = decide(edited(candidate, edit), baseline, COMPARING)
    assert decision.outcome == "PASS"
    assert findings(decision)["unconfirmed_critical"] == "review"


def test_attacks_that_were_not_measured_are_not_a_pass() -> None:
    candidate, baseline = sides(GOOD)

    def edit(number: int, record: TrialRecord) -> Outcome | None:
        assert isinstance(record.outcome, Scored)
        lost = Unmeasured("attacks", 1, "agent", "nothing could be tried")
        kept = tuple(s for s in record.outcome.scores if s.scorer != "attacks")
        return replace(record.outcome, scores=(*kept, lost)) if number == 0 else None

    decision = decide(edited(candidate, edit), baseline, COMPARING)
    assert decision.outcome == "INCONCLUSIVE"
    assert decision.decided_by == ("confirmed_critical.untried",)


@pytest.mark.parametrize(
    ("lost", "blame", "outcome", "finding"),
    [
        (12, "infrastructure", "PASS", "met"),  # of 240
        (13, "infrastructure", "INVALID", "invalid_infrastructure"),
        (13, "harness", "INVALID", "invalid_infrastructure"),
    ],
)
def test_the_cap_on_trials_lost_to_us(lost: int, blame: str, outcome: str, finding: str) -> None:
    candidate, baseline = sides(GOOD)
    policy = replace(COMPARING, void_gap=1.0)
    decision = decide(
        edited(candidate, lambda n, _: void(blame) if n % 18 == 0 and n // 18 < lost else None), baseline, policy
    )
    assert decision.outcome == outcome
    caps = [reason.finding for reason in decision.reasons if reason.rule == "infrastructure.cap"]
    assert caps[0] == finding


def test_the_cap_on_the_gap_between_the_versions() -> None:
    candidate, baseline = sides(GOOD)
    decision = decide(edited(candidate, lambda n, _: void("infrastructure") if n < 8 else None), baseline, COMPARING)
    assert decision.outcome == "INVALID"
    assert decision.decided_by == ("infrastructure.gap",)


def test_invalid_comes_before_block() -> None:
    candidate, baseline = sides(replace(GOOD, criticals=2))
    decision = decide(edited(candidate, lambda n, _: void("task") if n == 50 else None), baseline, COMPARING)
    assert decision.outcome == "INVALID"
    assert findings(decision)["confirmed_critical"] == "blocked"
    assert findings(decision)["self_check"] == "invalid_input"


def test_an_unfinished_run_cannot_be_judged() -> None:
    candidate, baseline = sides(GOOD)
    decision = decide(arm(candidate.run, candidate.lock, candidate.records[:-1], candidate.label), baseline, COMPARING)
    assert decision.outcome == "INVALID"
    assert findings(decision)["finished"] == "invalid_infrastructure"


def test_runs_that_differ_in_more_than_the_agent_cannot_be_judged() -> None:
    candidate, baseline = sides(GOOD)
    other = replace(baseline, lock=replace(baseline.lock, images={"static": {"digest": "x"}}))
    decision = decide(candidate, other, COMPARING)
    assert decision.outcome == "INVALID"
    assert decision.decided_by == ("manifest",)


def test_a_gated_scorer_must_be_in_the_run_and_must_have_spoken() -> None:
    candidate, baseline = sides(GOOD)
    unknown = replace(COMPARING, floors=(Floor("conformity", 0.5),))
    assert findings(decide(candidate, baseline, unknown))["endpoints"] == "invalid_input"
    gated = replace(COMPARING, floors=(Floor("load", 0.5),))

    def silence(number: int, record: TrialRecord) -> Outcome | None:
        assert isinstance(record.outcome, Scored)
        kept = tuple(s for s in record.outcome.scores if s.scorer != "load")
        return replace(record.outcome, scores=(*kept, Unmeasured("load", 1, "infrastructure", "lag")))

    assert findings(decide(edited(candidate, silence), baseline, gated))["evidence"] == "invalid_infrastructure"


def test_an_undeclared_look_cannot_be_judged() -> None:
    looks = replace(COMPARING, non_inferiority=NonInferiority(("accepted",), looks=(4, 7, 10)))
    assert findings(decide(*sides(replace(GOOD, attempts=6)), looks))["looks"] == "invalid_input"
    at_the_end = decide(*sides(GOOD), looks)
    assert at_the_end.outcome == "PASS"


def test_a_pass_must_survive_the_worst_case() -> None:
    candidate, baseline = sides(replace(GOOD, families=14, attempts=8))
    policy = replace(COMPARING, void_share=0.2, void_gap=0.2)
    assert decide(candidate, baseline, policy).outcome == "PASS"
    lost = decide(edited(candidate, lambda n, _: void("infrastructure") if n % 7 == 0 else None), baseline, policy)
    assert lost.outcome == "INCONCLUSIVE"
    (reason,) = [r for r in lost.reasons if r.finding == "open"]
    assert "16 lost trials are counted in the worst way" in reason.text


@pytest.mark.parametrize(
    ("rate", "bound", "finding"),
    [
        (0.95, "lower", "met"),
        (0.62, "lower", "open"),
        (0.62, "upper", "met"),
        (0.3, "lower", "blocked"),
        (0.3, "upper", "blocked"),
        (0.95, "point", "met"),
        (0.3, "point", "blocked"),
    ],
)
def test_floors_by_bound(rate: float, bound: str, finding: str) -> None:
    candidate, _ = sides(Truth(families=16, attempts=5, rate=rate, spread=0.04))
    floor = Floor("accepted", 0.6, "lower" if bound == "lower" else "upper" if bound == "upper" else "point")
    decision = decide(candidate, None, replace(FLOORED, floors=(floor,)))
    assert findings(decision)["accepted.floor"] == finding
    assert decision.outcome == {"met": "PASS", "open": "INCONCLUSIVE", "blocked": "BLOCK"}[finding]


def test_one_family_proves_no_bound_but_a_point() -> None:
    candidate, _ = sides(Truth(families=1, attempts=9, rate=1.0, spread=0.0))
    assert decide(candidate, None, FLOORED).outcome == "INCONCLUSIVE"
    assert decide(candidate, None, replace(FLOORED, floors=(Floor("accepted", 0.6, "point"),))).outcome == "PASS"


@pytest.mark.parametrize(("families", "finding"), [(2, "open"), (3, "open"), (11, "open"), (12, "met"), (24, "met")])
def test_a_lower_bound_passes_nobody_on_fewer_than_twelve_families(families: int, finding: str) -> None:
    candidate, _ = sides(Truth(families=families, attempts=20, rate=1.0, spread=0.0))
    reason = next(r for r in decide(candidate, None, FLOORED).reasons if r.rule == "accepted.floor")
    assert reason.finding == finding
    assert (f"{families} of 12 task families needed" in reason.text) == (finding == "open")
    worthless, _ = sides(Truth(families=families, attempts=20, rate=0.05, spread=0.0))
    assert decide(worthless, None, FLOORED).outcome == "BLOCK"


def test_a_point_floor_says_what_it_is_worth_and_a_decision_what_it_assumes() -> None:
    candidate, baseline = sides(GOOD)
    point = decide(candidate, None, replace(FLOORED, floors=(Floor("accepted", 0.6, "point"),)))
    assert "a mean is no bound" in next(r.text for r in point.reasons if r.rule == "accepted.floor")
    assert [r.rule for r in point.reasons if r.rule == "assumptions"] == []
    for decision in (decide(candidate, None, FLOORED), decide(candidate, baseline, COMPARING)):
        (said,) = [r for r in decision.reasons if r.rule == "assumptions"]
        assert (said.stage, said.finding) == ("information", "note")
        assert "trial as its unit" in said.text


def test_failed_deliveries_count_zero() -> None:
    candidate, _ = sides(GOOD)
    failed = edited(candidate, lambda n, _: Failed("start_crash", "exits", "start") if n % 2 else None)
    assert decide(failed, None, FLOORED).outcome == "BLOCK"
    everything = edited(candidate, lambda n, _: Failed("start_crash", "exits", "start"))
    assert decide(everything, None, FLOORED).outcome == "BLOCK"


def test_zero_findings_are_printed_with_their_bound() -> None:
    (reason,) = [r for r in decide(*sides(GOOD), COMPARING).reasons if r.rule == "confirmed_critical"]
    assert none_in(240) in reason.text


def test_a_mean_that_is_the_floor_reaches_it() -> None:
    """Three tasks of five trials, 5 + 5 + 2 accepted: in binary the mean of the three is just below 0.8."""
    lock, records = synthetic_records(Truth(families=3, attempts=5, rate=1.0, spread=0.0), 1)
    candidate = edited(
        arm("run", lock, records, SECOND), lambda n, r: replace(scored(r), accepted="no") if n >= 12 else None
    )

    def at(floor: float) -> Decision:
        return decide(candidate, None, replace(FLOORED, floors=(Floor("accepted", floor, "point"),)))

    assert at(0.8).outcome == "PASS"
    above = at(0.8004)
    assert above.outcome == "BLOCK"
    (text,) = [r.text for r in above.reasons if r.rule == "accepted.floor"]
    assert "80.00 % of n = 15" in text
    assert "point at least 80.04 %" in text


def scored(record: TrialRecord) -> Scored:
    assert isinstance(record.outcome, Scored)
    return record.outcome


def test_a_baseline_that_a_scorer_cannot_look_at_makes_nobody_worse() -> None:
    """The baseline's bad half was not measured by its own doing: what is left of it proves nothing."""
    candidate, baseline = sides(replace(GOOD, rate=1.0, spread=0.0))
    hidden = NotApplicable("load", 1, "not in this language", because="submission")

    def load(value: float, hide: bool) -> Callable[[int, TrialRecord], Outcome | None]:
        def edit(number: int, record: TrialRecord) -> Outcome:
            kept = tuple(s for s in scored(record).scores if s.scorer != "load")
            own = hidden if hide and number % 2 else Score("load", 1, value, 1, 2, "x")
            return replace(scored(record), scores=(*kept, own))

        return edit

    policy = replace(COMPARING, non_inferiority=NonInferiority(("load",)))
    steady = edited(candidate, load(0.6, False))
    assert decide(steady, edited(baseline, load(0.9, False)), policy).decided_by == ("load.worse",)
    hiding = decide(steady, edited(baseline, load(0.9, True)), policy)
    assert hiding.outcome == "INCONCLUSIVE"
    # Nor does the candidate pass by what it keeps from being measured.
    assert decide(steady, edited(baseline, load(0.6, False)), policy).outcome == "PASS"
    evading = decide(edited(candidate, load(0.9, True)), edited(baseline, load(0.6, False)), policy)
    assert evading.outcome == "INCONCLUSIVE"


def test_which_endpoint_got_worse_is_corrected_over_the_gated_ones() -> None:
    candidate, baseline = sides(Truth(families=24, attempts=6, rate=0.8, spread=0.1, change=-0.09), seed=14)

    def worse(*endpoints: str, margin: float = 0.01) -> list[str]:
        policy = replace(COMPARING, non_inferiority=NonInferiority(endpoints, margin))
        return [r.rule for r in requirements(candidate, baseline, policy) if r.finding == "blocked"]

    assert worse("accepted") == ["accepted.worse"]
    assert worse("acceptance") == ["acceptance.worse"]
    assert worse("acceptance", margin=0.1) == []  # 2.6 points: beyond chance, but the margin allows it
    assert worse("accepted", "acceptance") == []  # each at 2.5 % alone, neither at 1.25 %
    assert worse("accepted", "attacks") == ["accepted.worse"]  # never differs, so it could not be worse


def simulated(families: int, change: float, seed: int) -> tuple[float, float]:
    """Shares of PASS and BLOCK over three looks at k = 4, 7, 10, margin 10 points."""
    rng = np.random.default_rng(seed)
    looks, outcomes = (4, 7, 10), []
    for _ in range(600):
        first = rng.beta(2, 1.2, families)
        second = np.clip(first + change + rng.normal(0, 0.08, families), 0, 1)
        a, b = rng.random((families, 10)) < first[:, None], rng.random((families, 10)) < second[:, None]
        outcomes.append(_first_answer(a, b, looks))
    return outcomes.count("PASS") / len(outcomes), outcomes.count("BLOCK") / len(outcomes)


def _first_answer(a: "np.ndarray", b: "np.ndarray", looks: tuple[int, ...]) -> str:
    for number, k in enumerate(looks):
        result = _look(a[:, :k].sum(axis=1), b[:, :k].sum(axis=1), k)
        if result.decisive and result.z(sign=-1) >= bounds(BLOCK_LEVEL, looks)[number]:
            return "BLOCK"
        if result.z(0.1) >= bounds(PASS_LEVEL, looks)[number]:
            return "PASS"
    return "INCONCLUSIVE"


def _look(a: "np.ndarray", b: "np.ndarray", k: int) -> Paired:
    variances = [trial_variance(int(x), k) + trial_variance(int(y), k) for x, y in zip(a, b, strict=True)]
    return paired([float(d) for d in (b - a) / k], variances)


@pytest.mark.parametrize(
    ("families", "passes", "blocks"),
    [(24, 0.78, 0.65), (40, 0.94, 0.86)],
)
def test_the_decision_is_right_as_often_as_the_design_says(families: int, passes: float, blocks: float) -> None:
    passed, wrongly_blocked = simulated(families, 0.0, seed=1)
    wrongly_passed, blocked = simulated(families, -0.1, seed=2)
    assert passed == pytest.approx(passes, abs=0.1)
    assert blocked == pytest.approx(blocks, abs=0.1)
    assert wrongly_passed <= 0.075
    assert wrongly_blocked <= 0.05
