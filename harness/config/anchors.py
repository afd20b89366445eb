"""Reads a task's `anchors.lock.json`, which `harness task check` wrote.

Refuses to decide whether the anchors fit a run (scorers/anchors does), and a file that is not what was written.
"""

import json
from pathlib import Path

from harness.documents import read_text, validate
from harness.errors import UsageError
from harness.model.jsontypes import JsonObject

ANCHORS_FILE = "anchors.lock.json"


def read_anchors(folder: Path) -> JsonObject | None:
    """The lock of anchors in a task's folder, valid against its schema; None when the task has none.

    UsageError when the file is not a valid lock.
    """
    path = folder / ANCHORS_FILE
    if not path.is_file():
        return None
    try:
        lock: JsonObject = json.loads(read_text(path))
    except ValueError as error:
        raise UsageError("broken_json", f"{path}: not valid JSON ({error}); run `harness task check` again") from None
    validate(lock, "anchors", str(path))
    return lock
