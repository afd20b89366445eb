"""Who a container, volume or temporary folder belongs to, and whether that process still lives.

Refuses to guess: a mark written in another boot or another pid namespace (a harness inside a container, another
machine on a shared engine) is `unknown`, and what is unknown may only be removed once its deadline is long past.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.errors import InfrastructureFault

Liveness = Literal["alive", "gone", "unknown"]

LABEL_RUN = "harness.run"
LABEL_TRIAL = "harness.trial"
LABEL_OWNER = "harness.owner"
LABEL_DEADLINE = "harness.deadline"


@dataclass(frozen=True)
class Owner:
    """A process, told apart from a later one with the same pid by its start time (clock ticks since boot)."""

    boot_id: str
    pid_namespace: str
    pid: int
    started: int

    def text(self) -> str:
        """The label's value; also safe in a file name."""
        return f"{self.boot_id}.{self.pid_namespace}.{self.pid}.{self.started}"


def parse_owner(text: str) -> Owner | None:
    """Read `Owner.text()` back; None when it is not one."""
    parts = text.split(".")
    if len(parts) != 4 or not (parts[2].isdigit() and parts[3].isdigit()):
        return None
    return Owner(parts[0], parts[1], int(parts[2]), int(parts[3]))


def start_ticks(pid: int, proc: Path = Path("/proc")) -> int | None:
    """Start time of a live process, None when there is none (a zombie is dead). Field 22 of proc(5) `stat`."""
    try:
        stat = (proc / str(pid) / "stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # the command name may hold spaces and parentheses
    return None if fields[0] in "ZX" else int(fields[19])


def current_owner(proc: Path = Path("/proc")) -> Owner:
    """This process as an owner."""
    pid = os.getpid()
    started = start_ticks(pid, proc)
    if started is None:
        raise InfrastructureFault("no_proc", f"cannot read {proc / str(pid) / 'stat'}: is /proc mounted?")
    return Owner(_boot_id(proc), _pid_namespace(proc), pid, started)


def liveness(owner: Owner, proc: Path = Path("/proc")) -> Liveness:
    """Does this owner still run? Only decidable for marks of this boot and this pid namespace."""
    if (owner.boot_id, owner.pid_namespace) != (_boot_id(proc), _pid_namespace(proc)):
        return "unknown"
    return "alive" if start_ticks(owner.pid, proc) == owner.started else "gone"


def labels(owner: Owner, run: str, trial: str, deadline_unix_s: float) -> dict[str, str]:
    """Labels of everything the sandbox creates. The deadline is wall time, a label only."""
    return {
        LABEL_RUN: run,
        LABEL_TRIAL: trial,
        LABEL_OWNER: owner.text(),
        LABEL_DEADLINE: str(int(deadline_unix_s)),
    }


def _boot_id(proc: Path) -> str:
    return (proc / "sys/kernel/random/boot_id").read_text().strip()


def _pid_namespace(proc: Path) -> str:
    link = str((proc / "self/ns/pid").readlink())  # "pid:[4026531836]"
    return "".join(c for c in link if c.isdigit())
