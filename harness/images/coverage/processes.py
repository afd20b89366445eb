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
from functools import partial
from pathlib import Path
from typing import Any

from harness_probe import budget, fair_clock

TAIL_BYTES = 65_536
_PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER = 4, 36  # linux/prctl.h


@dataclass(frozen=True)
class Ended:
    """How a child ended: exit code (negative = signal), whether we stopped it, the end of what it printed.

    limit: by which limit we did, "" | cpu | idle | time; share: the largest share of a limit that it used.
    """

    exit_code: int
    timed_out: bool
    seconds: float
    tail: str
    limit: str = ""
    share: float = 0.0


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


def run(argv: Sequence[str], config: Mapping[str, Any], env: Mapping[str, str], cwd: Path, limit_s: float) -> Ended:
    """Run one child to its end or to its budget (harness_probe.budget); `config` goes to its stdin as JSON."""
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
    limit, share = budget.watch(partial(_ended, child), limit_s)
    sweep()
    child.wait()
    text = tail.text()
    assert child.stdout is not None
    child.stdout.close()
    seconds = round(time.monotonic() - started, 3)
    return Ended(child.returncode, bool(limit), seconds, text, limit, share)


def _ended(child: "subprocess.Popen[bytes]", seconds: float) -> bool:
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def sweep(rounds: int = 20) -> int:
    """Kill every descendant but the canary, daemons included (they were re-parented to us). Returns how many."""
    killed = 0
    for _ in range(rounds):
        pids = set(_descendants(os.getpid())) - ({clock.canary} if (clock := fair_clock.current()) else set())
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
