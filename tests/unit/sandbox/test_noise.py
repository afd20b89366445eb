"""The host's noise, measured on the host."""

import multiprocessing
import os
import time

from harness.sandbox.noise import measure_noise


def _burn(until: float) -> None:
    while time.monotonic() < until:
        pass


def test_neighbours_take_their_share() -> None:
    """Three greedy neighbours a CPU leave us less than most of it, however busy the host was before."""
    until = time.monotonic() + 30
    count = 3 * (os.cpu_count() or 1)
    neighbours = [multiprocessing.Process(target=_burn, args=(until,), daemon=True) for _ in range(count)]
    for process in neighbours:
        process.start()
    try:
        noise = measure_noise()
    finally:
        for process in neighbours:
            process.kill()
            process.join()
    assert 0 < noise.share < 0.75
    assert noise.late_p95_ms >= 0
