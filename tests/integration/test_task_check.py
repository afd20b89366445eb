"""A few rows of a real task in real pods: a reference that leaks drops on the security side, and nowhere else."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from harness import plugins
from harness.config.task import load_task
from harness.executors.threads import ThreadExecutor
from harness.model.score import Score
from harness.model.task import Task
from harness.runner.plan import probes_needed
from harness.sandbox.docker_sandbox import DockerSandbox
from harness.selfcheck.task_check import check_task
from harness.selfcheck.task_check_kept import Kept
from harness.selfcheck.task_check_plan import columns, plan_rows
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
    kept = Kept(folder, task, 11, box.describe())
    bench = Bench(box, FolderWorkspace(), task, table, "smoke", kept, lambda line: None)
    planned = [row for row in plan_rows(task, table, quick=False) if row.name in rows]
    return check_task(bench, planned, ThreadExecutor(2))


def test_a_reference_edited_to_leak_foreign_orders_drops_on_the_security_side_only(
    box: DockerSandbox, tmp_path: Path
) -> None:
    whole = load_task(TASK)
    leak = replace(next(m for m in whole.mutants if m.cwe == IDOR), also_allowed=())
    scorers = ("attacks", "conformance", "static")
    found = checked(replace(whole, mutants=(leak,)), box, tmp_path, scorers, ("reference", leak.name))
    assert (found.problems, found.code) == ((), 0)
    marks = {cell.scorer: cell.mark for cell in found.cells if cell.row.mutant is not None}
    assert marks == {"attacks": "caught", "conformance": "unaffected", "static": "unaffected"}
    leaky = found.rows[1].results["attacks"]
    assert isinstance(leaky, Score)
    assert leaky.metrics["confirmed_critical"] >= 1
    assert "another customer's order" in leaky.evidence[0].title


def test_an_empty_service_is_worth_next_to_nothing_and_is_never_accepted(box: DockerSandbox, tmp_path: Path) -> None:
    task = replace(load_task(TASK), mutants=())
    found = checked(task, box, tmp_path, ("acceptance",), ("reference", "do-nothing", "schema-echo"))
    assert (found.problems, found.code) == ((), 0)
    assert [row.accepted for row in found.rows if row.row.kind == "stub"] == ["no", "no"]
    kept = [list((tmp_path / row.row.label).glob("probes-*/acceptance/stdout")) for row in found.rows]
    assert [len(files) for files in kept] == [1, 1, 1]
    again = checked(task, box, tmp_path, ("acceptance",), ("reference", "do-nothing", "schema-echo"))
    assert [row.recalled for row in again.rows] == [("acceptance",)] * 3, "nothing changed, so nothing is measured"
    assert [row.results for row in again.rows] == [row.results for row in found.rows]
