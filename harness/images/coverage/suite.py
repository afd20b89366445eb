"""The submission's suite as files: a writable copy, what is source and what is test, harness-owned configuration.

Refuses the submission's own coverage configuration and every pytest option that could change what is run or reported;
a short list of harmless ini keys is carried over (async mode, import path, naming patterns), the rest is recorded.
"""

import ast
import configparser
import shutil
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path, PurePath, PurePosixPath

import hidden

KEPT_INI = (
    "asyncio_mode",
    "asyncio_default_fixture_loop_scope",
    "anyio_mode",
    "pythonpath",
    "python_files",
    "python_classes",
    "python_functions",
    "markers",
    "usefixtures",
    "django_settings_module",
)
SKIPPED_FOLDERS = {".git", "node_modules", "__pycache__"}
MAX_SOURCE_BYTES = 1_000_000


@dataclass(frozen=True)
class Suite:
    """What was found: POSIX paths relative to the submission's root."""

    sources: tuple[str, ...]
    tests: tuple[str, ...]
    unparsed: tuple[str, ...]  # Python files that do not parse: counted nowhere, named
    left_out: tuple[str, ...]  # folders of packages, neither copied nor counted, that hold Python files
    strange: dict[str, str]  # sources that a reader takes for something else -> what they look like
    arguments: tuple[str, ...]  # what pytest is told to collect
    ini: dict[str, str]
    ini_dropped: tuple[str, ...]


def is_test(path: PurePath) -> bool:
    """By folder (`tests`, `test`) or by name; everything else is source and stands in the denominator."""
    return is_test_module(path) or any(part in ("tests", "test") for part in path.parts[:-1])


def is_test_module(path: PurePath) -> bool:
    """By name: what pytest itself collects. Other files among the tests are code that tests use, or the service."""
    return path.suffix == ".py" and (
        path.name == "conftest.py" or path.name.startswith("test_") or path.stem.endswith("_test")
    )


def skipped(app: Path) -> list[Path]:
    """Folders that hold other people's packages: by name, and virtual environments by their marker file."""
    named = [p for p in app.rglob("*") if p.name in SKIPPED_FOLDERS and p.is_dir() and not p.is_symlink()]
    return sorted({*named, *(p.parent for p in app.rglob("pyvenv.cfg") if p.parent != app)})


def submitted(app: Path) -> list[PurePosixPath]:
    """Every regular file of the submission that is copied and may count, relative to its root."""
    out = skipped(app)
    return [
        PurePosixPath(path.relative_to(app).as_posix())
        for path in sorted(app.rglob("*"))
        if path.is_file() and not path.is_symlink() and not any(folder in path.parents for folder in out)
    ]


def discover(app: Path) -> Suite:
    """Every Python file of the submission, by name or by content, sorted into source and tests."""
    sources, tests, unparsed = [], [], []
    files = submitted(app)
    for relative in (f for f in files if f.suffix == ".py"):
        if not parses(app / relative):
            unparsed.append(str(relative))
        (tests if is_test(relative) else sources).append(str(relative))
    strange = hidden.disguised(app, [f for f in files if f.suffix != ".py" and not is_test(f)])
    readable = [p for p in (*sources, *strange) if p not in unparsed]
    strange |= dict.fromkeys(
        hidden.borrowed(app, readable, [p for p in tests if p not in unparsed]), hidden.AMONG_TESTS
    )
    ini, dropped = pytest_ini(app)
    holding = [f.relative_to(app).as_posix() for f in skipped(app) if any(f.rglob("*.py"))]
    return with_sources(
        Suite(tuple(readable), tuple(tests), tuple(unparsed), tuple(holding), {}, arguments(app, tests), ini, dropped),
        strange,
    )


def with_sources(suite: Suite, strange: dict[str, str]) -> Suite:
    """The suite with more of its files counted; a test module stays a test, though it may be strange."""
    more = [p for p in strange if not is_test_module(PurePosixPath(p))]
    sources = sorted({*suite.sources, *more})
    tests = tuple(p for p in suite.tests if p not in more)
    return replace(suite, sources=tuple(sources), tests=tests, strange={**suite.strange, **strange})


def arguments(app: Path, tests: list[str]) -> tuple[str, ...]:
    """`tests` when the folder is there (the submission contract), else every test file found."""
    if (app / "tests").is_dir():
        return ("tests",)
    return tuple(p for p in tests if Path(p).name != "conftest.py")


def parses(path: Path) -> bool:
    """Can this interpreter compile it?"""
    if path.stat().st_size > MAX_SOURCE_BYTES:
        return False
    try:
        ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def pytest_ini(app: Path) -> tuple[dict[str, str], tuple[str, ...]]:
    """(kept, dropped keys) of the first configuration pytest itself would read."""
    found = _read_ini(app)
    kept = {key: value for key, value in found.items() if key.lower() in KEPT_INI}
    return kept, tuple(sorted(set(found) - set(kept)))


def _read_ini(app: Path) -> dict[str, str]:
    for name, section in (
        ("pytest.ini", "pytest"),
        (".pytest.ini", "pytest"),
        ("pyproject.toml", ""),
        ("tox.ini", "pytest"),
        ("setup.cfg", "tool:pytest"),
    ):
        path = app / name
        if not path.is_file() or path.is_symlink() or path.stat().st_size > MAX_SOURCE_BYTES:
            continue
        try:
            if not section:
                options = tomllib.loads(path.read_text("utf-8")).get("tool", {}).get("pytest", {}).get("ini_options")
                if isinstance(options, dict):
                    return {str(k): _ini_value(v) for k, v in options.items()}
                continue
            parser = configparser.ConfigParser(interpolation=None)
            parser.read_string(path.read_text("utf-8"))
            if parser.has_section(section):
                return dict(parser.items(section))
        except (ValueError, configparser.Error):  # tomllib's and Unicode errors are ValueErrors
            continue
    return {}


def _ini_value(value: object) -> str:
    return "\n    ".join(map(str, value)) if isinstance(value, list) else str(value)


def write_ini(path: Path, ini: dict[str, str]) -> None:
    """Our pytest.ini: the kept keys only."""
    lines = [f"{key} = {value}" for key, value in sorted(ini.items())]
    path.write_text("[pytest]\n" + "\n".join(lines) + "\n", "utf-8")


def write_rcfile(path: Path, root: Path, data_file: Path, tests: tuple[str, ...], greenlet: bool) -> None:
    """Our coverage configuration (https://coverage.readthedocs.io/en/latest/config.html).

    Other files among the tests are recorded, in case the service turns out to use them. `(?!)` never matches: it
    replaces the default exclusions, so that `# pragma: no cover` hides nothing.
    """
    omit = "\n    ".join(
        [f"{root}/{p}" for p in tests if is_test_module(PurePosixPath(p))] or [f"{root}/__no_such_file__"]
    )
    path.write_text(
        "[run]\nbranch = true\nparallel = true\nsigterm = true\npatch = subprocess\n"
        f"concurrency = thread{',greenlet' if greenlet else ''}\n"
        f"source =\n    {root}\ndata_file = {data_file}\nomit =\n    {omit}\n"
        "[report]\nexclude_lines =\n    (?!)\npartial_branches =\n    (?!)\n"
        "ignore_errors = true\ninclude_namespace_packages = true\n",
        "utf-8",
    )


def fresh_copy(app: Path, root: Path) -> None:
    """A new writable copy of the submission at `root`; what an earlier run changed there is gone."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    out = skipped(app)
    for path in sorted(app.rglob("*")):
        relative = path.relative_to(app)
        if path.is_symlink() or path in out or any(folder in path.parents for folder in out):
            continue
        if path.is_dir():
            (root / relative).mkdir(exist_ok=True)
        elif path.is_file():
            shutil.copyfile(path, root / relative)
