"""What a trial is worth: failed is 0 and counted, what was not measured is neither, promises are held on both."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from harness.compare.arms import Arm, arm
from harness.compare.comparison import compare, pairing
from harness.compare.levels import level_of
from harness.compare.union import Held, claim_rows, held_on
from harness.compare.values import LOST, exempt_tasks, rate, values_of
from harness.model.claim import Claim, Measured, PromiseResult
from harness.model.score import NotApplicable, Score, Unmeasured
from harness.model.trial import INCOMPLETE, Failed, Scored, Void

Arms = Callable[..., tuple[Arm, Arm]]
NONE = Held((), {})
FAILED = Failed("start_crash", "exits", "start")
VOID = Void("infrastructure", "engine_lost", "gone", "probe")


def scored(*results: Score | NotApplicable | Unmeasured, accepted: str = "yes") -> Scored:
    return Scored("yes" if accepted == "yes" else "no" if accepted == "no" else "undetermined", results)


def score(value: float, name: str = "q", **metrics: object) -> Score:
    return Score(name, 1, value, value, 1, "things", metrics=metrics)


def test_failed_counts_zero_and_the_rest_is_counted_apart(arms: Arms) -> None:
    unknown = scored(accepted="undetermined")
    first, _ = arms({"t": (scored(), FAILED, VOID, unknown, None)}, {"t": "yyyyy"})
    found = rate(values_of(first, "accepted", (), NONE))
    assert found.mean == 0.5
    assert found.n == 2
    assert dict(found.counts) == {"scored": 1, "failed": 1, "void": 1, "undetermined": 1, "missing": 1}
    assert found.lost == 3


def test_a_sure_no_beside_what_was_not_measured_is_lost_like_its_passing_twin(arms: Arms) -> None:
    busy = Unmeasured("load", 1, "infrastructure", "busy")
    incomplete = Scored("no", (score(0.2), busy), flags=(INCOMPLETE,))
    first, _ = arms({"t": [scored(score(1.0)), incomplete]}, {"t": "yy"})
    for endpoint in ("accepted", "q"):
        found = rate(values_of(first, endpoint, (), NONE))
        assert (found.mean, found.n, found.lost) == (1.0, 1, 1)


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (score(1.0, critical_untried=3), "by_submission"),
        (Unmeasured("q", 1, "agent", "no attack could be tried"), "by_submission"),
        (Unmeasured("q", 1, "infrastructure", "busy"), "undetermined"),
        (score(1.0, p95_verdict="inconclusive"), "undetermined"),
    ],
)
def test_who_keeps_a_question_from_being_asked_is_told_from_who_was_not_decided(
    arms: Arms, result: Score | Unmeasured, state: str
) -> None:
    first, _ = arms({"t": [scored(result, accepted="undetermined")]}, {"t": "y"})
    assert [value.state for value in values_of(first, "accepted", (), NONE)] == [state]


def test_a_task_without_the_quality_is_exempt_even_for_failed_trials(arms: Arms) -> None:
    other = NotApplicable("q", 1, "no such thing")
    first, second = arms({"t": [scored(other), FAILED], "u": [scored(score(0.5)), FAILED]}, {"t": "yy", "u": "yy"})
    exempt = exempt_tasks("q", NONE, first, second)
    assert exempt == {"t"}
    found = rate(values_of(first, "q", exempt, NONE))
    assert (found.mean, found.n, found.counts["not_applicable"]) == (0.25, 2, 2)
    assert rate(values_of(second, "q", exempt, NONE)).counts["unmeasured"] == 2


def test_what_no_task_offers_is_no_zero_of_a_task_that_only_failed(arms: Arms) -> None:
    other = NotApplicable("q", 1, "the profile has none")
    first, second = arms({"t": [scored(other)], "u": [FAILED]}, {"t": "y", "u": [FAILED]})
    assert exempt_tasks("q", NONE, first, second) == {"t", "u"}
    offered, _ = arms({"t": [scored(other)], "u": [FAILED], "v": [scored(score(1.0))]}, {"t": "y", "u": "y", "v": "y"})
    assert exempt_tasks("q", NONE, offered) == {"t"}, "where some task offers it, a task that failed may too"


def test_one_submission_that_a_scorer_cannot_look_at_exempts_no_task(arms: Arms) -> None:
    other = scored(NotApplicable("q", 1, "not in this language"))
    tasks = [f"t{n:02d}" for n in range(14)]
    first, second = arms(
        dict.fromkeys(tasks, [scored(score(1.0))] * 4),
        dict.fromkeys(tasks, (other, *[scored(score(0.0))] * 3)),
        scorers=("q",),
    )
    assert exempt_tasks("q", NONE, first, second) == frozenset()
    found = pairing(first, second, "q", NONE)
    assert (found.first.mean, found.first.n, found.second.mean, found.second.n) == (1.0, 56, 0.0, 42)
    assert found.second.counts["by_submission"] == 14
    assert [e.verdict for e in compare(first, second).endpoints if e.name == "q"] == ["WORSE"]


def test_what_the_submission_brought_about_is_told_apart_and_lost_in_the_worst_case(arms: Arms) -> None:
    mine = scored(NotApplicable("q", 1, "not in this language", because="submission"))
    stuck = scored(Unmeasured("q", 1, "agent", "nothing could be tried"))
    first, second = arms({"t": [scored(score(0.5))] * 2}, {"t": [mine, stuck, scored(score(1.0)), scored(score(1.0))]})
    found = pairing(first, second, "q", NONE)
    assert (found.second.mean, found.second.n, found.second.counts["by_submission"]) == (1.0, 2, 2)
    assert pairing(first, second, "q", NONE, worst_case=True).tasks[0].mean_b == 0.5
    # Nobody has a value, and still the task is not exempt: a submission's language says nothing about the task.
    alone, _ = arms({"t": [mine, mine]}, {"t": "y"})
    assert exempt_tasks("q", NONE, alone) == frozenset()


def test_nobody_gains_by_what_a_scorer_cannot_look_at(arms: Arms) -> None:
    """Left out, half of the second's trials would make it better beyond chance: the bad half."""
    mine = scored(NotApplicable("q", 1, "not in this language", because="submission"))
    tasks = [f"t{n:02d}" for n in range(14)]
    steady = dict.fromkeys(tasks, [scored(score(0.5))] * 4)
    hiding = dict.fromkeys(tasks, (mine, mine, scored(score(0.9)), scored(score(0.9))))
    there, back = (compare(*arms(*pair, scorers=("q",))) for pair in ((steady, hiding), (hiding, steady)))
    for comparison in (there, back):
        (found,) = [e for e in comparison.endpoints if e.name == "q"]
        assert found.verdict == "INCONCLUSIVE"
        assert "28 trials" in found.why
        assert "counted 0" in found.why
    # What stands even then is said: the hiding version is better although half of its trials count 0.
    low = dict.fromkeys(tasks, [scored(score(0.1))] * 4)
    (found,) = [e for e in compare(*arms(low, hiding, scorers=("q",))).endpoints if e.name == "q"]
    assert found.verdict == "BETTER"
    # And being unlike the other in language makes nobody worse than what was measured says.
    (found,) = [
        e for e in compare(*arms(steady, dict.fromkeys(tasks, [mine] * 4), scorers=("q",))).endpoints if e.name == "q"
    ]
    assert (found.verdict, found.why) == ("INCONCLUSIVE", "no task has a value on both sides")


def test_unmeasured_is_neither_pass_nor_zero(arms: Arms) -> None:
    lost = Unmeasured("q", 1, "infrastructure", "probe lost")
    first, second = arms({"t": [scored(score(0.8)), scored(lost)]}, {"t": [scored(score(0.6)), scored(score(0.4))]})
    found = pairing(first, second, "q", NONE)
    assert found.tasks[0].mean_a == 0.8
    assert found.tasks[0].n_a == 1
    assert found.tasks[0].difference == pytest.approx(-0.3)
    worst = pairing(first, second, "q", NONE, worst_case=True)
    assert worst.tasks[0].mean_a == pytest.approx(0.9)


def test_the_worst_case_fills_every_gap_against_the_second(arms: Arms) -> None:
    first, second = arms({"t": [scored(), VOID]}, {"t": [scored(), VOID]})
    assert pairing(first, second, "accepted", NONE).tasks[0].difference == 0
    worst = pairing(first, second, "accepted", NONE, worst_case=True).tasks[0]
    assert (worst.mean_a, worst.mean_b) == (1.0, 0.5)
    assert set(LOST) == {"void", "unmeasured", "by_submission", "undetermined", "missing"}


def test_a_task_without_a_value_on_one_side_is_in_no_pair(arms: Arms) -> None:
    first, second = arms({"t": [VOID], "u": "y"}, {"t": "y", "u": "n"})
    assert [task.task for task in pairing(first, second, "accepted", NONE).tasks] == ["u"]


def claim(metric: str, op: str, value: float) -> Claim:
    return Claim(f"{metric}:1", f"{metric} {op} {value}", (0, 1), 1, metric, "<" if op == "<" else ">", value, "")


def with_promises(side: Arm, *claims: Claim, figure: float | None = None) -> Arm:
    """The arm whose records hold these claims of their own, as a trial stores them."""
    measured = None if figure is None else Measured("wall_time_min", figure, figure, figure, "agent's run")
    own = tuple(PromiseResult(c, "kept", measured if c.metric == "wall_time_min" else None, "") for c in claims)
    return arm(side.run, side.lock, (replace(record, promises=own) for record in side.records), side.label)


def test_promises_of_either_version_are_held_on_both(arms: Arms) -> None:
    fast, slow = (
        scored(score(1, "load", p95_ms=p95, p95_low_ms=p95 * 0.9, p95_high_ms=p95 * 1.1, samples=500))
        for p95 in (50.0, 150.0)
    )
    first, second = arms({"t": [fast, fast]}, {"t": [slow, FAILED]})
    first = with_promises(first, claim("p95_ms", "<", 100), claim("files", "<", 10))
    second = with_promises(second, claim("files", "<", 2))
    held = held_on(first, second)
    assert [c.text for c in held.claims] == ["p95_ms < 100", "files < 10", "files < 2"]
    found = pairing(first, second, "promises", held).tasks[0]
    assert found.mean_a == pytest.approx(2 / 3)  # 3 files: fewer than 10, not fewer than 2
    assert found.mean_b == pytest.approx(
        (1 / 3 + 0) / 2
    )  # promises nothing about p95, is held to it; a failed one is 0
    rows = {row.text: row for row in claim_rows(held, first, second)}
    assert rows["p95_ms < 100"].made_by == "first"
    assert rows["p95_ms < 100"].second == (0, 1, 0)
    assert rows["files < 2"].made_by == "second"


def test_what_a_task_does_not_measure_is_no_broken_promise(arms: Arms) -> None:
    first, second = arms({"t": "y"}, {"t": "y"})
    first = with_promises(first, claim("files", "<", 2))
    first = arm(first.run, replace(first.lock, measures={"t": ("p95_ms",)}), first.records, first.label)
    held = held_on(first, second)
    assert exempt_tasks("promises", held, first, second) == {"t"}
    assert rate(values_of(first, "promises", {"t"}, held)).n == 0


def test_a_figure_only_the_trial_knew_comes_from_its_record(arms: Arms) -> None:
    first, second = arms({"t": "y"}, {"t": "y"})
    first = with_promises(first, claim("wall_time_min", "<", 5), figure=3.0)
    held = held_on(first, second)
    assert held.shares(first.table).tolist() == [1.0]
    assert np.isnan(held.shares(second.table)).all()


def test_a_level_has_bounds_from_two_families_on(arms: Arms) -> None:
    side, _ = arms({"t": "yyyn", "u": "ynnn"}, {"t": "y", "u": "y"})
    values = values_of(side, "accepted", (), NONE)
    two = level_of(values, {"t": "f", "u": "g"})
    assert two is not None
    assert (two.mean, two.families, two.n) == (0.5, 2, 8)
    assert two.low is not None
    assert two.high is not None
    assert 0 <= two.low < 0.5 < two.high <= 1
    one = level_of(values, {"t": "f", "u": "f"})
    assert one is not None
    assert (one.mean, one.low, one.high) == (0.5, None, None)
    nothing, _ = arms({"t": [VOID]}, {"t": "y"})
    assert level_of(values_of(nothing, "accepted", (), NONE), {}) is None


def test_equal_results_by_luck_do_not_look_certain(arms: Arms) -> None:
    side, _ = arms({f"t{n}": "yyy" for n in range(5)}, {f"t{n}": "y" for n in range(5)})
    level = level_of(values_of(side, "accepted", (), NONE), {})
    assert level is not None
    assert level.low is not None
    assert level.low < 0.9
    assert level.high == 1.0
