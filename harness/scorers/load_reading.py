"""Reads a load observation into figures: one set of numbers for the p95 windows, one each for baseline and step.

Windows in which the generator itself was late are counted, and left out of `p95_ms`, by which versions are compared.
What is sure of all windows is kept as an interval. Latencies count from the intended start, so lateness can only add to
them: as measured they are a ceiling. A request that was sent L late, to a service that works things off in order, ends
at most L later, and its answer is noticed at most L late: less that, a floor.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.scorers.latency import (
    Interval,
    Window,
    percentile,
    percentile_interval,
    share_interval,
    windows_of,
)

VALID_SHARE = 0.6  # of all windows that were measured, and of those of one block, must be valid
LATE_TWICE = 2  # before a request was sent, and before its answer was noticed


@dataclass(frozen=True)
class Figures:
    """Pooled figures of valid windows; latencies in ms, `p95` and `errors` with their intervals."""

    rate: float
    count: int
    failed: int
    p50_ms: float
    p95_ms: Interval
    p99_ms: float
    errors: Interval
    windows: int
    windows_void: int
    enough: bool
    floor_ms: Interval  # p95 over all windows, late ones less all that the generator's lateness can have added
    ceiling_ms: Interval  # p95 over all windows as measured
    sure_ms: Interval  # p95 over all windows, from the floor's lower to the ceiling's upper bound
    errors_in_all: Interval  # over all windows
    lag_p95_ms: float  # over all windows, void ones included
    by_operation_p95_ms: Mapping[str, float]


@dataclass(frozen=True)
class Reading:
    """What a measured observation of the probe `load` says; None = that phase was not run."""

    p95: Figures
    baseline: Figures | None
    step: Figures | None
    blocks: int
    requests: int  # sent in all phases but warm-up
    requests_failed: int


def read(facts: Mapping[str, Any]) -> Reading | None:
    """None when there is no p95 phase (the data set could not be built)."""
    phases: Sequence[Mapping[str, Any]] = facts.get("phases") or []
    blocks = [phase for phase in phases if phase["name"] == "p95"]
    if not blocks:
        return None
    counted = [phase for phase in phases if phase["name"] != "warmup"]
    return Reading(
        p95=figures(blocks, facts),
        baseline=_named("baseline", phases, facts),
        step=_named("step", phases, facts),
        blocks=len(blocks),
        requests=sum(len(phase["outcome"]) for phase in counted),
        requests_failed=sum(outcome != 0 for phase in counted for outcome in phase["outcome"]),
    )


def figures(blocks: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> Figures:
    """Figures over blocks of the same phase. When every window is void, all are used and `enough` is False."""
    every = [window for block in blocks for window in windows_of(block, 1000 * facts["timeout_s"])]
    in_time = [window.lag_p95_ms <= facts["lag_limit_ms"] for window in every]
    valid = [window for window, fine in zip(every, in_time, strict=True) if fine]
    used = valid or every
    latencies = [ms for window in used for ms in window.latency_ms]
    failed = sum(sum(window.failed) for window in used)
    p95 = percentile_interval([window.latency_ms for window in used], 0.95)
    ceiling = percentile_interval([window.latency_ms for window in every], 0.95)
    floor = percentile_interval([_floor(*pair) for pair in zip(every, in_time, strict=True)], 0.95)
    return Figures(
        rate=float(blocks[0]["rate"]),
        count=len(latencies),
        failed=failed,
        p50_ms=percentile(latencies, 0.50),
        p95_ms=p95,
        p99_ms=percentile(latencies, 0.99),
        errors=share_interval(failed, len(latencies)),
        windows=len(every),
        windows_void=len(every) - len(valid),
        enough=len(valid) >= VALID_SHARE * max(len(every), blocks[0]["windows"]),
        ceiling_ms=ceiling,
        sure_ms=Interval(p95.value, floor.low, ceiling.high),
        errors_in_all=share_interval(sum(sum(w.failed) for w in every), sum(len(w.failed) for w in every)),
        floor_ms=floor,
        lag_p95_ms=percentile([lag for window in every for lag in window.lag_ms], 0.95),
        by_operation_p95_ms=_by_operation(used, facts["operations"]),
    )


def _floor(window: Window, valid: bool) -> list[float]:
    taken_off = 0.0 if valid else LATE_TWICE * max(window.lag_ms)
    return [max(0.0, ms - taken_off) for ms in window.latency_ms]


def _named(name: str, phases: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> Figures | None:
    chosen = [phase for phase in phases if phase["name"] == name]
    return figures(chosen, facts) if chosen else None


def _by_operation(windows: Sequence[Window], names: Sequence[str]) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for window in windows:
        for operation, ms in zip(window.operation, window.latency_ms, strict=True):
            found.setdefault(names[operation], []).append(ms)
    return {name: round(percentile(values, 0.95), 3) for name, values in sorted(found.items())}
