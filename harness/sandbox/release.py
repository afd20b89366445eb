"""The `release:` command of a submission: run to its end in a pod, before its service starts for the first time.

It gets the service's box: same user, folders, limits and namespace. Refuses to start the service after a failure: what
the pod then holds is a service that has exited, with the command's log.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from harness.errors import EngineFault, HarnessError
from harness.model.probe import Fault, ServiceFate
from harness.sandbox.containers import Containers
from harness.sandbox.containment import Box
from harness.sandbox.patience import LEAST_S, Patience
from harness.sandbox.streams import LOG_CAP

PATIENCE = 5  # times the task's start limit, and once more in time that the host really gave: it ends what hangs
_TIMED_OUT = 124  # as coreutils `timeout` says it


def run_release(
    containers: Containers, box: Box, argv: tuple[str, ...], limit_s: float, made: Callable[[str], str]
) -> tuple[int, bytes]:
    """Exit code (0 = go on) and log. `made` is told the container, to remove it. Raises EngineFault."""
    container = made(containers.create(replace(box, argv=argv)))
    containers.start(container)
    code = _waited(containers, container, limit_s)
    if code is None:
        containers.signal(container, "SIGKILL")
        code = _TIMED_OUT
    log = containers.log_tail(container, LOG_CAP).value()
    containers.remove(container)
    if code == 0:
        return 0, log
    said = "did not end and was killed" if code == _TIMED_OUT else f"exited with code {code}"
    return code, log + f"\nrelease: `{argv[-1]}` {said}; the service was not started\n".encode()


def _waited(containers: Containers, container: str, limit_s: float) -> int | None:
    """The exit code; None when the limit is over by a clock that a busy host does not hurry. Raises EngineFault."""
    began, patience = time.monotonic(), Patience(strict=False)
    try:
        while (left := patience.deadline(began, limit_s) - time.monotonic()) > 0:
            try:
                return containers.wait(container, max(left, LEAST_S))
            except EngineFault:
                if not containers.state(container).running:  # raises too when it is the engine that is gone
                    raise
        return None
    finally:
        patience.close()


class NotStarted:
    """Stands where the service would: it has exited already, and nothing disturbs it."""

    def __init__(self, code: int, log: bytes) -> None:
        self._fate = ServiceFate(state="exited", exit_code=code, log=log[-LOG_CAP:], log_truncated=len(log) > LOG_CAP)
        self.started_at = 0.0
        self.problem: HarnessError | None = None
        self.exited = threading.Event()
        self.exited.set()

    def listen(self, on_event: Callable[[], None]) -> None:
        """It is over already."""
        on_event()

    def disturb(self, faults: tuple[Fault, ...], ready_at: float) -> None:
        """Nobody is there."""

    def disturb_now(self, fault: Fault, when_done: Callable[[], None]) -> None:
        """As above; whoever asked goes on."""
        when_done()

    def settle(self) -> None:
        """Nothing is under way."""

    def end(self) -> None:
        """Nothing can start any more."""

    def fate(self, ready_after_s: float | None) -> ServiceFate:
        """The release command's end."""
        return replace(self._fate, ready_after_s=ready_after_s)
