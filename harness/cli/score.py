"""harness score: re-score a run from its stored probe output; needs no container engine.

Refuses to rewrite the run's records: the new scores go beside them.
"""

import argparse
from pathlib import Path

from harness import plugins
from harness.cli import assembly
from harness.cli.run import resolve
from harness.cli.say import out
from harness.runner.plan import probes_needed
from harness.runner.rescore import rescore
from harness.store.reader import find_run
from harness.store.run_folder import open_run


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("run", help="run folder, its name, or `latest`")
    parser.add_argument("--out", type=Path, default=assembly.RUNS, help="folder of runs (default reports/runs)")


def execute(args: argparse.Namespace) -> int:
    """Score again and say what changed."""
    folder = open_run(find_run(args.run, args.out))
    suite, _ = resolve(folder.reader.state().labels)
    scorers = [plugins.scorer(name) for name in suite.scorers]
    probes = [plugins.probe(name) for name in probes_needed(scorers)]
    digest, changed = rescore(folder, suite, probes, scorers)
    total = len(folder.reader.records())
    out(f"{folder.paths.scores / digest}.json: {changed} of {total} trials come out differently than recorded")
    return 0
