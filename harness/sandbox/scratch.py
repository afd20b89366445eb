"""Temporary folders that name the process they belong to, so that what a killed one left is told without an engine.

Refuses to call a folder ours whose name does not hold an owner.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.sandbox.ownership import Owner, current_owner, parse_owner

PATTERN = "harness-*.*"


@contextmanager
def scratch(kind: str) -> Iterator[Path]:
    """`harness-<kind>.<owner>.<random>` in the system's folder for such things; gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix=f"harness-{kind}.{current_owner().text()}.") as name:
        yield Path(name)


def scratch_owner(name: str) -> Owner | None:
    """Whose folder this is by its name; None when it is none of ours."""
    return parse_owner(name.partition(".")[2].rpartition(".")[0]) if name.startswith("harness-") else None
