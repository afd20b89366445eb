"""What the static driver reads from sources: detours, silencing comments, our rules, code among tests."""

import ast
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[3] / "harness/images/static"))
sys.path.append(str(Path(__file__).parents[3] / "harness/images/shared"))

import concealment  # type: ignore[import-not-found]
import copying  # type: ignore[import-not-found]
import reading  # type: ignore[import-not-found]
import scanners  # type: ignore[import-not-found]
import telling  # type: ignore[import-not-found]


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ('import os\ngetattr(os, "sys" + "tem")(x)', "H004"),
        ('getattr(__import__("os"), "system")(x)', "H004"),
        ('__import__("os").system(x)', "H004"),
        ('import importlib\nimportlib.import_module("os").popen(x)', "H004"),
        ('import sys\nsys.modules["os"].system(x)', "H004"),
        ('import os\nvars(os)["system"](x)', "H004"),
        ('import os\nrun = os.system\nrun(x)', "H004"),
        ('import subprocess as s\ngetattr(s, "".join(["ru", "n"]))(x)', "H004"),
        ('import builtins\nbuiltins.eval(x)', "H005"),
        ('import builtins\ngetattr(builtins, "lave"[::-1])(x)', "H005"),
        ('__builtins__["exec"](x)', "H005"),
        ("run = eval\nrun(x)", "H005"),
        ('compile(x, "f", "exec")', "H005"),
        ('getattr(__import__("pickle"), "loads")(x)', "H006"),
        ("import os\ngetattr(os, x)(y)", "H007"),
        ('__import__("o" + "s")', "H007"),
        ('from importlib.machinery import SourceFileLoader\nSourceFileLoader("a", "plugin.txt")', "H009"),
        ('import importlib.util as u\nu.spec_from_file_location("a", __file__.replace("a.py", "a.dat"))', "H009"),
        ('import runpy\nNAME = "a.json"\nrunpy.run_path(NAME)', "H009"),
        ("import runpy\nrunpy.run_path(x)", "H010"),
        ("import sys\nsys.meta_path.append(x)", "H010"),
        ('import os\ngetattr(os, "O_NOFOLLOW", 0)', ""),
        ("import os\nos.getenv(x)", ""),
        ("getattr(self, name)", ""),
        ('import importlib\nimportlib.import_module("app.main")', ""),
        ("import importlib\nimportlib.import_module(name)", ""),
        ('import re\nre.compile(x)', ""),
        ("from re import compile\ncompile(x)", ""),
        ("import subprocess as sp\nsp.run(['ls'], check=True)", ""),
        ("import subprocess\ndef f(run=subprocess.run): run(['ls'])", ""),
        ('import importlib.util\nimportlib.util.spec_from_file_location("a", HERE / "a.py")', ""),
        ('client.run_path("/orders")', ""),
    ],
)  # fmt: skip
def test_detours_to_what_scanners_look_for(code: str, rule: str) -> None:
    assert {found["rule"] for found in concealment.concealed(ast.parse(code))} == ({rule} if rule else set())


@pytest.mark.parametrize(
    "text",
    [
        "import os\n",
        "def f(db): return 1\n",
        'exec("1")',
        'key: exec("1")\n',
        '- eval("1")\n',
        'db.execute(f"SELECT {name}")',
        'print("x")\n',
        "run = lambda name: name\n",
        "#!/usr/bin/env python3\nx = (\n",
    ],
)
def test_python_whatever_the_file_is_called(text: str) -> None:
    assert telling.reads_as_python(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "orders\n",
        "fastapi==0.115.0\nuvicorn[standard]>=0.30\n",
        "fastapi\nuvicorn\n",
        "Notes (draft)\n",
        "TODO(later)\n",
        "example.org (see above)\n",
        "# Orders\n\n- create(order)\n- list(orders)\n",
        "web: python -m app\n",
        "key: value\non: [push]\nrun: make(all)\n",
        '[tool.ruff]\nselect = ["S"]\n[project]\nname = "a (b)"\n',
        '{"a": [1, true, null], "b": "eval(1)"}',
        "A=1\nB=two\n",
        "import os and use it\n",
    ],
)
def test_prose_and_data_that_happen_to_parse(text: str) -> None:
    assert not telling.reads_as_python(text)


def test_a_statement_that_other_languages_share_is_theirs() -> None:
    assert not telling.reads_as_python('console.log("x")\n', other_language=True)
    assert telling.reads_as_python('__import__("os").system("x")\n', other_language=True)


def test_a_tree_too_deep_for_our_rules_is_not_read() -> None:
    chain = "+".join(['"a"'] * 900)
    assert reading.parse(f"x = {chain}\n") is None
    assert reading.parse("x = " + "+".join(['"a"'] * 300)) is not None


def test_a_long_chain_of_branches_is_read() -> None:
    branches = "".join(f"    elif x == {n}:\n        return {n}\n" for n in range(1500))
    assert reading.parse(f"def f(x):\n    if x is None:\n        return 0\n{branches}") is not None
    nested = "".join("    " * n + f"if x{n}:\n" for n in range(90)) + "    " * 90 + "pass\n"
    assert reading.parse(nested) is not None


def test_only_comments_silence() -> None:
    text = 'a = 1  # nosec\nb = "# nosec"\nc = 2  # noqa: S608\nd = 3  # pragma: allowlist secret\n'
    assert reading.suppressed_lines(text) == {1, 3, 4}
    assert reading.suppressed_lines("def f(:\n  x  # nosec\n") == {2}


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ('x = os.environ.get("JWT_SECRET", "dev")', "H001"),
        ('x = os.getenv("API_KEY", default="dev")', "H001"),
        ('x = os.getenv("PORT", "8000")', None),
        ('x = os.environ.get("JWT_SECRET", "")', None),
        ('jwt.decode(t, options={"verify_signature": False})', "H002"),
        ('jwt.decode(t, key, algorithms=["none"])', "H002"),
        ('jwt.decode(t, key, algorithms=["HS256"])', None),
        ('SIGNING_KEY = "k3y"', "H003"),
        ('SIGNING_KEY = os.environ["SIGNING_KEY"]', None),
    ],
)
def test_rules_of_our_own(code: str, rule: str | None) -> None:
    assert [found["rule"] for found in reading.own_findings(ast.parse(code))] == ([rule] if rule else [])


@pytest.mark.parametrize(
    ("app", "procfile", "used"),
    [
        ("import app.db", "web: python -m app", False),
        ("import tests.db", "", True),
        ("from tests import db", "", True),
        ('importlib.import_module("tests.db")', "", True),
        ("x = 1", "web: python tests/db.py", True),
        ("import db", "", True),
        ("from .db import x", "", False),
        ("tests_total = 1", "", False),
    ],
)
def test_code_among_tests_that_the_service_runs(app: str, procfile: str, used: bool) -> None:
    names = {"f0.py": "app/main.py", "f1.py": "tests/db.py"}
    trees = {"f0.py": ast.parse(app), "f1.py": ast.parse("x = 1")}
    assert reading.uses_tests(names, trees, procfile) is used


def test_the_copy_keeps_no_name_and_follows_no_link(tmp_path: Path) -> None:
    source = tmp_path / "app"
    (source / ".venv").mkdir(parents=True)
    (source / ".venv" / "a.py").write_text("import os\n")
    (source / "run").write_text("#!/usr/bin/env python3\nprint(1)\n")
    (source / "ruff.toml").write_text("exclude = ['*']\n")
    (source / "index.js").write_text("1\n")
    (source / "link.py").symlink_to("/etc/passwd")
    made = copying.copy_tree(source, tmp_path / "copy")
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == sorted(made.names)
    assert all(name.startswith("f0") for name in made.names)
    assert sorted(made.names[name] for name in made.python) == [".venv/a.py", "run"]
    assert (made.disguised, made.other_code, made.skipped) == (["run"], ["index.js"], ["link.py"])


READER = """
import json, sys
tool, *files = sys.argv[1:]
if any("fatal" in open(file).read() for file in files):
    sys.exit(139)
print(json.dumps({"bandit": {"results": [], "errors": []}, "ruff": [], "detect-secrets": {"results": {}}}[tool]))
"""


@pytest.mark.parametrize("fatal", [[], [0], [6], [2, 3]])
def test_a_file_that_brings_a_scanner_down_is_found(tmp_path: Path, fatal: list[int]) -> None:
    for number in range(7):
        (tmp_path / f"f{number}.py").write_text("fatal" if number in fatal else "x = 1")

    def command(tool: str, folder: Path, names: list[str]) -> list[str]:
        return [sys.executable, "-c", READER, tool, *(str(folder / name) for name in names)]

    found = scanners.scan(tmp_path, command)
    assert (found.findings, sorted(found.broken), found.cuts) == ([], [f"f{number}.py" for number in fatal], [])


def test_a_file_on_which_a_scanner_idles_is_told_as_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("f0.py", "x = 1"), ("f1.py", "asleep")):
        (tmp_path / name).write_text(text)
    reader = READER.replace("sys.exit(139)", "__import__('time').sleep(600)").replace("fatal", "asleep")

    def command(tool: str, folder: Path, names: list[str]) -> list[str]:
        return [sys.executable, "-c", reader, tool, *(str(folder / name) for name in names)]

    monkeypatch.setattr(scanners, "LIMIT_S", 1.0)
    monkeypatch.setattr(scanners, "PART_LIMIT_S", 2.0)
    found = scanners.scan(tmp_path, command)
    assert (found.broken, set(found.cuts)) == ({"f1.py"}, {("idle", 2.0, "f1.py")})


def test_a_scanner_that_fails_on_every_file_is_broken_itself(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1")
    (tmp_path / "b.py").write_text("x = 1")
    with pytest.raises(scanners.ToolFailed, match="every file"):
        scanners.scan(tmp_path, lambda tool, folder, names: [sys.executable, "-c", "raise SystemExit(1)"])
