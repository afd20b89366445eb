"""harness compare: two or more agent versions, of one run or of several, paired by task.

Refuses versions that were run or measured unlike (another model, adapter, mode, tools or isolation) unless --allow
names what may differ, and says first whatever differs.
"""

import argparse
from pathlib import Path

from harness.cli import assembly
from harness.cli.say import machine, note, out
from harness.cli.sides import across, arms_of, chosen, refuse_incomparable, within
from harness.compare.arms import Arm
from harness.compare.comparison import Comparison, compare
from harness.compare.differing import DECISIVE, SHOWN, words_of
from harness.compare.verdicts import MARGIN
from harness.errors import StorageFault, UsageError
from harness.report.comparison import comparison_object
from harness.report.comparison_page import comparison_page, comparisons_text
from harness.report.verdict import comparison_verdict
from harness.store.atomic import write_atomic
from harness.store.reader import find_run
from harness.store.run_folder import RunFolder, open_run


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument(
        "runs", nargs="+", metavar="RUN", help="run folder, its name, or `latest`; the first is the base"
    )
    parser.add_argument("--by", choices=["agent"], default="agent", help="what is compared within one run (agent)")
    parser.add_argument("--first", help="version of the first run: definition file stem, label, name or place")
    parser.add_argument("--second", help="version that is held against it")
    parser.add_argument(
        "--margin", type=_margin, default=MARGIN, help=f"differences below this are equivalent (default {MARGIN:g})"
    )
    parser.add_argument(
        "--allow", type=_words, default=(), metavar="WHAT,...", help=f"what may differ: {', '.join(DECISIVE)}"
    )
    parser.add_argument(
        "--exit-code",
        action="store_true",
        help="exit 0 when the primary endpoint is better or equivalent, 1 when it is worse, 3 when it is inconclusive"
        " (several pairs: the worst of them); without it 0",
    )
    parser.add_argument("--out", type=Path, default=assembly.RUNS, help="folder of runs (default reports/runs)")
    parser.add_argument("--verify", action="store_true", help="hold the runs' indexes against every record first")
    parser.add_argument("--json", action="store_true", help="machine output on stdout")


def execute(args: argparse.Namespace) -> int:
    """Print one comparison per pair of versions."""
    folders = [open_run(find_run(name, args.out)) for name in args.runs]
    runs = [arms_of(folder, args.verify) for folder in folders]
    pairs = _pairs(runs, args.first, args.second)
    for first, second in pairs:
        refuse_incomparable(first, second, args.allow)
    found = [compare(first, second, args.margin) for first, second in pairs]
    if args.json:
        out(machine([comparison_object(comparison) for comparison in found]))
    else:
        out(comparisons_text(found, _kept(found, folders[-1])))
    return comparison_verdict(found).code if args.exit_code else 0


def _kept(found: list[Comparison], folder: RunFolder) -> str:
    """Write the whole of it into the last run's folder; where that is, or how else it can be had."""
    path = folder.paths.comparison
    try:
        write_atomic(path, comparison_page(found))
    except StorageFault as fault:
        note(f"{path} cannot be written ({fault.message}); --json prints the whole comparison")
        return "--json"
    return f"{path}, or --json"


def _pairs(runs: list[tuple[Arm, ...]], first: str | None, second: str | None) -> tuple[tuple[Arm, Arm], ...]:
    base, others = runs[0], runs[1:]
    if first is not None or second is not None:
        return tuple((_named(base, first, "--first"), _named(other, second, "--second")) for other in others or [base])
    pairs = tuple(pair for other in others for pair in across(base, other)) if others else within(base)
    if not pairs:
        raise UsageError("one_version", f"{base[0].run} has one agent version only; name a second run to compare with")
    return pairs


def _named(arms: tuple[Arm, ...], wanted: str | None, flag: str) -> Arm:
    if wanted is None and len(arms) > 1:
        raise UsageError("no_version", f"{arms[0].run} has several versions; name one with {flag}")
    place = 1 if wanted is None else int(wanted) if wanted.isdigit() and len(wanted) < 8 else wanted
    return chosen(arms, place, flag)


def _words(text: str) -> tuple[str, ...]:
    return words_of(text, (*DECISIVE, *SHOWN), "--allow")


def _margin(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share between 0 and 1, e.g. 0.1 for ten points")
    return value
