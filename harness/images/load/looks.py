"""Whether another block of p95 windows, or a longer step, is worth measuring: a rough look at the raw samples. Pure.

It refuses to be the verdict: the scorer computes the real interval. At most two more blocks follow the first, so that
the number of looks, and with it the chance of a lucky one, stays bounded (see the scorer's simulation).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

EXTRA_BLOCKS = 2
VALID_SHARE = 0.6  # of all windows, else the scorer says nothing (harness/scorers/load_reading.py)
HELD_SHARE = 0.3  # of the limit: a step of seconds whose p95 is below that is held for a quarter of a minute too
LATE_TWICE = 2  # before a request was sent, and before its answer was noticed
OK = 0  # index of the outcome "ok"


def worth_more(blocks: Sequence[Mapping[str, Any]], limit_ms: float, lag_limit_ms: float) -> bool:
    """Whether the p95 is still undecided: the limit lies within about two standard errors of what may be true.

    Lateness of the generator widens that: as measured a latency is a ceiling, less twice the window's lag a floor.
    Windows in time decide by themselves where they are enough.
    """
    windows = [window for block in blocks for window in _windows(block)]
    in_time = [_is_in_time(lag, lag_limit_ms) for lag, _ in windows]
    floor = [
        latency - (0 if fine else LATE_TWICE * max(lag))
        for (lag, latencies), fine in zip(windows, in_time, strict=True)
        for latency in latencies
    ]
    ceiling = [latency for _, latencies in windows for latency in latencies]
    if _bounds(floor)[0] > limit_ms * 1000 or _bounds(ceiling)[1] <= limit_ms * 1000:
        return False
    good = [latencies for (_, latencies), fine in zip(windows, in_time, strict=True) if fine]
    if len(good) < blocks[0]["windows"] or len(good) < VALID_SHARE * sum(block["windows"] for block in blocks):
        return True
    low, high = _bounds([latency for latencies in good for latency in latencies])
    return low <= limit_ms * 1000 < high


def worth_longer(step: Mapping[str, Any], limit_ms: float, lag_limit_ms: float) -> bool:
    """Whether a short step, sent in time, leaves open if a long one is held: where a service is nearly used up, a queue
    takes longer than a few seconds to grow. What is far below the limit, or surely beyond it, is settled."""
    lags, latencies = zip(*_windows(step), strict=True)
    if not all(_is_in_time(lag, lag_limit_ms) for lag in lags):
        return False
    low, high = _bounds([latency for window in latencies for latency in window])
    return low <= limit_ms * 1000 and high > HELD_SHARE * limit_ms * 1000


def _is_in_time(lag: Sequence[int], lag_limit_ms: float) -> bool:
    return sorted(lag)[math.ceil(0.95 * len(lag)) - 1] <= lag_limit_ms * 1000


def _bounds(latencies: Sequence[int]) -> tuple[int, int]:
    """About two standard errors around the p95; twice the binomial one, as successive requests depend on each other."""
    ordered, n = sorted(latencies), len(latencies)
    half = 2 * 1.96 * math.sqrt(n * 0.95 * 0.05)
    return ordered[max(0, math.floor(0.95 * n - half))], ordered[min(n - 1, math.ceil(0.95 * n + half))]


def _windows(block: Mapping[str, Any]) -> list[tuple[list[int], list[int]]]:
    length = block["planned_s"] * 1e6 / block["windows"]
    cut: list[tuple[list[int], list[int]]] = [([], []) for _ in range(block["windows"])]
    for due, lag, latency, outcome in zip(
        block["intended_us"], block["lag_us"], block["latency_us"], block["outcome"], strict=True
    ):
        lags, latencies = cut[min(int(due // length), block["windows"] - 1)]
        lags.append(lag)
        latencies.append(latency if outcome == OK else 10**9)  # a failed request is a slow one
    return [window for window in cut if window[0]]
