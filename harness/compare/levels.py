"""The level of one version on one endpoint: its mean over task families with one-sided 95 % bounds.

Refuses a bound from a single family: it says nothing about other tasks. The standard error is never below what chance
inside the trials alone would give, so that equal results by luck do not look like certainty.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from harness.compare.paired import trial_variance
from harness.compare.quantiles import t_quantile
from harness.compare.values import LOST, NO_FILL, Values

CONFIDENCE: Final = 0.95  # of each bound alone


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
    groups: dict[str, list[tuple[float, float]]] = {}  # family -> (mean, variance of the mean) of each task
    for task, (total, number) in tasks.items():
        groups.setdefault(families.get(task, task), []).append((total / number, trial_variance(total, number)))
    means = np.array([sum(mean for mean, _ in group) / len(group) for group in groups.values()])
    variances = [sum(variance for _, variance in group) / len(group) ** 2 for group in groups.values()]
    count = len(means)
    centre, n = float(means.mean()), sum(number for _, number in tasks.values())
    if count < 2:
        return Level(centre, None, None, count, n)
    se = max(float(means.std(ddof=1)) / math.sqrt(count), math.sqrt(sum(variances)) / count)
    half = t_quantile(CONFIDENCE, count - 1) * se
    return Level(centre, max(0.0, centre - half), min(1.0, centre + half), count, n)
