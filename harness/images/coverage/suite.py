"""The submission's suite as files: what is source and what is test, where it is run from, and what pytest is told.

Refuses to let the submission decide what stands in the denominator: a Python file is a test by pytest's, unittest's or
Django's usual names, or because its settings name it so and it holds tests that no source uses; all else is source.
"""

import ast
from dataclasses import dataclass, replace
from pathlib import Path, PurePath, PurePosixPath

import hidden
import places
from rewrite import Names, holds_tests
from settings import Settings, read

SKIPPED_FOLDERS = {".git", "node_modules", "__pycache__"}
TEST_FOLDERS = ("tests", "test")
# They build or configure; nothing of the service runs in them, unless it imports or names them.
BUILD_FILES = ("setup.py", "noxfile.py", "docs/conf.py")
MAX_SOURCE_BYTES = 1_000_000


@dataclass(frozen=True)
class Suite:
    """What was found: POSIX paths relative to the submission's root.

    home: the folder the tests are run from; roots: folders from which imports start, home first.
    """

    sources: tuple[str, ...]
    tests: tuple[str, ...]
    unparsed: tuple[str, ...]  # Python files that do not parse: counted nowhere, named
    left_out: tuple[str, ...]  # folders of packages, neither copied nor counted, that hold Python files
    strange: dict[str, str]  # sources that a reader takes for something else -> what they look like
    arguments: tuple[str, ...]  # what pytest is told to collect, relative to the root
    settings: Settings
    names: Names
    home: str = "."
    roots: tuple[str, ...] = (".",)
    django: str = ""  # the settings module that manage.py names

    def is_module(self, path: str) -> bool:
        """A test module, not just a file among the tests."""
        return path in self.tests and (is_test_module(PurePosixPath(path)) or not among_tests(PurePosixPath(path)))


def is_test(path: PurePath) -> bool:
    """By folder (`tests`, `test`) or by name; everything else is source and stands in the denominator."""
    return is_test_module(path) or among_tests(path)


def among_tests(path: PurePath) -> bool:
    """In a folder named `tests` or `test`."""
    return any(part in TEST_FOLDERS for part in path.parts[:-1])


def is_test_module(path: PurePath) -> bool:
    """By name: what pytest, unittest and Django collect, or pytest reads first. Other files among the tests are code
    that tests use, or the service."""
    return path.suffix == ".py" and (
        path.name in ("conftest.py", "tests.py")
        or path.name.startswith(("test_", "tests_"))
        or path.stem.endswith(("_test", "_tests"))
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


def discover(app: Path, root: Path | None = None) -> Suite:
    """Every Python file of the submission, by name or by content, sorted into source and tests.

    root: where the copy will stand in which the suite runs; None = the submission itself.
    """
    files = submitted(app)
    python = [f for f in files if f.suffix == ".py"]
    unparsed = [str(f) for f in python if not parses(app / f)]
    tests = [str(f) for f in python if is_test(f)]
    settings = read(app, places.folders(tests), root or app)
    home = places.home(app, settings.folder if settings.file else None, tests)
    roots = places.roots(app, home, tests)
    names = Names.of(settings.words("python_functions", ("test",)), settings.words("python_classes", ("Test",)))
    others = [str(f) for f in python if str(f) not in (*tests, *unparsed)]
    more = _named_tests(app, settings, names, others, roots)
    tests = sorted({*tests, *more})
    sources = [str(f) for f in python if str(f) not in tests]
    strange = hidden.disguised(app, [f for f in files if f.suffix != ".py" and not is_test(f)])
    readable = [p for p in (*sources, *strange) if p not in unparsed]
    building = [p for p in readable if p in BUILD_FILES or places.is_djangos_own(app / p)]
    parsed = [p for p in tests if p not in unparsed]
    # what sources use is no test, and no build file either
    plain = [p for p in readable if p not in building]
    used = hidden.borrowed(app, plain, [*parsed, *(p for p in building if p in BUILD_FILES)], roots)
    strange |= dict.fromkeys(used - set(building), hidden.AMONG_TESTS)
    holding = [f.relative_to(app).as_posix() for f in skipped(app) if any(f.rglob("*.py"))]
    readable = [p for p in readable if p not in building or p in used]
    suite = Suite(
        sources=tuple(readable),
        tests=tuple(tests),
        unparsed=tuple(unparsed),
        left_out=tuple(holding),
        strange={},
        arguments=settings.paths or (*arguments(app, home, tests), *_older(app, settings, names, parsed)),
        settings=settings,
        names=names,
        home=home,
        roots=roots,
        django=places.django_settings(app, home),
    )
    return with_sources(suite, strange, more)


def _named_tests(app: Path, settings: Settings, names: Names, others: list[str], roots: tuple[str, ...]) -> list[str]:
    """Files that only the settings call tests, hold tests, and are used by no other file that is not one."""
    patterns = settings.words("python_files", ())
    named = [p for p in others if any(PurePosixPath(p).match(pattern) for pattern in patterns)]
    holding = [p for p in named if holds_tests((app / p).read_text("utf-8", "replace"), names)]
    while holding:
        used = hidden.borrowed(app, [p for p in others if p not in holding], holding, roots)
        if not used:
            break
        holding = [p for p in holding if p not in used]
    return holding


def with_sources(suite: Suite, strange: dict[str, str], named: list[str] | tuple[str, ...] = ()) -> Suite:
    """The suite with more of its files counted; a test module stays a test, though it may be strange."""
    more = [p for p in strange if not is_test_module(PurePosixPath(p)) and p not in named]
    sources = sorted({*suite.sources, *more})
    tests = tuple(p for p in suite.tests if p not in more)
    return replace(suite, sources=tuple(sources), tests=tests, strange={**suite.strange, **strange})


def arguments(app: Path, home: str, tests: list[str]) -> tuple[str, ...]:
    """`tests` when the folder is there (the submission contract) and other folders of that name, else every test file.

    Scripts called test_*.py that lie about beside a folder of tests are not run.
    """
    modules = [p for p in tests if PurePosixPath(p).name != "conftest.py"]
    folders = {str(outer) for p in modules if (outer := _outermost(PurePosixPath(p))) is not None}
    if not folders and (app / home / "tests").is_dir():
        folders = {str(PurePosixPath(home, "tests"))}
    single = [p for p in modules if _outermost(PurePosixPath(p)) is None]
    if folders:
        single = [p for p in single if PurePosixPath(p).name == "tests.py"]
    return (*sorted(folders), *single)


def _older(app: Path, settings: Settings, names: Names, tests: list[str]) -> list[str]:
    """unittest's and Django's runners take every test*.py; those that pytest would pass over are named to it."""
    if "python_files" in settings.ini:
        return []
    others = [
        p
        for p in tests
        if _outermost(PurePosixPath(p)) is not None
        and (name := PurePosixPath(p).name) != "conftest.py"
        and (name.startswith("test") or is_test_module(PurePosixPath(p)))
        and not (name.startswith("test_") or name.endswith("_test.py"))
    ]
    texts = {p: (app / p).read_text("utf-8", "replace") for p in others}
    return [p for p, text in texts.items() if "TestCase" in text and holds_tests(text, names)]


def _outermost(path: PurePosixPath) -> PurePosixPath | None:
    """The first folder on the way named `tests` or `test`."""
    for number, part in enumerate(path.parts[:-1], start=1):
        if part in TEST_FOLDERS:
            return PurePosixPath(*path.parts[:number])
    return None


def parses(path: Path) -> bool:
    """Can this interpreter compile it?"""
    if path.stat().st_size > MAX_SOURCE_BYTES:
        return False
    try:
        ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
