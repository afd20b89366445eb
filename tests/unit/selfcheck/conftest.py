"""A task as a value, and a measuring rig without containers: probes and scorers whose readings a test writes down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.executors.threads import ThreadExecutor
from harness.model.independent import Independents
from harness.model.probe import NotPlanned, Observation, ProbeCommand, ProbeOutput
from harness.model.score import Evidence, Score, ScoreResult, Unmeasured
from harness.model.task import Limits, MutantSpec, Requirements, Task
from harness.ports import PreparedService, Scorer
from harness.probes.report_line import observe_report
from harness.sandbox.fake import FakeSandbox, Scripted
from harness.selfcheck.task_check import check_task
from harness.selfcheck.task_check_kept import Kept
from harness.selfcheck.task_check_plan import NONE, columns, plan_rows
from harness.selfcheck.task_check_rows import Bench
from harness.selfcheck.task_check_verdict import TaskCheck
from harness.workspace.folder import FolderWorkspace

CONTRACT = {"paths": {"/health": {"get": {"responses": {"200": {"description": "up"}}}}}}
REFERENCE = {"requirements.txt": b"", "app/main.py": b"# reference", "app/old.py": b"# old"}


def mutant(name: str = "broken", expected: str = "acceptance", **more: Any) -> MutantSpec:
    overlay = {"app/main.py": f"# {name}".encode()}
    settings = {"also_allowed": (), "summary": "It is broken.", **more}
    return MutantSpec(name=name, defect_class="function", expected_scorer=expected, overlay=overlay, **settings)


def sample_task(*mutants: MutantSpec, **more: Any) -> Task:
    settings: dict[str, Any] = {
        "id": "sample",
        "title": "Sample",
        "family": "sample",
        "digest": "0" * 64,
        "languages": ("python",),
        "capabilities": (),
        "readiness_path": "/health",
        "limits": Limits(),
        "requirements": Requirements(),
        "environment": {},
        "instruction": "",
        "contract": CONTRACT,
        "contract_yaml": b"",
        "load": {},
        "starter": {},
        "solution": REFERENCE,
        "acceptance_tests": {},
        "attacks": {},
        "variants": {"other": {"requirements.txt": b"", "app/main.py": b"# other"}},
        "mutants": mutants,
        **more,
    }
    return Task(**settings)


@dataclass(frozen=True)
class Dial:
    """A probe that brings back what its script says."""

    name: str
    exclusive: bool = False
    planned: bool = True
    version: int = 1

    def command(self, task: Task, profile: str) -> ProbeCommand | NotPlanned:
        if not self.planned:
            return NotPlanned(f"the {profile} profile has none")
        return ProbeCommand(self.name, "none", exclusive=self.exclusive)

    def observe(self, output: ProbeOutput) -> Observation:
        return observe_report(self.name, self.version, output)


@dataclass(frozen=True)
class Gauge:
    """A scorer that says what its probe read: {"value", "flags", "lost": [title]}, or {"unmeasured": blame}."""

    name: str
    version: int = 3

    @property
    def probes(self) -> tuple[str, ...]:
        return (self.name,)

    def score(
        self, task: Task, observations: Mapping[str, Observation], reference: Mapping[str, Observation]
    ) -> ScoreResult:
        facts = observations[self.name].facts
        if "unmeasured" in facts:
            return Unmeasured(self.name, self.version, facts["unmeasured"], "could not be told")
        value = float(facts["value"])
        lost = tuple(Evidence("test", title, points=0.1) for title in facts.get("lost", ()))
        return Score(self.name, self.version, value, value, 1, "readings", lost, tuple(facts.get("flags", ())))


Readings = Mapping[str, Mapping[str, Any]]  # row label -> probe -> facts; what is missing reads 1


def play(readings: Readings) -> Callable[[PreparedService, ProbeCommand, int], Scripted]:
    """Each row reads what is written down for it; stubs read 0."""

    def script(service: PreparedService, command: ProbeCommand, seed: int) -> Scripted:
        row = service.folder.parent.name
        usual = {"value": 0.0 if row.startswith("stub@") else 1.0}
        return Scripted(dict(readings.get(row, {}).get(command.probe, usual)))

    return script


Check = Callable[..., TaskCheck]


@pytest.fixture(name="mutant")
def mutant_fixture() -> Callable[..., MutantSpec]:
    """mutant(name, expected, **fields): one that changes app/main.py."""
    return mutant


@pytest.fixture(name="sample_task")
def sample_task_fixture() -> Callable[..., Task]:
    """sample_task(*mutants, **fields)."""
    return sample_task


@pytest.fixture(name="play")
def play_fixture() -> Callable[..., Callable[..., Scripted]]:
    """play(readings): a script for FakeSandbox."""
    return play


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """check(readings, *mutants, sandbox=None, quick=False): a whole check: acceptance, static, and load alone."""
    names = (Dial("acceptance"), Dial("static"), Dial("load", exclusive=True))
    scorers: tuple[Scorer, ...] = (Gauge("load"), Gauge("static"), Gauge("acceptance"))

    def run(
        readings: Readings,
        *mutants: MutantSpec,
        sandbox: FakeSandbox | None = None,
        quick: bool = False,
        seed: int = 5,
        folder: str = "",
        known: Independents = NONE,
        **fields: Any,
    ) -> TaskCheck:
        count = len(list(tmp_path.iterdir()))  # each check has a folder of its own unless one is named
        task = sample_task(*mutants, **fields)
        table = columns(task, scorers, names, "smoke")
        box = sandbox or FakeSandbox({"*": play(readings)})
        kept = Kept(tmp_path / (folder or f"check-{count}"), task, seed, box.describe())
        bench = Bench(box, FolderWorkspace(), task, table, "smoke", kept, lambda line: None)
        rows = plan_rows(task, table, quick=quick, independents=known)
        return check_task(bench, rows, ThreadExecutor(2), known)

    return run
