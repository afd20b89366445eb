"""One probe container from start to output: feed it, watch the service beside it, keep the deadlines, collect.

Refuses to read the report and to judge: an early exit of the service, a timeout and a crash are recorded as they are.
"""

import json
import time
from collections.abc import Callable

from harness.errors import EngineFault
from harness.model.probe import Fault, ProbeCommand, ProbeOutput, ServiceFate
from harness.ports import PreparedService
from harness.sandbox.conversation import Conversation, Heard, Hearing, Waker
from harness.sandbox.patience import Patience
from harness.sandbox.release import NotStarted
from harness.sandbox.room import Room
from harness.sandbox.service import Service
from harness.sandbox.streams import Head

_START_SLACK_S = 10.0  # a driver gives up by itself at start_timeout_s; this much later it counts as hung
_DRAIN_S = 5.0
_SERVICE_EXITED, _TIMEOUT = "service_exited", "timeout"


class ProbeRun:
    """One use only: `output` starts the created container and returns what came of it."""

    def __init__(
        self,
        room: Room,
        prepared: PreparedService,
        service: Service | NotStarted | None,
        command: ProbeCommand,
        seed: int,
        nonce: str,
    ) -> None:
        self._room, self._prepared, self._service = room, prepared, service
        self._command, self._seed, self._nonce = command, seed, nonce
        self._heard = Heard(Head(command.stdout_cap), Head(command.stderr_cap))
        self._started_at = 0.0
        self._starting, self._working = Patience(strict=False), Patience(strict=command.exclusive)

    def output(self, container: str) -> ProbeOutput:
        """Raises EngineFault when the engine is lost, ValueError for a parameter that hides one of ours."""
        stdin = self._stdin()
        attached, waker = self._room.containers.attach(container), Waker()
        try:
            hearing = Hearing(self._nonce, self._on_ready, self._disturb if self._command.on_request else None)
            talk = Conversation(attached, stdin, self._heard, hearing)
            if self._service is not None:
                self._service.listen(waker.wake)
            self._room.containers.start(container)
            self._started_at = time.monotonic()
            self._heard.stopped = talk.run(waker, self._deadline, self._reason_to_stop)
            exit_code = self._finish(container, talk)
            wall_s = time.monotonic() - self._started_at
        finally:
            self._starting.close()
            self._working.close()
            waker.close()
            attached.close()
        return self._collect(container, exit_code, wall_s)

    def _stdin(self) -> bytes:
        prepared, limits = self._prepared, self._prepared.task.limits
        own = {
            "nonce": self._nonce,
            "seed": self._seed,
            "base_url": f"http://127.0.0.1:{prepared.env.get('PORT', '8000')}",
            "environment": dict(prepared.env),
            "readiness_path": prepared.task.readiness_path,
            "start_timeout_s": limits.start_timeout_s,
            "on_request": list(self._command.on_request),
        }
        clash = sorted(set(own) & set(self._command.parameters))
        if clash:
            raise ValueError(f"probe {self._command.probe!r}: parameter {clash[0]!r} is the sandbox's; rename it")
        return json.dumps({**self._command.parameters, **own}).encode() + b"\n"

    def _on_ready(self) -> None:
        self._starting.close()
        if self._service is not None and self._heard.ready_at is not None:
            self._service.disturb(self._command.faults, self._heard.ready_at)

    def _disturb(self, kind: str, answer: Callable[[bytes], None]) -> None:
        """The driver asked for a fault; it waits until a line on its stdin says that it was carried out."""
        allowed = [known for known in self._command.on_request if known == kind]
        if self._service is None or not allowed:
            raise ValueError(f"probe {self._command.probe!r} asked for the fault {kind!r}, which it may not")

        done = f"done {self._nonce} {kind}\n".encode()
        self._service.disturb_now(Fault(0.0, allowed[0]), lambda: answer(done))

    def _deadline(self) -> float:
        """Monotonic seconds. The start has its own patience, so that a slow start takes nothing from the measuring."""
        if self._heard.ready_at is not None:
            return self._working.deadline(self._heard.ready_at, self._command.timeout_s)
        if self._service is None:
            return self._working.deadline(self._started_at, self._command.timeout_s)
        return self._starting.deadline(self._started_at, self._prepared.task.limits.start_timeout_s + _START_SLACK_S)

    def _reason_to_stop(self) -> str:
        service = self._service
        if service is None:
            return ""
        if service.problem is not None:
            raise service.problem
        return _SERVICE_EXITED if service.exited.is_set() and self._heard.ready_at is None else ""

    def _finish(self, container: str, talk: Conversation) -> int | None:
        """The probe's exit code, or None after killing it."""
        containers = self._room.containers
        if not self._heard.stopped:
            try:
                return containers.wait(container, max(1.0, self._deadline() - time.monotonic()))
            except EngineFault:
                if not containers.state(container).running:  # raises too when it is the engine that is gone
                    raise
                self._heard.stopped = _TIMEOUT  # it closed its output and went on
        containers.signal(container, "SIGKILL")
        talk.drain(_DRAIN_S)
        return None

    def _collect(self, container: str, exit_code: int | None, wall_s: float) -> ProbeOutput:
        room, command, heard = self._room, self._command, self._heard
        unpinned = command.exclusive and not room.pinned(command)
        return ProbeOutput(
            probe=command.probe,
            nonce=self._nonce,
            exit_code=exit_code,
            stdout=heard.stdout.value(),
            stderr=heard.stderr.value(),
            stdout_truncated=heard.stdout.truncated,
            timed_out=heard.stopped == _TIMEOUT,
            oom_killed=room.containers.state(container).oom_killed,
            wall_s=wall_s,
            service=self._fate(),
            isolation=room.isolation + (";unpinned" if unpinned else ""),
            seed=self._seed,
            environment=dict(self._prepared.env),
            target=command.target,
        )

    def _fate(self) -> ServiceFate:
        service, ready_at = self._service, self._heard.ready_at
        if service is None:
            return ServiceFate(state="none")
        service.settle()
        if service.problem is not None:
            raise service.problem
        return service.fate(None if ready_at is None else ready_at - service.started_at)
