"""p95 of two versions, task by task: log-ratios to the reference measured beside them, block by block.

Refuses to compare with a number measured another day, and to decide on fewer than five blocks: against a stored figure
"+10 %" is a false alarm in 22 % of comparisons; with five interleaved blocks and an effect above 5 % in 2 % of them.
"""

import math
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from harness.compare.arms import Arm
from harness.compare.differing import other_hosts, uncommon_tasks
from harness.compare.quantiles import t_quantile

MIN_BLOCKS: Final = 5
EFFECT: Final = math.log(1.05)
Pace = Literal["FASTER", "SLOWER", "SAME", "INCONCLUSIVE", "not decided"]


@dataclass(frozen=True)
class LatencyDifference:
    """One task: second over first, as a ratio of p95 with its 95 % interval; `blocks` = attempts measured on both."""

    task: str
    blocks: int
    ratio: float
    low: float | None
    high: float | None
    pace: Pace


def latency_differences(a: Arm, b: Arm) -> tuple[LatencyDifference, ...]:
    """Every task for which both versions have a p95 and a reference's p95 in the same block. On different
    hosts nothing is decided: a reference beside each does not make two machines one."""
    first, second, uncommon = _blocks(a), _blocks(b), uncommon_tasks(a.lock, b.lock)
    logs: dict[str, list[float]] = {}
    for key, log in first.items():
        if key in second and key[0] not in uncommon:
            logs.setdefault(key[0], []).append(second[key] - log)
    found = tuple(compare_logs(task, differences) for task, differences in logs.items())
    return tuple(replace(one, pace="INCONCLUSIVE") for one in found) if other_hosts(a, b) else found


def compare_logs(task: str, logs: list[float]) -> LatencyDifference:
    """logs: ln(second/reference) − ln(first/reference), one per block."""
    n = len(logs)
    mean = sum(logs) / n
    if n < MIN_BLOCKS:
        return LatencyDifference(task, n, math.exp(mean), None, None, "not decided")
    se = math.sqrt(sum((x - mean) ** 2 for x in logs) / (n - 1) / n)
    half = t_quantile(0.975, n - 1) * se
    low, high = mean - half, mean + half
    pace: Pace = "INCONCLUSIVE"
    if low > 0 and mean > EFFECT:
        pace = "SLOWER"
    elif high < 0 and mean < -EFFECT:
        pace = "FASTER"
    elif low >= -EFFECT and high <= EFFECT:
        pace = "SAME"
    return LatencyDifference(task, n, math.exp(mean), math.exp(low), math.exp(high), pace)


def _blocks(side: Arm) -> dict[tuple[str, int], float]:
    """(task, attempt) -> ln(p95 / reference's p95)."""
    table = side.table
    found = np.flatnonzero(~np.isnan(table.pace))
    return {(table.tasks[table.task[n]], int(table.attempt[n])): float(table.pace[n]) for n in found}
