"""How compare, gate and report grow with a run: the real program on synthetic stores of 1,000 to 100,000 trials.

Refuses to hide a miss, and to measure anything but the whole program from its start to its end. Memory is the peak of
the main process; the processes that read records for the first index have their own, a fixed part of the run each.
"""

import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from harness.errors import InfrastructureFault
from harness.selfcheck.perf import Figure, peak_mb
from harness.selfcheck.synthetic_store import synthetic_store

INDEX_TARGET_S: Final = 120.0
COMPARE_TARGET_S: Final = 10.0
GATE_TARGET_S: Final = 15.0
REPORT_TARGET_S: Final = 30.0
MEMORY_TARGET_MB: Final = 1000.0
PAGE_TARGET_MB: Final = 5.0
POLICY: Final = """schema = 1
name = "growth"
candidate = 2
[[floors]]
endpoint = "accepted"
at_least = 0.5
[non_inferiority]
endpoints = ["accepted", "acceptance"]
margin = 0.1
"""


def growth(program: Sequence[str], folder: Path, trials: int) -> Iterator[Figure]:
    """The figures of one size; its store, of about 15 kB a trial, is made in `folder` and removed again."""
    runs = folder / f"growth-{trials}"
    policy = folder / "growth.toml"
    policy.write_text(POLICY, encoding="utf-8")
    store = synthetic_store(runs, trials)
    name, size = store.paths.root.name, f"{trials:,} trials"
    out = ("--out", str(runs))
    compare = (*program, "compare", name, *out)
    peaks = []
    try:
        for what, target, command in (
            ("compare, first index", INDEX_TARGET_S, compare),
            ("compare", COMPARE_TARGET_S, compare),
            ("gate", GATE_TARGET_S, (*program, "gate", name, "--policy", str(policy), *out)),
            ("report", REPORT_TARGET_S, (*program, "report", name, *out)),
        ):
            wall_s, peak = _timed(command, folder / "growth.log")
            peaks.append(peak)
            yield Figure(f"{what}, {size}", wall_s, "s", target, f"peak {peak:.0f} MB")
        page = (store.paths.root / "report.html").stat().st_size / 1e6
        yield Figure(f"memory, {size}", max(peaks), "MB", MEMORY_TARGET_MB, "the largest of the four")
        yield Figure(f"report.html, {size}", page, "MB", PAGE_TARGET_MB, "its trials lie beside it above that")
    finally:
        shutil.rmtree(runs)


def _timed(command: Sequence[str], log: Path) -> tuple[float, float]:
    """Seconds from start to end, and the peak memory in MB; a gate may decide as it likes."""
    began = time.monotonic()
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT)
        peak = peak_mb(process)
    wall_s = time.monotonic() - began
    if process.returncode not in (0, 1, 3):
        tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise InfrastructureFault("perf_run", f"{command[-4:]} ended with {process.returncode}", tail)
    return wall_s, peak
