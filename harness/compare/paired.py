"""Statistics of paired differences: one number per task family, one-sample t, an exact sign-flip test beside it.

Refuses a verdict where the t interval is not to be trusted: fewer than 12 families, or fewer than 6 that differ at all.
Fewer than 12 get a standard error that is not below what chance inside the trials alone would give; bounds keep their
level near a ceiling (see `bounds`), so that a pair without any difference and one with hardly any end alike. A p is the
larger of the t test's and the sign-flip test's: the latter is exact between equal versions, whatever their values.
Bootstraps and per-task models were tried and left: they reject too often with few families (simulated, see the tests).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np

from harness.compare.bounds import lost_tail, most_lost, skewed_quantile, unskewed
from harness.compare.quantiles import normal_bound, t_quantile, t_tail

MIN_FAMILIES: Final = 12
MIN_NONZERO: Final = 6
EXACT_UP_TO: Final = 28  # non-zero differences: two halves of 2^14 sign patterns each
RANDOM_FLIPS: Final = 100_000
SAYS_NOTHING: Final = 0.05  # no p above it is small enough for a verdict, whatever the correction
_TIE: Final = 1e-9
# A sample of a dozen or two seldom holds the rare large losses that make its population skewed. With half as much again
# a loss equal to the margin passes in .040-.054 of comparisons (24x5 to 40x10, base .6 to .98), without in up to .062.
RARE_UNSEEN: Final = 1.5


@dataclass(frozen=True)
class Paired:
    """Mean difference over families with its standard error. `spread` is the families' standard deviation (s), `within`
    the standard error that chance inside the trials gives; `floored`: the larger of the two was taken.

    skew: of the families' differences, with what is seldom seen; trials: how many of each version stand behind the
    mean, as if spread evenly over the families (infinite = not known, no exact bound); noise: like `within`, but
    unbiased, for plans only.
    """

    mean: float
    se: float
    families: int
    nonzero: int
    spread: float
    within: float
    floored: bool
    skew: float = 0.0
    trials: tuple[float, float] = (math.inf, math.inf)
    differences: tuple[float, ...] = field(default=(), repr=False)
    noise: float = 0.0

    @property
    def df(self) -> int:
        """Degrees of freedom of the t distribution."""
        return self.families - 1

    @property
    def decisive(self) -> bool:
        """Enough families, and enough that differ, to say better or worse."""
        return self.families >= MIN_FAMILIES and self.nonzero >= MIN_NONZERO

    def interval(self, confidence: float = 0.95) -> tuple[float, float] | None:
        """Two-sided interval; None with a single family, which says nothing about others."""
        return self.between((1 - confidence) / 2) if self.df >= 1 else None

    def between(self, tail: float) -> tuple[float, float]:
        """Both one-sided bounds at this tail, cut to the possible: no difference of values in [0, 1] leaves [-1, 1].

        Each is the farther out of the t bound corrected for skewness and the exact bound over the trials of the version
        that would have lost."""
        quantile = t_quantile(1 - tail, self.df)
        low, high = (self._reach(sign, quantile, tail) for sign in (1, -1))
        return max(-1.0, self.mean - low), min(1.0, self.mean + high)

    def _reach(self, sign: int, quantile: float, tail: float) -> float:
        """How far the bound lies from the mean, downwards (sign 1) or upwards (−1)."""
        reach = skewed_quantile(quantile, sign * self.skew, self.families) * self.se
        trials = self.trials[1 if sign > 0 else 0]
        if math.isinf(trials):
            return reach
        return max(reach, sign * self.mean + most_lost(sign * self.mean, trials, tail))

    @property
    def t_p(self) -> float | None:
        """Two-sided p of the t test against no difference; None with a single family."""
        if self.df < 1:
            return None
        if self.se == 0:
            return 1.0 if self.mean == 0 else 0.0
        return 2 * t_tail(abs(self.mean) / self.se, self.df)

    @cached_property
    def flip_p(self) -> float:
        """Two-sided p of the sign-flip test."""
        return sign_flip_p(self.differences)

    @property
    def p(self) -> float | None:
        """What a verdict asks: the larger of both, where the sign-flip test is exact and could change an answer: with
        more differences the two agree, and beyond 5 % neither says anything. None with a single family."""
        alone = self.t_p
        if alone is None or alone > SAYS_NOTHING or not self.differences or self.nonzero > EXACT_UP_TO:
            return alone
        return max(alone, self.flip_p)

    def z(self, margin: float = 0.0, sign: int = 1) -> float:
        """Normal score of sign·mean + margin above 0, for sequential bounds: Φ⁻¹ of the larger tail of t, corrected for
        skewness, and of the exact bound over trials; `between` at a tail and `z` against its bound agree."""
        lead = sign * self.mean + margin
        if self.se == 0:
            tail = 0.0 if lead > 0 else 0.5 if lead == 0 else 1.0
        else:
            t = lead / self.se
            tail = t_tail(min(t, unskewed(t, sign * self.skew, self.families)), self.df)
        trials = self.trials[1 if sign > 0 else 0]
        if not math.isinf(trials):
            tail = max(tail, lost_tail(sign * self.mean, trials, margin))
        return normal_bound(tail)


def paired(
    differences: Sequence[float],
    variances: Sequence[float],
    trials: tuple[float, float] = (math.inf, math.inf),
    noise: float | None = None,
) -> Paired:
    """differences: one per family (B − A), at least one; variances: of each family's difference, from its trials.
    trials, noise: as in Paired; noise None = `within`."""
    values = np.asarray(differences, dtype=float)
    families = len(values)
    if families == 0:
        raise ValueError("paired() needs at least one family")
    nonzero = int(np.count_nonzero(np.abs(values) > _TIE))
    mean, spread = float(values.mean()), float(values.std(ddof=1)) if families > 1 else 0.0
    if spread <= _TIE:
        spread = 0.0
    within = math.sqrt(float(np.sum(variances))) / families
    se = spread / math.sqrt(families)
    floored = families < MIN_FAMILIES
    chosen = max(se, within) if floored else se
    skew = RARE_UNSEEN * skewness(values) if spread else 0.0
    rest = (tuple(values.tolist()), within if noise is None else noise)
    return Paired(mean, chosen, families, nonzero, spread, within, floored, skew, trials, *rest)


def skewness(values: np.ndarray) -> float:
    """Sample skewness (Fisher-Pearson G1, corrected for the sample's size); 0 for fewer than three values."""
    n = len(values)
    if n < 3:
        return 0.0
    centred = values - values.mean()
    third, second = float(np.mean(centred**3)), float(np.mean(centred**2))
    return float(third / second**1.5 * math.sqrt(n * (n - 1)) / (n - 2))


def trial_variance(total: float, count: int) -> float:
    """Variance of a mean of `count` values in [0, 1] that sum to `total`, kept off zero: p~(1−p~)/k,
    p~ = (c + ½)/(k + 1) (Krichevsky-Trofimov). A [0, 1] score varies at most as much as a yes/no of the same mean."""
    p = (total + 0.5) / (count + 1)
    return p * (1 - p) / count


def sign_flip_p(differences: Sequence[float], seed: int = 0) -> float:
    """Two-sided p of the sign-flip test (Fisher 1935): how often random signs give a sum at least as far from 0.

    Exact up to EXACT_UP_TO non-zero differences, by meeting in the middle; beyond that RANDOM_FLIPS seeded draws.
    """
    values = np.asarray([d for d in differences if abs(d) > _TIE], dtype=float)
    observed = abs(float(values.sum())) - _TIE * max(1.0, float(np.abs(values).sum()))
    if len(values) == 0:
        return 1.0
    if len(values) > EXACT_UP_TO:
        flips = np.random.default_rng(seed).integers(0, 2, size=(RANDOM_FLIPS, len(values)), dtype=np.int8)
        hits = int(np.count_nonzero(np.abs(2 * (flips @ values) - values.sum()) >= observed))
        return (hits + 1) / (RANDOM_FLIPS + 1)
    half = len(values) // 2
    left, right = _signed_sums(values[:half]), np.sort(_signed_sums(values[half:]))
    above = len(right) - np.searchsorted(right, observed - left, side="left")
    below = np.searchsorted(right, -observed - left, side="right")
    return min(1.0, float(np.sum(above + below)) / (len(left) * len(right)))


def _signed_sums(values: np.ndarray) -> np.ndarray:
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate((sums - value, sums + value))
    return sums
