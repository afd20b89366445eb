"""Writes a submission into an empty folder, relative to an open directory, never through a link.

Refuses a folder that already holds something, a path that intake would refuse (vetted again here: the writer trusts
nobody), and any mode but 0644 and 0755. Nothing is fsynced: a submission can be written again from its stored reply.
"""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.errors import HarnessError, StorageFault, SubmissionRefused
from harness.intake.paths import find_clash, vet_path
from harness.model.submission import Refusal, Submission, SubmittedFile

_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_BLOCKED = frozenset((errno.ELOOP, errno.ENOTDIR, errno.EEXIST))


class FolderWorkspace:
    """The real Workspace."""

    def write(self, submission: Submission, folder: Path) -> None:
        """Write every file of `submission` below `folder`, which is created, or must be empty; or none of them.

        Raises SubmissionRefused for a path that is not acceptable, StorageFault when the disk does not take it.
        """
        check_paths(submission)
        try:
            folder.mkdir(mode=0o755, exist_ok=True)
            with _opened(os.open(folder, _OPEN_FOLDER)) as root:
                if _holds_anything(root):
                    raise StorageFault(
                        "workspace_not_empty", f"{folder}: not empty; a submission is written to a new folder"
                    )
                os.fchmod(root, 0o755)
                _write_all(root, submission)
        except OSError as error:
            raise _mapped(error, folder) from None


def _holds_anything(root: int) -> bool:
    with os.scandir(root) as entries:
        return any(True for _ in entries)


def check_paths(submission: Submission) -> None:
    """SubmissionRefused unless every path is exactly as intake vets it, and no two of them clash."""
    seen: set[str] = set()
    for file in submission.files:
        vetted = vet_path(file.path)
        if isinstance(vetted, Refusal):
            raise SubmissionRefused(vetted.code, vetted.message)
        if vetted != file.path or file.path in seen:
            raise SubmissionRefused("invalid_path", f"path {file.path!a} is not in its vetted form, or appears twice")
        seen.add(file.path)
    clash = find_clash(seen)
    if clash is not None:
        raise SubmissionRefused(clash.code, clash.message)


def _write_all(root: int, submission: Submission) -> None:
    """A disk that fills up gets back what it took: a part of a submission must never be taken for the whole."""
    try:
        for file in submission.files:
            _write_file(root, file)
    except OSError:
        for name in os.listdir(root):
            with suppress(OSError):
                _remove(root, name)
        raise


def _remove(root: int, name: str) -> None:
    if stat.S_ISDIR(os.stat(name, dir_fd=root, follow_symlinks=False).st_mode):
        shutil.rmtree(name, dir_fd=root)
    else:
        os.unlink(name, dir_fd=root)


def _write_file(root: int, file: SubmittedFile) -> None:
    *folders, name = file.path.split("/")
    with _descended(root, folders) as parent, _opened(os.open(name, _NEW_FILE, 0o600, dir_fd=parent)) as handle:
        view = memoryview(file.content)
        while view:
            view = view[os.write(handle, view) :]
        os.fchmod(handle, 0o755 if file.executable else 0o644)  # not subject to the umask


@contextmanager
def _descended(root: int, folders: list[str]) -> Iterator[int]:
    """A descriptor of root/folders[0]/…, each level made when missing and opened without following links."""
    current = os.dup(root)
    try:
        for name in folders:
            try:
                os.mkdir(name, 0o755, dir_fd=current)
                made = True
            except FileExistsError:
                made = False
            below = os.open(name, _OPEN_FOLDER, dir_fd=current)
            os.close(current)
            current = below
            if made:
                os.fchmod(current, 0o755)
        yield current
    finally:
        os.close(current)


@contextmanager
def _opened(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _mapped(error: OSError, folder: Path) -> HarnessError:
    if error.errno in _BLOCKED:
        return StorageFault(
            "workspace_changed", f"{folder}: something else put a link or file in the way ({error.strerror}); try again"
        )
    return StorageFault(
        "workspace_write", f"{folder}: cannot be written ({error.strerror}); free space or fix permissions"
    )
