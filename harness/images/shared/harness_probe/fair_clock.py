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
import time
from collections.abc import Iterator
from pathlib import Path

PERIOD_S = 0.3
RECORD = struct.Struct("ddd")
AHEAD_S = 1.0  # what may be assumed beyond the canary's last word: a starved canary stops the clock
SILENT_S = 15.0  # no burst takes that long on a host that still runs anything
SLOWEST = 1 / 20


class FairClock:
    """Reads what one canary notes in the file `fd`. `now` may be called from any thread."""

    def __init__(self, fd: int, began: float, canary: int = 0) -> None:
        self.fd = fd  # to be passed on to children that `join`
        self.canary = canary  # its process id, so that a sweep can spare it
        self._began = began

    @property
    def told(self) -> str:
        """For `join`, in a child that was given `fd`."""
        return f"{self.fd} {self._began!r}"

    def now(self) -> float:
        """Fair seconds since the clock was made."""
        wall = time.monotonic()
        content = os.pread(self.fd, RECORD.size, 0)
        at, fair, share = RECORD.unpack(content) if len(content) == RECORD.size else (self._began, 0.0, 1.0)
        since = max(0.0, wall - at)
        ahead = min(since, AHEAD_S) * share + max(0.0, since - SILENT_S)
        return float(max(fair + ahead, (wall - self._began) * SLOWEST))


@contextlib.contextmanager
def canary() -> Iterator[FairClock]:
    """A clock of one's own, whose canary sings as long as the block lasts. Its file has no name for others to use."""
    began = time.monotonic()
    fd = os.memfd_create("canary")
    try:
        script = str(Path(__file__).with_name("canary.py"))
        argv = [sys.executable, "-I", "-S", script, str(fd), str(PERIOD_S), RECORD.format]
        child = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=[fd], start_new_session=True
        )
        try:
            yield FairClock(fd, began, child.pid)
        finally:
            child.kill()
            child.wait()
    finally:
        os.close(fd)


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


def join(told: str) -> None:
    """Use the clock of the process that started us and gave us its file: what `FairClock.told` says there."""
    global _current
    fd, began = told.split()
    _current = FairClock(int(fd), float(began))
