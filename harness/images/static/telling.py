"""Tells Python from prose, data and other languages by the text alone, whatever the file is called.

It refuses to trust a suffix. What parses is not enough: a word, a list of requirements, TOML tables and YAML mappings
all parse as Python. What it looks for is a statement that does something.
"""

import ast
import builtins
import json
import re
from collections.abc import Iterator

_DOING = (
    *(ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.If, ast.Match),
)
# Wherever one of these is called, even in what reads as the value of a YAML key, an interpreter would do it.
_POWERFUL = frozenset({"exec", "eval", "compile", "getattr", "setattr", "open", "globals", "vars", "__import__"})
_POSSIBLE = re.compile(r"\(|\b(import|def|class|for|while|with|if|lambda)\b")  # without any of these: no such statement


def reads_as_python(text: str, other_language: bool = False) -> bool:
    """Whether the text is a Python program; `other_language`: its name claims one that writes `f(x)`, too."""
    if text.startswith("#!") and "python" in text.split("\n", 1)[0]:
        return True
    if not _POSSIBLE.search(text) or _is_json(text):
        return False
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    if any(isinstance(node, _DOING) or _is_powerful(node) for node in ast.walk(tree)):
        return True
    lines = text.encode().splitlines()
    return not other_language and any(_is_call(lines, node) for node in _values(tree))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_powerful(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _POWERFUL


def _values(tree: ast.Module) -> Iterator[ast.AST]:
    """What statements evaluate, but for annotations: `key: name(x)` is how YAML would say it."""
    for statement in tree.body:
        if isinstance(statement, ast.Expr | ast.Assign | ast.AugAssign):
            yield statement.value


def _is_call(lines: list[bytes], value: ast.AST) -> bool:
    """`name(…)` or `a.b(…)` as a whole value; with a space before the bracket it is a remark of prose (like this)."""
    value = value.value if isinstance(value, ast.Await | ast.NamedExpr) else value
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name | ast.Attribute):
        return False
    called = value.func
    known = isinstance(called, ast.Attribute) or called.id in dir(builtins)
    return known and lines[(called.end_lineno or 1) - 1][called.end_col_offset or 0 :].startswith(b"(")
