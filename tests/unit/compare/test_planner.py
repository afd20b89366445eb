"""What more it would take: SE² = (ω² + σ²/k)/T."""

import math
from dataclasses import replace

import numpy as np
import pytest

from harness.compare.paired import MIN_NONZERO, Paired, paired, trial_variance
from harness.compare.planner import POWER_QUANTILES, Plan, margin_plan, verdict_plan
from harness.compare.quantiles import normal_bound, t_quantile

MARGIN = 0.1


def result(families: int, omega: float, sigma: float, attempts: int) -> Paired:
    """Statistics as they come out when the families differ by ω and trials by σ."""
    spread = math.sqrt(omega**2 + sigma**2 / attempts)
    within = math.sqrt(sigma**2 / attempts / families)
    return Paired(0.0, spread / math.sqrt(families), families, families, spread, within, False)


def test_the_number_of_families_reaches_the_target_error() -> None:
    found = verdict_plan(result(24, 0.1, 0.6, 5), 5, 0.1)
    reached = math.sqrt((0.1**2 + 0.6**2 / found.attempts) / found.families)
    assert found.attempts == 5
    assert reached <= 0.1 / POWER_QUANTILES < math.sqrt((0.1**2 + 0.6**2 / 5) / (found.families - 1))
    assert found.more_families == found.families - 24


def test_three_attempts_are_the_least_and_come_before_more_families() -> None:
    found = verdict_plan(result(60, 0.05, 0.4, 1), 1, 0.1)
    assert (found.attempts, found.more_families) == (3, 0)
    assert found.text == "k = 3 attempts per task on the present families"


def test_repeats_are_offered_only_where_they_can_reach_the_target() -> None:
    possible = verdict_plan(result(30, 0.05, 0.7, 4), 4, 0.1)
    assert possible.attempts_alone is not None
    k = possible.attempts_alone
    assert (0.05**2 + 0.7**2 / k) / 30 <= (0.1 / POWER_QUANTILES) ** 2 < (0.05**2 + 0.7**2 / (k - 1)) / 30
    hopeless = verdict_plan(result(14, 0.3, 0.4, 5), 5, 0.1)
    assert hopeless.attempts_alone is None
    assert "repeats alone cannot" in hopeless.text


@pytest.mark.parametrize("families", [1, 3, 11])
def test_few_families_are_told_to_become_twelve_at_least(families: int) -> None:
    found = verdict_plan(result(families, 0.0, 0.01, 5), 5, 0.1)
    assert found.families == 12
    assert found.text.startswith(f"at least {12 - families} more task families (12 in all)")


def more_than_run(found: Plan, families: int, attempts: int) -> bool:
    return found.families > families or found.attempts > attempts


def simulated(families: int, attempts: int, change: float, seed: int) -> list[Paired]:
    rng = np.random.default_rng(seed)
    results = []
    for _ in range(150):
        first = rng.beta(2, 1.2, families)
        second = np.clip(first + change + rng.normal(0, 0.1, families), 0, 1)
        a, b = rng.binomial(attempts, first), rng.binomial(attempts, second)
        variances = [trial_variance(x, attempts) + trial_variance(y, attempts) for x, y in zip(a, b, strict=True)]
        results.append(paired([float(d) for d in (b - a) / attempts], variances))
    return results


def undecided(found: Paired, level: float) -> bool:
    """As a comparison decides: neither beyond chance at this level nor within the margin."""
    span = found.interval(0.90)
    assert found.p is not None
    assert span is not None
    beyond = found.decisive and found.p <= level
    return not beyond and not (span[0] >= -MARGIN and span[1] <= MARGIN)


@pytest.mark.parametrize("level", [0.05, 0.05 / 20])
@pytest.mark.parametrize(("families", "attempts"), [(12, 10), (24, 5), (24, 10), (40, 10), (60, 10)])
def test_the_advice_is_always_more_than_what_was_run(families: int, attempts: int, level: float) -> None:
    cases = [
        r for change in (0.0, -0.06, -0.1) for r in simulated(families, attempts, change, seed=families + attempts)
    ]
    open_cases = [found for found in cases if undecided(found, level)]
    assert len(open_cases) > 20
    plans = [verdict_plan(found, attempts, MARGIN, level) for found in open_cases]
    assert all(more_than_run(plan, families, attempts) for plan in plans)
    assert all(plan.attempts_alone is None or plan.attempts_alone > attempts for plan in plans)


def halfway() -> Paired:
    """40 families, 10 attempts, −5.5 points at p = .09: a difference of 10 points would have shown."""
    spread = 0.0318 * math.sqrt(40)
    return Paired(-0.055, 0.0318, 40, 30, spread, 0.028, False)


def test_a_difference_seen_halfway_to_the_margin_is_planned_for_as_it_is() -> None:
    found = halfway()
    assert found.p == pytest.approx(0.0918, abs=0.001)
    plan = verdict_plan(found, 10, MARGIN)
    assert plan.text.endswith("if the difference is as seen")
    assert plan.more_families > 0
    # With that many families and the same figures it is decided in 80 % of comparisons: one way out is reached.
    scale = math.sqrt(40 / plan.families)
    reached = 0.0318 * scale
    assert reached <= max(0.055 / (t_quantile(0.975, 39) + 0.842), 0.045 / (t_quantile(0.95, 39) + 0.842)) * 1.001
    assert not undecided(replace(found, se=reached, families=plan.families), 0.05)


def test_too_few_that_differ_need_as_many_families_as_bring_six() -> None:
    few = paired([0.22, 0.2, 0.2, 0.18, 0.2] + [0.0] * 9, [0.0001] * 14)
    assert few.nonzero < MIN_NONZERO
    assert undecided(few, 0.05)
    plan = verdict_plan(few, 10, MARGIN)
    assert plan.families >= math.ceil(MIN_NONZERO * 14 / 5)
    assert more_than_run(plan, 14, 10)


@pytest.mark.parametrize("bound", [normal_bound(0.05), 2.887])
def test_the_advice_of_a_margin_is_more_than_what_was_run_or_says_that_nothing_helps(bound: float) -> None:
    for found in [r for change in (0.0, -0.06, -0.12) for r in simulated(40, 10, change, seed=3)]:
        if found.z(MARGIN) >= bound:
            continue
        quantile = t_quantile(1 - 0.5 * math.erfc(bound / math.sqrt(2)), found.df)
        plan = margin_plan(found, 10, MARGIN, quantile)
        assert (plan is None) <= (found.mean <= -MARGIN)
        assert plan is None or more_than_run(plan, 40, 10)
