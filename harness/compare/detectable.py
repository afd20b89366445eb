"""The smallest loss that a paired test finds, by the variance components of one version, and what halving it costs.

    SE² = (ω² + Σ(σ²_first + σ²_second)/k) / T        T families, k attempts a task

σ² is what a task's repeats scatter; ω² what the loss itself differs by from family to family: of a version that is held
against itself no more is known than what the stated model of losses makes. Refuses to say what a difference between two
real versions costs: theirs differ from family to family in their own way, so that takes more, and repeats help less.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from harness.compare.calibration import FOUND, Numbers, Places
from harness.compare.paired import MIN_FAMILIES
from harness.compare.quantiles import t_quantile

_MOST: Final = 100_000  # attempts or families: beyond that it is no plan
_HALVINGS: Final = 50
_EVENLY: Final = (np.arange(400) + 0.5) / 400


@dataclass(frozen=True)
class Components:
    """One version on one endpoint. mean: over families; between: variance of the families' true means.

    within: variance of a family's mean in one repeat, mean over families; squares: the same with each task's squared
    true mean in the place of its variance, so that within + squares is the one with E[v²].
    """

    families: int
    tasks: int
    mean: float
    between: float
    within: float
    squares: float


@dataclass(frozen=True)
class Rule:
    """A loss counts as found where the interval with `beyond` in each tail lies below 0 and, with a margin,
    non-inferiority is not shown with `shown` in its tail."""

    beyond: float = 0.025
    margin: float | None = None
    shown: float = 0.05


@dataclass(frozen=True)
class Cost:
    """What would halve the smallest loss that is found: so many attempts on the present families, or so many families
    at the present attempts; the trials are those of both versions on top of the present ones. None: nothing would."""

    loss: float
    attempts: int | None
    trials_by_attempts: int | None
    families: int | None
    trials_by_families: int | None


def components(values: Numbers, families: Places) -> Components | None:
    """values: task × repeat, NaN where there is none; families: of each task. None with no task of two values."""
    known = ~np.isnan(values)
    enough = known.sum(axis=1) >= 2
    if not enough.any():
        return None
    kept, of = values[enough], families[enough]
    n = known[enough].sum(axis=1)
    mean, variance = np.nanmean(kept, axis=1), np.nanvar(kept, axis=1, ddof=1)
    square = np.maximum(0.0, mean**2 - variance / n)  # of the true mean
    names, place = np.unique(of, return_inverse=True)
    size = np.bincount(place)

    def per_family(of_tasks: Numbers, power: int = 1) -> Numbers:
        return np.asarray(np.bincount(place, weights=of_tasks) / size**power, dtype=float)

    level, noise = per_family(mean), per_family(variance / n, 2)
    observed = float(level.var(ddof=1)) if len(names) > 1 else 0.0
    return Components(
        families=len(names),
        tasks=len(of),
        mean=float(level.mean()),
        between=max(0.0, observed - float(noise.mean())),
        within=float(per_family(variance, 2).mean()),
        squares=float(per_family(square, 2).mean()),
    )


def standard_error(found: Components, families: int, each: int, loss: float, spread: float = 1.0) -> float:
    """Of the mean difference when a share `loss` of the second version's trials fail, all in a share `spread` of the
    families."""
    kept = 1 - min(1.0, loss / spread)
    inside = kept * (found.within + found.squares) - kept**2 * found.squares  # a value stays, or is 0
    noise = found.within + spread * inside + (1 - spread) * found.within
    level = found.between + found.mean**2
    omega2 = max(0.0, loss**2 * (level / spread - found.mean**2))
    return math.sqrt(max(1e-12, (omega2 + noise / each) / families))


def power(found: Components, families: int, each: int, loss: float, rule: Rule, spread: float = 1.0) -> float:
    """Chance that such a loss is found; 0 on too few families, where nothing is ever decided."""
    if families < MIN_FAMILIES:
        return 0.0
    df, se = families - 1, standard_error(found, families, each, loss, spread)
    seen = se * np.sqrt(2 * special.gammaincinv(df / 2, _EVENLY) / df)  # the standard errors that samples would show
    below = -t_quantile(1 - rule.beyond, df) * seen
    if rule.margin is not None:
        below = np.minimum(below, t_quantile(1 - rule.shown, df) * seen - rule.margin)
    return float(special.ndtr((below + loss * found.mean) / se).mean())


def detectable(found: Components, families: int, each: int, rule: Rule, spread: float = 1.0) -> float | None:
    """The smallest share of trials whose loss is found with 80 %; None where not even the largest is."""
    if found.mean <= 0 or power(found, families, each, spread, rule, spread) < FOUND:
        return None
    low, high = 0.0, spread
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if power(found, families, each, middle, rule, spread) >= FOUND else (middle, high)
    return high


def halving(found: Components, each: int, rule: Rule, loss: float, spread: float = 1.0) -> Cost:
    """What finding half of `loss` would cost, by repeats alone and by families alone."""
    half, per_family = loss / 2, found.tasks / found.families

    def by_attempts(k: int) -> bool:
        return power(found, found.families, k, half, rule, spread) >= FOUND

    def by_families(number: int) -> bool:
        return power(found, number, each, half, rule, spread) >= FOUND

    attempts, families = _least(by_attempts, each), _least(by_families, found.families)
    return Cost(
        half,
        attempts,
        None if attempts is None else 2 * found.tasks * (attempts - each),
        families,
        None if families is None else 2 * each * math.ceil(per_family * (families - found.families)),
    )


def _least(enough: Callable[[int], bool], start: int) -> int | None:
    """The least number from `start` on that is enough; None when not even _MOST is."""
    if not enough(_MOST):
        return None
    low, high = start - 1, _MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
