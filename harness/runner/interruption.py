"""Stopping a run when the user asks: who is under way, and how they are brought to an end within seconds.

Refuses to let a trial that was cut short look like a result: once a stop was asked for, no outcome counts any more.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from harness.errors import Cancelled, InfrastructureFault
from harness.model.trial import Trial
from harness.ports import Clock

GRACE_S = 6.0  # with one engine call of 3 s after it, still within the ten seconds a user may be kept waiting
_AGAIN_S = 0.5


class Interruption:
    """Shared by all threads of a run; asked for at most once."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._changed = threading.Condition()
        self._under_way: set[str] = set()

    @property
    def asked(self) -> bool:
        """True from the moment the user wants the run to stop."""
        return self._asked.is_set()

    @contextmanager
    def under_way(self, trial: Trial) -> Iterator[None]:
        """A trial's whole life, its record's writing included. Raises Cancelled instead of beginning it too late."""
        with self._changed:
            self.check()
            self._under_way.add(trial.name)
        try:
            yield
        finally:
            with self._changed:
                self._under_way.discard(trial.name)
                self._changed.notify_all()

    def check(self) -> None:
        """Raise Cancelled if the run is to stop: called between the stages of a trial."""
        if self.asked:
            raise cancelled()

    def stop(self, take_down: Callable[[], object], clock: Clock) -> tuple[str, ...]:
        """Ask for the stop and wait until nothing is under way, GRACE_S at most; names what still is.

        `take_down` removes the containers of whatever is being measured, again and again: a pod may be half made.
        """
        self._asked.set()
        until = clock.monotonic_s() + GRACE_S
        while self._left() and clock.monotonic_s() < until:
            with suppress(InfrastructureFault):  # an engine that is gone has taken them down itself
                take_down()
            with self._changed:
                self._changed.wait_for(lambda: not self._under_way, timeout=_AGAIN_S)
        with suppress(InfrastructureFault):  # a last time: two who remove one thing may both leave something over
            take_down()
        return self._left()

    def _left(self) -> tuple[str, ...]:
        with self._changed:
            return tuple(sorted(self._under_way))


def cancelled() -> Cancelled:
    """The error of a trial that a stop cut short."""
    return Cancelled("interrupted", "the run was interrupted; `harness resume` measures this trial anew")
