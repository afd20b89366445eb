"""Where the sandbox keeps what can be made again: environments, resolutions, uv's own cache, lock files.

Refuses to keep anything whose loss would matter. Layout of the folder (HARNESS_CACHE, else `~/.cache/harness`):

    environments/<64 hex>/     read-only environments; the name says everything they were made from
    resolutions/<64 hex>.lock  requirement lines -> pinned lines, valid for a day
    uv/                        uv's cache, ours alone: environments share inodes with it
    locks/<name>               empty files for flock; one holder at a time on this machine
    logs/                      what the engine we started and the image builder said
"""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


def cache_folder(environ: Mapping[str, str]) -> Path:
    """The cache's folder by the environment given; not created here."""
    if environ.get("HARNESS_CACHE"):
        return Path(environ["HARNESS_CACHE"]).expanduser().absolute()
    home = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME") or Path.home()) / ".cache")
    return Path(home) / "harness"


@contextmanager
def exclusive(cache: Path, name: str) -> Iterator[int]:
    """Hold the machine-wide lock `name`; waits for its holder. The kernel frees it when a holder dies.

    Yields the lock's file descriptor: a child that is given it holds the lock too, should it outlive us.
    """
    folder = cache / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("ab") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle.fileno()
