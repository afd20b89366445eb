"""Asking again: which failures, how long between, and when it is enough. Every try is written down.

Refuses to know a provider, a clock or a dice: time and randomness come in. Waiting is exponential back-off with full
jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"); a Retry-After of the provider wins, up to a cap.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from harness.agents.calls import PASSING, CallFailed
from harness.model.jsontypes import JsonObject

T = TypeVar("T")  # what an attempt gives


@dataclass(frozen=True)
class Patience:
    """Budget of one question: tries, seconds from its first try to the beginning of its last, and seconds of waits."""

    tries: int = 6
    budget_s: float = 600.0
    retry_after_cap_s: float = 120.0
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0


@dataclass(frozen=True)
class Timing:
    """Time and chance as functions: seconds on a clock that never jumps, waiting, and a draw from [0, 1)."""

    monotonic_s: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    draw: Callable[[], float] = random.random


def wait_s(patience: Patience, failed_tries: int, retry_after_s: float | None, draw: Callable[[], float]) -> float:
    """Seconds before the next try. What the provider asks for is honoured up to the cap, and spread by up to 1 s."""
    if retry_after_s is not None:
        return min(retry_after_s, patience.retry_after_cap_s) + draw()
    longest = min(patience.longest_wait_s, patience.first_wait_s * 2.0 ** min(failed_tries - 1, 30))
    return draw() * longest


def persist(attempt: Callable[[], T], patience: Patience, timing: Timing, tries: list[dict[str, Any]]) -> T:
    """What `attempt` gives at last; its last CallFailed when it is enough. Appends every try to `tries`.

    A try: {try, status, error, message, wall_s, wait_s}; `error` null = it went well, `wait_s` = what was waited then.
    One that failed has besides what it cost (cost_usd, null = nobody knows) and what came all the same (received).
    """
    began = timing.monotonic_s()
    while True:
        started = timing.monotonic_s()
        try:
            value = attempt()
        except CallFailed as failure:
            entry = _entry(tries, timing.monotonic_s() - started, failure)
            tries.append(entry)
            wait = wait_s(patience, len(tries), failure.retry_after_s, timing.draw)
            late = timing.monotonic_s() - began + wait > patience.budget_s
            if failure.kind not in PASSING or len(tries) >= patience.tries or late:
                raise
            entry["wait_s"] = round(wait, 3)
            timing.sleep(wait)
        else:
            tries.append(_entry(tries, timing.monotonic_s() - started, None))
            return value


def in_words(tries: Sequence[JsonObject]) -> str:
    """`6 tries (5 x 429, 1 x timeout)`."""
    counts = Counter(str(t["error"] if t["status"] in (None, 200) else t["status"]) for t in tries)
    counted = ", ".join(f"{count} x {what}" for what, count in counts.items())
    return f"{len(tries)} {'try' if len(tries) == 1 else 'tries'} ({counted})"


def _entry(tries: Sequence[object], wall_s: float, failure: CallFailed | None) -> dict[str, Any]:
    return {
        "try": len(tries) + 1,
        "status": failure.status if failure else 200,
        "error": failure.kind if failure else None,
        "message": failure.said if failure else "",
        "wall_s": round(wall_s, 3),
        "wait_s": 0.0,
        **({"cost_usd": failure.cost_usd, "received": failure.received} if failure else {}),
    }
