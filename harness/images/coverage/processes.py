"""Child processes that hold agent code: started without our stdin and stdout, timed, capped, and swept up afterwards.

Refuses to trust them: the driver hides its own memory and descriptors first, since they run under the same uid.
"""

import ctypes
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TAIL_BYTES = 65_536
_PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER = 4, 36  # linux/prctl.h


@dataclass(frozen=True)
class Ended:
    """How a child ended: exit code (negative = signal), whether we stopped it, the end of what it printed."""

    exit_code: int
    timed_out: bool
    seconds: float
    tail: str


def shield() -> None:
    """Make /proc/<us>/{mem,fd,environ} unreadable to our own uid, and adopt orphaned grandchildren."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Tail(threading.Thread):
    """Drains a pipe so that its writer never blocks; keeps the last TAIL_BYTES."""

    def __init__(self, stream: Any) -> None:
        super().__init__(daemon=True)
        self._stream, self._kept = stream, b""
        self.start()

    def run(self) -> None:
        """Read until end of file or until the pipe is closed under us."""
        try:
            while data := os.read(self._stream.fileno(), 65_536):
                self._kept = (self._kept + data)[-TAIL_BYTES:]
        except (OSError, ValueError):
            pass

    def text(self, wait_s: float = 0.5) -> str:
        """What was kept, as text; waits briefly for the end."""
        self.join(wait_s)
        return self._kept.decode("utf-8", "replace")


def run(argv: Sequence[str], config: Mapping[str, Any], env: Mapping[str, str], cwd: Path, timeout_s: float) -> Ended:
    """Run one child to its end or to `timeout_s`; `config` goes to its stdin as one JSON object."""
    started = time.monotonic()
    child = subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(env),
        cwd=cwd,
        start_new_session=True,
    )
    tail = Tail(child.stdout)
    assert child.stdin is not None
    try:
        child.stdin.write(json.dumps(config).encode() + b"\n")
        child.stdin.close()
    except BrokenPipeError:
        pass
    timed_out = False
    try:
        child.wait(timeout_s)
    except subprocess.TimeoutExpired:
        timed_out = True
    sweep()
    child.wait()
    text = tail.text()
    assert child.stdout is not None
    child.stdout.close()
    return Ended(child.returncode, timed_out, round(time.monotonic() - started, 3), text)


def sweep(rounds: int = 20) -> int:
    """Kill and reap every descendant, daemons included (they were re-parented to us). Returns how many were found."""
    killed = 0
    for _ in range(rounds):
        pids = _descendants(os.getpid())
        if not pids:
            break
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                continue
        time.sleep(0.005)
    return killed


def _descendants(root: int) -> list[int]:
    """Live descendants by /proc/*/stat (a zombie is dead already)."""
    children: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            fields = Path(entry.path, "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, queue = [], [root]
    while queue:
        for pid in children.get(queue.pop(), []):
            found.append(pid)
            queue.append(pid)
    return found
