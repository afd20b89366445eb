"""What the doors promise each other and the corridor: Protocols only, at most four methods each.

Each Protocol ships with a fake and a contract test that runs over every implementation.
Errors: a door raises only errors of `harness.errors`; foreign exceptions are mapped inside the door.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from harness.model.agent import AgentVersion
from harness.model.cost import Estimate
from harness.model.jsontypes import JsonObject
from harness.model.probe import NotPlanned, Observation, ProbeCommand, ProbeOutput
from harness.model.score import ScoreResult
from harness.model.submission import Prompt, Reply, Submission
from harness.model.suite import Lock
from harness.model.task import Task
from harness.model.trial import Trial, TrialRecord

T = TypeVar("T")  # what a job returns


@dataclass(frozen=True)
class PreparedService:
    """A submission that can be started: a read-only folder, a read-only environment, an argv.

    `start_argv` is None when only tools look at the files (probes with needs == "none").
    """

    folder: Path
    environment: Path | None  # content-addressed environment, mounted at /opt/env
    start_argv: tuple[str, ...]
    env: Mapping[str, str]  # resolved: PORT, DATABASE_URL and what the task names
    task: Task
    stack: str  # python | node | go
    notes: tuple[str, ...] = ()
    release_argv: tuple[str, ...] = ()  # run in each pod before the first start, to its end
    test_environment: Path | None = None  # the same with the packages of its tests; None = they need no others
    project: Path | None = None  # what makes the submission's own packages importable, mounted at /opt/project


class Clock(Protocol):
    """Time as an argument. monotonic_s never jumps; utc_iso is a label only."""

    def monotonic_s(self) -> float: ...
    def utc_iso(self) -> str: ...
    def sleep(self, seconds: float) -> None: ...


class Agent(Protocol):
    """Answers a prompt. `check` runs before any trial starts and raises UsageError (stale recording, missing key);
    `reply` and `follow_up` raise ProviderFault or AgentFault."""

    def check(self, version: AgentVersion, trial: Trial, prompt: Prompt) -> None: ...
    def reply(self, version: AgentVersion, trial: Trial, prompt: Prompt) -> Reply: ...
    def follow_up(self, version: AgentVersion, trial: Trial, prompt: Prompt, reply: Reply, message: str) -> Reply: ...


@runtime_checkable
class PaidAgent(Protocol):
    """What an adapter has besides when asking it costs money: an upper estimate for one trial, before anything runs."""

    def estimate(self, version: AgentVersion, trial: Trial, prompt: Prompt) -> Estimate: ...


class Workspace(Protocol):
    """Writes a vetted submission to disk without following anything it finds there."""

    def write(self, submission: Submission, folder: Path) -> None: ...


class Pod(Protocol):
    """One network namespace with one fresh service in it; runs probes against it until closed."""

    def run(self, command: ProbeCommand, seed: int) -> ProbeOutput: ...


class Sandbox(Protocol):
    """Prepares submissions and opens pods. Raises DependencyRefused, StartFailed or InfrastructureFault."""

    def prepare(self, folder: Path, task: Task, seed: int) -> PreparedService: ...
    def open(self, service: PreparedService, command: ProbeCommand, owner: str) -> AbstractContextManager[Pod]: ...
    def describe(self) -> JsonObject:
        """Engine, isolation level, images by digest and how they were made; goes into the lock."""
        ...


class Store(Protocol):
    """A run on disk. A trial exists if and only if its `trial.json` exists. Raises StorageFault."""

    def begin(self, trial: Trial, prompt: Prompt) -> tuple[Path, Reply | None]:
        """Clear what an earlier try left; give the empty submission folder, and the reply stored for this prompt."""
        ...

    def save_reply(self, trial: Trial, prompt: Prompt, reply: Reply) -> None: ...
    def save_output(self, trial: Trial, output: ProbeOutput, observation: Observation) -> None: ...
    def save_record(self, record: TrialRecord) -> None: ...


class ReferenceStore(Protocol):
    """Where a run keeps what it measured on references, beside its trials."""

    def reference_folder(self, task_id: str) -> Path:
        """Folder for the reference's files, created empty on first use."""
        ...

    def load_reference(self, task_id: str, block: int, probe: str) -> ProbeOutput | None: ...
    def save_reference(self, task_id: str, block: int, output: ProbeOutput, observation: Observation) -> None: ...


class Yardstick(Protocol):
    """The reference solution, measured beside the submissions and tried when a probe fails on one of them."""

    def measure(self, task: Task, block: int) -> Mapping[str, Observation]:
        """Observations of the exclusive probes on the reference; once per task and block (attempt), then remembered."""
        ...

    def control(self, task: Task, probe: "Probe", command: ProbeCommand, seed: int) -> Observation:
        """What the probe's `command` shows on the reference, run now in the same sandbox."""
        ...


class Executor(Protocol):
    """Runs jobs, some at once; yields results as they finish, in any order."""

    def run(self, jobs: Iterable[Callable[[], T]]) -> Iterable[T]: ...


class RunReader(Protocol):
    """Reads a finished or unfinished run back; the door of compare, gate, report and re-scoring."""

    def lock(self) -> Lock: ...
    def records(self) -> tuple[TrialRecord, ...]: ...
    def outputs(self, trial: Trial) -> Mapping[str, ProbeOutput]: ...


class Probe(Protocol):
    """A measurement as a description (pure): what to run, and how to read what came back."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> int: ...
    def command(self, task: Task, profile: str) -> ProbeCommand | NotPlanned:
        """What to run in this profile (smoke | full). Raises TaskFault when the task does not say how."""
        ...

    def observe(self, output: ProbeOutput) -> Observation: ...


class Scorer(Protocol):
    """Judges observations (pure). `probes` names the observations it needs; `reference` holds the yardstick's."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def probes(self) -> tuple[str, ...]: ...
    def score(
        self, task: Task, observations: Mapping[str, Observation], reference: Mapping[str, Observation]
    ) -> ScoreResult: ...
