"""Verdicts: only with enough families, corrected over scorers; what differs besides the agent is named."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.compare.arms import Arm, arm, names_of
from harness.compare.comparison import Comparison, compare
from harness.compare.differing import differences
from harness.compare.latency import compare_logs, latency_differences
from harness.compare.verdicts import Endpoint
from harness.model.score import Score
from harness.model.trial import Scored
from harness.selfcheck.synthetic_runs import FIRST, SECOND, Truth, synthetic_records

Arms = Callable[..., tuple[Arm, Arm]]


def synthetic(truth: Truth, seed: int = 1) -> tuple[Arm, Arm]:
    lock, records = synthetic_records(truth, seed)
    return arm("run", lock, records, FIRST, "a\nb\n"), arm("run", lock, records, SECOND, "a\nc\n")


def endpoint(found: Comparison, name: str) -> Endpoint:
    return next(e for e in found.endpoints if e.name == name)


def test_a_large_drop_is_worse_and_mirrored_it_is_better() -> None:
    first, second = synthetic(Truth(families=24, attempts=5, change=-0.4))
    there, back = compare(first, second), compare(second, first)
    assert endpoint(there, "accepted").verdict == "WORSE"
    assert endpoint(back, "accepted").verdict == "BETTER"
    assert endpoint(there, "accepted").count("worse") == endpoint(back, "accepted").count("better")
    assert endpoint(there, "acceptance").verdict == "WORSE"
    assert endpoint(there, "acceptance").corrected == 4  # accepted and three scorers
    assert {task.task for task in there.flipped} == {task.task for task in back.flipped}
    assert there.diff.splitlines()[-2:] == ["-b", "+c"]


def test_equal_versions_with_enough_trials_are_equivalent_and_with_few_inconclusive() -> None:
    assert endpoint(compare(*synthetic(Truth(families=40, attempts=10))), "accepted").verdict == "EQUIVALENT"
    few = endpoint(compare(*synthetic(Truth(families=12, attempts=2))), "accepted")
    assert few.verdict == "INCONCLUSIVE"
    assert "more task families" in few.needed


def test_fewer_than_twelve_families_never_give_a_verdict_and_say_what_is_missing() -> None:
    found = endpoint(compare(*synthetic(Truth(families=11, attempts=20, change=-0.6))), "accepted")
    assert found.verdict == "INCONCLUSIVE"
    assert found.why == "11 of 12 task families needed for a verdict"
    assert "(12 in all)" in found.needed
    assert len(found.pairing.tasks) == 11


def test_the_family_is_the_unit_not_the_task(arms: Arms) -> None:
    tasks = {f"t{n:02d}": "nnnn" for n in range(24)}
    better = {f"t{n:02d}": "yyyy" for n in range(24)}
    many = compare(*arms(tasks, better, {task: task for task in tasks}))
    assert endpoint(many, "accepted").verdict == "BETTER"
    one = compare(*arms(tasks, better, dict.fromkeys(tasks, "same")))
    assert endpoint(one, "accepted").verdict == "INCONCLUSIVE"
    assert endpoint(one, "accepted").pairing.paired is not None


def test_fewer_than_six_that_differ_are_never_better(arms: Arms) -> None:
    first = {f"t{n:02d}": "n" * 8 for n in range(24)}
    second = {**first, **{f"t{n:02d}": "y" * 8 for n in range(5)}}
    assert endpoint(compare(*arms(first, second)), "accepted").verdict == "INCONCLUSIVE"
    second["t05"] = "y" * 8
    assert endpoint(compare(*arms(first, second)), "accepted").verdict == "BETTER"


def test_a_scorer_is_worse_only_after_the_correction_over_all_of_them(arms: Arms) -> None:
    drops = (0.9, 0.2, 0.3, -0.05, 0.5, -0.05, 0.3, 0.2, 0.3, 0.0, 0.2, 0.1)
    names = tuple(f"s{n}" for n in range(6))

    def outcome(drop: float, only: bool) -> tuple[Scored, ...]:
        steady = tuple(Score(name, 1, 0.5, 1, 2, "x") for name in names[1:]) if not only else ()
        return (Scored("yes", (Score("s0", 1, 0.5 - drop / 2, 1, 2, "x"), *steady)),)

    def verdict(only: bool) -> Endpoint:
        first = {f"t{n:02d}": outcome(0.0, only) for n in range(12)}
        second = {f"t{n:02d}": outcome(drop, only) for n, drop in enumerate(drops)}
        return endpoint(compare(*arms(first, second, scorers=names[:1] if only else names)), "s0")

    alone, among_six = verdict(True), verdict(False)
    assert alone.verdict == "WORSE"
    assert alone.p is not None
    assert 0.05 / 6 < alone.p <= 0.05
    assert among_six.verdict == "INCONCLUSIVE"
    assert among_six.p == pytest.approx(min(1.0, 6 * alone.p))  # `accepted` has .6 in both, six share what one had


def test_no_pair_at_all_is_said(arms: Arms) -> None:
    found = endpoint(compare(*arms({"t": [None]}, {"t": "y"})), "accepted")
    assert (found.verdict, found.why) == ("INCONCLUSIVE", "no task has a value on both sides")


def test_what_differs_besides_the_agent_is_named() -> None:
    lock = synthetic(Truth(families=2))[0].lock
    other = replace(
        lock,
        tasks={**lock.tasks, "task-01": "changed", "new": "x"},
        seed=9,
        host={"isolation": "full"},
        images={"static": {"digest": "sha256:1"}},
    )
    found = {d.what: d for d in differences(lock, other)}
    assert set(found) == {"tasks", "seed", "images", "isolation"}
    assert not found["tasks"].decisive, "the common ones are compared"
    assert found["seed"].decisive
    assert found["isolation"].decisive
    assert not found["images"].decisive
    assert found["tasks"].detail == "changed: task-01; only in the second: new"
    assert differences(lock, lock) == ()


def test_two_runs_of_one_version_are_told_apart_by_run() -> None:
    first, second = synthetic(Truth(families=2))
    assert names_of(first, second) == (f"synthetic-v1.md ({FIRST})", f"synthetic-v2.md ({SECOND})")
    assert names_of(first, replace(first, run="other")) == (f"{FIRST} in run", f"{FIRST} in other")


def test_latency_is_decided_from_five_blocks_on_and_beyond_five_percent() -> None:
    assert [d.pace for d in latency_differences(*synthetic(Truth(families=2, attempts=4, slower=3)))] == [
        "not decided",
        "not decided",
    ]
    slower = latency_differences(*synthetic(Truth(families=2, attempts=6, slower=1.3)))
    assert [d.pace for d in slower] == ["SLOWER", "SLOWER"]
    assert slower[0].ratio == pytest.approx(1.3, rel=0.1)
    first, second = synthetic(Truth(families=1, attempts=6, slower=1.3))
    assert latency_differences(second, first)[0].pace == "FASTER"


@pytest.mark.parametrize(
    ("logs", "pace"),
    [
        ([0.02, 0.021, 0.019, 0.02, 0.02], "SAME"),
        ([0.06, -0.05, 0.2, -0.1, 0.05], "INCONCLUSIVE"),
        ([0.04, 0.041, 0.039, 0.0402, 0.0398], "SAME"),
        ([0.1] * 5, "SLOWER"),
    ],
)
def test_paces(logs: list[float], pace: str) -> None:
    assert compare_logs("t", logs).pace == pace
