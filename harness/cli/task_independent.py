"""harness task independent prompt|add|list: what a stranger is to be given, what came back, and what is known of it.

Refuses to choose: every reply that was asked for gets the next number, whatever it is worth.
"""

import argparse
import datetime
from pathlib import Path

from harness.cli.say import note, out
from harness.config.definition import read_definition
from harness.config.independent import add_reply, load_independents
from harness.config.task import load_task
from harness.documents import read_text
from harness.errors import UsageError
from harness.model.agent import AgentSpec
from harness.model.submission import Prompt
from harness.prompt.render import render

USAGE = "expected `independent prompt ID`, `independent add ID REPLY.md --origin TEXT` or `independent list ID`"
NOBODY = AgentSpec("nobody", "", "", "", "no definition")


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags of `independent add`."""
    group = parser.add_argument_group("independent add ID REPLY.md", "the reply lies in the task as it came")
    group.add_argument("--origin", default="", help="who wrote it, and how: one sentence")
    group.add_argument("--when", default="", metavar="YYYY-MM-DD", help="day it was written (default today)")
    group.add_argument("--agent", type=Path, metavar="FILE", help="definition it was asked with (prompt: to ask with)")
    group.add_argument(
        "--prompt", default="", metavar="DIGEST", help="digest of the prompt it answers (default present)"
    )


def execute(args: argparse.Namespace) -> int:
    """Do the action."""
    match args.ids:
        case ["prompt", task_id]:
            return _prompt(args, _folder(args.root, task_id))
        case ["add", task_id, reply]:
            return _add(args, _folder(args.root, task_id), Path(reply))
        case ["list", task_id]:
            return _list(_folder(args.root, task_id))
    raise UsageError("usage", f"task independent {' '.join(args.ids)}: {USAGE}")


def _rendered(args: argparse.Namespace, task: Path) -> Prompt:
    return render(read_definition(args.agent) if args.agent else NOBODY, load_task(task))


def _prompt(args: argparse.Namespace, task: Path) -> int:
    """What an agent is sent, and nothing else: give this to somebody who knows nothing of the task."""
    prompt = _rendered(args, task)
    out(f"{prompt.system}\n\n{prompt.user}" if prompt.system else prompt.user)
    note(f"prompt {prompt.digest}")
    return 0


def _add(args: argparse.Namespace, task: Path, reply: Path) -> int:
    if not args.origin.strip():
        raise UsageError("usage", "task independent add: --origin is missing; say who wrote the reply, and how")
    meta = {"origin": args.origin, "when": args.when or datetime.datetime.now(datetime.UTC).date().isoformat()}
    read_text(reply)  # says what is wrong with a file that is missing or no text
    meta["prompt"] = args.prompt or _rendered(args, task).digest
    if args.agent:
        meta["definition"] = read_definition(args.agent).sha256
    solution = add_reply(task, reply.read_bytes(), meta)
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
