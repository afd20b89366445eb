"""Reading and writing single files so that a kill at any moment leaves either the old content or the new.

Refuses to know what the bytes mean, and to hide a failure: every OSError of the store leaves this module as a
StorageFault (writing) or, where the user named something that is not there, as a UsageError (reading).
"""

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.errors import StorageFault, UsageError

_CODES = {
    errno.ENOSPC: ("disk_full", "free some space there"),
    errno.EDQUOT: ("disk_full", "free some space there or raise the quota"),
    errno.EROFS: ("store_read_only", "mount it writable or choose another --out"),
    errno.EACCES: ("store_no_permission", "give this user permission or choose another --out"),
    errno.EPERM: ("store_no_permission", "give this user permission or choose another --out"),
}


@contextmanager
def storage_errors(path: Path, doing: str) -> Iterator[None]:
    """The one place where an OSError of the store becomes a StorageFault; `doing` reads like "write"."""
    try:
        yield
    except OSError as error:
        code, remedy = _CODES.get(error.errno or 0, ("store_io", "check the disk and the path"))
        raise StorageFault(
            code, f"cannot {doing} {str(path)!r}: {error.strerror or error}; {remedy}, then run `harness resume`"
        ) from error


def write_atomic(path: Path, data: bytes) -> None:
    """Replace `path` by `data`: temporary file beside it, fsync, rename, fsync of the folder."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    with storage_errors(path, "write"):
        try:
            write_synced(temporary, data)
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(path.parent)


def write_synced(path: Path, data: bytes) -> None:
    """Write a file that nobody reads yet (inside a temporary folder, or before its rename). Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Create `folder` and its parents; an existing one is fine."""
    with storage_errors(folder, "create"):
        folder.mkdir(parents=True, exist_ok=True)


def exists(path: Path) -> bool:
    """Whether `path` is there (any kind of entry)."""
    with storage_errors(path, "look at"):
        return path.exists()


def list_names(folder: Path) -> tuple[str, ...]:
    """Names in `folder`, sorted, hidden ones (temporary files) left out; empty when there is no such folder."""
    try:
        with storage_errors(folder, "list"):
            return tuple(sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith(".")))
    except StorageFault as fault:
        if isinstance(fault.__cause__, FileNotFoundError | NotADirectoryError):
            return ()
        raise


def read_bytes(path: Path, remedy: str) -> bytes:
    """The content of `path`; UsageError with `remedy` when there is no such file."""
    try:
        with storage_errors(path, "read"):
            return path.read_bytes()
    except StorageFault as fault:
        if isinstance(fault.__cause__, FileNotFoundError | NotADirectoryError):
            raise UsageError("not_found", f"{str(path)!r} does not exist; {remedy}") from fault
        raise


def remove_tree(path: Path) -> None:
    """Remove a file or a folder with all that is in it, without following links; absent is fine."""
    with storage_errors(path, "remove"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def require_free_space(folder: Path, minimum_bytes: int) -> None:
    """Pre-flight check: StorageFault unless `minimum_bytes` are free where `folder` is or will be."""
    existing = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.exists())
    with storage_errors(existing, "look at"):
        free = shutil.disk_usage(existing).free
    if free < minimum_bytes:
        raise StorageFault(
            "disk_full",
            f"{str(existing)!r} has {free / 1e6:.0f} MB free, a run needs at least {minimum_bytes / 1e6:.0f} MB; "
            "free some space there, then run `harness resume`",
        )
