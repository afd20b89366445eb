"""Bounds near a ceiling: exact counts against an oracle, and pairs that hardly differ end alike."""

import itertools

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from harness.compare.bounds import lost_tail, most_lost, skewed_quantile, unseen_share, unskewed
from harness.compare.paired import paired
from harness.compare.quantiles import normal_bound
from harness.compare.tasks import TaskDifference, paired_of
from harness.compare.values import Rate
from harness.compare.verdicts import Pairing, judged


@pytest.mark.parametrize(("lost", "trials"), [(0, 60), (3, 60), (11, 200), (199, 200)])
def test_the_exact_bound_is_that_of_an_independent_implementation(lost: int, trials: int) -> None:
    oracle = proportion_confint(lost, trials, alpha=0.10, method="beta")[1]
    bound = most_lost(-lost / trials, trials, 0.05)
    assert bound == pytest.approx(oracle)
    assert lost_tail(-lost / trials, trials, bound) == pytest.approx(0.05)
    assert lost_tail(-lost / trials, trials, 0.1) == pytest.approx(stats.binom.cdf(lost, trials, 0.1), abs=1e-9)


def test_nothing_lost_is_the_rule_of_three() -> None:
    assert most_lost(0.0, 120, 0.05) == pytest.approx(1 - 0.05 ** (1 / 120))
    assert most_lost(0.02, 120, 0.05) == pytest.approx(most_lost(0.0, 120, 0.05) - 0.02)
    assert most_lost(-1.0, 120, 0.05) == 1.0
    assert unseen_share(24) == pytest.approx(0.117, abs=0.001)


@pytest.mark.parametrize("skew", [-4.5, -1.0, -0.1, 0.0, 0.1, 1.0, 4.5])
def test_the_quantile_is_where_the_transformed_t_reaches_it_and_never_nearer(skew: float) -> None:
    quantile = skewed_quantile(1.71, skew, 24)
    assert quantile >= 1.71
    if quantile > 1.71:
        assert unskewed(quantile, skew, 24) == pytest.approx(1.71)
    ts = np.linspace(-6, 6, 100)
    moved = [unskewed(float(t), skew, 24) for t in ts]
    assert all(a <= b for a, b in itertools.pairwise(moved))


def pair(families: int, attempts: int, losses: dict[int, float], gains: dict[int, float] | None = None) -> Pairing:
    """Every trial passes but for what is taken from the second (losses) or from the first (gains), by family."""
    tasks = tuple(
        TaskDifference(f"t{n}", f"t{n}", 1 - (gains or {}).get(n, 0.0), attempts, 1 - losses.get(n, 0.0), attempts)
        for n in range(families)
    )
    return Pairing(Rate(1.0, families * attempts, {}), Rate(1.0, families * attempts, {}), tasks, paired_of(tasks))


@pytest.mark.parametrize(("families", "attempts"), [(12, 1), (12, 2), (12, 3), (24, 1), (24, 5), (40, 3)])
@pytest.mark.parametrize("touched", [1, 3, 6, 12])
@pytest.mark.parametrize("loss", [0.01, 0.002])
def test_a_perfect_pair_and_one_with_a_scratch_end_alike(
    families: int, attempts: int, touched: int, loss: float
) -> None:
    scratch = dict.fromkeys(range(touched), loss)
    back = dict.fromkeys(range(touched // 2), loss)
    variants = [pair(families, attempts, {}), pair(families, attempts, scratch), pair(families, attempts, {}, scratch)]
    variants.append(pair(families, attempts, scratch, back))
    verdicts = {judged({"accepted": one}, (), "accepted", attempts)[0][0].verdict for one in variants}
    passes = {one.paired.z(0.1) >= normal_bound(0.05) for one in variants if one.paired}
    expected = families * attempts >= 29  # 0.9^29 < 0.05
    assert passes == {expected}
    if touched <= 3:
        assert verdicts == {"EQUIVALENT" if expected else "INCONCLUSIVE"}
    else:  # many tiny losses are a difference from 0, however small: never one that fails the margin
        assert expected or verdicts <= {"INCONCLUSIVE", "WORSE", "BETTER"}


def test_bound_and_score_agree() -> None:
    rng = np.random.default_rng(8)
    for _ in range(300):
        values = np.where(rng.random(24) < 0.2, -rng.random(24) * 0.6, 0.0) + (rng.random(24) < 0.1) * 0.2
        found = paired(list(values), [0.0] * 24, (120.0, 120.0))
        low, high = found.between(0.05)
        for margin in (0.03, 0.1, 0.2):
            assert (found.z(margin) >= normal_bound(0.05)) == (low >= -margin)
            assert (found.z(margin, sign=-1) >= normal_bound(0.05)) == (high <= margin)
