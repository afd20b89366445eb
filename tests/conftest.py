"""A small world to point the program at, and a finished run in it; shared by unit and end-to-end tests.

Of a module's `OFTEN` {test: ids}, every other case of that test is slow: `make test` leaves it to `make test-all`.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness import plugins
from harness.config.suite import Overrides, load_suite
from harness.model.jsontypes import JsonObject
from harness.model.trial import Outcome, TrialRecord
from harness.runner.plan import make_lock, plan_trials, probes_needed
from harness.sandbox.fake import FakeSandbox
from harness.selfcheck.small_world import SmallWorld
from harness.store.run_folder import RunFolder, create_run

GREETING = Path(__file__).parents[1] / "fixtures/tasks/greeting"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the cases that a module's `OFTEN` does not name. Raises UsageError for a name that is no case."""
    wanted: dict[tuple[object, str], set[str]] = {}
    for item in items:
        if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            often = getattr(item.module, "OFTEN", {}).get(item.originalname)
            if often is not None:
                missing = wanted.setdefault((item.module, item.originalname), set(often))
                missing.discard(item.callspec.id)
                if item.callspec.id not in often:
                    item.add_marker(pytest.mark.slow)
    unknown = [f"{test}[{name}]" for (_, test), missing in wanted.items() for name in sorted(missing)]
    if unknown and not any("::" in argument for argument in config.args):
        raise pytest.UsageError(f"OFTEN names cases that do not exist: {', '.join(unknown)}")


@pytest.fixture
def world(tmp_path: Path) -> SmallWorld:
    """A project of one tiny task in a folder of its own."""
    return SmallWorld(tmp_path, GREETING)


@pytest.fixture
def finished(world: SmallWorld) -> Callable[..., RunFolder]:
    """finished(outcome) -> a stored run of one trial with that outcome, as `harness run` leaves it."""
    return lambda outcome: stored_run(world, outcome)


@pytest.fixture(scope="module")
def finished_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., RunFolder]:
    """The same in a world of its own, for tests of one module that share a run they do not change."""
    return lambda outcome: stored_run(SmallWorld(tmp_path_factory.mktemp("world"), GREETING), outcome)


def stored_run(world: SmallWorld, outcome: Outcome | None) -> RunFolder:
    suite_path = world.suite({"naïve ✓": [{}]})
    suite, _ = load_suite(suite_path, plugins.names("scorers"), Overrides())
    scorers = [plugins.scorer(name) for name in suite.scorers]
    probes = [plugins.probe(name) for name in probes_needed(scorers)]
    lock = make_lock(suite, plan_trials(suite), scorers, probes, FakeSandbox().describe())
    asked: JsonObject = {
        "suite": str(suite_path),
        "agents": [],
        "tasks": [],
        "attempts": None,
        "adapter": None,
        "model": None,
    }
    runs = world.root / "reports/runs"
    runs.mkdir(parents=True)
    folder = create_run(runs, "20260101-000000-small-0000", lock, "2026-01-01T00:00:00Z", asked)
    if outcome is not None:
        trial = lock.trials[0]
        digest = suite.tasks[0].digest
        folder.save_record(TrialRecord(trial, outcome, "a" * 64, digest, None, None, "authored", 3))
    return folder
