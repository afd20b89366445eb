"""harness run: run a suite; an unfinished run of the same lock is continued.

Refuses to start when any input is wrong, so that nothing is half paid for.
"""

import argparse
import math
import os
from collections.abc import Callable
from pathlib import Path

from harness import plugins
from harness.cli import assembly, ending
from harness.cli.interrupts import Interrupted
from harness.cli.progress import progress
from harness.cli.say import note
from harness.cli.spending import approve, person, preview
from harness.config.suite import Overrides, load_suite
from harness.model.jsontypes import JsonObject
from harness.model.suite import Suite
from harness.runner import session
from harness.runner.plan import plan_trials
from harness.store.run_folder import RunFolder


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("suite", type=Path, help="suite file, e.g. tasks/suites/smoke.toml")
    parser.add_argument(
        "--agent", type=Path, action="append", default=[], help="definition instead of the suite's agents"
    )
    parser.add_argument("--adapter", help="how the agents are run instead of as the suite says: replay, chat, ...")
    parser.add_argument("--model", help="model name instead of the suite's")
    parser.add_argument("--tasks", action="append", default=[], help="task ids instead of the suite's, comma separated")
    parser.add_argument("-k", "--attempts", type=_positive, help="attempts per task and agent version")
    configure_spending(parser)
    parser.add_argument("--out", type=Path, default=assembly.RUNS, help="folder of runs (default reports/runs)")
    parser.add_argument("--json", action="store_true", help="machine output on stdout")


def configure_spending(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verbs that may spend money."""
    parser.add_argument("--max-cost-usd", type=_dollars, help="cap on what this command may spend on live models")
    parser.add_argument("--yes", action="store_true", help="do not ask before a run that may cost money")


def execute(args: argparse.Namespace) -> int:
    """Run the suite and report; returns the documented exit code."""
    asked = {
        "suite": str(args.suite.resolve()),
        "agents": [str(path.resolve()) for path in args.agent],
        "tasks": list(dict.fromkeys(task for group in args.tasks for task in group.split(",") if task)),
        "attempts": args.attempts,
        "adapter": args.adapter,
        "model": args.model,
        "max_cost_usd": args.max_cost_usd,
    }
    folder, signum = run_asked(asked, args.out, person=None if args.yes else person())
    return ending.conclude(folder, as_json=args.json, interrupted_by=signum)


def resolve(asked: JsonObject) -> tuple[Suite, Path | None]:
    """The suite as asked for (suite path and flags), and its EXPECTED.toml if it names one."""
    overrides = Overrides(
        tasks=tuple(asked["tasks"]),
        agents=tuple(Path(path) for path in asked["agents"]),
        attempts=asked["attempts"],
        adapter=asked["adapter"],
        model=asked["model"],
        max_cost_usd=asked.get("max_cost_usd"),
    )
    return load_suite(Path(asked["suite"]), plugins.names("scorers"), overrides)


def run_asked(asked: JsonObject, out: Path, person: Callable[[str], str] | None = None) -> tuple[RunFolder, int | None]:
    """Resolve, open or continue the run, and work it to its end; the signal's number if one cut that short.

    person: asks whoever is at the terminal before a run that may cost money; None = goes on unasked.
    """
    suite, _ = resolve(asked)
    session.check_agents(suite, plan_trials(suite), plugins.agent)  # wrong input is told before an engine is started
    approve(preview(suite, plan_trials(suite), plugins.agent), asked.get("max_cost_usd"), person)
    parts = assembly.parts_for(suite, assembly.sandbox())
    folder = session.open_session(suite, parts, out, asked, os.urandom(2).hex(), note)
    return folder, work_on(folder, suite, parts)


def work_on(folder: RunFolder, suite: Suite, parts: session.Parts) -> int | None:
    """Work on every unfinished trial, shown on stderr; None, or the number of the signal that interrupted it."""
    try:
        with progress(len(session.unfinished(folder, folder.reader.lock()))) as listen:
            session.work(folder, suite, parts, listen)
    except Interrupted as interrupt:
        note(f"interrupted; `harness resume {folder.paths.root}` goes on from here")
        return interrupt.signum
    return None


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _dollars(text: str) -> float:
    try:
        dollars = float(text)
    except ValueError:
        dollars = math.nan
    if not 0 <= dollars < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount of US dollars, e.g. 2.50")
    return dollars
