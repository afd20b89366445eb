"""pytest's settings as the submission gives them: what finds, imports and parametrises tests is applied.

Refuses, by an allow-list, whatever else: tracing, reporting, what ends a run early, the exit code, other plugins
switched off. Nothing is refused silently: every key and every option that is not applied is told by name. Which file
counts, and how its values are read, is as in pytest itself (https://docs.pytest.org/en/stable/reference/customize.html).
"""

import shlex
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import iniconfig
from options import sorted_out

MAX_BYTES = 1_000_000
FILES = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
APP = "/app"  # where a submission believes to be

# Settings that pytest splits into words like a shell; those of one entry per line; and single values.
WORDS = {
    "pythonpath",
    "testpaths",
    "python_files",
    "python_classes",
    "python_functions",
    "norecursedirs",
    "usefixtures",
    "required_plugins",
}
LINES = {"markers", "filterwarnings", "env", "env_files", "freezegun_ignore_list"}
SINGLE = {
    "xfail_strict",
    "strict",
    "strict_markers",
    "strict_xfail",
    "strict_parametrization_ids",
    "empty_parameter_set_mark",
    "consider_namespace_packages",
    "collect_imported_tests",
    "anyio_mode",
    "trio_mode",
    "trio_run",
    "env_override_existing_values",
    "log_level",
    "log_cli",
    "log_cli_level",
    "log_format",
    "log_date_format",
    "mock_use_standalone_module",
    "base_url",
    "live_server_scope",
    "bdd_features_base_dir",
    "vcr_cassette_dir",
    "DJANGO_SETTINGS_MODULE",
    "DJANGO_CONFIGURATION",
    "FAIL_INVALID_TEMPLATE_VARS",
    "django_find_project",
    "django_debug_mode",
}
FAMILIES = ("asyncio_",)
# Plugins that we switch off ourselves must not be required.
OURS = {"pytest-cov", "pytest-randomly", "pytest_cov", "pytest_randomly"}


@dataclass(frozen=True)
class Settings:
    """What the suite's own settings amount to.

    file: where they stand, "" when nowhere; ini: key -> text for our pytest.ini; options: words for the command line;
    paths: what to collect, below the root of the submission; dropped: keys and, under `addopts`, options_dropped.
    """

    file: str = ""
    ini: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    options_dropped: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """What paths in the settings are relative to; "" = the root."""
        return "" if not self.file else str(PurePosixPath(self.file).parent).removeprefix(".")

    def words(self, key: str, default: Sequence[str]) -> tuple[str, ...]:
        """One of the settings in WORDS, or pytest's default."""
        return tuple(_split(self.ini[key])) if key in self.ini else tuple(default)


def read(app: Path, folders: Iterable[str], root: Path) -> Settings:
    """The settings in the first of `folders` (below the submission's root) that has any.

    root: where the copy stands in which the suite will run; paths in the settings are made absolute below it.
    """
    for folder in folders:
        for name in FILES:
            path = app / folder / name
            if path.is_file() and not path.is_symlink() and path.stat().st_size <= MAX_BYTES:
                found = _table(path)
                if found is not None:
                    return _applied(app, str(path.relative_to(app)), found, root)
    return Settings()


def _table(path: Path) -> dict[str, Any] | None:
    """The file's pytest table; None when it has none, or cannot be read."""
    try:
        if path.suffix == ".toml":
            document = tomllib.loads(path.read_text("utf-8-sig"))
            if path.name != "pyproject.toml":
                table = document.get("pytest", {})
            else:
                tool = document.get("tool", {}).get("pytest", {})
                table = tool.get("ini_options") or {k: v for k, v in tool.items() if k != "ini_options"} or None
            return table if isinstance(table, dict) else None
        sections = iniconfig.IniConfig(str(path), path.read_text("utf-8-sig"))
        section = "tool:pytest" if path.name == "setup.cfg" else "pytest"
        if section in sections:
            return dict(sections[section].items())
        return {} if path.name in ("pytest.ini", ".pytest.ini") else None  # these count even when empty
    except (ValueError, AttributeError, iniconfig.ParseError):  # tomllib's and Unicode errors are ValueErrors
        return None


def _applied(app: Path, file: str, table: dict[str, Any], root: Path) -> Settings:
    folder = str(PurePosixPath(file).parent).removeprefix(".")
    ini: dict[str, str] = {}
    dropped: list[str] = []
    addopts = sorted_out(app / folder, _words(table.get("addopts", [])))
    for override in addopts.overrides:
        key, _, value = override.partition("=")
        table = {**table, key.strip(): value.strip()}
    table, errors = _tolerant(table)
    for key, value in table.items():
        text = None if key == "addopts" else _text(app, folder, str(key), value, root)
        if text is not None and key != "testpaths":
            ini[str(key)] = text
        elif key not in ("addopts", "testpaths"):
            dropped.append(str(key))
    dropped += [f"filterwarnings: {error}" for error in errors]
    paths = _existing(app, folder, addopts.paths or _words(table.get("testpaths", [])))
    if "testpaths" in table and not paths:
        dropped.append("testpaths")  # names nothing that is there
    if addopts.dropped:
        dropped.append("addopts")
    return Settings(file, ini, addopts.kept, paths, tuple(sorted(dropped)), addopts.dropped)


def _text(app: Path, folder: str, key: str, value: Any, root: Path) -> str | None:
    """The value as it goes into an ini file; None when the key is not applied."""
    if key == "pythonpath":
        places = [place for word in _words(value) if (place := below(app, folder, word)) is not None]
        return "\n".join(shlex.quote(str(root / place)) for place in places) if places else None
    if key == "required_plugins":
        return "\n".join(w for w in _words(value) if not w.lower().startswith(tuple(OURS))) or None
    if key in WORDS:
        return "\n".join(shlex.quote(word) for word in _words(value))
    if key in LINES:
        return "\n".join(_lines(value))
    if key in SINGLE or key.startswith(FAMILIES):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return None


def _lines(value: Any) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else str(value).splitlines()


def _tolerant(table: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """(the table without filters that make errors of warnings, those filters).

    Packages are of today: what they have begun to warn of since the tests were written is no fault of the tests.
    """
    lines = _lines(table.get("filterwarnings", []))
    errors = [line.strip() for line in lines if line.strip().startswith("error")]
    if not errors:
        return table, []
    return {**table, "filterwarnings": [line for line in lines if line.strip() not in errors]}, errors


def _words(value: Any) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else _split(str(value))


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quotation mark too many
        return text.split()


def _existing(app: Path, folder: str, words: Iterable[str]) -> tuple[str, ...]:
    """Those of testpaths (they may hold wildcards) that are there."""
    found: list[str] = []
    for word in words:
        place = below(app, folder, word)
        if place is None:
            continue
        matches = sorted(app.glob(place)) if any(c in place for c in "*?[") else [app / place]
        found += [str(path.relative_to(app)) for path in matches if path.exists()]
    return tuple(dict.fromkeys(found))


def below(app: Path, folder: str, word: str) -> str | None:
    """The path as one below the root of the submission ("." = the root itself); None when it leads out of it."""
    word = word.replace("%(here)s", ".").replace("{toxinidir}", ".").replace("$PWD", ".")
    joined = Path("/", folder, word) if not word.startswith("/") else Path("/", word.removeprefix(APP).lstrip("/"))
    if word.startswith("/") and word != APP and not word.startswith(APP + "/"):
        return None
    parts: list[str] = []
    for part in joined.parts[1:]:
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts) or "."
