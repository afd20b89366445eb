"""Defects that once escaped, planted in references and in strangers' work: each is caught. Right twins lose nothing.

`by` names the file of hidden tests that suffices to show a defect; a twin is shown everything.
"""

import os
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import plugins
from harness.config.task import load_task
from harness.config.unified import apply_patch, read_patch
from harness.model.score import Score
from harness.model.submission import Submission, SubmittedFile
from harness.model.task import Task
from harness.sandbox.docker_sandbox import DockerSandbox
from harness.workspace.folder import FolderWorkspace

ROOT = Path(__file__).parents[2]
ESCAPED = ROOT / "fixtures/escaped"
CASES = tomllib.loads((ESCAPED / "cases.toml").read_text(encoding="utf-8"))["case"]
SEED = 5

# One case of each report, each task and each base among them; a twin meets each probe.
OFTEN = {
    "test_a_defect_that_escaped_is_caught": {
        "orders-changes-not-saved",
        "accounts-stranger-header-repeated",
        "shortlinks-null-switch",
        "accounts-stranger-odd-id",
        "shortlinks-like",
        "orders-lost-update",
        "shortlinks-stranger-multicast",
        "shortlinks-visits-in-batches",
        "orders-stranger-move-uncommitted",
        "accounts-counts-in-memory",
    },
    "test_right_work_of_another_shape_loses_nothing": {
        "acceptance-shortlinks-stranger-twin-echo",
        "attacks-accounts-stranger-twin-counted-sessions",
        "conformance-orders-twin-counted-ids",
    },
}

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def box() -> DockerSandbox:
    return DockerSandbox(environ=os.environ, run="escaped-defects-test")


def work_of(case: dict[str, Any], folder: Path) -> Path:
    """The work of the case, its base with its patch, in a folder that the service can read."""
    base = ROOT / "tasks" / case["task"] / "solution"
    if case["base"] == "stranger":
        base = ESCAPED / case["task"] / "stranger"
    files = {p.relative_to(base).as_posix(): p.read_bytes() for p in base.rglob("*") if p.is_file()}
    patch = (ESCAPED / case["task"] / f"{case['name']}.patch").read_text(encoding="utf-8")
    whole = {**files, **apply_patch(read_patch(patch), files)}
    submitted = tuple(SubmittedFile(path, content) for path, content in sorted(whole.items()))
    FolderWorkspace().write(Submission(submitted), folder / "work")
    return folder / "work"


def only(task: Task, name: str) -> Task:
    """The task with that one file of hidden tests, and what tests share."""

    def kept(files: Any) -> dict[str, bytes]:
        return {path: content for path, content in files.items() if path == name or not path.startswith("test_")}

    return replace(task, acceptance_tests=kept(task.acceptance_tests), attacks=kept(task.attacks))


def scored(box: DockerSandbox, task: Task, folder: Path, probe_name: str) -> Score:
    probe = plugins.probe(probe_name)
    command = probe.command(task, "smoke")
    prepared = box.prepare(folder, task, SEED)
    with box.open(prepared, command, "escaped") as pod:  # type: ignore[arg-type]
        seen = probe.observe(pod.run(command, SEED))  # type: ignore[arg-type]
    assert seen.status == "measured", seen.cause
    found = plugins.scorer(probe_name).score(task, {probe_name: seen}, {})
    assert isinstance(found, Score)
    return found


@pytest.mark.parametrize("case", [c for c in CASES if c["kind"] == "defect"], ids=lambda c: f"{c['task']}-{c['name']}")
def test_a_defect_that_escaped_is_caught(box: DockerSandbox, tmp_path: Path, case: dict[str, Any]) -> None:
    task = load_task(ROOT / "tasks" / case["task"])
    folder = work_of(case, tmp_path)
    shown = only(task, case["by"]) if "by" in case else task
    scores = {name: scored(box, shown, folder, name) for name in case["lost"]}
    assert any(score.value < 1 for score in scores.values()), f"{case['report']}: {scores}"


@pytest.mark.parametrize("case", [c for c in CASES if c["kind"] == "twin"], ids=lambda c: f"{c['task']}-{c['name']}")
@pytest.mark.parametrize("probe", ["acceptance", "attacks", "conformance"])
def test_right_work_of_another_shape_loses_nothing(
    box: DockerSandbox, tmp_path: Path, case: dict[str, Any], probe: str
) -> None:
    score = scored(box, load_task(ROOT / "tasks" / case["task"]), work_of(case, tmp_path), probe)
    lost = [f"{entry.title}: {entry.detail[:600]}" for entry in score.evidence if entry.points]
    assert not lost, f"{case['report']}: {lost}"
