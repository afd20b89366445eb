"""What the harness itself costs: time per pod and per trial, memory, start-up, what is left behind.

Each figure stands beside its target. Refuses to fail: figures depend on the machine and on its other work, so a miss
is printed as a miss and asserted nowhere. The service measured is the smallest there is, so that what remains is ours.
"""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.config.task import load_task
from harness.documents import tree_bytes
from harness.errors import InfrastructureFault
from harness.model.probe import ProbeCommand
from harness.ports import Probe, Sandbox
from harness.selfcheck.small_world import SmallWorld
from harness.store.run_folder import open_run

POD_TARGET_S = 0.5
TRIAL_TARGET_S = 1.0
HELP_TARGET_S = 0.3
MEMORY_TARGET_MB = 200.0
BENCH_TARGET_S = 300.0


@dataclass(frozen=True)
class Figure:
    """One measured value and the most it should be; `target` None = for information only."""

    name: str
    value: float
    unit: str
    target: float | None
    how: str

    @property
    def verdict(self) -> str:
        """ok | MISS | empty."""
        if self.target is None:
            return ""
        return "ok" if self.value <= self.target else "MISS"


@dataclass(frozen=True)
class Child:
    """A run of the real program that has ended."""

    wall_s: float
    peak_mb: float
    run: Path


def pod_overhead(sandbox: Sandbox, probe: Probe, task_folder: Path, scratch: Path, times: int = 7) -> Figure:
    """A pod opened, one probe run in it, and gone: without the time in which the service boots and the probe runs."""
    task = load_task(task_folder)
    command = probe.command(task, "smoke")
    if not isinstance(command, ProbeCommand):
        raise InfrastructureFault("nothing_to_run", f"probe {probe.name!r} has nothing to run: {command.why}")
    folder = scratch / "reference"
    for path, content in tree_bytes(task_folder / "solution").items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    for each in (scratch, folder):
        each.chmod(0o755)
    service = sandbox.prepare(folder, task, 1)
    spent = []
    for number in range(times + 1):
        began = time.monotonic()
        with sandbox.open(service, command, "perf") as pod:
            inside_s = pod.run(command, number).wall_s
        spent.append(time.monotonic() - began - inside_s)
    how = f"median of {times}, {min(spent[1:]):.2f} to {max(spent[1:]):.2f} (waiting for other runs counts)"
    return Figure("pod", statistics.median(spent[1:]), "s", POD_TARGET_S, how)


def help_time(program: Sequence[str], times: int = 5) -> Figure:
    """From the shell to the last line of `--help`."""
    spent = []
    for _ in range(times):
        began = time.monotonic()
        subprocess.run([*program, "--help"], check=True, stdout=subprocess.DEVNULL)
        spent.append(time.monotonic() - began)
    return Figure("harness --help", statistics.median(spent), "s", HELP_TARGET_S, f"median of {times}")


def whole_runs(program: Sequence[str], task_folder: Path, scratch: Path) -> Iterator[Figure]:
    """Two runs of the program, of two and of eight trials, one at a time: what six more trials cost.

    A trial outside its pod is its other stages (the median, as a stage may wait for another run on this machine) and
    whatever lies between trials: planning, storing, telling.
    """
    few, many = (_run(program, task_folder, scratch / str(count), count) for count in (2, 8))
    stages = [_stages_s(child) for child in (few, many)]
    other_s = statistics.median(sum(each.values()) - each["acceptance"] for each in stages[1])
    inside_s = [sum(sum(each.values()) for each in trials) for trials in stages]
    between_s = ((many.wall_s - inside_s[1]) - (few.wall_s - inside_s[0])) / 6
    how = f"{other_s:.2f} s in its stages, {between_s:.2f} s between trials"
    yield Figure("trial outside its pods", max(0.0, other_s + between_s), "s", TRIAL_TARGET_S, how)
    yield Figure("memory of a run", many.peak_mb, "MB", MEMORY_TARGET_MB, "VmHWM of `harness run`, eight trials")


def _stages_s(child: Child) -> list[Mapping[str, float]]:
    return [record.durations_s for record in open_run(child.run).reader.records()]


def _run(program: Sequence[str], task_folder: Path, folder: Path, trials: int) -> Child:
    folder.mkdir(parents=True)
    suite = SmallWorld(folder, task_folder.resolve()).suite({"perf": [{}] * trials}, workers=1)
    log = folder / "log"
    began = time.monotonic()
    with log.open("wb") as stream:
        command = [*program, "run", str(suite), "--out", str(folder / "runs")]
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT)
    peak = peak_mb(process)
    wall_s = time.monotonic() - began
    if process.returncode != 0:
        tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise InfrastructureFault("perf_run", f"the measured run ended with {process.returncode}", tail)
    (lock,) = (folder / "runs").glob("*/lock.json")
    return Child(wall_s, peak, lock.parent)


def peak_mb(process: subprocess.Popen[bytes]) -> float:
    """Watch a child to its end; the peak of its resident memory as /proc tells it (ru_maxrss would count ours in)."""
    peak_kb = 0
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace")
        except OSError:
            break
        peak_kb = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), peak_kb)
        time.sleep(0.02)
    process.wait()
    return peak_kb / 1024


def leftovers(clean: Callable[[], Sequence[str]]) -> Figure:
    """What `harness clean` still finds after these runs; call it once before them too."""
    found = clean()
    return Figure("left behind", len(found), "things", 0.0, found[0] if found else "containers, volumes, folders")


def bench_time(run: Path, created_unix_s: float, finished_unix_s: float) -> Figure:
    """How long a stored run took, by its own labels."""
    return Figure("bench, warm", finished_unix_s - created_unix_s, "s", BENCH_TARGET_S, os.fspath(run))


def table(figures: Sequence[Figure]) -> str:
    """Plain text, one line a figure."""
    lines = [f"{'figure':<26}{'measured':>12}{'target':>12}"]
    for figure in figures:
        target = "" if figure.target is None else f"{figure.target:g} {figure.unit}"
        value = f"{figure.value:.2f}" if figure.unit == "s" else f"{figure.value:.0f}"
        lines.append(f"{figure.name:<26}{value + ' ' + figure.unit:>12}{target:>12}  {figure.verdict:<5} {figure.how}")
    return "\n".join(lines)
