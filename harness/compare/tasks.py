"""From trial values to one paired difference per task and per family: the table every comparison is made from.

Refuses to pair what is not there: a task counts only where both versions have a value. What a decision must survive
(the worst case, for one) is asked by filling gaps, state by state, with the value that the caller names.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from harness.compare.paired import Paired, paired, trial_variance
from harness.compare.values import NO_FILL, State, Values

_TIE: Final = 1e-9


@dataclass(frozen=True)
class TaskDifference:
    """One task: both means over their own n; `difference` = second − first."""

    task: str
    family: str
    mean_a: float
    n_a: int
    mean_b: float
    n_b: int

    @property
    def difference(self) -> float:
        """Second minus first."""
        return self.mean_b - self.mean_a

    @property
    def word(self) -> str:
        """better | same | worse, as seen; says nothing about chance."""
        if abs(self.difference) <= _TIE:
            return "same"
        return "better" if self.difference > 0 else "worse"

    @property
    def variance(self) -> float:
        """Variance of the difference from the trials alone."""
        return trial_variance(self.mean_a * self.n_a, self.n_a) + trial_variance(self.mean_b * self.n_b, self.n_b)

    @property
    def noise(self) -> float:
        """The same without bias where both sides have two trials or more."""
        if min(self.n_a, self.n_b) < 2:
            return self.variance
        return self.mean_a * (1 - self.mean_a) / (self.n_a - 1) + self.mean_b * (1 - self.mean_b) / (self.n_b - 1)


def task_differences(
    a: Values,
    b: Values,
    families: Mapping[str, str],
    fill_a: Mapping[State, float] = NO_FILL,
    fill_b: Mapping[State, float] = NO_FILL,
) -> tuple[TaskDifference, ...]:
    """Tasks with a value on both sides, by name. A task without a known family is a family of its own.

    fill_a, fill_b: what a trial of that side counts which is in such a state; without it a gap is left out.
    """
    first, second = a.per_task(fill_a), b.per_task(fill_b)
    return tuple(
        TaskDifference(
            task=task,
            family=families.get(task, task),
            mean_a=first[task][0] / first[task][1],
            n_a=first[task][1],
            mean_b=second[task][0] / second[task][1],
            n_b=second[task][1],
        )
        for task in sorted(first.keys() & second.keys())
    )


def by_family(tasks: Sequence[TaskDifference]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean difference of each family, and the variance of that mean from the trials alone."""
    groups: dict[str, list[TaskDifference]] = {}
    for task in tasks:
        groups.setdefault(task.family, []).append(task)
    means = tuple(sum(t.difference for t in group) / len(group) for group in groups.values())
    variances = tuple(sum(t.variance for t in group) / len(group) ** 2 for group in groups.values())
    return means, variances


def paired_of(tasks: Sequence[TaskDifference]) -> Paired | None:
    """The paired statistics over families; None without a single pair."""
    return paired(*by_family(tasks), _trials(tasks), _noise(tasks)) if tasks else None


def _noise(tasks: Sequence[TaskDifference]) -> float:
    """Standard error that chance inside the trials gives, as yes/no trials show it without bias; a task with a single
    trial shows nothing and counts as in `variance`."""
    size = Counter(task.family for task in tasks)
    return math.sqrt(sum(task.noise / size[task.family] ** 2 for task in tasks)) / len(size)


def _trials(tasks: Sequence[TaskDifference]) -> tuple[float, float]:
    """How many trials of each version, spread evenly over the families, would vary as much as these do."""
    size = Counter(task.family for task in tasks)
    first = sum(1 / (size[task.family] ** 2 * task.n_a) for task in tasks)
    second = sum(1 / (size[task.family] ** 2 * task.n_b) for task in tasks)
    return len(size) ** 2 / first, len(size) ** 2 / second
