"""The service of a pod while it runs: start it, notice when it exits, disturb it on schedule, tell its fate.

Refuses to wait for readiness (the probe's driver does) and to say what an exit means.
"""

import threading
import time
from collections.abc import Callable

from harness.errors import HarnessError, TaskFault
from harness.model.probe import Fault, ServiceFate
from harness.sandbox.containers import Containers
from harness.sandbox.limits_hit import limits_hit
from harness.sandbox.log_watch import LogWatch
from harness.sandbox.streams import LOG_CAP

_GRACE_S = 5  # restart: SIGTERM, then SIGKILL
_CALL_S = 30.0


class Service:
    """One service container. `start` returns at once; `on_event` is called from a watching thread."""

    def __init__(
        self, containers: Containers, container: str, ttl_s: int, log: LogWatch | None = None, before: bytes = b""
    ) -> None:
        """`before`: what its release command wrote; it stands before the service's own log."""
        self._containers = containers
        self._before = before
        self._log = log
        self._container = container
        self._ttl_s = ttl_s
        self._on_event: Callable[[], None] = lambda: None
        self._begun = threading.Event()  # the start was answered, well or not
        self._calm = threading.Event()  # ends the schedule of the probe that runs now
        self._closing = threading.Event()
        self._disturbance = threading.Lock()  # held while a fault is carried out
        self._fault_thread: threading.Thread | None = None
        self._asked_thread: threading.Thread | None = None  # the driver waits for it, so there is one at a time
        self.started_at = 0.0  # monotonic seconds, when the start was asked for
        self.exited = threading.Event()  # and was not started again
        self.problem: HarnessError | None = None  # the engine was lost while watching or disturbing

    def start(self) -> None:
        """Ask for the start and return at once: the probe's container is made meanwhile."""
        self.started_at = time.monotonic()
        threading.Thread(target=self._live, name="service-watch", daemon=True).start()

    def listen(self, on_event: Callable[[], None]) -> None:
        """Call `on_event` when the service exits or the engine is lost; at once if that has happened already."""
        self._on_event = on_event
        if self.exited.is_set() or self.problem is not None:
            on_event()

    def _live(self) -> None:
        try:
            try:
                self._start_container()
            finally:
                self._begun.set()
            self._watch()
        except HarnessError as error:
            if self._closing.is_set():
                return  # the container is gone because we removed it
            self.problem = error
            self._on_event()

    def _start_container(self) -> None:
        if self._log is not None:
            self._log.attach(self._container)  # before the start, so that the first byte is seen
        self._containers.start(self._container)

    def _watch(self) -> None:
        """Return when the service has exited for good; a planned restart is waited for, and is no exit."""
        while True:
            self._containers.wait(self._container, self._ttl_s)
            with self._disturbance:
                if not self._containers.state(self._container).running:
                    self.exited.set()
                    break
        self._on_event()

    def disturb(self, faults: tuple[Fault, ...], ready_at: float) -> None:
        """Carry out the schedule in a thread of its own; `at_s` counts from `ready_at` (monotonic seconds)."""
        if not faults:
            return
        self._calm = threading.Event()
        schedule = sorted(faults, key=lambda fault: fault.at_s)
        self._fault_thread = threading.Thread(
            target=self._run_schedule, args=(schedule, ready_at, self._calm), name="service-faults", daemon=True
        )
        self._fault_thread.start()

    def disturb_now(self, fault: Fault, when_done: Callable[[], None]) -> None:
        """Carry out one fault in a thread of its own, whatever its `at_s`, and say so from there."""
        self._asked_thread = threading.Thread(
            target=self._carry_out, args=(fault, when_done), name="service-fault", daemon=True
        )
        self._asked_thread.start()

    def _carry_out(self, fault: Fault, when_done: Callable[[], None]) -> None:
        try:
            with self._disturbance:
                self._apply(fault)
        except HarnessError as error:
            self.problem = error
            self._on_event()
            return
        when_done()

    def _run_schedule(self, schedule: list[Fault], ready_at: float, calm: threading.Event) -> None:
        try:
            for fault in schedule:
                if calm.wait(max(0.0, ready_at + fault.at_s - time.monotonic())):
                    return
                with self._disturbance:
                    self._apply(fault)
        except HarnessError as error:
            self.problem = error
            self._on_event()

    def _apply(self, fault: Fault) -> None:
        match fault.kind:
            case "kill":
                self._containers.signal(self._container, "SIGKILL")
                self._containers.wait(self._container, _CALL_S)
                self._start_again()
            case "restart":
                self._containers.stop(self._container, _GRACE_S)
                self._start_again()
            case "sigterm":
                self._containers.signal(self._container, "SIGTERM")
            case "pause_db":
                raise TaskFault("no_database", "fault 'pause_db' needs a task with a database server")

    def _start_again(self) -> None:
        self._start_container()
        if self.exited.is_set():  # an earlier SIGTERM had ended it, and the watch with it
            self.exited.clear()
            threading.Thread(target=self._live, name="service-watch", daemon=True).start()

    def settle(self) -> None:
        """The probe has ended: no more faults; one that is under way is carried out to its end."""
        self._calm.set()
        for thread in (self._fault_thread, self._asked_thread):
            if thread is not None:
                thread.join(_CALL_S + _GRACE_S)
        self._fault_thread = self._asked_thread = None

    def end(self) -> None:
        """The pod is closing: wait for what could still start the container, so that nothing starts after removal."""
        self._closing.set()
        self.settle()
        self._begun.wait(_CALL_S)
        if self._log is not None:
            self._log.close()

    def fate(self, ready_after_s: float | None) -> ServiceFate:
        """What became of it, with the end of its log."""
        state = self._containers.state(self._container)
        rest = None if self._log is None else self._log.rest()
        log = self._containers.log_tail(self._container, LOG_CAP, None if rest is None else rest.add)
        kept = (self._before + log.value())[-LOG_CAP:]
        return ServiceFate(
            state="running" if state.running else "exited",
            exit_code=None if state.running else state.exit_code,
            oom_killed=state.oom_killed,
            log=kept,
            log_truncated=log.truncated,
            ready_after_s=ready_after_s,
            log_secrets=None if self._log is None or rest is None else self._log.found(rest),
            limits_hit=limits_hit(state.oom_killed, kept, log.truncated),
        )
