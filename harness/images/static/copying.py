"""Copies a submission under neutral names, so that nothing in it can steer a scanner.

It refuses to follow links and to keep any name: `f0007.py` carries no `.bandit`, no `ruff.toml`, no directory that a
tool skips by default, no module that shadows the tool's own. Python in files of any other name is found and copied,
too: an interpreter asks for no suffix. Files that set the service's environment or settings get a suffix that tells
scanners that values stand there without quotes.
"""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from telling import reads_as_python

FILE_CAP = 1_000_000  # bytes of one file that are scanned
FILES_CAP = 3_000
SETTINGS = re.compile(
    r"(?:^|/)(?:\.env(?:\.[\w-]+)*|[\w.-]+\.env|(?:docker-)?compose[\w.-]*\.ya?ml|Dockerfile[\w.-]*|[\w.-]+\.Dockerfile|"
    r"Procfile|Makefile|[\w.-]+\.(?:sh|properties|conf)|(?:config|settings|secrets|application|app)\.(?:ini|cfg|toml|ya?ml))$"
)
FOR_TESTS = re.compile(r"test|example|sample|template|\bci\b|(?:^|/)\.git", re.IGNORECASE)  # made-up values
OTHER_CODE = frozenset(
    {
        ".js",
        ".mjs",
        ".cjs",
        ".ts",
        ".jsx",
        ".tsx",
        ".go",
        ".rb",
        ".php",
        ".java",
        ".rs",
        ".c",
        ".cpp",
        ".cs",
        ".sh",
        ".pl",
    }
)


@dataclass
class Copy:
    """What was copied. `names`: neutral name -> original path; `python`: neutral name -> source text."""

    names: dict[str, str] = field(default_factory=dict)
    python: dict[str, str] = field(default_factory=dict)
    disguised: list[str] = field(default_factory=list)  # Python in files without .py
    other_code: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)  # links, devices, oversized or unreadable files


def copy_tree(source: Path, target: Path) -> Copy:
    """Copy every regular file of `source` into the flat folder `target`."""
    made = Copy()
    target.mkdir(parents=True)
    for path in _walk(source):
        shown = path.relative_to(source).as_posix()
        content = _read(path) if len(made.names) < FILES_CAP else None
        if content is None:
            made.skipped.append(shown)
            continue
        text = content.decode("utf-8", "replace")
        python = path.suffix in (".py", ".pyw") or reads_as_python(text, path.suffix in OTHER_CODE)
        if python and path.suffix not in (".py", ".pyw"):
            made.disguised.append(shown)
        if path.suffix in OTHER_CODE:
            made.other_code.append(shown)
        name = f"f{len(made.names):04d}.{'py' if python else 'properties' if sets(shown) else 'txt'}"
        (target / name).write_bytes(content)
        made.names[name] = shown
        if python:
            made.python[name] = text
    return made


def sets(path: str) -> bool:
    """Whether a file is one in which people set what the service runs with."""
    return SETTINGS.search(path) is not None and FOR_TESTS.search(path) is None


def _walk(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path))
        else:
            yield Path(entry.path)


def _read(path: Path) -> bytes | None:
    """The content of a regular file, None for anything else; opened without following a link or waiting for a pipe."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode) or os.fstat(handle).st_size > FILE_CAP:
            return None
        return file.read(FILE_CAP)
