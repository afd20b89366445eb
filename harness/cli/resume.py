"""harness resume: finish an interrupted run, redoing only what has no record.

Refuses to finish a run whose inputs have changed since it began.
"""

import argparse
from pathlib import Path

from harness.cli import assembly, ending
from harness.cli.run import resolve, work_on
from harness.cli.say import note
from harness.runner import session
from harness.store.reader import find_run
from harness.store.run_folder import open_run


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("run", help="run folder, its name, or `latest`")
    parser.add_argument("--out", type=Path, default=assembly.RUNS, help="folder of runs (default reports/runs)")
    parser.add_argument("--json", action="store_true", help="machine output on stdout")


def execute(args: argparse.Namespace) -> int:
    """Finish the run and report; returns the documented exit code."""
    folder = open_run(find_run(args.run, args.out))
    lock = folder.reader.lock()
    left = session.unfinished(folder, lock)
    signum = None
    if left:
        suite, _ = resolve(folder.reader.state().labels)
        parts = assembly.parts_for(suite, assembly.sandbox())
        session.refuse_other_lock(folder, suite, parts)
        note(f"resuming {folder.paths.root}: {len(left)} of {len(lock.trials)} trials left")
        signum = work_on(folder, suite, parts)
    else:
        note(f"{folder.paths.root}: nothing left to do")
    return ending.conclude(folder, as_json=args.json, interrupted_by=signum)
