"""harness resume: finish an interrupted run, redoing only what has no record.

Refuses to finish a run whose inputs have changed since it began, and to ask live models for more than the cap allows.
"""

import argparse
from pathlib import Path

from harness import plugins
from harness.cli import assembly, ending
from harness.cli.run import configure_spending, introduce, prices_of, resolve, work_on
from harness.cli.say import note
from harness.cli.spending import approve, person, preview
from harness.runner import session
from harness.sandbox.noise import measure_noise
from harness.store.reader import find_run
from harness.store.run_folder import open_run


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("run", help="run folder, its name, or `latest`")
    configure_spending(parser)
    parser.add_argument("--out", type=Path, default=assembly.RUNS, help="folder of runs (default reports/runs)")
    parser.add_argument("--json", action="store_true", help="machine output on stdout")


def execute(args: argparse.Namespace) -> int:
    """Finish the run and report; returns the documented exit code."""
    prices = prices_of(args)
    folder = open_run(find_run(args.run, args.out))
    lock = folder.reader.lock()
    left = session.unfinished(folder, lock)
    signum = None
    if left:
        asked = dict(folder.reader.state().labels)
        if args.max_cost_usd is not None:
            asked["max_cost_usd"] = args.max_cost_usd  # money changes no score, so it is no part of the lock
        asked["prices"] = prices or asked.get("prices")
        suite, _ = resolve(asked)
        parts = assembly.parts_for(suite, assembly.sandbox())
        session.refuse_other_lock(folder, suite, parts)
        session.check_agents(suite, left, plugins.agent)
        introduce(suite)
        to_ask = session.unanswered(folder, suite, left)
        approve(preview(suite, to_ask, plugins.agent), asked.get("max_cost_usd"), None if args.yes else person())
        note(f"resuming {folder.paths.root}: {len(left)} of {len(lock.trials)} trials left")
        signum = work_on(folder, suite, parts, measure_noise())
    else:
        note(f"{folder.paths.root}: nothing left to do")
    return ending.conclude(folder, as_json=args.json, interrupted_by=signum)
