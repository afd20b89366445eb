"""harness task independent add|list: keep a reply written from the prompt alone, or show what is known of those kept.

Refuses to choose: every reply that was asked for gets the next number, whatever it is worth.
"""

import argparse
import datetime
from pathlib import Path

from harness.cli.say import out
from harness.config.independent import add_reply, load_independents
from harness.documents import read_text
from harness.errors import UsageError

USAGE = "expected `independent add ID REPLY.md --origin TEXT` or `independent list ID`"


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags of `independent add`."""
    group = parser.add_argument_group("independent add ID REPLY.md", "the reply lies in the task as it came")
    group.add_argument("--origin", default="", help="who wrote it, and how: one sentence")
    group.add_argument("--when", default="", metavar="YYYY-MM-DD", help="day it was written (default today)")
    group.add_argument("--prompt", default="", metavar="DIGEST", help="digest of the prompt it answers")


def execute(args: argparse.Namespace) -> int:
    """Do the action."""
    match args.ids:
        case ["add", task_id, reply]:
            return _add(args, _folder(args.root, task_id), Path(reply))
        case ["list", task_id]:
            return _list(_folder(args.root, task_id))
    raise UsageError("usage", f"task independent {' '.join(args.ids)}: {USAGE}")


def _add(args: argparse.Namespace, task: Path, reply: Path) -> int:
    if not args.origin.strip():
        raise UsageError("usage", "task independent add: --origin is missing; say who wrote the reply, and how")
    meta = {"origin": args.origin, "when": args.when or datetime.datetime.now(datetime.UTC).date().isoformat()}
    read_text(reply)  # says what is wrong with a file that is missing or no text
    solution = add_reply(task, reply.read_bytes(), meta | ({"prompt": args.prompt} if args.prompt else {}))
    read = f"refused at intake: {solution.refusal}" if solution.refusal else f"{len(solution.files)} files"
    out(f"{task.name} {solution.number}: {read}")
    out(f"next: `harness task check {task.name} --quick --only independent@{solution.number}`")
    return 0


def _list(task: Path) -> int:
    known = load_independents(task)
    for solution in known.solutions:
        first = known.first.get(solution.number)
        lost = "not measured yet" if first is None else f"lost {len(first.lost)} points first"
        unbacked = 0 if first is None else len(known.unbacked(solution.number, first.lost))
        out(
            f"{solution.number}  {len(solution.files):>3} files  {lost}"
            + (f", {unbacked} no rule backs" if unbacked else "")
        )
    return 0


def _folder(root: Path, task_id: str) -> Path:
    if not (root / task_id / "task.toml").is_file():
        raise UsageError("no_such_task", f"no such task: {task_id!r} below {root}; see `harness task list`")
    return root / task_id
