"""How busy this host is, measured once in a second or so: what a greedy process gets, how late a sleeper wakes.

Says nothing of what that means for a run: runner/forecast.py does.
"""

import math
import time

from harness.model.noise import Noise

_BURN_S = 0.8  # long enough that the scheduler's favour for who has just slept does not hide the neighbours
_NAP_S = 0.004
_NAPS = 120
_Q = 0.95


def measure_noise() -> Noise:
    """Takes about 1.5 s of wall time, more where the host is busy."""
    began, used = time.monotonic(), time.thread_time()
    while time.monotonic() - began < _BURN_S:
        math.sqrt(2.0)
    share = (time.thread_time() - used) / (time.monotonic() - began)
    late = sorted(_late_ms() for _ in range(_NAPS))
    return Noise(share=min(1.0, share), late_p95_ms=late[math.ceil(_Q * _NAPS) - 1])


def _late_ms() -> float:
    due = time.monotonic() + _NAP_S
    time.sleep(_NAP_S)
    return max(0.0, 1000 * (time.monotonic() - due))
