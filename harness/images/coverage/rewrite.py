"""Source rewriting on syntax trees: the witness, sabotaged tests, gutted sources.

Refuses to run anything. The witness is a second, independent record of which statements ran: coverage data that claims
more than it saw is forged. A sabotaged test raises first thing, so a suite that reports it as passed is lying.
"""

import ast
import fnmatch
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BODIES = ("body", "orelse", "finalbody")


def is_docstring(node: ast.stmt) -> bool:
    """A bare string (or `...`): no code is made for it."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """Every list of statements in the tree."""
    for node in ast.walk(tree):
        for name in _BODIES:
            body = getattr(node, name, None)
            if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
                yield body


def witnessable(source: str) -> set[int]:
    """First lines of the statements that the witness can see run."""
    tree = ast.parse(source)
    return {s.lineno for body in blocks(tree) for s in body if not is_docstring(s) and not _is_future(s)}


def with_witness(source: str, name: str, identify: Callable[[int], int]) -> str:
    """`source` with `name(identify(line))` before every statement (docstrings and __future__ imports excepted)."""
    tree = ast.parse(source)
    for body in list(blocks(tree)):
        out: list[ast.stmt] = []
        for statement in body:
            if not is_docstring(statement) and not _is_future(statement):
                number = ast.Constant(identify(statement.lineno))
                out.append(ast.Expr(ast.Call(ast.Name(name, ast.Load()), [number], [])))
            out.append(statement)
        body[:] = out
    return ast.unparse(ast.fix_missing_locations(tree))


@dataclass(frozen=True)
class Names:
    """How functions and classes of tests are called: prefixes or wildcards, as in pytest's own settings.

    A pattern that fits any name says nothing and is not kept; unittest's `test` always fits.
    """

    functions: tuple[str, ...] = ("test",)
    classes: tuple[str, ...] = ("Test",)

    @classmethod
    def of(cls, functions: Iterable[str], classes: Iterable[str]) -> "Names":
        """From the settings `python_functions` and `python_classes`."""
        return cls(*(tuple(p for p in patterns if not _fits("\0", p)) for patterns in (functions, classes)))

    def function(self, name: str) -> bool:
        """Is it called like a test?"""
        return any(_fits(name, pattern) for pattern in ("test", *self.functions))

    def holder(self, name: str) -> bool:
        """Is it called like a class of tests?"""
        return any(_fits(name, pattern) for pattern in ("Test", *self.classes))


USUAL = Names()


def _fits(name: str, pattern: str) -> bool:
    return name.startswith(pattern) or ("*" in pattern and fnmatch.fnmatchcase(name, pattern))


def test_functions(tree: ast.Module, names: Names) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions and methods that are tests, at module level and in classes; fixtures may be called like tests."""
    queue: list[ast.stmt] = list(tree.body)
    while queue:
        node = queue.pop(0)
        if isinstance(node, FUNCTIONS) and names.function(node.name) and not _is_fixture(node):
            yield node
        elif isinstance(node, ast.ClassDef | ast.If | ast.Try | ast.With):
            queue.extend(node.body)


def _is_fixture(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("fixture" in ast.unparse(d).split("(")[0] for d in function.decorator_list)


def holds_tests(source: str, names: Names) -> bool:
    """Are most of the functions and classes of this file tests? Fixtures are neither."""
    own = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef) or (isinstance(node, FUNCTIONS) and not _is_fixture(node))
    ]
    tests = [
        n
        for n in own
        if (names.holder(n.name) or "TestCase" in ast.unparse(n).split("\n")[0])
        if isinstance(n, ast.ClassDef)
    ] + [n for n in own if isinstance(n, FUNCTIONS) and names.function(n.name)]
    return bool(tests) and 2 * len(tests) >= len(own)


def sabotaged(source: str, message: str, called: Names = USUAL) -> tuple[str, set[str]]:
    """(source whose test functions all raise first thing, their names)."""
    tree = ast.parse(source)
    names = set()
    for function in test_functions(tree, called):
        raising = ast.parse(f"raise AssertionError({message!r})").body[0]
        function.body.insert(0, raising)
        names.add(function.name)
    return ast.unparse(ast.fix_missing_locations(tree)), names


def gutted(source: str) -> str:
    """`source` with every function body replaced by `raise NotImplementedError`."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            node.body = [ast.parse("raise NotImplementedError").body[0]]
    return ast.unparse(ast.fix_missing_locations(tree))
