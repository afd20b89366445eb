"""Stored files of a run for reading, by a path that came from outside: one component at a time, following no link.

Refuses whatever is not a regular file or a folder inside the root that it was given: links, devices, pipes, `..`.
"""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from harness.errors import UsageError

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe without a writer must not keep us


@dataclass(frozen=True)
class Listed:
    """One entry of a folder; `size` in bytes, of files only. An `other` (link, device, pipe) is never opened."""

    name: str
    kind: Literal["folder", "file", "other"]
    size: int = 0


@dataclass(frozen=True)
class Folder:
    """A folder's entries, folders first, by name."""

    entries: tuple[Listed, ...]


@dataclass(frozen=True)
class File:
    """An open regular file; whoever has it closes `content`. `size` in bytes when it was opened."""

    content: BinaryIO
    size: int


def look(root: Path, parts: Sequence[str]) -> Folder | File:
    """What `parts` lead to below `root`; UsageError `not_stored` for anything that is not a stored file or folder.

    `root` itself may be a link: the user named it. Names that are not UTF-8 come and go as `os.fsdecode` has them.
    """
    shown = "/".join(parts)
    descriptor = _opened(root, None, shown)
    try:
        for part in parts:
            if part in ("", ".", "..") or "/" in part or "\0" in part:
                raise _not_stored(shown, "not a path inside the run")
            inner = _opened(part, descriptor, shown)
            os.close(descriptor)
            descriptor = inner
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            return Folder(_entries(descriptor))
        if not stat.S_ISREG(mode):
            raise _not_stored(shown, "neither a file nor a folder")
        size = os.fstat(descriptor).st_size
        content, descriptor = os.fdopen(descriptor, "rb"), -1
        return File(content, size)
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _opened(name: str | Path, parent: int | None, shown: str) -> int:
    try:
        return os.open(name, _FLAGS if parent is not None else _FLAGS & ~os.O_NOFOLLOW, dir_fd=parent)
    except OSError as error:  # ELOOP is a link
        raise _not_stored(shown, error.strerror or "cannot be opened") from error


def _entries(descriptor: int) -> tuple[Listed, ...]:
    found = []
    with os.scandir(descriptor) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                found.append(Listed(entry.name, "folder"))
            elif entry.is_file(follow_symlinks=False):
                found.append(Listed(entry.name, "file", entry.stat(follow_symlinks=False).st_size))
            else:
                found.append(Listed(entry.name, "other"))
    return tuple(sorted(found, key=lambda entry: (entry.kind != "folder", entry.name)))


def _not_stored(shown: str, why: str) -> UsageError:
    return UsageError("not_stored", f"{shown!r} is no stored file or folder of this run ({why})")
