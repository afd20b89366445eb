"""Whether another block of p95 windows is worth measuring: a rough look at the raw samples so far. Pure.

It refuses to be the verdict: the scorer computes the real interval. At most two more blocks follow the first, so that
the number of looks, and with it the chance of a lucky one, stays bounded (see the scorer's simulation).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

EXTRA_BLOCKS = 2
VALID_SHARE = 0.6  # of all windows, else the scorer says nothing (harness/scorers/load_reading.py)
OK = 0  # index of the outcome "ok"


def worth_more(blocks: Sequence[Mapping[str, Any]], limit_ms: float, lag_limit_ms: float) -> bool:
    """Whether the p95 is still undecided: the limit lies within about two standard errors, or windows are spoilt."""
    latencies: list[int] = []
    good = 0
    for block in blocks:
        for lag, latency in _windows(block):
            if sorted(lag)[math.ceil(0.95 * len(lag)) - 1] <= lag_limit_ms * 1000:
                good += 1
                latencies += latency
    if good < blocks[0]["windows"] or good < VALID_SHARE * sum(block["windows"] for block in blocks):
        return True
    ordered, n = sorted(latencies), len(latencies)
    # Twice the binomial error, as successive requests are not independent; the scorer computes the real interval.
    half = 2 * 1.96 * math.sqrt(n * 0.95 * 0.05)
    low, high = ordered[max(0, math.floor(0.95 * n - half))], ordered[min(n - 1, math.ceil(0.95 * n + half))]
    return low <= limit_ms * 1000 < high


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
