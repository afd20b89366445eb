"""What more it would take: SE² = (ω² + σ²/k)/T."""

import math

import pytest

from harness.compare.paired import Paired
from harness.compare.planner import POWER_QUANTILES, plan


def result(families: int, omega: float, sigma: float, attempts: int) -> Paired:
    """Statistics as they come out when the families differ by ω and trials by σ."""
    spread = math.sqrt(omega**2 + sigma**2 / attempts)
    within = math.sqrt(sigma**2 / attempts / families)
    return Paired(0.0, spread / math.sqrt(families), families, families, spread, within, False)


def test_the_number_of_families_reaches_the_target_error() -> None:
    found = plan(result(24, 0.1, 0.6, 5), 5, 0.1)
    reached = math.sqrt((0.1**2 + 0.6**2 / found.attempts) / found.families)
    assert found.attempts == 5
    assert reached <= 0.1 / POWER_QUANTILES < math.sqrt((0.1**2 + 0.6**2 / 5) / (found.families - 1))
    assert found.more_families == found.families - 24


def test_three_attempts_are_the_least_and_come_before_more_families() -> None:
    found = plan(result(60, 0.05, 0.4, 1), 1, 0.1)
    assert (found.attempts, found.more_families) == (3, 0)
    assert found.text == "k = 3 attempts per task on the present families"


def test_repeats_are_offered_only_where_they_can_reach_the_target() -> None:
    possible = plan(result(30, 0.05, 0.7, 4), 4, 0.1)
    assert possible.attempts_alone is not None
    k = possible.attempts_alone
    assert (0.05**2 + 0.7**2 / k) / 30 <= (0.1 / POWER_QUANTILES) ** 2 < (0.05**2 + 0.7**2 / (k - 1)) / 30
    hopeless = plan(result(14, 0.3, 0.4, 5), 5, 0.1)
    assert hopeless.attempts_alone is None
    assert "repeats alone cannot" in hopeless.text


@pytest.mark.parametrize("families", [1, 3, 11])
def test_few_families_are_told_to_become_twelve_at_least(families: int) -> None:
    found = plan(result(families, 0.0, 0.01, 5), 5, 0.1)
    assert found.families == 12
    assert found.text.startswith(f"at least {12 - families} more task families (12 in all)")
