"""Seeded faults: which small changes to a source file are possible, and the file with one of them made.

Refuses lines that no test reaches (they would tell about coverage, not about tests), logging, annotations, docstrings
and `if __name__` blocks, whose changes tests are not expected to notice. Operators after Offutt et al. 1996.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
}
_QUIET = ("log", "logger", "logging", "print", "warnings")


@dataclass(frozen=True)
class Mutant:
    """One change: the `index`-th candidate of `file`; before and after as source text."""

    file: str
    line: int
    operator: str
    before: str
    after: str
    index: int


def candidates(file: str, source: str, lines: set[int]) -> list[Mutant]:
    """Every change that can be made on the given lines, in a fixed order."""
    tree = ast.parse(source)
    return [
        Mutant(file, _line(node), operator, _text(node), _text(new), index)
        for index, (_, _, _, node, operator, new) in enumerate(_changes(tree))
        if _line(node) in lines
    ]


def mutate(source: str, index: int) -> str:
    """The whole file with change number `index` made."""
    tree = ast.parse(source)
    for number, (parent, name, position, _, _, new) in enumerate(_changes(tree)):
        if number == index:
            if position is None:
                setattr(parent, name, new)
            else:
                getattr(parent, name)[position] = new
            return ast.unparse(ast.fix_missing_locations(tree))
    raise ValueError(f"no change number {index!r} in this file")


Change = tuple[ast.AST, str, int | None, ast.AST, str, ast.AST]


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


def _text(node: ast.AST) -> str:
    return ast.unparse(node).split("\n")[0][:120]


def _changes(tree: ast.Module) -> Iterator[Change]:
    queue: list[ast.AST] = [tree]
    while queue:
        parent = queue.pop(0)
        for name, value in ast.iter_fields(parent):
            if name in ("annotation", "returns", "type_params"):
                continue
            for position, node in enumerate(value) if isinstance(value, list) else ((None, value),):
                if not isinstance(node, ast.AST) or _skipped(node):
                    continue
                for operator, new in _alternatives(node, parent):
                    yield parent, name, position, node, operator, ast.copy_location(new, node)
                queue.append(node)


def _skipped(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        if isinstance(node.value, ast.Constant):
            return True
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        return isinstance(call, ast.Call) and _root_name(call.func).lower().lstrip("_").startswith(_QUIET)
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def _root_name(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _alternatives(node: ast.AST, parent: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Compare(ops=[op]):
            for other in _COMPARE.get(type(op), ()):
                new = copy.deepcopy(node)
                new.ops = [other()]
                yield "comparison", new
        case ast.BoolOp():
            new_bool = copy.deepcopy(node)
            new_bool.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield "boolean", new_bool
        case ast.UnaryOp(op=ast.Not()):
            yield "negation", copy.deepcopy(node.operand)
        case ast.BinOp() if type(node.op) in _ARITHMETIC and not _is_text(node):
            new_op = copy.deepcopy(node)
            new_op.op = _ARITHMETIC[type(node.op)]()
            yield "arithmetic", new_op
        case ast.Constant(value=bool() as value):
            yield "constant", ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield "constant", ast.Constant(value + 1)
        case ast.Return(value=ast.AST() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield "return", ast.Return(ast.Constant(None))
        case ast.Raise():
            yield "raise removed", ast.Pass()
        case ast.Expr(value=ast.Call() | ast.Await()):
            yield "call removed", ast.Pass()
        case ast.If(test=ast.Name() | ast.Attribute() | ast.Call()):
            new_if = copy.deepcopy(node)
            new_if.test = ast.UnaryOp(ast.Not(), new_if.test)
            yield "condition", new_if


def _is_text(node: ast.BinOp) -> bool:
    """String building and `X | None`: changing the operator makes a TypeError, which says nothing."""
    return any(
        isinstance(n, ast.JoinedStr) or (isinstance(n, ast.Constant) and isinstance(n.value, str))
        for n in ast.walk(node)
    )
