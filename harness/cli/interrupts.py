"""Signals: the first one ends the work in good order, the second one ends the process.

Refuses to do the work of ending inside a handler: it raises, and whoever works unwinds. What comes within a second of
the first is the same wish told twice: `timeout` signals its child and then its group, a terminal the whole group.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SAME_S = 1.0
LAST_WORDS = (
    b"harness: interrupted again: ended at once; `harness resume` goes on with a run that had begun,"
    b" `harness clean` removes what was left\n"
)


class Interrupted(KeyboardInterrupt):
    """The user or the system asked us to stop; `exit_code` is 128 plus the signal's number."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.signum = signum

    @property
    def exit_code(self) -> int:
        """As shells have it: 130 for SIGINT, 143 for SIGTERM."""
        return 128 + self.signum


def listen() -> None:
    """Turn the first signal into `Interrupted`. A signal that was ignored for us (nohup) stays ignored."""
    for signum in SIGNALS:
        if signal.getsignal(signum) is not signal.SIG_IGN:
            signal.signal(signum, _first)


def insist() -> None:
    """For a server, which ends in no other way: SIGINT and SIGTERM count also where a background shell has them
    ignored. A hang-up that was ignored for us (nohup) stays ignored."""
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _first)


def _first(signum: int, frame: FrameType | None) -> NoReturn:
    again = Again(time.monotonic)
    for each in SIGNALS:
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, again.hear)
    raise Interrupted(signum)


class Again:
    """Hears what comes after the first signal, which comes now. `clock`: seconds that never jump."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._first_s = clock()

    def hear(self, signum: int, frame: FrameType | None) -> None:
        """End the process, unless this is the first signal told twice. The store is safe at any moment."""
        if self._clock() - self._first_s < SAME_S:
            return
        with contextlib.suppress(OSError):
            os.write(2, LAST_WORDS)  # print() may be what was interrupted
        os._exit(128 + signum)
