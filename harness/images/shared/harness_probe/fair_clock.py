"""Seconds that a busy host does not shorten: time is counted as far as a greedy process beside us got a CPU.

    with running():          a canary sings beside this process; children may `join` its clock
        now()                fair seconds; a monotonic clock where no canary sings

On an idle host the clock is a clock. On a host that gives a process a quarter of a CPU it runs at a quarter of the
speed, so "10 s without an answer" means 10 s in which an answer could have been computed. Refuses to stand still: a
canary that says nothing for long has been killed or stopped, and from then on the clock is a clock again.
"""

import contextlib
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PERIOD_S = 0.3
RECORD = struct.Struct("ddd")
AHEAD_S = 1.0  # what may be assumed beyond the canary's last word: a starved canary stops the clock
SILENT_S = 15.0  # no burst takes that long on a host that still runs anything
SLOWEST = 1 / 20
VARIABLE = "HARNESS_FAIR_CLOCK"


class FairClock:
    """Reads one canary's file. `now` may be called from any thread and process that sees the file."""

    def __init__(self, path: str, began: float, canary: int = 0) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._began = began
        self.canary = canary  # its process id, so that a sweep can spare it
        self.variable = f"{began!r} {path}"  # for `join`

    def now(self) -> float:
        """Fair seconds since the clock was made."""
        wall = time.monotonic()
        content = os.pread(self._fd, RECORD.size, 0)
        at, fair, share = RECORD.unpack(content) if len(content) == RECORD.size else (self._began, 0.0, 1.0)
        since = max(0.0, wall - at)
        ahead = min(since, AHEAD_S) * share + max(0.0, since - SILENT_S)
        return float(max(fair + ahead, (wall - self._began) * SLOWEST))

    def close(self) -> None:
        """No more readings."""
        os.close(self._fd)


@contextlib.contextmanager
def canary() -> Iterator[FairClock]:
    """A clock of one's own, whose canary sings as long as the block lasts."""
    began = time.monotonic()
    with tempfile.NamedTemporaryFile(prefix="canary-") as file:
        script = str(Path(__file__).with_name("canary.py"))
        argv = [sys.executable, "-I", "-S", script, str(file.fileno()), str(PERIOD_S), RECORD.format]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        child = subprocess.Popen(argv, pass_fds=[file.fileno()], start_new_session=True, **quiet)
        clock = FairClock(file.name, began, child.pid)
        try:
            yield clock
        finally:
            clock.close()
            child.kill()
            child.wait()


_current: FairClock | None = None  # one clock a process: the limits of one driver must agree


def now() -> float:
    """Fair seconds where a canary sings, else those of a monotonic clock."""
    return time.monotonic() if _current is None else _current.now()


def current() -> FairClock | None:
    """The clock of this process, if a canary sings."""
    return _current


@contextlib.contextmanager
def running() -> Iterator[FairClock]:
    """`now` is fair as long as the block lasts."""
    global _current
    with canary() as clock:
        earlier, _current = _current, clock
        try:
            yield clock
        finally:
            _current = earlier


def join(variable: str) -> None:
    """Use the clock of the process that started us, whose `FairClock.variable` this is."""
    global _current
    began, _, path = variable.partition(" ")
    with contextlib.suppress(OSError, ValueError):
        _current = FairClock(path, float(began))
