"""Intervals for shares: exact (Clopper-Pearson) and Wilson, from the standard library alone.

Refuses to compare versions or to decide anything; the paired statistics live in `compare`.
"""

import math
from functools import lru_cache

Z_90 = 1.6448536269514722  # two-sided 90 %, i.e. 95 % on each side
Z_95 = 1.959963984540054


def _log_term(successes: int, trials: int, share: float) -> float:
    log_choose = math.lgamma(trials + 1) - math.lgamma(successes + 1) - math.lgamma(trials - successes + 1)
    return log_choose + successes * math.log(share) + (trials - successes) * math.log1p(-share)


def _at_most(successes: int, trials: int, share: float) -> float:
    """P(X <= successes) of a binomial, to rounding; the tail that lies away from the mean is summed, so that the terms
    fall and soon say nothing more, however many trials there are."""
    if share <= 0.0 or successes >= trials:
        return 1.0
    if share >= 1.0:
        return 0.0
    if successes > trials * share:
        return 1.0 - _at_most(trials - successes - 1, trials, 1.0 - share)
    odds, total, term, k = (1.0 - share) / share, 0.0, math.exp(_log_term(successes, trials, share)), successes
    while k >= 0 and term > total * 1e-18:
        total += term
        term *= odds * k / (trials - k + 1)
        k -= 1
    return min(1.0, total)


@lru_cache(maxsize=100_000)  # the same counts come again and again where many trials are read
def upper_share(successes: int, trials: int, confidence: float = 0.95) -> float:
    """One-sided exact upper bound of a share: about 3/n for zero successes (the "rule of three")."""
    if trials <= 0:
        raise ValueError(f"trials must be positive, got {trials!r}")
    if successes >= trials:
        return 1.0
    low, high = successes / trials, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(successes, trials, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def lower_share(successes: int, trials: int, confidence: float = 0.95) -> float:
    """One-sided exact lower bound of a share."""
    return 1.0 - upper_share(trials - successes, trials, confidence)


def wilson(successes: int, trials: int, z: float = Z_95) -> tuple[float, float]:
    """Wilson score interval (Wilson 1927) of a share; (0, 1) for no trials."""
    if trials <= 0:
        return 0.0, 1.0
    share = successes / trials
    scale = 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / scale
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / scale
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return low, high
