"""What more it would take: the advice is where the rules themselves would decide, never what was already run."""

from dataclasses import replace

import numpy as np
import pytest

from harness.compare.paired import MIN_NONZERO, Paired, paired
from harness.compare.planner import MAX_FAMILIES, Plan, margin_plan, verdict_plan
from harness.compare.quantiles import normal_tail

MARGIN = 0.1


def result(mean: float, families: int, omega: float, sigma: float, attempts: int) -> Paired:
    """Statistics as they come out when the families differ by ω and trials by σ."""
    spread = float(np.hypot(omega, sigma / attempts**0.5))
    noise = sigma / (attempts * families) ** 0.5
    trials = float(families * attempts)
    return Paired(
        mean, spread / families**0.5, families, families, spread, noise, families < 12, 0.0, (trials, trials), (), noise
    )


def undecided(found: Paired, level: float) -> bool:
    """As a comparison decides: neither beyond chance at this level nor within the margin."""
    span = found.interval(0.90)
    assert found.t_p is not None
    assert span is not None
    beyond = found.decisive and found.t_p <= level
    return not beyond and not (span[0] >= -MARGIN and span[1] <= MARGIN)


def decided_share(mean: float, plan: Plan, omega: float, sigma: float, level: float = 0.05) -> float:
    """How often normal families of that number are decided: the rules asked, not the planner."""
    assert plan.families is not None
    rng = np.random.default_rng(plan.families)
    spread = float(np.hypot(omega, sigma / plan.attempts**0.5))
    drawn = rng.normal(mean, spread, (400, plan.families))
    trials = float(plan.families * plan.attempts)
    return float(np.mean([not undecided(paired(row, [0.0] * len(row), (trials, trials)), level) for row in drawn]))


@pytest.mark.parametrize(
    ("mean", "omega", "sigma", "attempts"),
    [(0.0, 0.1, 0.6, 5), (-0.04, 0.1, 0.6, 5), (-0.12, 0.2, 0.6, 5), (0.3, 0.3, 0.5, 3), (0.02, 0.0, 0.4, 10)],
)
@pytest.mark.parametrize("level", [0.05, 0.002])
def test_with_the_advice_four_of_five_comparisons_are_decided(
    mean: float, omega: float, sigma: float, attempts: int, level: float
) -> None:
    plan = verdict_plan(result(mean, 12, omega, sigma, attempts), attempts, MARGIN, level)
    assert plan.families is not None
    assert plan.attempts == attempts
    reached = decided_share(mean, plan, omega, sigma, level)
    assert reached >= 0.75
    if plan.families > 16:  # and with a quarter fewer they are not
        fewer = replace(plan, families=plan.families * 3 // 4)
        assert decided_share(mean, fewer, omega, sigma, level) < 0.8


def test_a_large_difference_needs_few_families_not_what_a_small_one_would() -> None:
    # 8 families, +35 points: a dozen decide; the advice was for a difference of ten points before.
    plan = verdict_plan(result(0.35, 8, 0.2, 0.6, 3), 3, MARGIN)
    assert plan.families is not None
    assert plan.families <= 16
    assert plan.text.startswith("at least")


@pytest.mark.parametrize("families", [1, 3, 11])
def test_few_families_are_told_to_become_twelve_at_least(families: int) -> None:
    found = verdict_plan(result(0.0, families, 0.0, 0.01, 20), 20, MARGIN)
    assert found.families == 12
    assert found.text.startswith(f"at least {12 - families} more task families (12 in all)")


def test_repeats_are_offered_only_where_they_can_decide() -> None:
    possible = verdict_plan(result(0.0, 30, 0.05, 0.9, 4), 4, MARGIN)
    assert possible.attempts_alone is not None
    assert possible.attempts_alone > 4
    hopeless = verdict_plan(result(0.0, 14, 0.3, 0.4, 5), 5, MARGIN)
    assert hopeless.attempts_alone is None
    assert "repeats alone cannot" in hopeless.text


def test_three_attempts_are_the_least() -> None:
    found = verdict_plan(result(0.0, 60, 0.05, 0.7, 1), 1, MARGIN)
    assert (found.attempts, found.more_attempts) == (3, 2)


def test_what_lies_where_an_answer_turns_into_another_is_said() -> None:
    # At half the margin both ways out are equally far; at a level of one in a million neither comes near.
    found = verdict_plan(result(0.05, 12, 2.0, 2.0, 5), 5, MARGIN, 1e-6)
    assert found.families is None
    assert f"more than {MAX_FAMILIES} task families" in found.text


def test_too_few_that_differ_need_as_many_families_as_bring_six() -> None:
    few = paired([0.42, 0.4, 0.4, 0.38, 0.4] + [0.0] * 9, [0.0001] * 14)
    assert few.nonzero < MIN_NONZERO
    assert undecided(few, 0.05)
    plan = verdict_plan(few, 10, MARGIN)
    assert plan.families is not None
    assert plan.families >= MIN_NONZERO * 14 / 5


@pytest.mark.parametrize(("pass_bound", "block_bound"), [(1.645, 1.960), (2.887, 3.357)])
@pytest.mark.parametrize("mean", [0.0, -0.03, -0.1, -0.14])
def test_the_advice_of_a_gate_counts_a_block_as_an_answer(mean: float, pass_bound: float, block_bound: float) -> None:
    tails = normal_tail(pass_bound), normal_tail(block_bound)
    seen = result(mean, 24, 0.1, 0.6, 5)
    plan = margin_plan(seen, 5, MARGIN, *tails)
    assert plan.families is not None
    assert plan.families > 24
    rng = np.random.default_rng(5)
    drawn = rng.normal(mean, seen.spread, (400, plan.families))
    answers = 0
    for row in drawn:
        one = paired(row, [0.0] * len(row), (plan.families * 5.0, plan.families * 5.0))
        answers += one.z(MARGIN) >= pass_bound or one.z(sign=-1) >= block_bound
    assert answers / 400 == pytest.approx(0.8, abs=0.06)
