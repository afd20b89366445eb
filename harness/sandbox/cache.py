"""Where the sandbox keeps what can be made again: environments, resolutions, uv's own cache, lock files.

Refuses to keep anything whose loss would matter. Layout of the folder (HARNESS_CACHE, else `~/.cache/harness`):

    environments/<64 hex>/     read-only environments; the name says everything they were made from
    resolutions/<64 hex>.lock  requirement lines -> pinned lines, valid for a day
    projects/<64 hex>/         what makes a submission's own packages importable (project_folder.py)
    uv/                        uv's cache, ours alone: environments share inodes with it
    locks/<name>               empty files for flock; one holder at a time on this machine
    logs/                      what the engine we started and the image builder said
"""

import fcntl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_POLL_S = 0.05


def cache_folder(environ: Mapping[str, str]) -> Path:
    """The cache's folder by the environment given; not created here."""
    if environ.get("HARNESS_CACHE"):
        return Path(environ["HARNESS_CACHE"]).expanduser().absolute()
    home = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME") or Path.home()) / ".cache")
    return Path(home) / "harness"


@contextmanager
def exclusive(cache: Path, name: str, check: Callable[[], None] = lambda: None) -> Iterator[int]:
    """Hold the machine-wide lock `name`; waits for its holder. The kernel frees it when a holder dies.

    Yields the lock's file descriptor: a child that is given it holds the lock too, should it outlive us. `check` is
    asked while we wait; it raises when that is to end.
    """
    folder = cache / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("ab") as handle:
        while not _taken(handle.fileno()):
            check()
            time.sleep(_POLL_S)
        yield handle.fileno()


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
