"""harness repeat: measure a stored trial again and show each point it loses, beside what the run recorded.

Refuses to change the run: what comes out is printed, nothing is stored.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from harness import plugins
from harness.cli import assembly
from harness.cli.run import resolve
from harness.cli.say import note, out
from harness.errors import AgentFault, UsageError
from harness.model.score import Score, ScoreResult, Unmeasured
from harness.model.trial import TrialRecord
from harness.report.explain import explain_score
from harness.report.safe_text import terminal, terminal_line
from harness.runner.plan import probes_needed
from harness.runner.repeat import Repeated, repeat
from harness.store.reader import find_run
from harness.store.run_folder import RunFolder, open_run
from harness.workspace.folder import FolderWorkspace

EXIT_INFRASTRUCTURE = 4


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("run", help="run folder, its name, or `latest`")
    parser.add_argument("trial", help="the trial's name as the report has it, or the beginning of it")
    parser.add_argument("--scorer", action="append", default=[], metavar="NAME", help="only this one (default: all)")
    parser.add_argument("--out", type=Path, default=assembly.RUNS, help="folder of runs (default reports/runs)")


def execute(args: argparse.Namespace) -> int:
    """0 when everything asked for was measured, 4 when something was not."""
    folder = open_run(find_run(args.run, args.out))
    record = _record(folder, args.trial)
    suite, _ = resolve(folder.reader.state().labels)
    scorers = [plugins.scorer(name) for name in _chosen(args.scorer, suite.scorers)]
    probes = [plugins.probe(name) for name in probes_needed(scorers)]
    note(f"{record.trial.name}: {', '.join(probe.name for probe in probes)} again, seed {record.trial.seed}")
    try:
        box = assembly.sandbox()
        return _told(repeat(folder, record, suite, box, FolderWorkspace(), probes, scorers, note))
    except AgentFault as fault:  # the recorded trial was measured, this one is not: that too is what came out
        out(terminal(f"now {fault.code}: {fault.message}; recorded: it was measured\n{fault.detail}".rstrip()))
        return 0


def _told(results: Iterator[Repeated]) -> int:
    code = 0
    for result in results:
        out("\n".join(_lines(result)))
        code = EXIT_INFRASTRUCTURE if isinstance(result.now, Unmeasured) else code
    return code


def _record(folder: RunFolder, asked: str) -> TrialRecord:
    known = {record.trial.name: record for record in folder.reader.records()}
    found = [asked] if asked in known else [name for name in known if name.startswith(asked)]
    if len(found) != 1:
        which = "fits no trial" if not found else f"fits {len(found)} trials"
        raise UsageError("which_trial", f"{asked!r} {which} of {folder.paths.root}; they are {', '.join(known)}")
    return known[found[0]]


def _chosen(asked: list[str], known: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise UsageError("unknown_scorer", f"--scorer {unknown[0]!r}: expected one of {', '.join(known)}")
    return tuple(name for name in known if name in asked) if asked else known


def _lines(result: Repeated) -> Iterator[str]:
    """`attacks: 0.885 now, 0.885 recorded`, then each point lost with its evidence and how to see it."""
    then = _value(result.then) if result.then else "nothing"
    yield f"{result.now.scorer}: {_value(result.now)} now, {then} recorded"
    if not isinstance(result.now, Score):
        return
    for point in explain_score(result.now).lost:
        if not point.points:
            continue
        yield f"  {point.points} {terminal_line(' · '.join(p for p in (point.title, point.where, *point.tags) if p))}"
        yield from (f"      {line}" for line in terminal(point.detail).splitlines())
        yield from (f"      $ {line}" for line in terminal(point.reproduce).splitlines())


def _value(result: ScoreResult) -> str:
    if isinstance(result, Score):
        return f"{result.value:.3f}"
    return "not measured" if isinstance(result, Unmeasured) else "not applicable"
