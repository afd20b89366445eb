"""How long a process and all that it starts may take: CPU seconds are the budget, and idling ends by itself.

    cpu      they used as many seconds of CPU as the limit
    idle     they used next to none for IDLE_S fair seconds
    time     neither, and yet they took FACTOR times the limit in fair seconds

None of the three comes sooner on a busy host. Refuses to count the canary and ourselves.
"""

import os
from collections.abc import Callable
from pathlib import Path

from harness_probe import fair_clock

IDLE_S = 20.0
LITTLE_S = 0.2  # of CPU within IDLE_S: whoever uses less waits for something that does not come
FACTOR = 3.0
STEP_S = 0.2  # between two looks
_TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")


class Usage:
    """CPU seconds of `root` and all it starts since this was made; root None = of all our descendants, also those that
    others have left to us."""

    def __init__(self, root: int | None) -> None:
        self._root = root
        self._before = 0.0
        self._before = self.cpu_s()

    def cpu_s(self) -> float:
        """Seconds so far; never less than last time, but for processes that end and are reaped by nobody."""
        clock = fair_clock.current()
        tree = living(os.getpid(), () if clock is None else (clock.canary,), self._root)
        reaped = os.times()
        ours = reaped.children_user + reaped.children_system if self._root is None else 0.0
        return sum(tree.values()) + ours - self._before


def living(root: int, spared: tuple[int, ...] = (), only: int | None = None) -> dict[int, float]:
    """Descendants of `root`, zombies too, with the CPU seconds of each and of the children that it reaped itself;
    only: just this one and its own descendants."""
    children: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            fields = Path(entry.path, "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(entry.name)
        children.setdefault(int(fields[1]), []).append(pid)
        used[pid] = sum(int(ticks) for ticks in fields[11:15]) * _TICK_S
    found = {} if only is None else {only: used.get(only, 0.0)}
    queue = [root if only is None else only]
    while queue:
        for pid in children.get(queue.pop(), []):
            if pid not in spared:
                found[pid] = used[pid]
                queue.append(pid)
    return found


def seconds(limit: str, limit_s: float) -> float:
    """How long the limit of that name is for a budget of `limit_s`."""
    return {"cpu": limit_s, "idle": min(IDLE_S, limit_s), "time": FACTOR * limit_s}[limit]


def watch(ended: Callable[[float], bool], limit_s: float, root: int | None = None) -> tuple[str, float]:
    """Wait for the end of what was just started, or of its budget: ("" | cpu | idle | time, largest share used).

    ended(step_s): wait so long; whether it is over; root: the process, None = all that we started.
    """
    usage, began = Usage(root), fair_clock.now()
    active_at, active_s = began, 0.0
    share = 0.0
    while True:
        over = ended(STEP_S)
        now, used_s = fair_clock.now(), usage.cpu_s()
        # The largest ever seen: a process that has ended and been reaped no longer shows what it used.
        share = max(share, used_s / limit_s, (now - began) / seconds("time", limit_s))
        if over:
            return "", share
        if used_s - active_s >= LITTLE_S:
            active_at, active_s = now, used_s
        if used_s >= limit_s:
            return "cpu", share
        if now - active_at >= seconds("idle", limit_s):
            return "idle", share
        if now - began >= seconds("time", limit_s):
            return "time", share
