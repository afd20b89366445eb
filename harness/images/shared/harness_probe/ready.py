"""Waits until the service under test answers; the driver's frame prints what it found as the probe's first line.

It refuses to judge: any HTTP answer below 500 on the readiness path counts as "the service answers" (a wrong readiness
route costs acceptance points, not the trial); a refused, reset, silent, dripping or malformed connection does not.
"""

import time
from collections.abc import Callable

from harness_probe import fair_clock
from harness_probe.transport import ServiceError, exchange

POLL_S = 0.02  # 20 ms: polling every second costs more than a typical service's start (measured)
ATTEMPT_TIMEOUT_S = 2.0  # one silent connection must not eat the whole start-up budget


def wait_ready(
    base_url: str,
    readiness_path: str,
    start_timeout_s: float,
    *,
    now: Callable[[], float] = fair_clock.now,
    sleep: Callable[[float], None] = time.sleep,
) -> float | None:
    """Fair seconds until the service answered, or None when it did not within `start_timeout_s` of them."""
    started = now()
    while True:
        left = start_timeout_s - (now() - started)
        if left <= 0:
            return None
        if answers(base_url, readiness_path, min(ATTEMPT_TIMEOUT_S, left)):
            return now() - started
        sleep(POLL_S)


def answers(base_url: str, path: str, timeout_s: float) -> bool:
    """Whether one GET gets a well-formed HTTP answer with a status below 500 within `timeout_s` in total."""
    try:
        return exchange(base_url, "GET", path, {"Accept": "*/*"}, deadline_s=timeout_s).status < 500
    except ServiceError:
        return False
