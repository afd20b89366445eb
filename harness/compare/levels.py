"""The level of one version on one endpoint: its mean over task families with one-sided 95 % bounds.

Refuses a bound from a single family: it says nothing about other tasks. The standard error is never below what chance
inside the trials alone would give, so that equal results by luck do not look like certainty. Near a ceiling the t bound
is corrected for most of the skewness (all of it costs a good version most of its passes), and an exact bound over
trials counts too (see `bounds`): a version truly at a floor of .8 or .9 passed in 4-11 % of runs of 12 to 40 families,
now in 0-5 % (to 6 % where families differ between nearly always and hardly ever).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from harness.compare.bounds import most_lost, skewed_quantile
from harness.compare.paired import skewness, trial_variance
from harness.compare.quantiles import t_quantile
from harness.compare.values import LOST, NO_FILL, Values

CONFIDENCE: Final = 0.95  # of each bound alone
CORRECTED: Final = 0.7  # share of the skewness
_TIE: Final = 1e-9


@dataclass(frozen=True)
class Level:
    """Mean of family means in [0, 1], over `n` trials of `families`; bounds are None with a single family."""

    mean: float
    low: float | None
    high: float | None
    families: int
    n: int


def level_of(values: Values, families: Mapping[str, str], worst_case: bool = False) -> Level | None:
    """None when no trial has a value; worst_case: every lost trial counts 0."""
    tasks = values.per_task(dict.fromkeys(LOST, 0.0) if worst_case else NO_FILL)
    if not tasks:
        return None
    groups: dict[str, list[tuple[float, float, int]]] = {}  # family -> (mean, its variance, trials) of each task
    for task, (total, number) in tasks.items():
        groups.setdefault(families.get(task, task), []).append((total / number, trial_variance(total, number), number))
    means = np.array([sum(mean for mean, _, _ in group) / len(group) for group in groups.values()])
    variances = [sum(variance for _, variance, _ in group) / len(group) ** 2 for group in groups.values()]
    count = len(means)
    centre, n = float(means.mean()), sum(number for _, number in tasks.values())
    if count < 2:
        return Level(centre, None, None, count, n)
    spread = float(means.std(ddof=1))
    se = max(spread / math.sqrt(count), math.sqrt(sum(variances)) / count)
    skew = CORRECTED * skewness(means) if spread > _TIE else 0.0
    down, up = (skewed_quantile(t_quantile(CONFIDENCE, count - 1), sign * skew, count) * se for sign in (1, -1))
    trials = count**2 / sum(each for group in groups.values() for each in _inverse_sizes(group))
    low = min(centre - down, 1 - most_lost(centre - 1, trials, 1 - CONFIDENCE))
    high = max(centre + up, most_lost(-centre, trials, 1 - CONFIDENCE))
    return Level(centre, max(0.0, low), min(1.0, high), count, n)


def _inverse_sizes(group: list[tuple[float, float, int]]) -> list[float]:
    """What each task of a family adds to one over the number of trials, as if these were spread evenly."""
    return [1 / (len(group) ** 2 * number) for _, _, number in group]
