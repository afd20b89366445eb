"""Runs the probes of a task check's rows in real pods and keeps what came back.

Refuses to judge, and to charge a row with what the machine did: every failure is tried twice and then told by its
blame. The reference row is the control of all others: a probe that crashes on a row but not on it breaks on that row.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace

from harness.errors import AgentFault, InfrastructureFault, TaskFault
from harness.model.probe import Observation, ProbeCommand, ProbeOutput
from harness.model.score import Blame
from harness.model.submission import Submission, SubmittedFile
from harness.model.task import Task
from harness.ports import PreparedService, Probe, Sandbox, Workspace
from harness.selfcheck.task_check_kept import Kept
from harness.selfcheck.task_check_plan import Columns, Row
from harness.trial import run_probe

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
        left = [name for name in self.table.probes_of(run.row, exclusive=False) if not run.measured(name)]
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
        probe = self.table.probes[name]
        known = None if anew else self.kept.recall(run.row, probe, self._command(probe))
        if known is not None:
            run.observations[name] = known
            run.recalled.add(name)
            return
        run.recalled.discard(name)
        try:
            with self.under_way(run.row):
                self._observe(run, probe)
        except InfrastructureFault as error:
            cause = f"{error.code}: {error.message}"
            run.observations[name] = Observation(name, probe.version, "void", {"blame": "infrastructure"}, cause)
        seen = run.observations[name]
        if seen.status != "measured":
            self.say(f"{run.row.label}: {name} {seen.status}: {seen.cause}")

    def settle_start(self, run: RowRun) -> None:
        """The row's fault, when its service did not answer the last time."""
        silent = [seen for seen in run.observations.values() if seen.status == "not_ready"]
        if silent:
            run.fault = RowFault("task", silent[0].cause)

    def _go(self, run: RowRun, names: Sequence[str]) -> None:
        """Stops at the first probe that the service does not answer: the others would only wait as long."""
        for name in names:
            if run.fault is not None:
                return
            self.measure(run, name)
            if run.observations[name].status == "not_ready":
                return

    def _ready(self, run: RowRun) -> None:
        run.fault = None
        try:
            with self.under_way(run.row):
                self._prepare(run)
        except InfrastructureFault as error:
            run.fault = RowFault("infrastructure", f"{error.code}: {error.message}")
        except (AgentFault, TaskFault) as error:
            run.fault = RowFault("task", f"{error.code}: {error.message} {error.detail[-LOG_TAIL:]}".strip())

    def _prepare(self, run: RowRun) -> None:
        folder = self.kept.submission(run.row)
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            files = tuple(SubmittedFile(path, content) for path, content in sorted(run.row.files.items()))
            self.workspace.write(Submission(files), folder)
        run.service = self.sandbox.prepare(folder, self.task, self.kept.seed)

    def _observe(self, run: RowRun, probe: Probe) -> None:
        assert run.service is not None
        command = self._command(probe)
        output = run_probe(self.sandbox, run.service, command, f"check-{run.row.label}", self.kept.seed)
        observation = probe.observe(output)
        self.kept.keep(run.row, probe, command, output, observation)
        if observation.status == "not_ready":
            observation = replace(observation, cause=_ending(output))
        run.observations[probe.name] = observation

    def _command(self, probe: Probe) -> ProbeCommand:
        command = probe.command(self.task, self.profile)
        assert isinstance(command, ProbeCommand), "columns leave out what the profile does not plan"
        return command


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
            what = run.fault.message.splitlines()[0] if run.fault else ", ".join(map(run.told, probes))
            self._say(f"[{self._done}/{self._planned}] {run.row.label}: {what}")
