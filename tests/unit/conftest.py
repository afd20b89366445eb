"""A corridor to run trials in: fake sandbox, memory store, scripted agent, real intake, probes and scorers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from harness import plugins
from harness.agents.fake import Said, ScriptedAgent
from harness.config.task import load_task
from harness.executors.clock import SteppingClock
from harness.executors.threads import ThreadExecutor
from harness.model.agent import AgentSpec, AgentVersion
from harness.model.jsontypes import JsonObject
from harness.model.suite import Suite
from harness.model.task import Task
from harness.model.trial import Trial, TrialRecord
from harness.ports import Workspace
from harness.runner import session
from harness.runner.execute import Event
from harness.runner.plan import make_lock, plan_trials, probes_needed
from harness.runner.yardstick import ReferenceYardstick
from harness.sandbox.fake import FakeSandbox, Script
from harness.store.memory import MemoryRun
from harness.store.run_folder import RunFolder
from harness.trial import Doors, Measure, run_trial
from harness.workspace.folder import FolderWorkspace

ROOT = Path(__file__).parents[2]
GREETING = ROOT / "fixtures/tasks/greeting"
DELIVERY = "```python app.py\nprint('hello')\n```\n\n```text requirements.txt\n# none\n```\n"


def report(passed: int = 3, failed: int = 0, **facts: Any) -> JsonObject:
    """What the acceptance driver reports."""
    tests = [{"id": f"t{n}", "title": f"t{n}", "outcome": "passed"} for n in range(passed)]
    tests += [{"id": f"f{n}", "title": f"f{n}", "outcome": "failed", "message": "no"} for n in range(failed)]
    return {"tests": tests, "collected": len(tests), "collect_errors": [], **facts}


@dataclass
class Corridor:
    """Everything one suite of the smallest task runs through; `said` is what the agent answers, in order."""

    tmp: Path
    scripts: Mapping[str, Script]
    said: Sequence[Said] | Callable[[Trial, str], Said]
    suite: Suite
    scorers: tuple[str, ...]
    sandbox: FakeSandbox = field(init=False)
    agent: ScriptedAgent = field(init=False)
    clock: SteppingClock = field(init=False)
    store: MemoryRun = field(init=False)
    workspace: Workspace = field(default_factory=FolderWorkspace)
    events: list[Event] = field(default_factory=list)
    taken_down: int = 0

    def __post_init__(self) -> None:
        self.sandbox = FakeSandbox(self.scripts)
        self.agent = ScriptedAgent(self.said)
        self.clock = SteppingClock()
        scorers = tuple(plugins.scorer(name) for name in self.scorers)
        probes = tuple(plugins.probe(name) for name in probes_needed(scorers))
        self.measure = Measure(probes, scorers, self.suite.profile)
        lock = make_lock(self.suite, plan_trials(self.suite), scorers, probes, self.sandbox.describe())
        self.store = MemoryRun(lock, self.tmp)

    @property
    def task(self) -> Task:
        return self.suite.tasks[0]

    @property
    def trial(self) -> Trial:
        """The first planned one."""
        return self.store.lock().trials[0]

    def one(self) -> TrialRecord:
        """Run the first trial, without retries and without storing its record."""
        yardstick = ReferenceYardstick(
            self.sandbox, FolderWorkspace(), self.store, self.measure.probes, self.suite.profile, self.suite.seed
        )
        doors = Doors(self.agent, self.workspace, self.sandbox, self.store, yardstick, self.clock)
        return run_trial(self.trial, self.task, self.suite.agents[0], self.measure, doors)

    def parts(self) -> session.Parts:
        def take_down() -> None:
            self.taken_down += 1

        return session.Parts(
            self.sandbox,
            FolderWorkspace(),
            self.clock,
            ThreadExecutor(1),
            lambda name: self.agent,
            self.measure.probes,
            self.measure.scorers,
            take_down,
        )

    def run(self) -> tuple[TrialRecord, ...]:
        """Work on the whole run, retries included."""
        session.work(cast(RunFolder, self.store), self.suite, self.parts(), self.events.append)
        return self.store.records()


MakeCorridor = Callable[..., Corridor]


@pytest.fixture(scope="session")
def greeting() -> Task:
    """The smallest whole task."""
    return load_task(GREETING)


@pytest.fixture
def version() -> AgentVersion:
    """One agent version."""
    return AgentVersion(AgentSpec("dev", "", "You are dev.", "0" * 64, "dev.md"), "replay", "a" * 64)


@pytest.fixture
def corridor(tmp_path: Path, greeting: Task, version: AgentVersion) -> MakeCorridor:
    """corridor(scripts={probe: ...}, said=[...], attempts=1, scorers=(...)) -> a Corridor."""

    def make(
        scripts: Mapping[str, Script] | None = None,
        said: Sequence[Said] | Callable[[Trial, str], Said] = (DELIVERY,),
        attempts: int = 1,
        scorers: tuple[str, ...] = ("acceptance",),
        **changes: Any,
    ) -> Corridor:
        task = replace(greeting, **changes)
        suite = Suite("unit", (task,), (version,), scorers, attempts, 7, "smoke", workers=1)
        return Corridor(tmp_path, scripts or {}, said, suite, scorers)

    return make
