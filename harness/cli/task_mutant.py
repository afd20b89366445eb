"""harness task mutant new|refresh: make a mutant's patch from a changed copy of the reference, or anew.

Refuses nothing of its own: what a mutant must be is said by harness/config/mutants.py.
"""

import argparse
from pathlib import Path

from harness.cli.say import out
from harness.config.mutants import SETTINGS
from harness.documents import tree_bytes
from harness.errors import UsageError
from harness.selfcheck.mutant_files import Settings, new_mutant, refresh_mutant

CLASSES = ("conformance", "function", "security", "tests", "performance", "operation")
USAGE = "expected `mutant new ID NAME FOLDER` or `mutant refresh ID [NAME ...]`"


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags of `mutant new`."""
    group = parser.add_argument_group("mutant new ID NAME FOLDER", "FOLDER: a whole copy of solution/, changed")
    group.add_argument("--class", dest="defect_class", choices=CLASSES, default="", help="kind of defect")
    group.add_argument("--scorer", default="", help="the scorer that must catch it")
    group.add_argument("--also", action="append", default=[], metavar="SCORER", help="a scorer that may see it too")
    group.add_argument("--summary", default="", help="one sentence: what is wrong")
    group.add_argument("--cwe", type=int, help="weakness number, for --class security")
    group.add_argument("--late", action="store_true", help="written after the scorers were frozen")


def execute(args: argparse.Namespace) -> int:
    """0 when every patch stands, 1 when one no longer applies."""
    match args.ids:
        case ["new", task_id, name, folder]:
            return _new(args, _folder(args.root, task_id), name, Path(folder))
        case ["refresh", task_id, *names]:
            return _refresh(_folder(args.root, task_id), names)
    raise UsageError("usage", f"task mutant {' '.join(args.ids)}: {USAGE}")


def _new(args: argparse.Namespace, task: Path, name: str, changed: Path) -> int:
    if not name.replace("-", "").isalnum() or name != name.lower():
        raise UsageError("usage", f"mutant name {name!r}: expected lower case letters, digits and dashes")
    if not changed.is_dir():
        raise UsageError("usage", f"{changed}: no such folder; expected a changed copy of {task}/solution")
    settings = Settings(args.defect_class, args.scorer, args.summary, tuple(args.also), args.cwe, args.late)
    for path in new_mutant(task, name, changed, settings):
        out(str(path))
    return 0


def _refresh(task: Path, names: list[str]) -> int:
    folders = [task / "mutants" / name for name in names] or sorted(
        p.parent for p in task.glob(f"mutants/*/{SETTINGS}")
    )
    unknown = [folder for folder in folders if not (folder / SETTINGS).is_file()]
    if unknown:
        raise UsageError("no_such_mutant", f"{unknown[0]}: no such mutant; see `ls {task}/mutants`")
    solution = tree_bytes(task / "solution")
    found = [refresh_mutant(folder, solution) for folder in folders]
    for each in found:
        out(f"{each.name}: DOES NOT APPLY: {each.why}" if each.how == "lost" else f"{each.name}: {each.how}")
    lost = sum(each.how == "lost" for each in found)
    out(f"{len(found) - lost} of {len(found)} mutants stand on the present reference")
    return 1 if lost else 0


def _folder(root: Path, task_id: str) -> Path:
    if not (root / task_id / "task.toml").is_file():
        raise UsageError("no_such_task", f"no such task: {task_id!r} below {root}; see `harness task list`")
    return root / task_id
