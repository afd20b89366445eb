"""Where a function holds a name against a closed list, so that after it only members of the list are left.

    if sort not in SORTS: raise …      from there on        if sort in SORTS: …      inside
    if not NAME.fullmatch(sort): return …  (and isidentifier, isalnum, …) likewise

A name that is bound again after the test has left it: then the test says nothing.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from names import Function, own_nodes

_ONLY_PLAIN = frozenset({"isidentifier", "isalnum", "isdigit", "isdecimal", "isalpha"})
_PATTERNS = frozenset({"pattern", "regex"})
_PLAIN_PATTERN = re.compile(  # anchored, and of words, classes of plain characters and one group of choices at most
    r"""\^(?:[\w-]|\\w|\\d|[?*+]|\{\d+(?:,\d*)?\}|\[(?:a-z|A-Z|0-9|\\w|\\d|_)+\]"""
    r"""|\((?:\?:)?(?:[\w |-]|[?*+]|\[(?:a-z|A-Z|0-9|_)+\])+\))+\$"""
)
_ENDING = (ast.Raise, ast.Return, ast.Continue, ast.Break)


@dataclass(frozen=True)
class Guard:
    """`name` is a member of `closed` (None: has only plain characters) from line `first` to line `last`."""

    name: str
    closed: ast.expr | None
    first: int
    last: int


def holds_to_a_pattern(node: ast.AST | None) -> bool:
    """`Query("id", pattern="^(id|name)$")`, `Field(regex=…)`: only plain characters get through."""
    if not isinstance(node, ast.Call):
        return False
    given = [k.value.value for k in node.keywords if k.arg in _PATTERNS and isinstance(k.value, ast.Constant)]
    return any(isinstance(text, str) and _PLAIN_PATTERN.fullmatch(text) is not None for text in given)


class Guards:
    """The tests of one scope."""

    def __init__(self, scope: ast.Module | Function) -> None:
        self._found: list[Guard] = []
        self._stored: dict[str, list[int]] = {}
        last = getattr(scope, "end_lineno", None) or 1_000_000_000
        for node in own_nodes(scope):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self._stored.setdefault(node.id, []).append(node.lineno)
            elif isinstance(node, ast.If):
                self._read(node, last)
            elif isinstance(node, ast.IfExp):
                for name, closed in _members(node.test):
                    self._found.append(Guard(name, closed, node.body.lineno, node.body.end_lineno or node.body.lineno))
            elif isinstance(node, ast.Assert):
                for name, closed in _members(node.test):
                    self._found.append(Guard(name, closed, node.lineno + 1, last))

    def at(self, name: str, line: int) -> Iterator[ast.expr | None]:
        """The closed lists that hold for a name where it is read."""
        for guard in self._found:
            here = guard.name == name and guard.first <= line <= guard.last
            if here and not any(guard.first <= stored <= line for stored in self._stored.get(name, ())):
                yield guard.closed

    def _read(self, node: ast.If, last: int) -> None:
        end = node.body[-1].end_lineno or node.lineno
        for name, closed in _members(node.test):
            self._found.append(Guard(name, closed, node.body[0].lineno, end))
        for name, closed in _strangers(node.test):
            if isinstance(node.body[-1], _ENDING) or _replaced(node.body[-1], name):
                self._found.append(Guard(name, closed, end + 1, last))


def _members(test: ast.expr) -> Iterator[tuple[str, ast.expr | None]]:
    """(name, list) of each membership that must hold for a test to be true."""
    match test:
        case ast.Compare(left=ast.Name(id=name), ops=[ast.In()], comparators=[closed]):
            yield name, closed
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if method in _ONLY_PLAIN:
            yield name, None
        case ast.Call(func=ast.Attribute(attr="fullmatch"), args=[*_, ast.Name(id=name)]):
            yield name, None
        case ast.BoolOp(op=ast.And(), values=parts):
            for part in parts:
                yield from _members(part)


def _strangers(test: ast.expr) -> Iterator[tuple[str, ast.expr | None]]:
    """(name, list) of each membership that must hold for a test to be false."""
    match test:
        case ast.Compare(left=ast.Name(id=name), ops=[ast.NotIn()], comparators=[closed]):
            yield name, closed
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            yield from _members(inner)
        case ast.BoolOp(op=ast.Or(), values=parts):
            for part in parts:
                yield from _strangers(part)
        case ast.BoolOp(
            op=ast.And(), values=[*given, part]
        ):  # `sort and sort not in SORTS`: what is not given is no text
            for name, closed in _strangers(part):
                if all({n.id for n in ast.walk(each) if isinstance(n, ast.Name)} == {name} for each in given):
                    yield name, closed


def _replaced(statement: ast.stmt, name: str) -> bool:
    """`sort = "created_at"` as the last statement."""
    return (
        isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Constant)
        and any(isinstance(target, ast.Name) and target.id == name for target in statement.targets)
    )
