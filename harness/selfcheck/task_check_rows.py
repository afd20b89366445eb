"""Runs the probes of a task check's rows in real pods and keeps what came back.

Refuses to judge, and to charge a row with what the machine did: every failure is tried twice and then told by its
blame. The reference row is the control of all others: a probe that crashes on a row but not on it breaks on that row.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.errors import AgentFault, InfrastructureFault, TaskFault
from harness.model.probe import Observation, ProbeCommand, ProbeOutput
from harness.model.score import Blame
from harness.model.submission import Submission, SubmittedFile
from harness.model.task import Task
from harness.ports import PreparedService, Probe, Sandbox, Workspace
from harness.selfcheck.task_check_plan import Columns, Row
from harness.store import outputs
from harness.store.layout import ProbesPaths, component
from harness.trial import run_probe

LOG_TAIL = 1500  # bytes of a dead service's log that are shown


@dataclass(frozen=True)
class RowFault:
    """Why a row could not be measured at all; `blame` task = the row itself is wrong."""

    blame: Blame
    message: str


@dataclass
class RowRun:
    """What is known of a row so far. `twice`: probes that were measured a second time."""

    row: Row
    service: PreparedService | None = None
    observations: dict[str, Observation] = field(default_factory=dict)
    fault: RowFault | None = None
    twice: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Bench:
    """What rows are measured on. `folder` gets one folder a row: submission/ and probes/."""

    sandbox: Sandbox
    workspace: Workspace
    task: Task
    table: Columns
    profile: str
    seed: int
    folder: Path
    say: Callable[[str], None]

    def overlapping(self, row: Row) -> RowRun:
        """Write the row's files and run every probe that may overlap with others. Never raises for the row's sake."""
        run = RowRun(row)
        self._attempt(run, lambda: self._prepare(run))
        for name in self.table.probes_of(row, exclusive=False):
            if run.fault is None:
                self.measure(run, name)
        return run

    def measure(self, run: RowRun, name: str) -> None:
        """One probe on the row, once more if it did not come to a result; the last observation stands."""
        probe = self.table.probes[name]
        for again in (True, False):
            self._attempt(run, lambda: self._observe(run, probe))
            seen = run.observations.get(name)
            if run.fault is not None or seen is None or seen.status == "measured":
                return
            if again:
                self.say(f"{run.row.label}: {name} {seen.status} ({seen.cause}); once more")
                run.twice.add(name)
            elif seen.status == "not_ready":
                run.fault = RowFault("task", seen.cause)

    def _attempt(self, run: RowRun, job: Callable[[], None]) -> None:
        """Do it, again after a failure of ours; what remains becomes the row's fault."""
        for again in (True, False):
            try:
                job()
            except InfrastructureFault as error:
                run.fault = RowFault("infrastructure", f"{error.code}: {error.message}")
                self.say(f"{run.row.label}: {error.message}" + ("; once more" if again else ""))
            except (AgentFault, TaskFault) as error:
                run.fault = RowFault("task", f"{error.code}: {error.message} {error.detail[-LOG_TAIL:]}".strip())
                return
            else:
                run.fault = None
                return

    def _prepare(self, run: RowRun) -> None:
        folder = self.folder / component(run.row.label) / "submission"
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            files = tuple(SubmittedFile(path, content) for path, content in sorted(run.row.files.items()))
            self.workspace.write(Submission(files), folder)
        run.service = self.sandbox.prepare(folder, self.task, self.seed)

    def _observe(self, run: RowRun, probe: Probe) -> None:
        assert run.service is not None
        command = probe.command(self.task, self.profile)
        assert isinstance(command, ProbeCommand), "columns leave out what the profile does not plan"
        output = run_probe(self.sandbox, run.service, command, f"check-{run.row.label}", self.seed)
        observation = probe.observe(output)
        outputs.save(ProbesPaths(self.folder / component(run.row.label) / "probes"), probe.name, output, observation)
        if observation.status == "not_ready":
            observation = replace(observation, cause=_ending(output))
        run.observations[probe.name] = observation


def _ending(output: ProbeOutput) -> str:
    fate = output.service
    ending = f"exited with code {fate.exit_code}" if fate.state == "exited" else "stayed silent"
    tail = fate.log[-LOG_TAIL:].decode("utf-8", "replace").strip()
    return f"the service {ending} before it answered; its log ends: {tail or '(empty)'}"


def with_controls(run: RowRun, reference: RowRun) -> dict[str, Observation]:
    """The row's observations; where a probe crashed, the reference row says whether it crashes there too."""
    settled = {}
    for name, seen in run.observations.items():
        if seen.status == "crashed" and run is not reference:
            control = reference.observations.get(name)
            fine = control is not None and control.status == "measured"
            seen = replace(seen, facts={**seen.facts, "control": "fine" if fine else "crashed"})
        settled[name] = seen
    return settled


class Counted:
    """Says `[3/24] ...` as rows finish, from any thread."""

    def __init__(self, planned: int, say: Callable[[str], None]) -> None:
        self._planned, self._say, self._done = planned, say, 0
        self._lock = threading.Lock()

    def finished(self, run: RowRun, probes: Sequence[str]) -> None:
        """One line."""
        with self._lock:
            self._done += 1
            what = run.fault.message.splitlines()[0] if run.fault else ", ".join(probes)
            self._say(f"[{self._done}/{self._planned}] {run.row.label}: {what}")
