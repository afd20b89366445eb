"""Fresh runs of one pair, pooled into one sample: wrong passes stay at the level however often one looks.

Tested alone one after another, a loss equal to the margin passed in .07, .18 and .27 of pairs after 1, 3 and 5 runs.
"""

import numpy as np
import pytest

from harness.gate.spending import BLOCK_LEVEL, PASS_LEVEL, bounds, unplanned_bound
from tests.simulations.worlds import World, judged, wilson_low

MARGIN = 0.1


def answers(world: World, runs: int, times: int, seed: int) -> tuple[list[int], list[int]]:
    """Pairs that passed, and that were blocked, by the end of each run; a decided pair is not looked at again."""
    rng = np.random.default_rng(seed)
    passed, blocked = [0] * runs, [0] * runs
    looks = tuple(world.attempts * (number + 1) for number in range(runs))
    limits = [
        (unplanned_bound(PASS_LEVEL, looks[: number + 1]), unplanned_bound(BLOCK_LEVEL, looks[: number + 1]))
        for number in range(runs)
    ]
    first, second = world.rates(times, seed)
    for a, b in zip(first, second, strict=True):
        sums = np.zeros((2, world.families))
        for number in range(runs):
            sums[0] += rng.binomial(world.attempts, a)
            sums[1] += rng.binomial(world.attempts, b)
            found = judged(sums[0].tolist(), sums[1].tolist(), looks[number])
            to_pass, to_block = limits[number]
            if found.z(MARGIN) >= to_pass:
                passed[number] += 1
                break
            if found.decisive and found.z(sign=-1) >= to_block:
                blocked[number] += 1
                break
    return list(np.cumsum(passed)), list(np.cumsum(blocked))


@pytest.mark.slow
@pytest.mark.parametrize("base", [0.7, 0.95])
@pytest.mark.parametrize("loss", [MARGIN, 0.0])
def test_wrong_answers_stay_at_the_level_over_five_runs(base: float, loss: float) -> None:
    times = 2000
    passed, blocked = answers(World(24, 5, base, loss, mixed=base < 0.9), 5, times, seed=6)
    for run in (1, 3, 5):
        print(
            f"base {base}, loss {loss}, after {run} runs: passed {passed[run - 1] / times:.3f},"
            f" blocked {blocked[run - 1] / times:.3f}"
        )
    wrong = passed if loss else blocked
    assert wilson_low(int(wrong[-1]), times) <= (PASS_LEVEL if loss else BLOCK_LEVEL)
    if not loss:
        assert passed[4] > passed[0]


def test_every_look_spends_a_part_and_all_together_no_more_than_the_level() -> None:
    rng = np.random.default_rng(2)
    steps = rng.normal(size=(200_000, 5))
    scores = np.cumsum(steps, axis=1) / np.sqrt(np.arange(1, 6))
    limits = [unplanned_bound(PASS_LEVEL, tuple(range(5, 5 * n + 1, 5))) for n in range(1, 6)]
    crossed = (scores >= np.array(limits)).any(axis=1).mean()
    assert 0.047 <= crossed <= 0.0512
    assert limits == sorted(limits)
    declared = np.array(bounds(PASS_LEVEL, (4, 7, 10)))
    brownian = np.cumsum(rng.normal(size=(200_000, 10)), axis=1)[:, [3, 6, 9]] / np.sqrt([4, 7, 10])
    assert (brownian >= declared).any(axis=1).mean() == pytest.approx(0.05, abs=0.002)
