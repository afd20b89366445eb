"""Where a suite is at home: the folder it is run from, the folders its imports start from, Django's settings.

Refuses to run anything; a project in a sub-folder (`backend/`) and a `src` layout are told from the files alone.
"""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import hidden

NOT_HOMES = ("tests", "test")
MAX_BYTES = 1_000_000
MANAGE_STATEMENTS = 15  # Django's own has 10


def folders(tests: Iterable[str]) -> list[str]:
    """Where pytest looks for settings: from the tests' common folder up to the root, and at the root first of all."""
    return ["", *(str(p) for p in _upwards(tests) if str(p) != ".")]


def home(app: Path, settings: str | None, tests: list[str]) -> str:
    """The folder the tests are run from: where their settings stand, else where their imports are found."""
    if settings:
        place = PurePosixPath(settings)
        while place.name in NOT_HOMES:
            place = place.parent
        return str(place)
    candidates = [p for p in reversed(_upwards(tests)) if p.name not in NOT_HOMES]
    wanted = _imported(app, tests)
    best = max(candidates, key=lambda place: _found(app / place, wanted), default=PurePosixPath("."))
    return str(best)


def roots(app: Path, home: str, tests: list[str]) -> tuple[str, ...]:
    """Folders from which imports start: home, what `pip install -e .` there would add, and folders beside the tests in
    which alone something is found that they import (people set PYTHONPATH, or start the service from there)."""
    found = [home]
    for place in dict.fromkeys((home, ".")):
        for word in _package_folders(app / place):
            folder = PurePosixPath(place, word)
            if ".." not in folder.parts and not folder.is_absolute() and (app / folder).is_dir():
                found.append(str(folder))
    found = list(dict.fromkeys([*found, "."]))
    missing = {name for name in _imported(app, tests) if not any(_found(app / place, {name}) for place in found)}
    beside = sorted(p for p in (app / home).iterdir() if p.is_dir() and not p.is_symlink() and p.name not in NOT_HOMES)
    return (*found, *(str(p.relative_to(app)) for p in beside if _found(p, missing)))


def django_settings(app: Path, home: str) -> str:
    """The settings module that manage.py names, "" without one."""
    path = app / home / "manage.py"
    match = re.search(r"DJANGO_SETTINGS_MODULE[\"']\s*[,\]]\s*=?\s*[\"']([\w.]+)[\"']", _text(path))
    return match[1] if match else ""


def is_djangos_own(path: Path) -> bool:
    """A manage.py as Django makes it: it starts commands, and was started to run the tests."""
    text = _text(path) if path.name == "manage.py" else ""
    return "execute_from_command_line" in text and len(hidden.witnessable(text)) <= MANAGE_STATEMENTS


def _upwards(tests: Iterable[str]) -> list[PurePosixPath]:
    """The tests' common folder and the folders above it, the root last."""
    parents = [PurePosixPath(t).parent for t in tests]
    if not parents:
        return [PurePosixPath(".")]
    common = parents[0]
    while not all(p.is_relative_to(common) for p in parents):
        common = common.parent
    return [common, *common.parents]


def _imported(app: Path, tests: list[str]) -> set[str]:
    """First names of what the test modules import."""
    names: set[str] = set()
    for test in tests[:200]:
        try:
            tree = ast.parse((app / test).read_bytes())
        except (SyntaxError, ValueError, RecursionError, MemoryError, OSError):
            continue
        names |= {module.split(".")[0] for module in hidden.imports(tree, Path(test))}
    return names - {""}


def _found(folder: Path, names: set[str]) -> int:
    return sum((folder / f"{name}.py").is_file() or any((folder / name).glob("*.py")) for name in names)


def _package_folders(folder: Path) -> Iterator[str]:
    """Where the project's own build settings say that its packages lie, relative to it."""
    project = _toml(folder / "pyproject.toml")
    tool = project.get("tool", {}) if isinstance(project.get("tool"), dict) else {}
    yield from _stated(tool)
    setup = _text(folder / "setup.py") + _text(folder / "setup.cfg")
    yield from re.findall(r"package_dir\s*=\s*\{\s*[\"']{2}\s*:\s*[\"']([\w./-]+)[\"']", setup)
    yield from re.findall(r"^package_dir\s*=\s*\n?\s*=\s*([\w./-]+)\s*$", setup, re.M)
    yield from re.findall(r"where\s*=\s*[\"']?([\w./-]+)", setup)
    builds = setup or any(key in project for key in ("project", "build-system")) or "poetry" in tool
    if builds and not (folder / "src/__init__.py").exists():
        yield "src"


def _stated(tool: dict[str, Any]) -> Iterator[str]:
    """The places in the tables of setuptools, poetry, hatch and pdm; whatever has another shape is passed over."""
    setuptools = _dict(tool, "setuptools")
    yield from (v for k, v in _dict(setuptools, "package-dir").items() if k == "" and isinstance(v, str))
    packages = setuptools.get("packages")
    where = _dict(packages, "find").get("where", []) if isinstance(packages, dict) else []
    yield from (w for w in where if isinstance(w, str)) if isinstance(where, list) else ()
    listed = _dict(tool, "poetry").get("packages", [])
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("from"), str):
            yield entry["from"]
    wheel = _dict(_dict(_dict(_dict(tool, "hatch"), "build"), "targets"), "wheel")
    for word in wheel.get("packages", []) if isinstance(wheel.get("packages"), list) else ():
        if isinstance(word, str) and "/" in word:
            yield str(PurePosixPath(word).parent)
    directory = _dict(_dict(tool, "pdm"), "build").get("package-dir")
    if isinstance(directory, str):
        yield directory


def _dict(table: Any, key: str) -> dict[str, Any]:
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, dict) else {}


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(path))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _text(path: Path) -> str:
    if not path.is_file() or path.is_symlink() or path.stat().st_size > MAX_BYTES:
        return ""
    return path.read_text("utf-8", "replace")
