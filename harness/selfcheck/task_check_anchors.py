"""Writes `anchors.lock.json` of a task that proved itself.

Refuses to anchor latency, and to say whether anchors fit a run: scorers/anchors does.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.config.anchors import ANCHORS_FILE
from harness.documents import validate
from harness.model.score import Anchor, Score
from harness.model.task import Task
from harness.ports import Scorer
from harness.selfcheck.task_check_plan import Columns
from harness.selfcheck.task_check_verdict import TaskCheck
from harness.store.atomic import write_atomic

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
    path = folder / ANCHORS_FILE
    validate(lock, "anchors", str(path))
    write_atomic(path, (json.dumps(lock, indent=2, sort_keys=True) + "\n").encode())
    return path
