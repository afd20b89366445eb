"""Code where a coverage tool does not look: found by content from outside, and by what was executed from inside."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

IMAGE = Path(__file__).parents[3] / "harness" / "images" / "coverage"
if str(IMAGE) not in sys.path:
    sys.path.insert(0, str(IMAGE))
hidden, suite = (importlib.import_module(n) for n in ("hidden", "suite"))

PROGRAM = "import os\n\ndef f(a):\n    if a:\n        return 1\n    b = 2\n    return b\n"


def lay(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def test_programs_under_other_names_are_sources(tmp_path: Path) -> None:
    found = suite.discover(
        lay(
            tmp_path,
            {
                "app.py": "x = 1",
                "data.txt": PROGRAM,
                "run": "#!/usr/bin/env python3\n" + PROGRAM,
                "stub.pyi": "def a() -> int: ...\ndef b() -> int: ...\nx: int\ny: int\nz: int\n",
                "pyproject.toml": "[tool]\na = 1\n",
                "README.md": "# Title\n\nA class of its own.\n",
                "note.txt": "def f(): pass\n",
                "tests/golden.txt": PROGRAM,
            },
        )
    )
    assert found.sources == ("app.py", "data.txt", "run")
    assert {p: how for p, how in found.strange.items() if how} == {"data.txt": hidden.OTHER_NAME}


@pytest.mark.parametrize(
    "line",
    [
        "from tests import engine",
        "from tests.engine import f",
        "import tests.engine as e",
        "from .tests.engine import f",
        "import importlib; importlib.import_module('tests.engine')",
        "import runpy; runpy.run_path('tests/engine.py')",
    ],
)
def test_files_among_the_tests_that_the_service_uses_are_sources(tmp_path: Path, line: str) -> None:
    tests = {"tests/engine.py": f"from tests import gear\n{PROGRAM}", "tests/gear.py": PROGRAM}
    found = suite.discover(lay(tmp_path, {"app.py": line, **tests, "tests/kit.py": PROGRAM, "tests/__init__.py": ""}))
    assert found.sources == ("app.py", "tests/engine.py", "tests/gear.py")
    assert found.tests == ("tests/__init__.py", "tests/kit.py")


def test_a_test_module_that_the_service_imports_stays_a_test_and_is_named(tmp_path: Path) -> None:
    found = suite.discover(lay(tmp_path, {"app.py": "from tests.test_impl import f", "tests/test_impl.py": PROGRAM}))
    assert found.sources == ("app.py",)
    assert found.strange == {"tests/test_impl.py": hidden.AMONG_TESTS}


def test_naming_a_test_module_is_what_scripts_that_run_tests_do(tmp_path: Path) -> None:
    files = {"check.py": "import pytest\npytest.main(['tests/test_a.py', 'tests'])", "tests/test_a.py": PROGRAM}
    assert suite.discover(lay(tmp_path, {**files, "tests/__init__.py": ""})).strange == {}


def test_the_procfile_names_sources_too(tmp_path: Path) -> None:
    files = {"Procfile": "web: python tests/engine.py\n", "tests/engine.py": PROGRAM, "app.py": ""}
    assert suite.discover(lay(tmp_path, files)).sources == ("app.py", "tests/engine.py")


def test_a_program_in_a_string_is_found_and_prose_is_not(tmp_path: Path) -> None:
    long = PROGRAM + "\n\ndef g():\n    return f(0), f(1), os.environ['HOME'], 'something', 'else'\n"
    text = f'"""{long}"""\nCODE = {long!r}\nBYTES = {long.encode()!r}\nSQL = "SELECT 1 {"x" * 200}"\n'
    found = hidden.in_strings(lay(tmp_path, {"app.py": text}), ["app.py"])
    assert [(u.line, u.statements) for u in found] == [(13, 8), (14, 8)]


def entry(by: str, file: str, size: int = 9, line: int = 3, name: str = "<string>") -> dict[str, Any]:
    return {"by": by, "file": file, "size": size, "line": line, "name": name}


def test_what_was_executed_joins_the_sources_when_sources_asked_for_it() -> None:
    record = [
        entry("tests/inner.py", "tests/more.py"),  # noticed before what leads there
        entry("app.py", "tests/inner.py"),
        entry("tests/test_a.py", "tests/kit.py"),
        entry("", "data.txt"),
        entry("", "app.py"),
        entry("app.py", "made_at_run_time.py"),
    ]
    files = ["app.py", "data.txt", "tests/inner.py", "tests/more.py", "tests/kit.py", "tests/test_a.py"]
    assert hidden.executed_files(record, ["app.py"], files) == {
        "tests/inner.py": hidden.AMONG_TESTS,
        "tests/more.py": hidden.AMONG_TESTS,
        "data.txt": hidden.OTHER_NAME,
    }


def test_code_without_a_file_counts_when_sources_executed_it() -> None:
    record = [
        entry("app.py", "", 20, 7),
        entry("app.py", "made_at_run_time.py", 10, 8, "/tmp/made_at_run_time.py"),
        entry("small.py", "", 4),  # eval("1 + 1") is no program
        entry("tests/test_a.py", "", 50),
    ]
    (found,) = hidden.executed_otherwise(record, ["app.py", "small.py"], ["tests/test_a.py"], [])
    assert (found.file, found.line, found.statements) == ("app.py", 7, 30)
    known = [hidden.Uncounted("app.py", 5, 28, "a program in a string")]
    assert hidden.executed_otherwise(record, ["app.py"], [], known) == []


def test_a_forged_record_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    record = tmp_path / "record"
    record.write_text('{"by": "a", "file": "b", "name": "c", "line": 1, "size": 2}\n[]\nno\n{"by": 1}\n')
    assert hidden.read_record(record) == [entry("a", "b", 2, 1, "c")]
    assert hidden.read_record(tmp_path / "none") == []


RUNNER = """
import sys
sys.path[:0] = [{inherit!r}, {root!r}]
import suite_side
suite_side.watch({record!r}, {root!r}, "/tools")
import app
"""
WATCHED = {
    "app.py": "import collections, dataclasses, json.tool, types\n"
    "import other\n"
    "Pair = collections.namedtuple('Pair', 'a b')\n"
    "@dataclasses.dataclass\nclass Box:\n    size: int = 1\n"
    "exec('a = 1\\nb = 2')\n"
    "types.FunctionType(compile('c = 3', '<made>', 'exec'), {})()\n",
    "other.py": "import importlib.machinery as m, importlib.util as u\n"
    "loader = m.SourceFileLoader('data', __file__.replace('other.py', 'data.txt'))\n"
    "loader.exec_module(u.module_from_spec(u.spec_from_loader('data', loader)))\n",
    "data.txt": "d = 4\n",
}


def test_the_record_names_what_is_out_of_the_ordinary_and_who_asked(tmp_path: Path) -> None:
    root, record = lay(tmp_path / "app", WATCHED), tmp_path / "record"
    code = RUNNER.format(inherit=str(IMAGE / "inherit"), root=str(root), record=str(record))
    subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True)
    told = {(e["by"], e["line"], e["file"] or e["name"]) for e in map(json.loads, record.read_text().splitlines())}
    assert told == {
        ("", 6, "app.py"),  # asked for by the runner
        ("app.py", 2, "other.py"),
        ("other.py", 3, "data.txt"),
        ("app.py", 7, "<string>"),
        ("app.py", 8, "<made>"),
    }
