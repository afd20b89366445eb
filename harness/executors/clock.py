"""The system's clock behind ports.Clock.

Refuses to mix: durations come from the monotonic clock, wall time is a label in UTC.
"""

import time
from datetime import UTC, datetime


class SystemClock:
    """The machine's real time."""

    def monotonic_s(self) -> float:
        """Seconds on a clock that never jumps."""
        return time.monotonic()

    def utc_iso(self) -> str:
        """ISO 8601 in UTC, to the second: a label, never a duration."""
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class SteppingClock:
    """A clock for tests: time passes only by `sleep`."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic_s(self) -> float:
        """Seconds slept so far."""
        return self.now_s

    def utc_iso(self) -> str:
        """A fixed label."""
        return "2026-01-01T00:00:00Z"

    def sleep(self, seconds: float) -> None:
        """Let time pass without waiting."""
        self.now_s += seconds
