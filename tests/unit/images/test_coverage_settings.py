"""Which of a suite's own pytest settings the coverage driver applies: from every file, by key and by option."""

import importlib
import sys
from pathlib import Path

import pytest

IMAGE = Path(__file__).parents[3] / "harness" / "images" / "coverage"
if str(IMAGE) not in sys.path:
    sys.path.insert(0, str(IMAGE))
settings, options, workcopy, places = (
    importlib.import_module(n) for n in ("settings", "options", "workcopy", "places")
)

INI = "[{}]\npythonpath = src\ntestpaths = checks\nxfail_strict = true\naddopts = --import-mode=importlib -x\n"
TOML = '[{}]\npythonpath = ["src"]\ntestpaths = ["checks"]\n{}addopts = ["--import-mode=importlib", "-x"]\n'


def written(app: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_text(text, encoding="utf-8")
    return app


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", INI.format("pytest")),
        (".pytest.ini", INI.format("pytest")),
        ("tox.ini", "[tox]\nenvlist = py\n" + INI.format("pytest")),
        ("setup.cfg", "[metadata]\nname = x\n" + INI.format("tool:pytest")),
        ("pytest.toml", TOML.format("pytest", "xfail_strict = true\n")),
        (".pytest.toml", TOML.format("pytest", "xfail_strict = true\n")),
        ("pyproject.toml", TOML.format("tool.pytest", "xfail_strict = true\n")),
        ("pyproject.toml", TOML.format("tool.pytest.ini_options", 'xfail_strict = "true"\n')),
    ],
)
def test_every_file_that_pytest_reads_is_read(tmp_path: Path, name: str, text: str) -> None:
    written(tmp_path, {name: text, "checks/check_a.py": ""})
    found = settings.read(tmp_path, [""], Path("/copy"))
    assert found.file == name
    assert found.ini == {"pythonpath": "/copy/src", "xfail_strict": "true"}
    assert found.paths == ("checks",)
    assert found.options == ("--import-mode=importlib",)
    assert found.dropped == ("addopts",)
    assert found.options_dropped == ("-x",)


def test_an_empty_pytest_ini_hides_the_others_as_in_pytest(tmp_path: Path) -> None:
    written(tmp_path, {"pytest.ini": "", "tox.ini": INI.format("pytest"), "checks/a.py": ""})
    assert settings.read(tmp_path, [""], tmp_path).file == "pytest.ini"
    assert settings.read(tmp_path, [""], tmp_path).ini == {}


@pytest.mark.parametrize("text", ["[pytest", "\x00", "[pytest]\nx"])
def test_a_broken_file_is_passed_over(tmp_path: Path, text: str) -> None:
    written(tmp_path, {"pytest.ini": text})
    assert settings.read(tmp_path, [""], tmp_path).ini == {}


def test_settings_of_a_sub_folder_are_relative_to_it(tmp_path: Path) -> None:
    written(
        tmp_path, {"backend/pytest.ini": "[pytest]\npythonpath = . ../lib\ntestpaths = tests\n", "backend/tests/t": ""}
    )
    found = settings.read(tmp_path, ["", "backend"], Path("/copy"))
    assert found.ini["pythonpath"] == "/copy/backend\n/copy/lib"
    assert found.paths == ("backend/tests",)


@pytest.mark.parametrize("place", ["/etc", "../..", "/app2", "/"])
def test_a_path_out_of_the_submission_is_named_and_not_applied(tmp_path: Path, place: str) -> None:
    written(tmp_path, {"pytest.ini": f"[pytest]\npythonpath = {place}\n"})
    found = settings.read(tmp_path, [""], tmp_path)
    assert (found.ini, found.dropped) == ({}, ("pythonpath",))


@pytest.mark.parametrize(
    "key", ["junit_family", "console_output_style", "log_file", "cache_dir", "timeout", "faulthandler_timeout", "typo"]
)
def test_what_does_not_find_or_import_tests_is_named_and_not_applied(tmp_path: Path, key: str) -> None:
    written(tmp_path, {"pytest.ini": f"[pytest]\n{key} = 1\n"})
    found = settings.read(tmp_path, [""], tmp_path)
    assert (found.ini, found.dropped) == ({}, (key,))


def test_new_warnings_of_packages_are_no_errors(tmp_path: Path) -> None:
    text = (
        "[pytest]\nfilterwarnings =\n    error\n    error::DeprecationWarning\n    ignore:.*old.*\naddopts = -W error\n"
    )
    written(tmp_path, {"pytest.ini": text})
    found = settings.read(tmp_path, [""], tmp_path)
    assert found.ini == {"filterwarnings": "ignore:.*old.*"}
    assert found.dropped == ("addopts", "filterwarnings: error", "filterwarnings: error::DeprecationWarning")


def test_plugins_that_are_switched_off_are_not_required(tmp_path: Path) -> None:
    written(tmp_path, {"pytest.ini": "[pytest]\nrequired_plugins = pytest-cov>=4 pytest-asyncio\n"})
    assert settings.read(tmp_path, [""], tmp_path).ini == {"required_plugins": "pytest-asyncio"}


KEPT = [
    "--import-mode=importlib", "--import-mode append", "--strict-markers", "-m unit", "-m 'not slow'", "-W ignore",
    "--ignore=tests/e2e", "--ignore-glob '*_slow.py'", "--deselect tests/a.py::test_b", "-p pytest_asyncio",
    "-p tests.plugin", "--ds=config.settings", "--reuse-db", "--nomigrations", "--asyncio-mode=auto",
    "--log-level=INFO",
    "--hypothesis-profile ci", "--run-fast", "--disable-socket --allow-unix-socket",
]  # fmt: skip
DROPPED = [
    "-x", "--exitfirst", "--maxfail=1", "--maxfail 2", "-k price", "-kprice", "--cov", "--cov=app", "--cov app",
    "--cov-report=term-missing", "--cov-report html", "--no-cov", "--cov-fail-under=90", "--cov-config=x", "-n auto",
    "-n4", "--dist loadscope", "--junitxml=out.xml", "--co", "--collect-only", "-p no:terminal", "-p no:cacheprovider",
    "-p pytest_cov", "--lf", "--sw", "-v", "-vv", "-q", "-ra", "-rA", "-r fE", "-s", "--tb=short", "--tb short",
    "--durations=5", "--color yes", "-c other.ini", "--rootdir=/", "--noconftest", "--reruns 3", "--timeout=30",
    "--setup-plan", "--html=report.html", "--forked", "--randomly-seed=1",
]  # fmt: skip


@pytest.mark.parametrize("written_as", KEPT)
def test_options_that_find_import_or_select_tests_are_applied(tmp_path: Path, written_as: str) -> None:
    written(tmp_path, {"conftest.py": 'def pytest_addoption(parser):\n    parser.addoption("--run-fast")\n'})
    found = options.sorted_out(tmp_path, settings._split(written_as))
    assert found.dropped == ()
    assert " ".join(found.kept).replace("'", "") == written_as.replace("'", "")


@pytest.mark.parametrize("written_as", DROPPED)
def test_options_that_change_the_run_or_its_report_are_named(tmp_path: Path, written_as: str) -> None:
    words = settings._split(written_as)
    found = options.sorted_out(tmp_path, ["--strict-markers", *words, "-m", "unit"])
    assert found.kept == ("--strict-markers", "-m", "unit")
    assert found.dropped == (" ".join(words),)


def test_overrides_are_settings_and_paths_are_test_paths(tmp_path: Path) -> None:
    addopts = "-o asyncio_mode=auto --override-ini=junit_family=x --verbose checks"
    written(tmp_path, {"pytest.ini": f"[pytest]\naddopts = {addopts}\n", "checks/check_a.py": ""})
    found = settings.read(tmp_path, [""], tmp_path)
    assert found.ini == {"asyncio_mode": "auto"}
    assert found.paths == ("checks",)
    assert found.dropped == ("addopts", "junit_family")
    assert found.options_dropped == ("--verbose",)


def test_what_is_written_is_what_pytest_reads(tmp_path: Path) -> None:
    given = "[pytest]\nmarkers =\n    slow: takes long\n    db(name): needs it\nDJANGO_SETTINGS_MODULE = a.b\n"
    given += "filterwarnings =\n    default\n    ignore::UserWarning\n"
    written(tmp_path, {"pytest.ini": given})
    workcopy.write_ini(tmp_path / "pytest.ini", settings.read(tmp_path, [""], tmp_path))
    again = settings._table(tmp_path / "pytest.ini")
    assert again["DJANGO_SETTINGS_MODULE"] == "a.b"
    assert again["filterwarnings"].split("\n") == ["default", "ignore::UserWarning"]
    assert again["markers"].split("\n")[:2] == ["slow: takes long", "db(name): needs it"]


PROJECT = "[project]\nname='x'\n"
PACKAGE_DIR = "[tool.setuptools.package-dir]\n''='lib'\n"
FIND = "[tool.setuptools.packages.find]\nwhere=['lib']\n"
POETRY = "[tool.poetry]\npackages=[{include='shop', from='lib'}]\n"
HATCH = "[tool.hatch.build.targets.wheel]\npackages=['lib/shop']\n"


@pytest.mark.parametrize(
    ("sources", "build", "test", "home", "roots"),
    [
        ("app/main.py", {}, "tests/test_a.py: import app.main", ".", ["."]),
        ("src/shop/a.py", {"pyproject.toml": PROJECT}, "tests/test_a.py: import shop", ".", [".", "src"]),
        ("lib/shop/a.py", {"pyproject.toml": PACKAGE_DIR}, "tests/test_a.py: import shop", ".", [".", "lib"]),
        ("lib/shop/a.py", {"pyproject.toml": FIND}, "tests/test_a.py: import shop", ".", [".", "lib"]),
        ("lib/shop/a.py", {"pyproject.toml": POETRY}, "tests/test_a.py: import shop", ".", [".", "lib"]),
        ("lib/shop/a.py", {"pyproject.toml": HATCH}, "tests/test_a.py: import shop", ".", [".", "lib"]),
        ("lib/shop/a.py", {"setup.cfg": "[options]\npackage_dir =\n    =lib\n"}, "tests/t.py: ", ".", [".", "lib"]),
        ("src/shop/a.py", {"setup.py": "setup(package_dir={'': 'src'})"}, "tests/t.py: ", ".", [".", "src"]),
        ("src/shop/a.py", {}, "tests/t.py: import src.shop", ".", ["."]),
        ("src/__init__.py", {"pyproject.toml": PROJECT}, "tests/test_a.py: import src.main", ".", ["."]),
        ("backend/app/main.py", {}, "backend/tests/test_a.py: import app.main", "backend", ["backend", "."]),
        ("backend/app/main.py", {}, "backend/app/tests/test_a.py: import app.main", "backend", ["backend", "."]),
        ("app/main.py", {}, "app/tests/test_a.py: from app.main import app", ".", ["."]),
        ("backend/app.py", {}, "tests/test_a.py: from backend.app import app", ".", ["."]),
        ("main.py", {}, "test_main.py: import main", ".", ["."]),
        ("src/main.py", {}, "tests/test_a.py: from main import app", ".", [".", "src"]),
        ("server/api/main.py", {}, "tests/test_a.py: from api.main import app", ".", [".", "server"]),
    ],
)
def test_a_suite_is_run_from_where_its_imports_are_found(
    tmp_path: Path, sources: str, build: dict[str, str], test: str, home: str, roots: list[str]
) -> None:
    name, _, text = test.partition(": ")
    written(tmp_path, {sources: "", name: text, **build})
    assert places.home(tmp_path, None, [name]) == home
    assert places.roots(tmp_path, home, [name]) == tuple(roots)
