"""The words of `addopts`, sorted into those that are applied and those that are not.

Refuses to guess by spelling: an option is applied only when it is known, or when a conftest of the submission declares
it. Options that leave tests out (`-m`, `--ignore`, `--deselect`) are applied, since leaving a test out is no better
than not having written it; those that stop a run early or pick tests by name are not.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FLAGS = {
    "--strict-markers",
    "--strict",
    "--reuse-db",
    "--create-db",
    "--nomigrations",
    "--no-migrations",
    "--migrations",
    "--fail-on-template-vars",
    "--disable-socket",
    "--allow-unix-socket",
    "--force-enable-socket",
    "--block-network",
    "--benchmark-skip",
    "--benchmark-disable",
    "--runxfail",
}
VALUED = {
    "--import-mode",
    "--pythonwarnings",
    "--ignore",
    "--ignore-glob",
    "--deselect",
    "--ds",
    "--dc",
    "--django-debug-mode",
    "--asyncio-mode",
    "--anyio-mode",
    "--hypothesis-profile",
    "--hypothesis-seed",
    "--log-level",
    "--log-cli-level",
    "--allow-hosts",
    "--envfile",
    "--base-url",
    "--vcr-record",
    "--record-mode",
    "--liveserver-scope",
}
SHORT_VALUED = "kmnrcoWp"  # -k EXPRESSION, -m MARKS, -n NUMBER, -r CHARS, -c FILE, -o KEY=VALUE, -W FILTER, -p PLUGIN
SHORT_KEPT = "mW"
LONG_VALUED = {"--dist", "--maxfail", "--numprocesses", "--override-ini", "--tb", "--color", "--rootdir", "--cov"}
NOT_PLUGINS = ("no:", "cov", "pytest_cov", "randomly", "pytest_randomly", "xdist.looponfail")
_DECLARED = re.compile(r"addoption\(\s*[\"'](--[\w-]+)[\"']")


@dataclass(frozen=True)
class Options:
    """kept: words for the command line; paths: what to collect; overrides: KEY=VALUE of -o; dropped: as written."""

    kept: tuple[str, ...]
    paths: tuple[str, ...]
    overrides: tuple[str, ...]
    dropped: tuple[str, ...]


def sorted_out(folder: Path, words: Sequence[str]) -> Options:
    """Sort the words of `addopts`; `folder` is where the settings stand, inside the submission."""
    kept: list[str] = []
    paths: list[str] = []
    overrides: list[str] = []
    dropped: list[str] = []
    declared = _declared(folder)
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if not word.startswith("-"):
            target = paths if _is_inside(folder, word) else dropped
            target.append(word)
            continue
        name, value, piece = _piece(folder, word, queue)
        if name in ("-o", "--override-ini"):
            overrides.append(value)
        elif _applies(name, value, declared):
            kept += piece
        else:
            dropped.append(" ".join(piece))
    return Options(tuple(kept), tuple(paths), tuple(overrides), tuple(dropped))


def _piece(folder: Path, word: str, queue: list[str]) -> tuple[str, str, list[str]]:
    """(name, value, words as written) of one option; takes its value off the queue when it is the next word."""
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        if equals or name in FLAGS or not queue:
            return name, value, [word]
        known = name in VALUED or name in LONG_VALUED
        if queue[0].startswith("-") or (not known and _is_inside(folder, queue[0])):
            return name, "", [word]
        value = queue.pop(0)
        return name, value, [word, value]
    name = word[:2]
    if name[1:] in SHORT_VALUED:
        if word[2:]:
            return name, word[2:].removeprefix("="), [word]
        if queue:
            value = queue.pop(0)
            return name, value, [word, value]
    return name, "", [word]


def _applies(name: str, value: str, declared: set[str]) -> bool:
    if name in ("-W", "--pythonwarnings"):
        return not value.startswith("error")  # see settings.py
    if name == "-p":
        return not value.startswith(NOT_PLUGINS)
    if name.startswith("--"):
        return name in FLAGS or name in VALUED or name in declared
    return name[1:] in SHORT_KEPT


def _declared(folder: Path) -> set[str]:
    """Options that the submission's own conftest files declare, unless they are called like a plugin's."""
    found: set[str] = set()
    for path in sorted(folder.rglob("conftest.py"))[:50]:
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= 1_000_000:
            found |= set(_DECLARED.findall(path.read_text("utf-8", "replace")))
    return {name for name in found if not name.startswith(("--cov", "--no-cov", "--junit", "--maxfail", "--exitfirst"))}


def _is_inside(folder: Path, word: str) -> bool:
    path = word.split("::")[0]
    return not path.startswith("/") and ".." not in Path(path).parts and (folder / path).exists()
