"""What the static driver reads from sources: constant queries, silencing comments, our rules, code among tests."""

import ast
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[3] / "harness/images/static"))

import concealment  # type: ignore[import-not-found]
import copying  # type: ignore[import-not-found]
import injection  # type: ignore[import-not-found]
import names  # type: ignore[import-not-found]
import queries  # type: ignore[import-not-found]
import reading  # type: ignore[import-not-found]
import telling  # type: ignore[import-not-found]

CONSTANT = [
    'db.execute(f"SELECT {COLUMNS} FROM t")',
    "db.execute(f\"SELECT * FROM t WHERE id IN ({','.join('?' for _ in ids)})\", ids)",
    'db.execute("SELECT * FROM t WHERE id IN (" + ",".join("?" * len(ids)) + ")", ids)',
    'db.execute(f"SELECT * FROM t ORDER BY {SORT[key]}")',
    "clauses = []\n    clauses.append('a = ?')\n    db.execute(f\"SELECT * FROM t WHERE {' AND '.join(clauses)}\")",
    'where = "WHERE a = ?" if key else ""\n    db.execute(f"SELECT * FROM t {where}")',
    'db.execute(f"SELECT * FROM t LIMIT {int(key)}")',
]
INPUT = [
    "db.execute(f\"SELECT * FROM t WHERE a = '{key}'\")",
    'db.execute("SELECT * FROM t WHERE a = %s" % key)',
    'db.execute("SELECT * FROM t WHERE a = \'" + key + "\'")',
    "db.execute(\"SELECT * FROM t WHERE a = '{}'\".format(key))",
    'clauses = []\n    clauses.append(f"a = {key}")\n    db.execute(f"SELECT * FROM t WHERE {clauses}")',
    'where = "a"\n    where = key\n    db.execute(f"SELECT * FROM t WHERE {where}")',
    'for name in ids:\n        db.execute(f"SELECT {name} FROM t")',
    'db.execute(f"SELECT * FROM t ORDER BY {key.lower()}")',
]


def constant_last_line(body: str) -> bool:
    text = f'COLUMNS = "a, b"\nSORT = {{"x": "a"}}\ndef f(db, key, ids):\n    {body}\n'
    return text.rstrip("\n").count("\n") + 1 in queries.constant_queries(ast.parse(text))


@pytest.mark.parametrize("body", CONSTANT)
def test_queries_of_constants(body: str) -> None:
    assert constant_last_line(body)


@pytest.mark.parametrize("body", INPUT)
def test_queries_into_which_input_gets(body: str) -> None:
    assert not constant_last_line(body)


@pytest.mark.parametrize(
    "text",
    [
        'NEEDLE = ""\ndef f(db, x):\n    global NEEDLE\n    NEEDLE = x\n    db.execute("SELECT \'" + NEEDLE + "\'")',
        'T = {"a": ""}\ndef f(db, x):\n    T["a"] = x\n    db.execute(f"SELECT 1 WHERE a = {T[\'a\']}")',
        'T = {"a": ""}\ndef g(x):\n    T.update(a=x)\ndef f(db):\n    db.execute(f"SELECT 1 WHERE a = {T[\'a\']}")',
        'T = {"a": ""}\ndef g(t, x):\n    t["a"] = x\ndef f(db, x):\n    g(T, x)\n    db.execute(f"SELECT {T[\'a\']}")',
        'T = {"a": ""}\ndef g(x, t=T):\n    t["a"] = x\ndef f(db):\n    db.execute(f"SELECT {T[\'a\']}")',
        'T = {"a": ""}\ndef g(x):\n    t = T\n    t["a"] = x\ndef f(db):\n    db.execute(f"SELECT {T[\'a\']}")',
        'T = {"a": ""}\ndef g(x):\n    globals()["T"] = x\ndef f(db):\n    db.execute(f"SELECT {T[\'a\']}")',
        'A = ""\ndef g(m, x):\n    setattr(m, "A", x)\ndef f(db):\n    db.execute(f"SELECT {A}")',
        'A = ""\nif C:\n    A = input()\ndef f(db):\n    db.execute(f"SELECT {A}")',
        'A = ""\ndef f(db, A):\n    db.execute(f"SELECT {A}")',
        'A = ""\ndef f(db, x):\n    A = x\n    def g():\n        db.execute(f"SELECT {A}")',
        'def f(db, x):\n    w = ""\n    def g():\n        nonlocal w\n        w = x\n    db.execute(f"SELECT {w}")',
        'def f(db, x):\n    w = []\n    def g():\n        w.append(x)\n    g()\n    db.execute(f"SELECT {w}")',
        'def f(db, x):\n    w = {x: ""}\n    db.execute(f"SELECT {\',\'.join(w)}")',
        'A = ""\ndef f(db, x):\n    db.execute(f"SELECT {\',\'.join(A for A in x)}")',
    ],
)
def test_what_only_looks_constant(text: str) -> None:
    tree = ast.parse(text)
    assert text.count("\n") + 1 not in queries.constant_queries(tree, names.touched(tree))


def test_one_file_fills_the_table_of_another() -> None:
    tables = ast.parse('T = {"a": ""}\nA = ""\nB = "b"\ndef f(db):\n    db.execute(f"SELECT {B}")')
    for other in ("import t\nt.T['a'] = x", "from t import T\nT['a'] = x", "import t\nt.T.update(a=x)"):
        assert names.touched(ast.parse(other)) == {"T"}
    assert names.touched(ast.parse("import t\nt.A = x")) == {"A"}
    assert (
        names.touched(ast.parse("def f(self, B):\n    B['a'] = 1\n    self.B = 1\n    c = [B]\n    c.append(B)"))
        == set()
    )
    assert queries.constant_queries(tables, {"T", "A"}) == {5}


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ('db.execute(" ".join([START, "WHERE a =", repr(key)]))', 3),
        ('db.execute(START + " WHERE a = \'" + key + "\'")', 3),
        ('db.execute(f"{START} WHERE a = {key}")', 3),
        ("db.execute(START.format(key))", 3),
        ('query = START\n    query += " WHERE a = " + key.strip()\n    db.execute(query)', 4),
        ('parts = [START]\n    parts.append(f"a = {key}")\n    db.execute(" WHERE ".join(parts))', 5),
        ('db.execute(text(START + key["a"]))', 3),
        ('db.execute(" ".join([START, "LIMIT", str(int(key))]))', None),
        ('db.execute(" ".join([START, "WHERE a = ?"]), (key,))', None),
        ('db.execute(" ".join([START, "LIMIT", str(number)]))', None),
        ('where, values = ["a = ?"], [key]\n    db.execute(" ".join([START, " AND ".join(where)]), values)', None),
        ('where, values = conditions(key)\n    db.execute(" ".join([START, where]), values)', None),
        ('log.write(" ".join([START, key]))', None),
        ('command.execute("say " + key)', None),
    ],
)
def test_input_in_queries_that_scanners_do_not_see(body: str, line: int | None) -> None:
    tree = ast.parse(f'START = "SELECT a FROM t"\ndef f(db, key, number: int):\n    {body}\n')
    assert [found["line"] for found in injection.injections(tree)] == ([line] if line else [])


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
