"""Latency on a page: one test among the others, and no block is lost in silence."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.compare.arms import Arm
from harness.compare.comparison import compare
from harness.compare.latency import LatencyDifference, compare_logs, latency_differences, paced, weighed
from harness.compare.verdicts import judged
from harness.model.score import Score, Unmeasured
from harness.model.trial import Failed, Outcome, Scored, Void

Arms = Callable[..., tuple[Arm, Arm]]
SLOWER_ALONE = [0.05, 0.11, 0.17, 0.06, 0.19]  # p = .013


def measured(p95: float, wobble: float = 0.0) -> Outcome:
    return Scored(
        "yes", (Score("load", 1, 1.0, 3, 3, "x", metrics={"p95_ms": p95 + wobble, "reference_p95_ms": 20.0}),)
    )


FAILED: Outcome = Failed("start_crash", "exits", "start")
LOST: Outcome = Void("infrastructure", "engine_lost", "gone", "probe")
UNREADY: Outcome = Scored("no", (Unmeasured("load", 1, "agent", "never answered"),))


def blocks(p95: float, *lost: Outcome) -> list[Outcome]:
    return [*(measured(p95, n / 10) for n in range(6)), *lost]


def test_every_lost_block_is_counted_on_its_side(arms: Arms) -> None:
    first, second = arms({"t": blocks(20, FAILED, LOST)}, {"t": blocks(26, UNREADY, measured(26))})
    (found,) = latency_differences(first, second)
    assert (found.blocks, found.lost, found.own) == (6, (2, 1), (1, 1))
    assert found.pace == "SLOWER"


@pytest.mark.parametrize("lost", [FAILED, UNREADY])
def test_a_version_is_not_faster_where_it_kept_blocks_from_being_measured(arms: Arms, lost: Outcome) -> None:
    first, second = arms({"t": blocks(26, measured(26))}, {"t": blocks(20, lost)})
    (found,) = latency_differences(first, second)
    assert found.pace == "INCONCLUSIVE"
    assert found.why == "FASTER as measured, but the second kept 1 of its blocks from being measured itself"
    (mirrored,) = latency_differences(second, first)
    assert mirrored.pace == "INCONCLUSIVE"
    assert "SLOWER as measured, but the first" in mirrored.why
    # What we lost, or the slower side lost, is counted and takes nothing away.
    (ours,) = latency_differences(*arms({"t": blocks(26, measured(26))}, {"t": blocks(20, LOST)}))
    (slow,) = latency_differences(*arms({"t": blocks(26, lost)}, {"t": blocks(20, measured(20))}))
    assert (ours.pace, ours.lost, slow.pace, slow.lost) == ("FASTER", (0, 1), "FASTER", (1, 0))


def test_a_task_measured_on_one_side_only_is_a_row_without_a_ratio(arms: Arms) -> None:
    (found,) = latency_differences(*arms({"t": blocks(20)}, {"t": [FAILED] * 6}))
    assert (found.blocks, found.ratio, found.pace, found.lost, found.own) == (0, None, "not decided", (0, 6), (0, 6))


def test_a_pace_is_one_test_among_those_of_its_page() -> None:
    alone = compare_logs("t0", SLOWER_ALONE)
    assert alone.pace == "SLOWER"
    _, (still,) = judged({}, [alone], "accepted", 5)
    assert still.pace == "SLOWER"
    assert still.p == pytest.approx(alone.p)
    quiet = [compare_logs(f"t{n}", [0.01, -0.02, 0.03, -0.01, 0.0]) for n in range(1, 6)]
    _, (first, *_) = judged({}, [alone, *quiet], "accepted", 5)
    assert first.pace == "INCONCLUSIVE"
    assert first.p == pytest.approx(6 * (alone.p or 0))
    assert first.why.startswith("SLOWER if it were the only test of this page")
    strong = compare_logs("t0", [0.3, 0.301, 0.299, 0.3, 0.3])
    assert judged({}, [strong, *quiet], "accepted", 5)[1][0].pace == "SLOWER"


def test_undecided_tasks_take_no_share_of_the_error() -> None:
    alone, short = compare_logs("t0", SLOWER_ALONE), compare_logs("t1", [0.2, 0.1])
    assert short.p is None
    assert judged({}, [alone, short], "accepted", 5)[1][0].pace == "SLOWER"


def test_weighing_and_pacing_only_ever_take_back() -> None:
    same = LatencyDifference("t", 5, 1.0, 0.99, 1.01, "SAME", 0.8, (1, 2), (1, 2))
    assert weighed(same) == same
    assert paced(same, 1.0, 0.05) == replace(same, p=1.0)


def test_the_primary_endpoint_is_the_suites(arms: Arms) -> None:
    def outcomes(value: float) -> dict[str, list[Outcome]]:
        return {f"t{n:02d}": [Scored("yes", (Score("s0", 1, value - n / 200, 1, 2, "x"),))] * 3 for n in range(12)}

    first, second = arms(outcomes(0.7), outcomes(0.6), scorers=("s0",))
    plain = compare(first, second)
    one, other = (replace(side, lock=replace(side.lock, primary="s0")) for side in (first, second))
    named = compare(one, other)
    assert (plain.primary.name, named.primary.name) == ("accepted", "s0")
    weights = {page.primary.name: next(e.p for e in page.endpoints if e.name == "s0") for page in (plain, named)}
    assert weights["accepted"] == pytest.approx((weights["s0"] or 0) * 0.6 / 0.4)
    assert "s0 has 0.6 of it" in named.assumes
    mixed = compare(first, replace(second, lock=replace(second.lock, primary="s0")))
    assert mixed.primary.name == "accepted"
