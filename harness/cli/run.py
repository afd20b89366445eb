"""harness run: run a suite; an unfinished run of the same lock is continued.

Refuses to start when any input is wrong, so that nothing is half paid for.
"""

import argparse
import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from harness import plugins
from harness.cli import assembly, ending
from harness.cli.interrupts import Interrupted
from harness.cli.progress import progress
from harness.cli.say import note
from harness.cli.spending import approve, person, preview
from harness.config.places import find_suite, is_builtin
from harness.config.suite import Overrides, load_suite
from harness.documents import schema
from harness.errors import UsageError
from harness.model.jsontypes import JsonObject
from harness.model.noise import Noise
from harness.model.suite import Suite
from harness.report.safe_text import terminal
from harness.runner import forecast, session
from harness.runner.plan import plan_trials
from harness.sandbox.noise import measure_noise
from harness.store.run_folder import RunFolder


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("suite", type=Path, help="suite file, or the name of a built-in one, e.g. smoke")
    parser.add_argument(
        "--agent", type=Path, action="append", default=[], help="definition instead of the suite's agents"
    )
    parser.add_argument(
        "--adapter",
        type=word,
        help=f"how the agents are run instead of as the suite says: {' or '.join(plugins.names('agents'))}; chat asks a"
        " live model at OPENAI_BASE_URL (with its /v1) or ANTHROPIC_BASE_URL (without)",
    )
    parser.add_argument("--model", type=word, help="model name instead of the suite's")
    parser.add_argument(
        "--tasks", action="append", default=[], type=_ids, help="task ids instead of the suite's, comma separated"
    )
    parser.add_argument(
        "-k", "--attempts", type=_attempts, help=f"attempts per task and agent version, at most {_most_attempts()}"
    )
    configure_spending(parser)
    parser.add_argument("--out", type=Path, default=assembly.RUNS, help="folder of runs (default reports/runs)")
    parser.add_argument("--json", action="store_true", help="machine output on stdout")


def configure_spending(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verbs that may spend money."""
    parser.add_argument(
        "--max-cost-usd",
        type=_dollars,
        help="cap on what this command may spend on live models; needs their prices, stated here or in the suite",
    )
    for name, what in (("--price-in", "sent"), ("--price-out", "received")):
        parser.add_argument(
            name, type=_dollars, metavar="USD", help=f"price of a million tokens {what}, instead of the suite's"
        )
    parser.add_argument("--yes", action="store_true", help="do not ask before a run that may cost money")


def execute(args: argparse.Namespace) -> int:
    """Run the suite and report; returns the documented exit code."""
    asked = {
        "suite": asked_suite(args.suite),
        "agents": [str(path.resolve()) for path in args.agent],
        "tasks": list(dict.fromkeys(task for group in args.tasks for task in group)),
        "attempts": args.attempts,
        "adapter": args.adapter,
        "model": args.model,
        "max_cost_usd": args.max_cost_usd,
        "prices": prices_of(args),
    }
    folder, signum = run_asked(asked, args.out, person=None if args.yes else person())
    return ending.conclude(folder, as_json=args.json, interrupted_by=signum)


def asked_suite(suite: Path) -> str:
    """What the run keeps, to find the suite again: its whole path, or the name of one that is installed with us."""
    found = find_suite(suite)
    return found.stem if is_builtin(found) else str(found.resolve())


def resolve(asked: JsonObject) -> tuple[Suite, Path | None]:
    """The suite as asked for (suite path and flags), and its EXPECTED.toml if it names one."""
    overrides = Overrides(
        tasks=tuple(asked["tasks"]),
        agents=tuple(Path(path) for path in asked["agents"]),
        attempts=asked["attempts"],
        adapter=asked["adapter"],
        model=asked["model"],
        max_cost_usd=asked.get("max_cost_usd"),
        prices=asked.get("prices"),
    )
    return load_suite(find_suite(Path(asked["suite"])), plugins.names("scorers"), overrides)


def run_asked(asked: JsonObject, out: Path, person: Callable[[str], str] | None = None) -> tuple[RunFolder, int | None]:
    """Resolve, open or continue the run, and work it to its end; the signal's number if one cut that short.

    person: asks whoever is at the terminal before a run that may cost money; None = goes on unasked.
    """
    suite, _ = resolve(asked)
    assembly.refuse_unusable(out)
    assembly.call_deadline_s()
    session.check_agents(suite, plan_trials(suite), plugins.agent)  # wrong input is told before an engine is started
    introduce(suite)
    approve(preview(suite, plan_trials(suite), plugins.agent), asked.get("max_cost_usd"), person)
    parts = assembly.parts_for(suite, assembly.sandbox())
    noise = measure_noise()  # before there is a run that another process could find unattended
    folder = session.open_session(suite, parts, out, asked, os.urandom(2).hex(), note)
    return folder, work_on(folder, suite, parts, noise)


def work_on(folder: RunFolder, suite: Suite, parts: session.Parts, noise: Noise) -> int | None:
    """Work on every unfinished trial, shown on stderr; None, or the number of the signal that interrupted it."""
    left = session.unfinished(folder, folder.reader.lock())
    foretell([trial.task_id for trial in left], suite, parts, noise)
    try:
        with progress(len(left)) as listen:
            session.work(folder, suite, parts, listen)
    except Interrupted as interrupt:
        note(f"interrupted; `harness resume {folder.paths.root}` goes on from here")
        return interrupt.signum
    return None


def foretell(task_ids: Sequence[str], suite: Suite, parts: session.Parts, noise: Noise) -> None:
    """What the trials that are left will take on this host as it is now, and what it will leave open, on stderr."""
    if not task_ids:
        return
    tasks = {task.id: task for task in suite.tasks}
    expected = forecast.minutes(
        [tasks[task_id] for task_id in task_ids], parts.probes, suite.profile, suite.workers, noise
    )
    long = f"about {max(1, round(expected))} min for {len(task_ids)} trials, models' time apart"
    note(f"host: {forecast.told(noise)}; {long}")
    for line in forecast.undecided(noise):
        note(f"host: {line}")


def introduce(suite: Suite) -> None:
    """One line per version on stderr: the label that tables use, its definition's file, how and as what it is run."""
    width = max(len(version.label) for version in suite.agents)
    for version in suite.agents:
        model = (version.model or version.spec.model or "") if version.adapter != "replay" else ""
        note(terminal(f"version {version.label:<{width}}  {_short(version.spec.source)}  {version.adapter} {model}"))


def prices_of(args: argparse.Namespace) -> JsonObject | None:
    """The flags as `parameters.prices`, None without them; UsageError for one without the other."""
    if (args.price_in is None) != (args.price_out is None):
        raise UsageError("one_price", "--price-in and --price-out belong together: US dollars per million tokens")
    return None if args.price_in is None else {"input_per_mtok": args.price_in, "output_per_mtok": args.price_out}


def _short(source: str) -> str:
    """A path as seen from here, or whole where that would lead out of here."""
    path = os.path.relpath(source)
    return str(Path(source).resolve()) if path.startswith(os.pardir) else path


def word(text: str) -> str:
    """A flag's value that must say something."""
    if not text.strip():
        raise argparse.ArgumentTypeError("empty; leave the flag out, or give it a value")
    return text


def _ids(text: str) -> list[str]:
    ids = [part.strip() for part in text.split(",") if part.strip()]
    if not ids:
        raise argparse.ArgumentTypeError(f"{text!r} names no task; leave the flag out for all tasks of the suite")
    return ids


def _most_attempts() -> int:
    return int(schema("suite")["properties"]["attempts"]["maximum"])


def _attempts(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    if int(text) > _most_attempts():
        raise argparse.ArgumentTypeError(f"{text}: at most {_most_attempts()} attempts")
    return int(text)


def _dollars(text: str) -> float:
    try:
        dollars = float(text)
    except ValueError:
        dollars = math.nan
    if not 0 <= dollars < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount of US dollars, e.g. 2.50")
    return dollars
