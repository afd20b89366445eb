"""What the static driver reads from sources: constant queries, silencing comments, our rules, code among tests."""

import ast
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[3] / "harness/images/static"))

import copying  # type: ignore[import-not-found]
import queries  # type: ignore[import-not-found]
import reading  # type: ignore[import-not-found]

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
