"""Writes `anchors.lock.json` of a task that proved itself, and reads it back.

Refuses to anchor latency, and to give out anchors of another version of the task or of a scorer.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.documents import read_text, validate
from harness.errors import UsageError
from harness.model.score import Score
from harness.model.task import Task
from harness.ports import Scorer
from harness.scorers.anchors import Anchor
from harness.selfcheck.task_check_plan import Columns
from harness.selfcheck.task_check_verdict import TaskCheck
from harness.store.atomic import write_atomic

NAME = "anchors.lock.json"
DIGITS = 4


def anchors_of(check: TaskCheck, table: Columns) -> dict[str, Anchor]:
    """Anchors by scorer, latency left out; scorers without a value for the reference have none."""
    found = {}
    for scorer in table.scorers:
        if table.alone(scorer):
            continue
        values = {
            kind: [
                round(cell.result.value, DIGITS)
                for cell in check.cells
                if cell.scorer == scorer.name and cell.row.kind == kind and isinstance(cell.result, Score)
            ]
            for kind in ("reference", "stub")
        }
        if values["reference"]:
            found[scorer.name] = Anchor(max(values["stub"], default=None), values["reference"][0])
    return found


def document(task: Task, profile: str, anchors: Mapping[str, Anchor], scorers: Sequence[Scorer]) -> dict[str, Any]:
    """The lock as plain values, the same for the same findings."""
    versions = {scorer.name: scorer.version for scorer in scorers}
    return {
        "schema": 1,
        "task": task.id,
        "task_digest": task.digest,
        "profile": profile,
        "anchors": {
            name: {"scorer_version": versions[name], "stub": anchor.stub, "reference": anchor.reference}
            for name, anchor in sorted(anchors.items())
        },
    }


def write(folder: Path, lock: Mapping[str, Any]) -> Path:
    """Validate and write `<folder>/anchors.lock.json`; returns its path."""
    path = folder / NAME
    validate(lock, "anchors", str(path))
    write_atomic(path, (json.dumps(lock, indent=2, sort_keys=True) + "\n").encode())
    return path


def read(folder: Path, task: Task, scorers: Sequence[Scorer]) -> dict[str, Anchor]:
    """Anchors that fit this task and these scorers; empty when there is no lock, or one of another task version.

    UsageError when the file is not a valid lock.
    """
    path = folder / NAME
    if not path.is_file():
        return {}
    try:
        lock = json.loads(read_text(path))
    except ValueError as error:
        raise UsageError("broken_json", f"{path}: not valid JSON ({error}); run `harness task check` again") from None
    validate(lock, "anchors", str(path))
    if lock["task_digest"] != task.digest:
        return {}
    versions = {scorer.name: scorer.version for scorer in scorers}
    return {
        name: Anchor(entry["stub"], entry["reference"])
        for name, entry in lock["anchors"].items()
        if versions.get(name) == entry["scorer_version"]
    }
