"""From trial values to one paired difference per task and per family: the table every comparison is made from.

Refuses to pair what is not there: a task counts only where both versions have a value. What a decision must survive
(the worst case, for one) is asked by filling gaps, state by state, with the value that the caller names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pandas as pd

from harness.compare.paired import Paired, paired, trial_variance
from harness.compare.values import State, Value

NO_FILL: Final[Mapping[State, float]] = MappingProxyType({})
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


def task_differences(
    a: Sequence[Value],
    b: Sequence[Value],
    families: Mapping[str, str],
    fill_a: Mapping[State, float] = NO_FILL,
    fill_b: Mapping[State, float] = NO_FILL,
) -> tuple[TaskDifference, ...]:
    """Tasks with a value on both sides, by name. A task without a known family is a family of its own.

    fill_a, fill_b: what a trial of that side counts which is in such a state; without it a gap is left out.
    """
    rows = [(v.task, "a", fill_a.get(v.state, v.value)) for v in a]
    rows += [(v.task, "b", fill_b.get(v.state, v.value)) for v in b]
    frame = pd.DataFrame(rows, columns=["task", "side", "value"]).dropna()
    if frame.empty or frame["side"].nunique() < 2:
        return ()
    table = frame.astype({"value": float}).groupby(["task", "side"])["value"].agg(["mean", "count"]).unstack().dropna()
    return tuple(
        TaskDifference(
            task=str(task),
            family=families.get(str(task), str(task)),
            mean_a=float(row["mean", "a"]),
            n_a=int(row["count", "a"]),
            mean_b=float(row["mean", "b"]),
            n_b=int(row["count", "b"]),
        )
        for task, row in table.iterrows()
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
    return paired(*by_family(tasks)) if tasks else None
