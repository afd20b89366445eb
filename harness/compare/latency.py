"""p95 of two versions, task by task: log-ratios to the reference measured beside them, block by block.

Refuses to compare with a number measured another day, and to decide on fewer than five blocks: against a stored figure
"+10 %" is a false alarm in 22 % of comparisons; with five interleaved blocks and an effect above 5 % in 2 % of them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from harness.compare.arms import Arm
from harness.compare.quantiles import t_quantile
from harness.model.score import Score
from harness.model.trial import Scored

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
    """Every task for which both versions have a p95 and a reference's p95 in the same block."""
    first, second = _blocks(a), _blocks(b)
    found = []
    for task in dict.fromkeys(task for task, _ in first):
        shared = [key for key in first if key[0] == task and key in second]
        if shared:
            found.append(compare_logs(task, [second[key] - first[key] for key in shared]))
    return tuple(found)


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
    found = {}
    for record in side.records:
        scores = record.outcome.scores if isinstance(record.outcome, Scored) else ()
        for result in scores:
            pair = _pair(result.metrics) if isinstance(result, Score) else None
            if pair is not None:
                found[record.trial.task_id, record.trial.attempt] = math.log(pair[0] / pair[1])
    return found


def _pair(metrics: Mapping[str, Any]) -> tuple[float, float] | None:
    if metrics.get("in_time") is False:  # a verdict against a limit may stand all the same; a ratio does not
        return None
    own, reference = metrics.get("p95_ms"), metrics.get("reference_p95_ms")
    if not isinstance(own, int | float) or not isinstance(reference, int | float) or own <= 0 or reference <= 0:
        return None
    return float(own), float(reference)
