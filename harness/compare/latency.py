"""p95 of two versions, task by task: log-ratios to the reference measured beside them, block by block.

Refuses to compare with a number measured another day, and to decide on fewer than five blocks: against a stored figure
"+10 %" is a false alarm in 22 % of comparisons. Refuses to drop a block in silence: what was lost is counted, and a
version is not faster where it kept more blocks from being measured by its own doing than the other did. A pace is one
test among those of its page (see `verdicts`): alone, some of 24 tasks would be called in 13-70 % of pages of two equal
versions.
"""

import math
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from harness.compare.arms import Arm
from harness.compare.differing import other_hosts, uncommon_tasks
from harness.compare.quantiles import t_quantile, t_tail

MIN_BLOCKS: Final = 5
EFFECT: Final = math.log(1.05)
NO_LOSS: Final = (0, 0)
Pace = Literal["FASTER", "SLOWER", "SAME", "INCONCLUSIVE", "not decided"]


@dataclass(frozen=True)
class LatencyDifference:
    """One task: second over first, as a ratio of p95 with its 95 % interval; `blocks` = attempts measured on both.

    p: two-sided against no difference, adjusted for the page once that is judged, None where nothing can be decided;
    lost: planned trials of each version without a ratio, `own` = of these by the submission's own doing; why: what
    stands against a pace that the figures alone would give, "" = nothing."""

    task: str
    blocks: int
    ratio: float | None
    low: float | None
    high: float | None
    pace: Pace
    p: float | None = None
    lost: tuple[int, int] = NO_LOSS
    own: tuple[int, int] = NO_LOSS
    why: str = ""


def latency_differences(a: Arm, b: Arm) -> tuple[LatencyDifference, ...]:
    """Every task for which either version has a p95 and a reference's p95 in the same block. On different hosts nothing
    is decided: a reference beside each does not make two machines one."""
    (first, second), (lost_a, lost_b) = (_blocks(a), _blocks(b)), (_lost(a), _lost(b))
    uncommon, elsewhere = uncommon_tasks(a.lock, b.lock), other_hosts(a, b)
    found = []
    for task in dict.fromkeys(task for side in (first, second) for task in side if task not in uncommon):
        own, other = first.get(task, {}), second.get(task, {})
        one = compare_logs(task, [other[attempt] - log for attempt, log in own.items() if attempt in other])
        (lost_1, own_1), (lost_2, own_2) = lost_a.get(task, NO_LOSS), lost_b.get(task, NO_LOSS)
        one = weighed(replace(one, lost=(lost_1, lost_2), own=(own_1, own_2)))
        found.append(replace(one, pace="INCONCLUSIVE", p=None, why="measured on different hosts") if elsewhere else one)
    return tuple(found)


def compare_logs(task: str, logs: list[float]) -> LatencyDifference:
    """logs: ln(second/reference) − ln(first/reference), one per block. The pace is that of the task alone."""
    n = len(logs)
    mean = sum(logs) / n if n else math.nan
    if n < MIN_BLOCKS:
        return LatencyDifference(task, n, math.exp(mean) if n else None, None, None, "not decided")
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
    p = 2 * t_tail(abs(mean) / se, n - 1) if se > 0 else float(mean == 0)
    return LatencyDifference(task, n, math.exp(mean), math.exp(low), math.exp(high), pace, p)


def weighed(found: LatencyDifference) -> LatencyDifference:
    """The pace with its losses: a block that a version failed might have been its slowest."""
    favoured = {"FASTER": 1, "SLOWER": 0}.get(found.pace)
    if favoured is None or found.own[favoured] <= found.own[1 - favoured]:
        return found
    side = ("the first", "the second")[favoured]
    why = f"{found.pace} as measured, but {side} kept {found.own[favoured]} of its blocks from being measured itself"
    return replace(found, pace="INCONCLUSIVE", why=why)


def paced(found: LatencyDifference, p: float, level: float) -> LatencyDifference:
    """The pace after the page's correction: faster or slower only with the adjusted p at the page's level too."""
    if found.pace in ("FASTER", "SLOWER") and p > level:
        why = f"{found.pace} if it were the only test of this page; p = {p:.3g} among all"
        return replace(found, p=p, pace="INCONCLUSIVE", why=why)
    return replace(found, p=p)


def _blocks(side: Arm) -> dict[str, dict[int, float]]:
    """Task -> attempt -> ln(p95 / reference's p95)."""
    table = side.table
    found: dict[str, dict[int, float]] = {}
    for place in np.flatnonzero(~np.isnan(table.pace)):
        attempts = found.setdefault(table.tasks[table.task[place]], {})
        attempts[int(table.attempt[place])] = float(table.pace[place])
    return found


def _lost(side: Arm) -> dict[str, tuple[int, int]]:
    """Task -> planned trials that gave no ratio, and how many of them by the submission's own doing."""
    table = side.table
    lost = np.isnan(table.pace)
    own = table.is_("failed") & (table.lost_to == 0)
    for said in table.results.values():
        own |= said.said("unmeasured_by_agent")
    counts = (np.bincount(table.task[which], minlength=len(table.tasks)) for which in (lost, lost & own))
    return {task: (int(all_), int(some)) for task, all_, some in zip(table.tasks, *counts, strict=True)}
