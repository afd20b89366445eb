"""A run's lease: one process at a time works on a run, for as long as that process lives.

Refuses to wait and to guess: the kernel's file lock decides (it ends with its holder, kill -9 included); the file's
text names the holder and is used in messages only. Not meant for network file systems without flock.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import UsageError
from harness.store import atomic


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lease at `path` for the block; UsageError `run_busy` naming the holder's pid when it is taken."""
    with atomic.storage_errors(path, "open"):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        _take(descriptor, path)
        with atomic.storage_errors(path, "write"):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)  # the kernel drops the lock with the descriptor; the file stays


def is_held(path: Path) -> bool:
    """Whether a living process holds the lease at `path`; where there is no such file, nobody does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _take(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        raise UsageError(
            "run_busy",
            f"run {path.parent.name!r} is being worked on by process {holder}; expected it to be free; "
            f"wait for that process or stop it (kill -INT {holder}), then try again",
        ) from error
    except OSError as error:
        with atomic.storage_errors(path, "lock"):
            raise error
