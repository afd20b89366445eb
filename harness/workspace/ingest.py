"""Reads a folder that an agent worked in, and makes a submission of it.

Refuses to follow, to wait and to trust: links, pipes, sockets, devices and files with a second name are skipped and
listed; sizes are taken from the file's status before a byte is read; modes shrink to 0644 or 0755. A broken cap is the
agent's fault. Caches and version control are skipped: they are not work.
"""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import StorageFault, SubmissionRefused
from harness.intake.paths import find_clash, is_version_control, vet_path
from harness.intake.scratch import scratch_files
from harness.model.submission import Refusal, Submission, SubmittedFile

_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_GENERATED = frozenset(
    ("__pycache__", ".venv", "venv", "node_modules", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".tox", ".nox")
)
_KINDS = {
    stat.S_IFLNK: "symlink",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
    stat.S_IFBLK: "device",
    stat.S_IFCHR: "device",
}


@dataclass(frozen=True)
class Caps:
    """Limits of a workspace; sizes in bytes. `entries` bounds how many names are looked at, skipped ones included."""

    files: int = 2_000
    file_bytes: int = 1_000_000
    total_bytes: int = 20_000_000
    entries: int = 20_000


@dataclass(frozen=True)
class Skipped:
    """An entry that was left out. reason: symlink | fifo | socket | device | hard_link | version_control | …"""

    path: str
    reason: str


@dataclass(frozen=True)
class Ingested:
    """What a workspace delivers, and what of it was left out."""

    submission: Submission
    skipped: tuple[Skipped, ...]


@dataclass
class _Walk:
    caps: Caps
    files: list[SubmittedFile] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    total_bytes: int = 0
    entries: int = 0


def ingest(folder: Path, caps: Caps | None = None) -> Ingested:
    """The submission in `folder`. SubmissionRefused when a cap is broken or no file is left."""
    walk = _Walk(caps or Caps())
    try:
        root = os.open(folder, _OPEN_FOLDER)
    except OSError as error:
        raise StorageFault("workspace_unreadable", f"{folder}: cannot be opened ({error.strerror})") from None
    try:
        _read_folder(root, "", walk)
    except OSError as error:
        raise StorageFault("workspace_unreadable", f"{folder}: cannot be read ({error.strerror})") from None
    finally:
        os.close(root)
    if not walk.files:
        raise SubmissionRefused("no_files", f"the workspace holds no regular file ({len(walk.skipped)} skipped)")
    clash = find_clash(f.path for f in walk.files)
    if clash is not None:
        raise SubmissionRefused(clash.code, clash.message)
    notes = (
        *(f"skipped {s.path!a}: {s.reason}" for s in walk.skipped),
        *scratch_files({file.path: file.content for file in walk.files}),
    )
    return Ingested(Submission(tuple(walk.files), notes=notes), tuple(walk.skipped))


def _read_folder(parent: int, prefix: str, walk: _Walk) -> None:
    for name in _names(parent, walk):
        path = f"{prefix}{name}"
        reason = _left_out(name, path)
        if reason:
            walk.skipped.append(Skipped(path, reason))
            continue
        status = os.stat(name, dir_fd=parent, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            _enter(parent, name, path, walk)
        elif not stat.S_ISREG(status.st_mode):
            walk.skipped.append(Skipped(path, _KINDS.get(stat.S_IFMT(status.st_mode), "special")))
        else:
            _read_file(parent, name, path, walk)


def _enter(parent: int, name: str, path: str, walk: _Walk) -> None:
    try:
        below = os.open(name, _OPEN_FOLDER, dir_fd=parent)
    except OSError:  # swapped for a link since, or no permission
        walk.skipped.append(Skipped(path, "unreadable"))
        return
    try:
        _read_folder(below, f"{path}/", walk)  # depth is bounded by the path rules
    finally:
        os.close(below)


def _names(parent: int, walk: _Walk) -> list[str]:
    """Names in one folder, sorted; refuses to go on when a workspace has too many entries to look at."""
    names = []
    with os.scandir(parent) as entries:
        for entry in entries:
            walk.entries += 1
            if walk.entries > walk.caps.entries:
                raise SubmissionRefused(
                    "too_many_files",
                    f"the workspace has more than {walk.caps.entries} entries; delete what is not work",
                )
            names.append(entry.name)
    return sorted(names)


def _left_out(name: str, path: str) -> str:
    if is_version_control(name):
        return "version_control"
    if name in _GENERATED:
        return "generated"
    return "invalid_path" if isinstance(vet_path(path), Refusal) else ""


def _read_file(parent: int, name: str, path: str, walk: _Walk) -> None:
    try:
        handle = os.open(name, _OPEN_FILE, dir_fd=parent)
    except OSError:
        walk.skipped.append(Skipped(path, "unreadable"))
        return
    try:
        status = os.fstat(handle)  # of what was opened, not of what was listed
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            walk.skipped.append(Skipped(path, "hard_link" if stat.S_ISREG(status.st_mode) else "special"))
            return
        _check_caps(path, status.st_size, walk)
        with os.fdopen(os.dup(handle), "rb") as stream:
            content = stream.read(walk.caps.file_bytes + 1)
    finally:
        os.close(handle)
    if len(content) > status.st_size:  # grew while being read
        _check_caps(path, len(content), walk)
    walk.total_bytes += len(content)
    walk.files.append(SubmittedFile(path, content, executable=bool(status.st_mode & stat.S_IXUSR)))


def _check_caps(path: str, size: int, walk: _Walk) -> None:
    caps = walk.caps
    if size > caps.file_bytes:
        raise SubmissionRefused("file_too_large", f"{path!a} has {size} bytes; at most {caps.file_bytes} are accepted")
    if walk.total_bytes + size > caps.total_bytes:
        raise SubmissionRefused("workspace_too_large", f"the workspace holds more than {caps.total_bytes} bytes")
    if len(walk.files) + 1 > caps.files:
        raise SubmissionRefused("too_many_files", f"the workspace holds more than {caps.files} files")
