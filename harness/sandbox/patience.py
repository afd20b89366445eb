"""How long we wait for a container: the limit in wall time, and once more in time that the host really gave.

The drivers keep their own limits by a fair clock (images/shared/harness_probe/fair_clock.py, the same clock as here).
This one only ends what hangs, so it costs no canary until the wall limit has passed. Refuses to wait for ever: a clock
that stands still is not believed beyond STRETCH times the limit.
"""

import contextlib
import importlib.util
import time
from pathlib import Path
from types import ModuleType
from typing import Any

STRETCH = 12.0  # on a host that gives less than a twelfth of a CPU nothing can be measured at all
LEAST_S = 0.25  # between two looks at the clock
_SOURCE = Path(__file__).parents[1] / "images" / "shared" / "harness_probe" / "fair_clock.py"


def _driver_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("harness_fair_clock", _SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Patience:
    """One wait at a time; `close` ends the canary. Real-time work (`strict`) gets its wall time and no more."""

    def __init__(self, strict: bool) -> None:
        self._strict = strict
        self._canary = contextlib.ExitStack()
        self._clock: Any = None

    def deadline(self, began: float, limit_s: float) -> float:
        """Monotonic seconds at which a wait that began at `began` is over, as it looks now: ask again then."""
        wall = began + limit_s
        now = time.monotonic()
        if now < wall or self._strict:
            return wall
        if self._clock is None:
            self._clock = self._canary.enter_context(_driver_module().canary())
        left = limit_s - self._clock.now()
        if left <= 0:
            return now
        return float(min(now + max(left, LEAST_S), began + STRETCH * limit_s))

    def close(self) -> None:
        """The wait is over."""
        self._canary.close()
        self._clock = None
