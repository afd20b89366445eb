"""Statistics of paired differences: one number per task family, one-sample t, an exact sign-flip test beside it.

Refuses a verdict where the t interval is not to be trusted: fewer than 12 families, or fewer than 6 that differ at all,
get a standard error that is not below what chance inside the trials alone would give, and no "better" or "worse".
Bootstraps and per-task models were tried and left: they reject too often with few families (simulated, see the tests).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from harness.compare.quantiles import normal_bound, t_quantile, t_tail

MIN_FAMILIES: Final = 12
MIN_NONZERO: Final = 6
EXACT_UP_TO: Final = 40  # non-zero differences: two halves of 2^20 sign patterns each
RANDOM_FLIPS: Final = 100_000
_TIE: Final = 1e-9


@dataclass(frozen=True)
class Paired:
    """Mean difference over families with its standard error. `spread` is the families' standard deviation (s),
    `within` the standard error that chance inside the trials gives; `floored`: the larger of the two was taken."""

    mean: float
    se: float
    families: int
    nonzero: int
    spread: float
    within: float
    floored: bool

    @property
    def df(self) -> int:
        """Degrees of freedom of the t distribution."""
        return self.families - 1

    @property
    def decisive(self) -> bool:
        """Enough families, and enough that differ, to say better or worse."""
        return self.families >= MIN_FAMILIES and self.nonzero >= MIN_NONZERO

    def interval(self, confidence: float = 0.95) -> tuple[float, float] | None:
        """Two-sided t interval; None with a single family, which says nothing about others."""
        return self.around(t_quantile((1 + confidence) / 2, self.df)) if self.df >= 1 else None

    def around(self, quantile: float) -> tuple[float, float]:
        """mean ± quantile · SE, cut to the possible: no difference of values in [0, 1] leaves [-1, 1]."""
        return max(-1.0, self.mean - quantile * self.se), min(1.0, self.mean + quantile * self.se)

    @property
    def p(self) -> float | None:
        """Two-sided p of the t test against no difference; None with a single family."""
        if self.df < 1:
            return None
        if self.se == 0:
            return 1.0 if self.mean == 0 else 0.0
        return 2 * t_tail(abs(self.mean) / self.se, self.df)

    def z(self, margin: float = 0.0, sign: int = 1) -> float:
        """Normal score of sign·mean + margin above 0: Φ⁻¹ of the t distribution's value; for sequential bounds."""
        lead = sign * self.mean + margin
        if self.se == 0:
            return math.copysign(math.inf, lead) if lead else 0.0
        return normal_bound(t_tail(lead / self.se, self.df))


def paired(differences: Sequence[float], variances: Sequence[float]) -> Paired:
    """differences: one per family (B − A), at least one; variances: of each family's difference, from its trials."""
    values = np.asarray(differences, dtype=float)
    families = len(values)
    if families == 0:
        raise ValueError("paired() needs at least one family")
    nonzero = int(np.count_nonzero(np.abs(values) > _TIE))
    spread = float(values.std(ddof=1)) if families > 1 else 0.0
    within = math.sqrt(float(np.sum(variances))) / families
    se = spread / math.sqrt(families)
    floored = families < MIN_FAMILIES or nonzero < MIN_NONZERO or se <= _TIE
    return Paired(float(values.mean()), max(se, within) if floored else se, families, nonzero, spread, within, floored)


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
        signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(RANDOM_FLIPS, len(values)))
        hits = int(np.count_nonzero(np.abs(signs @ values) >= observed))
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


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's (1979) adjusted p values, in the order given: compare each with the level wanted for all together."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return tuple(adjusted)
