"""Several looks at one pair: the error that they promise together is kept, whether declared or not, by simulation."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from harness.claims.interval import wilson
from harness.gate.looks import UNKNOWN, Looks
from harness.gate.spending import LAVISH, PASS_LEVEL, bound_at, unplanned_bound

FAMILIES, ATTEMPTS, MARGIN, TIMES = 24, 5, 0.1, 4000
LEDGER = Looks(ledger="looks.jsonl")


def scores(runs: int, loss: float, seed: int, pooled: bool = True) -> NDArray[np.float64]:
    """Normal score of "not inferior by the margin" at each look, one row for each pair of versions."""
    rng = np.random.default_rng(seed)
    first = rng.uniform(0.3, 0.9, (TIMES, FAMILIES))
    second = np.clip(first - loss + rng.uniform(-0.05, 0.05, first.shape), 0, 1)
    shape = (runs, TIMES, FAMILIES)
    passed = [rng.binomial(ATTEMPTS, np.broadcast_to(rate, shape)) for rate in (first, second)]
    if pooled:
        looks = np.arange(1, runs + 1)[:, None, None] * ATTEMPTS
        difference = (np.cumsum(passed[1], axis=0) - np.cumsum(passed[0], axis=0)) / looks
    else:
        difference = (passed[1] - passed[0]) / ATTEMPTS
    error = difference.std(axis=2, ddof=1) / np.sqrt(FAMILIES)
    found: NDArray[np.float64] = stats.norm.ppf(stats.t.cdf((difference.mean(axis=2) + MARGIN) / error, FAMILIES - 1)).T
    return found


def ever(found: NDArray[np.float64], bounds: list[float]) -> float:
    return float((found >= np.array(bounds)).any(axis=1).mean())


def unplanned(runs: int) -> list[float]:
    return [
        Looks(ledger="looks.jsonl", earlier=tuple(ATTEMPTS * n for n in range(1, run))).bound(
            PASS_LEVEL, (), ATTEMPTS * run
        )
        for run in range(1, runs + 1)
    ]


@pytest.mark.parametrize("runs", [1, 3, 5])
def test_fresh_runs_of_a_pair_that_lost_as_much_as_the_margin_seldom_pass_however_often_it_is_tried(runs: int) -> None:
    wrong = ever(scores(runs, MARGIN, seed=runs), unplanned(runs))
    assert wilson(round(wrong * TIMES), TIMES)[0] <= PASS_LEVEL
    alone = ever(scores(runs, MARGIN, seed=runs, pooled=False), [bound_at(PASS_LEVEL, (ATTEMPTS,), ATTEMPTS)] * runs)
    assert runs == 1 or alone > 2 * PASS_LEVEL, "tested alone one after another they would"


def test_looks_that_were_declared_spend_as_declared() -> None:
    declared = tuple(ATTEMPTS * run for run in (1, 2, 3))
    bounds = [LEDGER.bound(PASS_LEVEL, declared, attempts) for attempts in declared]
    assert bounds == [bound_at(PASS_LEVEL, declared, attempts) for attempts in declared]
    wrong = ever(scores(3, MARGIN, seed=7), bounds)
    assert wilson(round(wrong * TIMES), TIMES)[0] <= PASS_LEVEL


def test_a_first_look_loses_little_and_later_ones_still_decide() -> None:
    same = scores(3, 0.0, seed=9)
    plain = [bound_at(PASS_LEVEL, (ATTEMPTS,), ATTEMPTS)]
    assert ever(same[:, :1], plain) - ever(same[:, :1], unplanned(1)) < 0.05
    assert ever(same, unplanned(3)) > ever(same[:, :1], plain) + 0.2


def test_without_a_ledger_a_look_is_what_it_was() -> None:
    assert UNKNOWN.bound(PASS_LEVEL, (), 5) == bound_at(PASS_LEVEL, (5,), 5)
    assert LEDGER.bound(PASS_LEVEL, (), 5) == pytest.approx(stats.norm.isf(LAVISH * PASS_LEVEL))


def test_the_error_of_looks_that_nobody_declared_adds_up_to_the_level() -> None:
    rng = np.random.default_rng(4)
    looks = (2, 4, 10, 11)
    steps = np.diff((0, *looks)) / looks[-1]
    score = np.cumsum(rng.normal(size=(400_000, len(looks))) * np.sqrt(steps), axis=1)
    score /= np.sqrt(np.array(looks) / looks[-1])
    bounds = np.array([unplanned_bound(PASS_LEVEL, looks[:n]) for n in range(1, len(looks) + 1)])
    crossed = (score >= bounds).any(axis=1).mean()
    assert crossed == pytest.approx(PASS_LEVEL * (1 - (1 - LAVISH) ** len(looks)), abs=0.002)
