"""Who holds a lock file: the other processes of this host, as Linux lists them in /proc/locks.

Refuses to guess: where the kernel tells nothing (another system, a foreign namespace) the answer is nobody.
"""

import os
from pathlib import Path

SHOWN = 80  # characters of a command line


def other_holders(path: Path, locks: Path = Path("/proc/locks")) -> tuple[str, ...]:
    """`pid 4711 (harness run ...)` for each other process that holds a flock on the file; read-only, never raises."""
    try:
        wanted, lines = path.stat().st_ino, locks.read_text().splitlines()
    except OSError:
        return ()
    pids = {_holder(line.split(), wanted) for line in lines}
    return tuple(f"pid {pid}{_command(pid)}" for pid in sorted(pids - {None, os.getpid()}, key=lambda pid: pid or 0))


def _holder(fields: list[str], inode: int) -> int | None:
    """proc_locks(5): `3: FLOCK ADVISORY WRITE 4711 fe:00:2146314 0 EOF`; a line with `->` only waits."""
    if len(fields) < 6 or fields[1] != "FLOCK" or not fields[5].endswith(f":{inode}"):
        return None
    return int(fields[4]) if fields[4].isdecimal() else None


def _command(pid: int | None) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").replace("\0", " ").strip()
    except OSError:
        return ""
    return f" ({words[:SHOWN]})" if words else ""
