"""Writes the skeleton of a new task: the smallest folder that loads and passes its own check.

Refuses to touch a folder that exists.
"""

import re
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from harness.errors import UsageError
from harness.store.atomic import storage_errors

SUFFIX = ".tmpl"  # keeps tools from taking the templates for code of this program
ID = re.compile(r"[a-z][a-z0-9-]{1,40}")


def write_skeleton(folder: Path) -> tuple[Path, ...]:
    """Create `folder`, whose name is the task's id; returns the files written. UsageError when it exists already."""
    if not ID.fullmatch(folder.name):
        raise UsageError(
            "bad_id", f"task id {folder.name!r}: expected 2 to 41 lower case letters, digits and dashes, a letter first"
        )
    if folder.exists():
        raise UsageError("task_exists", f"{folder}: exists already; choose another id, or edit what is there")
    written = []
    with storage_errors(folder, "write"):
        for path, content in _templates(resources.files("harness.selfcheck").joinpath("skeleton"), ""):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content.replace("{{id}}", folder.name), encoding="utf-8")
            written.append(target)
    return tuple(sorted(written))


def _templates(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _templates(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(SUFFIX):
            found.append((prefix + entry.name.removesuffix(SUFFIX), entry.read_text(encoding="utf-8")))
    return found
