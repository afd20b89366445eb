"""Source rewriting on syntax trees: the witness, sabotaged tests, gutted sources, and how many tests assert anything.

Refuses to run anything. The witness is a second, independent record of which statements ran: coverage data that claims
more than it saw is forged. A sabotaged test raises first thing, so a suite that reports it as passed is lying.
"""

import ast
from collections.abc import Callable, Iterator

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


def test_functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions and methods named test*, at module level and in classes."""
    queue: list[ast.stmt] = list(tree.body)
    while queue:
        node = queue.pop(0)
        if isinstance(node, FUNCTIONS) and node.name.startswith("test"):
            yield node
        elif isinstance(node, ast.ClassDef | ast.If | ast.Try):
            queue.extend(node.body)


def sabotaged(source: str, message: str) -> tuple[str, set[str]]:
    """(source whose test functions all raise first thing, their names)."""
    tree = ast.parse(source)
    names = set()
    for function in test_functions(tree):
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


def _asserts(function: ast.AST) -> bool:
    """Does it check anything that depends on the code? `assert True` and `assert 1 == 1` do not."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) and any(
            isinstance(n, ast.Name | ast.Call | ast.Attribute) for n in ast.walk(node.test)
        ):
            return True
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("raises", "fail", "warns", "raise_for_status") or name.startswith(
                ("assert", "_assert", "expect", "check")
            ):
                return True
    return False


def _called(function: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            names.add(node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""))
    return names


def assertion_counts(sources: list[str]) -> tuple[int, list[str]]:
    """(number of test functions, names of those that assert nothing), over all test files together.

    A test that calls a function of the test files which asserts is counted as asserting.
    """
    trees = [ast.parse(source) for source in sources]
    asserting = {n.name for t in trees for n in ast.walk(t) if isinstance(n, FUNCTIONS) and _asserts(n)}
    tests = [function for tree in trees for function in test_functions(tree)]
    empty = [f.name for f in tests if not _asserts(f) and not (_called(f) & asserting)]
    return len(tests), empty
