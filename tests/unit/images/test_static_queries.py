"""Which assembled texts are queries, and what gets into them: right shapes of honest programs, their wrong twins."""

import ast
import re
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[3] / "harness/images/static"))

import names  # type: ignore[import-not-found]
import queries  # type: ignore[import-not-found]

CASES = Path(__file__).parent / "queries"  # `### name` begins a case; `  #` ends the line asked about
HEAD = """\
import enum
from app import schema
from app.schema import COLUMNS, ORDER_BY
from pydantic import BaseModel
class Sort(enum.StrEnum):
    NEWEST = "created_at"
class Change(BaseModel):
    name: str | None = None
    size: int | None = None
"""
SCHEMA = 'COLUMNS = ("id", "name")\nORDER_BY = {"new": "created_at DESC"}\ntable = "items"\n'


def cases(kind: str) -> dict[str, str]:
    """name -> the body of a program's file."""
    parts = re.split(r"^### (.+)\n", (CASES / f"{kind}.txt").read_text(encoding="utf-8"), flags=re.M)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def standing(body: str) -> str:
    text = HEAD + body + "\n"
    line = next(n for n, each in enumerate(text.splitlines(), 1) if each.endswith("  #"))
    return str(queries.Queries({"a.py": ast.parse(text), "schema.py": ast.parse(SCHEMA)}).standing("a.py", line, line))


@pytest.mark.parametrize("body", cases("constant").values(), ids=cases("constant"))
def test_a_query_of_the_programs_own_words_is_constant(body: str) -> None:
    assert standing(body) == "constant"


@pytest.mark.parametrize("body", cases("none").values(), ids=cases("none"))
def test_a_sentence_is_no_query(body: str) -> None:
    assert standing(body) == "none"


@pytest.mark.parametrize("body", cases("input").values(), ids=cases("input"))
def test_a_callers_text_in_a_query_is_input(body: str) -> None:
    assert standing(body) == "input"


@pytest.mark.parametrize("body", cases("open").values(), ids=cases("open"))
def test_what_cannot_be_told_is_open(body: str) -> None:
    assert standing(body) in ("open", "input")


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
    last = text.count("\n") + 1
    assert queries.Queries({"a.py": ast.parse(text)}).standing("a.py", last, last) in ("open", "input")


def test_one_file_fills_the_table_of_another() -> None:
    tables = (
        'T = {"a": ""}\nA = ""\nB = "b"\ndef f(db):\n    db.execute(f"SELECT {T} {A}")\n    db.execute(f"SELECT {B}")'
    )
    for other in ("import t\nt.T['a'] = x", "from t import T\nT['a'] = x", "import t\nt.T.update(a=x)"):
        assert names.touched(ast.parse(other)) == {"T"}
        found = queries.Queries({"t.py": ast.parse(tables), "o.py": ast.parse(other)})
        assert [found.standing("t.py", line, line) for line in (5, 6)] == ["open", "constant"]
    assert names.touched(ast.parse("import t\nt.A = x")) == {"A"}
    own = "def f(self, B):\n    B['a'] = 1\n    self.B = 1\n    c = [B]\n    c.append(B)"
    assert names.touched(ast.parse(own)) == set()


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ('db.execute(" ".join([START, "WHERE a =", repr(key)]))', 4),
        ('db.execute(START + " WHERE a = \'" + key + "\'")', 4),
        ('db.execute(f"{START} WHERE a = {key}")', 4),
        ("db.execute(START.format(key))", 4),
        ('query = START\n    query += " WHERE a = " + key.strip()\n    db.execute(query)', 5),
        ('parts = [START]\n    parts.append(f"a = {key}")\n    db.execute(" WHERE ".join(parts))', 6),
        ('db.execute(text(START + key["a"]))', 4),
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
    text = f'START = "SELECT a FROM t"\n@app.get("/")\ndef f(db, key, number: int):\n    {body}\n'
    found = queries.Queries({"a.py": ast.parse(text)})
    assert [each["line"] for each in found.hidden("a.py")] == ([line] if line else [])


def test_a_program_of_many_files_is_read_in_one_go() -> None:
    many = {f"m{n}.py": ast.parse(f'C{n} = "a"\ndef f{n}(db, x):\n    return f{n + 1}(db, x)') for n in range(200)}
    many["last.py"] = ast.parse(
        'def f200(db, x):\n    db.execute(f"SELECT {x} FROM t")\n@app.get("/")\ndef g(k):\n    f0(1, k)'
    )
    assert queries.Queries(many).standing("last.py", 2, 2) == "input"
