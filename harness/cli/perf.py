"""harness perf: measure the harness itself; each figure beside its target.

Refuses to fail on a miss: what is slow here may be the machine. Exit 0 whenever everything could be measured.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from harness import plugins
from harness.cli import assembly
from harness.cli.say import note, out
from harness.errors import UsageError
from harness.sandbox.clean import clean
from harness.sandbox.scratch import scratch
from harness.selfcheck import perf, perf_growth, perf_load, perf_store
from harness.store.reader import find_run
from harness.store.run_folder import open_run

TASK = Path("fixtures/tasks/greeting")
QUICK_CASES = 2
SIZES = (1_000, 10_000)


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("--full", action="store_true", help="every case of the load generator's accuracy (minutes)")
    parser.add_argument(
        "--growth",
        metavar="TRIALS",
        help="only how compare, gate and report grow, at these sizes, e.g. 1000,10000,100000 (1.5 GB, minutes);"
        f" without it the others are measured too, and growth at {','.join(map(str, SIZES))}",
    )
    parser.add_argument("--run", help="also the time of a stored run: folder, name or `latest`")
    parser.add_argument("--task", type=Path, default=TASK, help=f"task to measure with (default {TASK})")
    parser.add_argument("--out", type=Path, default=assembly.RUNS, help="folder of runs (default reports/runs)")


def execute(args: argparse.Namespace) -> int:
    """Measure and print."""
    if not (args.task / "task.toml").is_file():
        raise UsageError("no_task", f"{args.task} is not a task folder; run from the project's top, or use --task")
    program = (sys.executable, "-c", "from harness.cli.main import entry; entry()")
    if args.growth:
        with scratch("perf") as folder:
            out(perf.table(list(_growth(program, folder, _sizes(args.growth)))))
        return 0
    box = assembly.sandbox()
    with scratch("perf") as folder:
        note("perf: start-up, pods, whole runs")
        figures = [perf.help_time(program)]
        figures.append(perf.pod_overhead(box, plugins.probe("acceptance"), args.task, folder))
        figures += perf.whole_runs(program, args.task, folder)
        figures.append(perf.leftovers(partial(clean, os.environ)))
        note("perf: store and report")
        figures += [perf_store.scan_time(folder), perf_store.render_time()]
        figures += _growth(program, folder, SIZES)
    if args.run:
        figures.append(_bench(args.run, args.out))
    out(perf.table(figures))
    note("perf: load generator, one pod a case")
    cases = perf_load.CASES if args.full else perf_load.CASES[:QUICK_CASES]
    out("\n" + perf_load.table(list(perf_load.measure(box, cases))))
    return 0


def _growth(program: tuple[str, ...], folder: Path, sizes: tuple[int, ...]) -> Iterator[perf.Figure]:
    for trials in sizes:
        note(f"perf: compare, gate and report on {trials:,} trials")
        yield from perf_growth.growth(program, folder, trials)


def _sizes(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isdecimal() and 48 <= int(part) <= 1_000_000 for part in parts):
        raise UsageError(
            "no_size", f"--growth {text!r}: expected numbers of trials from 48 to 1000000, e.g. 1000,10000"
        )
    return tuple(map(int, parts))


def _bench(asked: str, runs: Path) -> perf.Figure:
    folder = open_run(find_run(asked, runs))
    state = folder.reader.state()
    if not state.finished_utc:
        raise UsageError("unfinished", f"{folder.paths.root}: the run has not ended; give one that has")
    created, finished = (datetime.fromisoformat(text).timestamp() for text in (state.created_utc, state.finished_utc))
    return perf.bench_time(folder.paths.root, created, finished)
