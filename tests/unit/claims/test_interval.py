"""Bounds of shares are the exact ones, at any size, and take no longer for it."""

import pytest
from scipy.stats import beta

from harness.claims.interval import lower_share, upper_share

COUNTS = [(0, 1), (1, 1), (0, 60), (1, 60), (30, 60), (59, 60), (0, 2500), (3, 2500), (1250, 2500), (2497, 2500)]
COUNTS += [(2500, 2500), (17, 100_000), (50_000, 100_000), (99_990, 100_000), (400_000, 1_000_000)]


@pytest.mark.parametrize(("successes", "trials"), COUNTS)
def test_bounds_are_those_of_the_beta_distribution(successes: int, trials: int) -> None:
    upper = 1.0 if successes == trials else float(beta.ppf(0.95, successes + 1, trials - successes))
    lower = 0.0 if successes == 0 else float(beta.ppf(0.05, successes, trials - successes + 1))
    assert upper_share(successes, trials) == pytest.approx(upper, rel=1e-7)
    assert lower_share(successes, trials) == pytest.approx(lower, rel=1e-7, abs=1e-12)
