"""harness report: write a run's report files again, from what is stored.

Refuses to measure: what is missing is shown as missing.
"""

import argparse
from pathlib import Path
from typing import get_args

from harness.cli import assembly
from harness.cli.ending import bundle_of, write_report
from harness.cli.say import out
from harness.errors import UsageError
from harness.report.beside import FOLDER
from harness.report.render import FORMATS, Format
from harness.store.reader import find_run
from harness.store.run_folder import open_run


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("run", help="run folder, its name, or `latest`")
    parser.add_argument(
        "--format", default=",".join(FORMATS), help=f"comma separated: {', '.join(FORMATS)} (default all)"
    )
    parser.add_argument("--out", type=Path, default=assembly.RUNS, help="folder of runs (default reports/runs)")


def execute(args: argparse.Namespace) -> int:
    """Write the files and name them."""
    folder = open_run(find_run(args.run, args.out))
    written = write_report(folder, bundle_of(folder), _formats(args.format))
    beside = folder.paths.root / FOLDER
    for path in written:
        if path.parent != beside:
            out(str(path))
    count = sum(path.parent == beside for path in written)
    if count:
        out(f"{beside}/: {count} files, the trials")
    return 0


def _formats(text: str) -> list[Format]:
    known: dict[str, Format] = {name: name for name in get_args(Format)}
    wanted = [part.strip() for part in text.split(",") if part.strip()]
    if not wanted:
        raise UsageError("no_format", f"--format {text!r} names no report format; choose from {', '.join(FORMATS)}")
    for name in wanted:
        if name not in known:
            raise UsageError(
                "no_such_format", f"--format: {name!r} is no report format; choose from {', '.join(FORMATS)}"
            )
    return [known[name] for name in wanted]
