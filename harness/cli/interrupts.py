"""Signals: the first one ends the work in good order, the second one ends the process.

Refuses to do the work of ending inside a handler: it raises, and whoever works unwinds.
"""

import os
import signal
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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
    for each in SIGNALS:
        signal.signal(each, _second)
    raise Interrupted(signum)


def _second(signum: int, frame: FrameType | None) -> NoReturn:
    os._exit(128 + signum)  # the store is safe at any moment; `harness clean` and the next run remove the rest
