"""harness task: list the benchmark tasks.

Refuses a task it cannot load whole.
"""

import argparse
import json
from pathlib import Path

from harness.cli.say import out
from harness.config.task import list_tasks, load_task
from harness.errors import UsageError


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("action", choices=["list"], help="list: the tasks with their requirements")
    parser.add_argument("--root", type=Path, default=Path("tasks"), help="folder of tasks (default tasks)")
    parser.add_argument("--json", action="store_true", help="machine output on stdout")


def execute(args: argparse.Namespace) -> int:
    """List the tasks."""
    ids = list_tasks(args.root)
    if not ids:
        raise UsageError(
            "no_tasks", f"no task folders under {str(args.root)!r}; run from the project's top, or use --root"
        )
    tasks = [load_task(args.root / task_id) for task_id in ids]
    if args.json:
        out(json.dumps([{"id": t.id, "title": t.title, "digest": t.digest, "mutants": len(t.mutants)} for t in tasks]))
    else:
        for task in tasks:
            out(f"{task.id:<14} {len(task.mutants):>2} mutants  {len(task.variants)} variants  {task.title}")
    return 0
