"""Where suites, tasks and definitions are found: beside the file that names them, else among the built-in ones.

    a suite        the path as given, else a built-in one by its path or name (`smoke`, `nightly`, `release`)
    a task id      in folders that the suite's `tasks` names, in the suite's folder, its `tasks/`, its parent, the
                   parent's `tasks/`, then the built-in tasks
    a definition   relative to the suite, else among the built-in ones (`careful-v1`, `fixtures/agents/careful-v1.md`)

The built-in ones are part of the wheel (`harness/builtin/`); in a checkout they are the folders at its top. Refuses to
make a name mean two things: the first place that has it counts, and digests are of content, never of places.
"""

from collections.abc import Sequence
from pathlib import Path

from harness.errors import UsageError

_PACKAGE = Path(__file__).parents[1]
_AGENTS = Path("fixtures/agents")
_SUITES = Path("tasks/suites")


def builtin(package: Path = _PACKAGE) -> Path:
    """The folder that holds `tasks/` and `fixtures/` as they were delivered."""
    shipped = package / "builtin"
    return shipped if shipped.is_dir() else package.parent


def is_builtin(path: Path) -> bool:
    """Whether `path` lies in the installed package, where nothing is written."""
    return path.resolve().is_relative_to(_PACKAGE / "builtin")


def find_suite(asked: Path) -> Path:
    """The suite file meant by a path or a built-in name. UsageError `no_such_suite` when there is none."""
    built_in = builtin() / _SUITES
    candidates = (asked, built_in / f"{asked}.toml", builtin() / asked)
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    names = ", ".join(sorted(path.stem for path in built_in.glob("*.toml"))) or "none"
    raise UsageError(
        "no_such_suite", f"{str(asked)!r}: No such file; give a suite file, or the name of a built-in one: {names}"
    )


def task_root(asked: Path | None) -> Path:
    """The folder of tasks that a command works on: as given, else `tasks` here, else the built-in ones."""
    if asked is not None:
        return asked
    here = Path("tasks")
    return here if here.is_dir() else builtin() / "tasks"


def find_tasks(named: Sequence[str], chosen: Sequence[str], base: Path, suite: Path) -> tuple[Path, ...]:
    """Folders of the tasks that a suite names, or of those `chosen` instead. `base` is the suite's folder.

    named: ids, folders of one task, folders of several tasks; the latter two relative to `base`.
    """
    folders = [folder for entry in named if (folder := _folder(entry, base)) is not None]
    places = [folder.parent if (folder / "task.toml").is_file() else folder for folder in folders]
    places += [base, base / "tasks", base.parent, base.parent / "tasks", builtin() / "tasks"]
    found: list[Path] = []
    for entry in chosen or named:
        folder = None if chosen else _folder(entry, base)
        found += _tasks_of(folder, suite) if folder is not None else [_by_id(entry, places, suite)]
    ids = [folder.name for folder in found]
    twice = next((id_ for id_ in ids if ids.count(id_) > 1), None)
    if twice is not None and len({folder.resolve() for folder in found if folder.name == twice}) > 1:
        raise UsageError("same_task_twice", f"{suite}: key tasks: {twice!r} is found in two folders; name one of them")
    return tuple(dict.fromkeys(found))


def _folder(entry: str, base: Path) -> Path | None:
    """The folder an entry means; None for an id. What looks like a path is one, there or not."""
    folder = base / entry
    looks = "/" in entry or entry.startswith(".")
    holds = folder.is_dir() and ((folder / "task.toml").is_file() or any(folder.glob("*/task.toml")))
    return folder.resolve() if looks or holds else None


def _tasks_of(folder: Path, suite: Path) -> list[Path]:
    if (folder / "task.toml").is_file():
        return [folder]
    tasks = sorted(path.parent for path in folder.glob("*/task.toml"))
    if not tasks:
        raise UsageError(
            "no_such_task", f"{suite}: key tasks: {folder} holds no task (no task.toml there or one below)"
        )
    return tasks


def _by_id(id_: str, places: Sequence[Path], suite: Path) -> Path:
    for place in places:
        if (place / id_ / "task.toml").is_file():
            return place / id_
    known = dict.fromkeys(path.parent.name for place in places for path in sorted(place.glob("*/task.toml")))
    raise UsageError("no_such_task", f"{suite}: no such task: {id_!r}; tasks here: {', '.join(known) or 'none'}")


def find_definition(written: str, base: Path) -> Path:
    """The definition that a suite names; the path beside the suite when it is nowhere, so that the error names that."""
    agents = builtin() / _AGENTS
    candidates = (base / written, builtin() / written, agents / written, agents / f"{written}.md")
    return next((path for path in candidates if path.exists()), base / written)


def find_replies(written: str, base: Path) -> Path:
    """The folder of kept replies: relative to the suite, else among the built-in files."""
    own, shipped = (base / written).resolve(), builtin() / written
    return own if own.exists() or not shipped.is_dir() else shipped.resolve()
