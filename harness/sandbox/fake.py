"""A sandbox without containers: plays scripted probe outputs, for unit tests of everything above this door.

Refuses to invent a result: a probe without a script is an error. It passes the same contract suite as the real one,
so what a test learns from it holds for Docker too.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.errors import HarnessError
from harness.model.jsontypes import JsonObject
from harness.model.probe import ProbeCommand, ProbeOutput, ServiceFate
from harness.model.task import Task
from harness.ports import PreparedService
from harness.sandbox.material import submission_files
from harness.sandbox.placeholders import PORT, service_environment
from harness.sandbox.stack import plan_stack
from harness.sandbox.streams import LOG_CAP, STDOUT, Head, Sought, Tail, sought_parts

ISOLATION = "fake"
READY_AFTER_S = 0.25


@dataclass(frozen=True)
class Scripted:
    """What a fake probe does. `facts`: its report, None = it ends without one; `ready`: the service answered.

    exit_code None = killed by us. `service`: its fate while the probe ran, with all that it wrote as its log; what
    follows from the command (no service, `ready_after_s`, `log_secrets`) is filled in, and the log cut to its cap.
    """

    facts: JsonObject | None = field(default_factory=dict)
    ready: bool = True
    exit_code: int | None = 0
    timed_out: bool = False
    oom_killed: bool = False
    stderr: bytes = b""
    service: ServiceFate = field(default_factory=lambda: ServiceFate(state="running"))


Play = Scripted | HarnessError | Callable[[PreparedService, ProbeCommand, int], Scripted]
Script = Play | Sequence[Play]  # a sequence is played in order, its last entry for ever


class FakeSandbox:
    """`scripts`: probe name -> what happens; "*" is for every other probe. An error among them is raised by `run`.

    `prepare_fault` is raised by `prepare`. `runs` lists (owner, probe, seed) as they happened, `open_pods` counts.
    """

    def __init__(self, scripts: Mapping[str, Script] | None = None, prepare_fault: HarnessError | None = None) -> None:
        self._scripts = dict(scripts or {})
        self._prepare_fault = prepare_fault
        self.runs: list[tuple[str, str, int]] = []
        self.open_pods = 0

    def prepare(self, folder: Path, task: Task, seed: int) -> PreparedService:
        """Decide stack and environment as the real sandbox does, from the same files; install nothing."""
        if self._prepare_fault is not None:
            raise self._prepare_fault
        env = service_environment(task.environment, seed)
        plan = plan_stack(submission_files(folder), task.languages, int(PORT))
        return PreparedService(folder, None, plan.start_argv, env, task, plan.stack, plan.notes, plan.release_argv)

    @contextmanager
    def open(self, service: PreparedService, command: ProbeCommand, owner: str) -> Iterator["FakePod"]:
        """A pod in name only; closed when the block ends."""
        pod = FakePod(self, service, owner, needs=command.needs)
        self.open_pods += 1
        try:
            yield pod
        finally:
            pod.close()
            self.open_pods -= 1

    def describe(self) -> JsonObject:
        """Same keys as the real one."""
        return {"images": {}, "tools": {}, "host": {"engine": "fake", "isolation": ISOLATION}}

    def play(self, service: PreparedService, command: ProbeCommand, seed: int, owner: str) -> Scripted:
        """The next entry of the probe's script. Raises what is scripted, or ValueError when nothing is."""
        script = self._scripts.get(command.probe, self._scripts.get("*"))
        if script is None:
            raise ValueError(f"no script for probe {command.probe!r}; scripted are {sorted(self._scripts)}")
        earlier = sum(1 for _, probe, _ in self.runs if probe == command.probe)
        self.runs.append((owner, command.probe, seed))
        play = script[min(earlier, len(script) - 1)] if isinstance(script, Sequence) else script
        if isinstance(play, HarnessError):
            raise play
        return play if isinstance(play, Scripted) else play(service, command, seed)


class FakePod:
    """Turns what is scripted into the bytes a driver would have written."""

    def __init__(self, sandbox: FakeSandbox, service: PreparedService, owner: str, needs: str) -> None:
        self._sandbox, self._service, self._owner, self._needs = sandbox, service, owner, needs
        self._open = True

    def close(self) -> None:
        """From here on `run` refuses."""
        self._open = False

    def run(self, command: ProbeCommand, seed: int) -> ProbeOutput:
        """One scripted probe. Raises what is scripted; ValueError for misuse that the real pod refuses too."""
        if not self._open:
            raise ValueError(f"probe {command.probe!r}: this pod is closed; open a new one")
        if command.needs == "service" and self._needs == "none":
            raise ValueError(f"probe {command.probe!r} needs a service, and this pod was opened without one")
        scripted = self._sandbox.play(self._service, command, seed, self._owner)
        number = len(self._sandbox.runs)
        nonce = hashlib.sha256(f"{seed}:{command.probe}:{number}".encode()).hexdigest()[:32]
        stdout, stderr = Head(command.stdout_cap), Head(command.stderr_cap)
        stdout.add(_said(scripted, command, nonce))
        stderr.add(scripted.stderr)
        return ProbeOutput(
            probe=command.probe,
            nonce=nonce,
            exit_code=scripted.exit_code,
            stdout=stdout.value(),
            stderr=stderr.value(),
            stdout_truncated=stdout.truncated,
            timed_out=scripted.timed_out,
            oom_killed=scripted.oom_killed,
            wall_s=0.5,
            service=_fate(scripted, command, self._service.env),
            isolation=ISOLATION,
            seed=seed,
            environment=dict(self._service.env),
            target=command.target,
        )


def _said(scripted: Scripted, command: ProbeCommand, nonce: str) -> bytes:
    lines = []
    if command.needs == "service" and scripted.ready:
        lines.append(f"ready {nonce} {READY_AFTER_S}\n")
    if scripted.facts is not None:
        lines.append(f"report {nonce} {json.dumps(scripted.facts)}\n")
    return "".join(lines).encode()


def _fate(scripted: Scripted, command: ProbeCommand, env: Mapping[str, str]) -> ServiceFate:
    if command.needs == "none":
        return ServiceFate(state="none")
    wrote, sought = scripted.service.log, Sought(sought_parts(command.log_secrets, env))
    sought.add(STDOUT, wrote)
    tail = Tail(LOG_CAP)
    tail.add(wrote)
    return replace(
        scripted.service,
        log=tail.value(),
        log_truncated=scripted.service.log_truncated or tail.truncated,
        ready_after_s=READY_AFTER_S if scripted.ready else None,
        log_secrets=tuple(sorted(sought.found)) if command.log_secrets else None,
    )
