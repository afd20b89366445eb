"""harness task: list benchmark tasks, start a new one, make mutants, or check that tasks prove themselves.

Refuses a task it cannot load whole.
"""

import argparse
import contextlib
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from harness import plugins
from harness.cli import assembly, task_independent, task_mutant
from harness.cli.say import note, out
from harness.config.independent import load_independents, write_first
from harness.config.places import is_builtin, task_root
from harness.config.task import list_tasks, load_task
from harness.errors import UsageError
from harness.executors.clock import SystemClock
from harness.model.task import Task
from harness.model.trial import Trial
from harness.runner.interruption import Interruption
from harness.runner.plan import probes_needed, trial_seed
from harness.sandbox.docker_sandbox import DockerSandbox
from harness.sandbox.scratch import scratch
from harness.selfcheck import task_check_anchors as anchors
from harness.selfcheck.task_check import check_task
from harness.selfcheck.task_check_kept import Kept
from harness.selfcheck.task_check_plan import Row, columns, plan_rows
from harness.selfcheck.task_check_rows import Bench
from harness.selfcheck.task_check_text import as_json, ending, false_fails, rates, text
from harness.selfcheck.task_check_verdict import TaskCheck, first_results
from harness.selfcheck.task_skeleton import write_skeleton
from harness.workspace.folder import FolderWorkspace

SEED = 1
WORKERS = 2
PROFILES = ("smoke", "full")
ACTIONS = ("list", "init", "check", "mutant", "independent")


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("action", choices=ACTIONS, help="list, start or check tasks")
    parser.add_argument("ids", nargs="*", metavar="ID", help="task ids (init: one; check: one or more, or --all)")
    parser.add_argument("--root", type=Path, help="folder of tasks (default: tasks here, else the built-in ones)")
    parser.add_argument("--all", action="store_true", help="check: every task")
    parser.add_argument(
        "--quick", action="store_true", help="check: mutants on the scorer they name and a few cheap ones"
    )
    parser.add_argument("--profile", choices=PROFILES, default="smoke", help="check: sample sizes (default smoke)")
    parser.add_argument("--only", action="append", default=[], metavar="ROW", help="check: the reference and this row")
    parser.add_argument("--workers", type=int, default=WORKERS, help=f"check: rows at once (default {WORKERS})")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="check: keep what is measured here; what was measured there before, of the same bytes, is not repeated",
    )
    parser.add_argument("--json", action="store_true", help="machine output on stdout")
    task_mutant.configure(parser)
    task_independent.configure(parser)


def execute(args: argparse.Namespace) -> int:
    """Do the action."""
    if args.action != "init":
        args.root = task_root(args.root)
    files = {"mutant": task_mutant.execute, "independent": task_independent.execute}
    return {"list": _list, "init": _init, "check": _check, **files}[args.action](args)


def _list(args: argparse.Namespace) -> int:
    tasks = [load_task(args.root / task_id) for task_id in _known(args.root)]
    if args.json:
        out(json.dumps([{"id": t.id, "title": t.title, "digest": t.digest, "mutants": len(t.mutants)} for t in tasks]))
    else:
        for task in tasks:
            out(f"{task.id:<14} {len(task.mutants):>2} mutants  {len(task.variants)} variants  {task.title}")
    return 0


def _init(args: argparse.Namespace) -> int:
    if len(args.ids) != 1:
        raise UsageError("one_id", f"task init: {len(args.ids)} ids given, expected one: harness task init ID")
    folder = (args.root or Path("tasks")) / args.ids[0]
    written = write_skeleton(folder)
    load_task(folder)
    out(f"{folder}: {len(written)} files; edit them, then run `harness task check {folder.name} --quick`")
    return 0


def _check(args: argparse.Namespace) -> int:
    """Every task after the other; the worst code: 1 (task or scorer wrong) before 4 (something unmeasured)."""
    ids = _asked(args)
    tasks = [load_task(args.root / task_id) for task_id in ids]
    box = assembly.sandbox()
    interruption = Interruption()
    with _folder(args.keep) as folder:
        try:
            checks = [_check_one(args, task, box, folder / task.id, interruption) for task in tasks]
        except KeyboardInterrupt:
            interruption.stop(box.take_down, SystemClock())
            raise
    if args.json:
        out(json.dumps({"tasks": [as_json(check) for check in checks]}, indent=1))
    elif len(checks) > 1:
        cells = [cell for check in checks for cell in check.cells]
        out("\n".join(["all tasks", *rates(cells), *false_fails(checks)]))
        out("\n".join(ending(check) for check in checks))
    codes = {check.code for check in checks}
    return 1 if 1 in codes else max(codes)


def _check_one(
    args: argparse.Namespace, task: Task, box: DockerSandbox, folder: Path, interruption: Interruption
) -> TaskCheck:
    scorers = tuple(plugins.scorer(name) for name in plugins.names("scorers"))
    probes = tuple(plugins.probe(name) for name in probes_needed(scorers))
    table = columns(task, scorers, probes, args.profile)
    known = load_independents(args.root / task.id)
    rows = plan_rows(task, table, quick=args.quick, only=args.only, independents=known)
    for name in table.unplanned:
        note(f"{task.id}: profile {args.profile} runs nothing for scorer {name}; mutants that name it are not tried")
    note(f"{task.id}: {len(rows)} rows, {args.workers} at once, profile {args.profile}")
    seed = trial_seed(SEED, task.id, 1)

    def under_way(row: Row) -> AbstractContextManager[None]:
        return interruption.under_way(Trial(task.id, row.label, 1, seed))

    kept = Kept(folder, task, seed, box.describe())
    bench = Bench(box, FolderWorkspace(), task, table, args.profile, kept, note, under_way)
    check = check_task(bench, rows, plugins.executor("threads", args.workers), known)
    when = SystemClock().utc_iso()[:10]
    first = {**first_results(check.rows, when), **known.first}
    if first.keys() != known.first.keys():
        note(f"wrote {write_first(args.root / task.id, first)}: results of solutions that were not measured before")
    if not args.json:
        out(text(check, f"{'quick, ' if args.quick else ''}profile {args.profile}, seed {SEED}", table.names))
        out(ending(check) + "\n")
    if check.code == 0 and not args.only:
        lock = anchors.document(task, args.profile, anchors.anchors_of(check, table), table.scorers)
        if is_builtin(args.root):
            note(f"{task.id}: its anchors are part of the installation and stay as they are")
        else:
            note(f"wrote {anchors.write(args.root / task.id, lock)}")
    return check


def _asked(args: argparse.Namespace) -> tuple[str, ...]:
    if bool(args.ids) == args.all:
        raise UsageError("no_ids", "task check: name task ids, or give --all (not both); see `harness task list`")
    if args.workers < 1:
        raise UsageError("bad_workers", f"--workers {args.workers}: expected at least 1")
    return _known(args.root) if args.all else tuple(dict.fromkeys(args.ids))


def _known(root: Path) -> tuple[str, ...]:
    ids = list_tasks(root)
    if not ids:
        raise UsageError("no_tasks", f"no task folders under {str(root)!r}; run from the project's top, or use --root")
    return ids


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Where measurements are kept: `keep`, or a folder that is removed afterwards."""
    if keep is None:
        with scratch("check") as folder:
            yield folder
        return
    keep.mkdir(parents=True, exist_ok=True)
    yield keep
