"""The service of a pod while it runs: start it, notice when it exits, disturb it on schedule, tell its fate.

Refuses to wait for readiness (the probe's driver does) and to say what an exit means.
"""

import threading
import time
from collections.abc import Callable

from harness.errors import HarnessError, TaskFault
from harness.model.probe import Fault, ServiceFate
from harness.sandbox.containers import Containers

LOG_CAP = 256 * 1024
_GRACE_S = 5  # restart: SIGTERM, then SIGKILL
_CALL_S = 30.0


class Service:
    """One service container. `start` returns at once; `on_event` is called from a watching thread."""

    def __init__(self, containers: Containers, container: str, ttl_s: int) -> None:
        self._containers = containers
        self._container = container
        self._ttl_s = ttl_s
        self._on_event: Callable[[], None] = lambda: None
        self._stop = threading.Event()
        self._fault_thread: threading.Thread | None = None
        self.started_at = 0.0
        self.exited = threading.Event()  # has exited at least once, by itself or by a planned fault
        self.problem: HarnessError | None = None  # the engine was lost while watching or disturbing

    def start(self) -> None:
        self._containers.start(self._container)
        self.started_at = time.monotonic()
        threading.Thread(target=self._watch, name="service-watch", daemon=True).start()

    def listen(self, on_event: Callable[[], None]) -> None:
        """Call `on_event` when the service exits or the engine is lost; at once if that has happened already."""
        self._on_event = on_event
        if self.exited.is_set() or self.problem is not None:
            on_event()

    def _watch(self) -> None:
        try:
            self._containers.wait(self._container, self._ttl_s)
        except HarnessError as error:
            if self._stop.is_set():
                return  # the pod is being closed: its container is gone because we removed it
            self.problem = error
        self.exited.set()
        self._on_event()

    def disturb(self, faults: tuple[Fault, ...], ready_at: float) -> None:
        """Carry out the schedule in a thread of its own; `at_s` counts from `ready_at` (monotonic seconds)."""
        if faults and self._fault_thread is None:
            schedule = sorted(faults, key=lambda fault: fault.at_s)
            self._fault_thread = threading.Thread(
                target=self._run_schedule, args=(schedule, ready_at), name="service-faults", daemon=True
            )
            self._fault_thread.start()

    def _run_schedule(self, schedule: list[Fault], ready_at: float) -> None:
        try:
            for fault in schedule:
                if self._stop.wait(max(0.0, ready_at + fault.at_s - time.monotonic())):
                    return
                self._apply(fault)
        except HarnessError as error:
            self.problem = error
            self._on_event()

    def _apply(self, fault: Fault) -> None:
        match fault.kind:
            case "kill":
                self._containers.signal(self._container, "SIGKILL")
                self._containers.wait(self._container, _CALL_S)
                self._containers.start(self._container)
            case "restart":
                self._containers.stop(self._container, _GRACE_S)
                self._containers.start(self._container)
            case "sigterm":
                self._containers.signal(self._container, "SIGTERM")
            case "pause_db":
                raise TaskFault("no_database", "fault 'pause_db' needs a task with a database server")

    def end(self) -> None:
        """No more disturbance; wait for one that is under way, so that it cannot start a removed container."""
        self._stop.set()
        if self._fault_thread is not None:
            self._fault_thread.join(_CALL_S + _GRACE_S)

    def fate(self, ready_after_s: float | None) -> ServiceFate:
        """What became of it, with the end of its log."""
        state = self._containers.state(self._container)
        log = self._containers.log_tail(self._container, LOG_CAP)
        return ServiceFate(
            state="running" if state.running else "exited",
            exit_code=None if state.running else state.exit_code,
            oom_killed=state.oom_killed,
            log=log.value(),
            log_truncated=log.truncated,
            ready_after_s=ready_after_s,
        )
