"""The statistics hold what they promise: tried on simulated truths, and against independent implementations."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from harness.compare.paired import MIN_NONZERO, RARE_UNSEEN, Paired, paired, sign_flip_p, trial_variance

SIMULATIONS = 1500


def simulate(families: int, attempts: int, change: float, spread: float, seed: int) -> list[Paired]:
    """Heterogeneous tasks, paired versions, yes/no trials; `spread` = sd of the change between tasks."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(SIMULATIONS):
        first = rng.beta(2, 1.2, families)
        second = np.clip(first + change + rng.normal(0, spread, families), 0, 1)
        a, b = rng.binomial(attempts, first), rng.binomial(attempts, second)
        variances = [trial_variance(x, attempts) + trial_variance(y, attempts) for x, y in zip(a, b, strict=True)]
        found.append(paired([float(d) for d in (b - a) / attempts], variances))
    return found


def true_change(change: float, spread: float) -> float:
    """What the clipped simulation changes on average, over very many tasks."""
    rng = np.random.default_rng(0)
    first = rng.beta(2, 1.2, 400_000)
    return float((np.clip(first + change + rng.normal(0, spread, len(first)), 0, 1) - first).mean())


@pytest.mark.parametrize(("families", "attempts"), [(24, 5), (40, 10)])
@pytest.mark.parametrize(("change", "spread"), [(0.0, 0.1), (-0.1, 0.1)])
def test_intervals_cover_the_truth_as_often_as_they_say(
    families: int, attempts: int, change: float, spread: float
) -> None:
    truth = true_change(change, spread)
    intervals = [result.interval() for result in simulate(families, attempts, change, spread, seed=3)]
    covered = np.mean([i is not None and i[0] <= truth <= i[1] for i in intervals])
    assert 0.93 <= covered <= 0.97


@pytest.mark.parametrize(("families", "attempts", "spread"), [(24, 5, 0.0), (24, 10, 0.0), (40, 10, 0.0)])
def test_no_difference_is_called_one_in_about_five_of_a_hundred(families: int, attempts: int, spread: float) -> None:
    results = simulate(families, attempts, 0.0, spread, seed=5)
    wrong = np.mean([result.decisive and result.p is not None and result.p <= 0.05 for result in results])
    assert 0.035 <= wrong <= 0.065


def test_swapping_the_versions_mirrors_everything() -> None:
    for result in simulate(12, 4, -0.1, 0.1, seed=7)[:50]:
        low, high = result.interval() or (math.nan, math.nan)
        assert low <= result.mean <= high
    a, variances = [0.1, -0.3, 0.2, 0.0, 0.4], [0.01] * 5
    there, back = paired(a, variances), paired([-x for x in a], variances)
    assert there.mean == -back.mean
    assert (there.se, there.p, there.floored) == (back.se, back.p, back.floored)
    assert there.interval() == pytest.approx(tuple(-x for x in reversed(back.interval() or ())))
    assert there.z(0.1) == pytest.approx(back.z(0.1, sign=-1))
    assert sign_flip_p(a) == sign_flip_p([-x for x in a])


def test_the_t_interval_and_p_are_those_of_an_independent_implementation() -> None:
    rng = np.random.default_rng(11)
    values = rng.normal(0.05, 0.2, 20)
    result = paired([float(v) for v in values], [0.0] * 20)
    oracle = stats.ttest_1samp(values, 0.0)
    span = oracle.confidence_interval(0.95)
    assert result.t_p == pytest.approx(oracle.pvalue)
    assert result.p == max(result.t_p or 0, result.flip_p)
    plain = replace(result, skew=0.0)
    assert plain.interval() == pytest.approx((span.low, span.high))
    assert plain.z() == pytest.approx(stats.norm.ppf(stats.t.cdf(oracle.statistic, 19)))
    assert result.skew == pytest.approx(RARE_UNSEEN * stats.skew(values, bias=False))
    low, high = result.interval() or (math.nan, math.nan)
    assert low <= span.low  # skewness widens the side that it threatens, and narrows none
    assert high >= span.high


def test_few_families_never_get_less_error_than_chance_gives() -> None:
    equal = paired([0.0] * 11, [2 * trial_variance(5, 5)] * 11)
    # SE within: sqrt(Σ[pA~(1−pA~)+pB~(1−pB~)]/k)/T with p~ = (c+.5)/(k+1)
    p = 5.5 / 6
    assert equal.se == pytest.approx(math.sqrt(11 * 2 * p * (1 - p) / 5) / 11)
    assert equal.floored
    few = paired([0.5] * 11, [0.02] * 11)
    assert few.se > 0
    assert not few.decisive
    enough = paired([0.5] * MIN_NONZERO + [0.0] * 6, [0.02] * 12)
    assert enough.decisive
    assert not enough.floored


def test_one_family_has_no_interval_and_no_p() -> None:
    result = paired([0.5], [0.05])
    assert result.interval() is None
    assert result.p is None


def test_an_interval_does_not_leave_what_a_difference_can_be() -> None:
    assert paired([0.1, 0.9], [0.05, 0.05]).interval() == (-1.0, 1.0)
    low, high = paired([1.0, 1.0, 0.9], [0.0] * 3).interval() or (math.nan, math.nan)
    assert 0.0 < low < high == 1.0


def test_none_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        paired([], [])


@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_the_sign_flip_test_is_the_full_enumeration(count: int) -> None:
    values = np.random.default_rng(count).integers(-3, 4, count) / 4
    sums = [abs(float(np.dot(signs, values))) for signs in itertools.product((-1, 1), repeat=count)]
    expected = np.mean([total >= abs(values.sum()) - 1e-9 for total in sums])
    assert sign_flip_p(list(values)) == pytest.approx(expected)


def test_the_sign_flip_test_agrees_with_the_t_test_where_both_are_good() -> None:
    values = list(np.random.default_rng(2).normal(0.3, 1, 36))
    p = paired(values, [0.0] * 36).p
    assert p is not None
    assert sign_flip_p(values) == pytest.approx(p, abs=0.02)
    assert sign_flip_p(values + [0.0] * 10) == sign_flip_p(values)
    many = list(np.random.default_rng(2).normal(0.3, 1, 60))
    assert sign_flip_p(many) == pytest.approx(paired(many, [0.0] * 60).p or 0, abs=0.02)
