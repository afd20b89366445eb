"""A few rows of a real task in real pods: a reference that leaks drops on the security side, and nowhere else."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from harness import plugins
from harness.config.task import load_task
from harness.executors.threads import ThreadExecutor
from harness.model.task import Task
from harness.runner.plan import probes_needed
from harness.sandbox.docker_sandbox import DockerSandbox
from harness.selfcheck.task_check import check_task
from harness.selfcheck.task_check_plan import columns, mutated, plan_rows
from harness.selfcheck.task_check_rows import Bench
from harness.selfcheck.task_check_verdict import TaskCheck
from harness.workspace.folder import FolderWorkspace

TASK = Path(__file__).parents[2] / "tasks/orders"
IDOR = 639

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def box() -> DockerSandbox:
    return DockerSandbox(environ=os.environ, run="task-check-test")


def checked(task: Task, box: DockerSandbox, folder: Path, scorers: tuple[str, ...], rows: tuple[str, ...]) -> TaskCheck:
    """The named rows of the task on the named scorers."""
    chosen = tuple(plugins.scorer(name) for name in scorers)
    table = columns(task, chosen, tuple(plugins.probe(name) for name in probes_needed(chosen)), "smoke")
    bench = Bench(box, FolderWorkspace(), task, table, "smoke", 11, folder, lambda line: None)
    planned = [row for row in plan_rows(task, table, quick=False) if row.name in rows]
    return check_task(bench, planned, ThreadExecutor(2))


def test_a_reference_edited_to_leak_foreign_orders_drops_on_the_security_side_only(
    box: DockerSandbox, tmp_path: Path
) -> None:
    whole = load_task(TASK)
    leak = next(mutant for mutant in whole.mutants if mutant.cwe == IDOR)
    task = replace(whole, mutants=())
    scorers = ("attacks", "conformance", "static")
    sound = checked(task, box, tmp_path / "sound", scorers, ("reference",))
    assert (sound.code, sound.problems) == (0, ())
    leaky = checked(replace(task, solution=mutated(whole, leak)), box, tmp_path / "leaky", scorers, ("reference",))
    assert leaky.code == 1
    assert [(problem.row, problem.scorer) for problem in leaky.problems] == [("reference", "attacks")]
    assert "another customer's order" in leaky.problems[0].evidence[0]
    assert leaky.rows[0].accepted == "no"


def test_an_empty_service_is_worth_next_to_nothing_and_is_never_accepted(box: DockerSandbox, tmp_path: Path) -> None:
    task = replace(load_task(TASK), mutants=())
    found = checked(task, box, tmp_path, ("acceptance",), ("reference", "do-nothing", "schema-echo"))
    assert (found.code, found.problems) == (0, ())
    assert [row.accepted for row in found.rows if row.row.kind == "stub"] == ["no", "no"]
    assert all((tmp_path / row.row.label / "probes/acceptance/stdout").is_file() for row in found.rows)
