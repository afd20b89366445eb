"""Runs the probes of a task check's rows in real pods and keeps what came back.

Refuses to judge, and to charge a row with what the machine did: a row is measured by the rules of every trial
(`measurement`), and what infrastructure kept from measuring is tried once more with nothing beside it.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from harness.errors import AgentFault, HarnessError, InfrastructureFault, StartFailed, TaskFault
from harness.measurement import SERVICE_NEVER_READY, Measurement, Reference
from harness.model.probe import Observation, ProbeCommand
from harness.model.score import Blame
from harness.model.submission import Submission, SubmittedFile
from harness.model.task import Task
from harness.ports import PreparedService, Probe, Sandbox, Workspace
from harness.selfcheck.task_check_kept import Kept
from harness.selfcheck.task_check_plan import Columns, Row

LOG_TAIL = 1500  # bytes of a dead service's log that are shown


@dataclass(frozen=True)
class RowFault:
    """Why a row could not be measured at all; `blame` task = the row itself is wrong."""

    blame: Blame
    message: str


@dataclass
class RowRun:
    """What is known of a row so far. `twice`: probes measured a second time; `recalled`: taken from an earlier one."""

    row: Row
    service: PreparedService | None = None
    observations: dict[str, Observation] = field(default_factory=dict)
    fault: RowFault | None = None
    twice: set[str] = field(default_factory=set)
    recalled: set[str] = field(default_factory=set)

    def measured(self, probe: str) -> bool:
        """Whether the probe came to a result."""
        return probe in self.observations and self.observations[probe].status == "measured"

    def settled(self, probe: str) -> bool:
        """Whether nothing is left to find out: measured whole, or broken by the row and not by the reference."""
        seen = self.observations.get(probe)
        return seen is not None and (seen.control == "fine" or (seen.status == "measured" and not seen.cuts))

    def told(self, probe: str) -> str:
        """The probe's name for a progress line."""
        return f"{probe} (kept)" if probe in self.recalled else probe


def _unwatched(row: Row) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True)
class Bench:
    """What rows are measured on, and where what was measured is kept.

    Whatever is done on a row is done inside `under_way(row)`, which raises Cancelled once the user asked for a stop.
    """

    sandbox: Sandbox
    workspace: Workspace
    task: Task
    table: Columns
    profile: str
    kept: Kept
    say: Callable[[str], None]
    under_way: Callable[[Row], AbstractContextManager[None]] = _unwatched
    _writing: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def overlapping(self, row: Row) -> RowRun:
        """Write the row's files and run every probe that may overlap with others. Never raises for the row's sake."""
        run = RowRun(row)
        self._ready(run)
        self._go(run, self.table.probes_of(row, exclusive=False))
        return run

    def again(self, run: RowRun) -> None:
        """What did not come to a result while other rows ran, once more and with nothing of ours beside it.

        A service that does not start now either is the row's own fault.
        """
        if run.service is None and run.fault is not None and run.fault.blame == "infrastructure":
            self._ready(run)
        left = [name for name in self.table.probes_of(run.row, exclusive=False) if not run.settled(name)]
        if run.fault is not None or not left:
            return
        self.say(f"{run.row.label}: {', '.join(left)} once more, nothing beside it")
        run.twice.update(name for name in left if name in run.observations)
        self._go(run, left)
        self.settle_start(run)

    def measure(self, run: RowRun, name: str, *, anew: bool = False) -> None:
        """One probe on the row, now; the last observation stands. A failure of ours leaves a void one.

        Unless `anew`, an earlier measurement of the same is taken in its place.
        """
        assert run.service is not None
        probe = self.table.probes[name]
        run.recalled.discard(name)
        try:
            run.observations[name] = self._measurement(run, anew=anew).of(run.service, probe)
        except StartFailed as error:
            cause = _row_fault(error).message
            run.observations[name] = Observation(name, probe.version, SERVICE_NEVER_READY, cause=cause)
        except InfrastructureFault as error:
            cause = f"{error.code}: {error.message}"
            run.observations[name] = Observation(name, probe.version, "void", {"blame": "infrastructure"}, cause)
        seen = run.observations[name]
        if seen.status != "measured":
            self.say(f"{run.row.label}: {name} {seen.status}: {seen.cause}")

    def _measurement(self, run: RowRun, *, anew: bool) -> Measurement:
        row = run.row

        def known(probe: Probe, command: ProbeCommand) -> Observation | None:
            found = None if anew else self.kept.recall(row, probe, command)
            if found is not None:
                run.recalled.add(probe.name)
            return found

        def again(seen: Observation) -> None:
            run.twice.add(seen.probe)
            self.say(f"{row.label}: {seen.probe} crashed and is run again: {seen.cause}")

        return Measurement(
            self.sandbox,
            self.task,
            self.profile,
            self.kept.seed,
            owner=f"check-{row.label}",
            control=None if row.kind == "reference" else self._control,
            keep=partial(self.kept.keep, row),
            known=known,
            again=again,
            under_way=lambda name: self.under_way(row),
        )

    def _control(self, probe: Probe, command: ProbeCommand) -> Observation:
        """The reference, now: what it did while other rows ran says nothing about this moment."""
        folder = self._written(Row("reference", "reference", self.task.solution, ()))
        return Reference(self.sandbox, self.task, folder, self.profile).observe(probe, command, self.kept.seed)

    def settle_start(self, run: RowRun) -> None:
        """The row's fault, when its service did not answer the last time, with nothing beside it."""
        silent = [seen for seen in run.observations.values() if seen.status == SERVICE_NEVER_READY]
        if silent:
            run.fault = RowFault("task", silent[0].cause)

    def _go(self, run: RowRun, names: Sequence[str]) -> None:
        """Stops at the first probe that the service does not answer: the others would only wait as long."""
        for name in names:
            if run.fault is not None:
                return
            self.measure(run, name)
            if run.observations[name].status == SERVICE_NEVER_READY:
                return

    def _ready(self, run: RowRun) -> None:
        run.fault = RowFault("agent", run.row.refusal) if run.row.refusal else None
        if run.fault is not None:
            return
        try:
            with self.under_way(run.row):
                self._prepare(run)
        except InfrastructureFault as error:
            run.fault = RowFault("infrastructure", f"{error.code}: {error.message}")
        except (AgentFault, TaskFault) as error:
            run.fault = _row_fault(error)

    def _prepare(self, run: RowRun) -> None:
        run.service = self.sandbox.prepare(self._written(run.row), self.task, self.kept.seed)

    def _written(self, row: Row) -> Path:
        with self._writing:
            folder = self.kept.submission(row)
            if not folder.exists():
                folder.parent.mkdir(parents=True, exist_ok=True)
                files = [SubmittedFile(path, row.files[path], path in row.executable) for path in sorted(row.files)]
                self.workspace.write(Submission(tuple(files)), folder)
            return folder


def _row_fault(error: HarnessError) -> RowFault:
    return RowFault("task", f"{error.code}: {error.message} {error.detail[-LOG_TAIL:]}".strip())


class Counted:
    """Says `[3/24] ...` as rows finish, from any thread."""

    def __init__(self, planned: int, say: Callable[[str], None]) -> None:
        self._planned, self._say, self._done = planned, say, 0
        self._lock = threading.Lock()

    def finished(self, run: RowRun, probes: Sequence[str]) -> None:
        """One line."""
        with self._lock:
            self._done += 1
            what = run.fault.message.splitlines()[0] if run.fault else ", ".join(map(run.told, probes))
            self._say(f"[{self._done}/{self._planned}] {run.row.label}: {what}")
