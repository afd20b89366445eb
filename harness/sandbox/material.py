"""Files that go into containers: what a probe sees as /probe, and a submission's files as we read them.

Refuses paths that leave the folder, carries no lock file, cache or link into it, and follows no link out of it. Modes
are set explicitly: the reader inside has another uid, whatever the umask of whoever runs the harness.
"""

import os
import stat
from pathlib import Path, PurePosixPath

from harness.errors import TaskFault
from harness.model.probe import ProbeCommand

_FILE_CAP = 1_000_000  # bytes; the workspace caps every file at this size already
_LEFT_OUT = ("__pycache__", "requirements.in", "requirements.lock")


def materialise(images: Path, command: ProbeCommand, folder: Path) -> Path:
    """Lay out `folder` (empty, existing) from `images/<image>` and `images/shared`; files go to `folder/files`."""
    driver = images / command.image
    if not (driver / "driver.py").is_file():
        raise TaskFault(
            "no_such_probe_image", f"probe {command.probe!r}: {driver / 'driver.py'} does not exist; see `image`"
        )
    folder.chmod(0o755)
    for source in (images / "shared", driver):
        _copy(source, folder)
    files = folder / "files"
    _directory(files)
    for name, content in command.files.items():
        _write(files / _inside(name, command.probe), content, folder)
    return folder


def submission_files(folder: Path) -> dict[str, bytes]:
    """A submission's regular files, POSIX path -> content. Links are not followed; the workspace caps the whole."""
    found = {}
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent) / name
            if stat.S_ISREG(path.lstat().st_mode):
                with path.open("rb") as file:
                    found[path.relative_to(folder).as_posix()] = file.read(_FILE_CAP)
    return found


def _inside(name: str, probe: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
        raise TaskFault("probe_file_path", f"probe {probe!r}: file name {name!r} must be relative, without '..'")
    return path


def _copy(source: Path, target: Path) -> None:
    if not source.is_dir():
        return
    for entry in sorted(source.iterdir()):
        if entry.name in _LEFT_OUT or entry.is_symlink():
            continue
        if entry.is_dir():
            _directory(target / entry.name)
            _copy(entry, target / entry.name)
        elif entry.is_file():
            _write(target / entry.name, entry.read_bytes(), target)


def _directory(path: Path) -> None:
    path.mkdir(exist_ok=True)
    path.chmod(0o755)


def _write(path: Path, content: bytes, root: Path) -> None:
    missing = [parent for parent in path.parents if parent.is_relative_to(root) and not parent.exists()]
    for parent in reversed(missing):
        _directory(parent)
    path.write_bytes(content)
    path.chmod(0o644)
