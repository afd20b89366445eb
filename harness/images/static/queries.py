"""Tells a query that is assembled from constants from one into which input can get.

It refuses to follow values across functions or files: what it cannot show to be constant counts as input. Correct code
assembles queries, too (`WHERE` clauses collected in a list, a sort column taken from a table of constants, a row of
placeholders); scanners flag those alike, and a false alarm on correct code would make the real ones worthless.
"""

import ast
from collections.abc import Collection, Iterator, Mapping, Set

from names import Function, bound, own_nodes, parameters, scope_puts

ROUNDS = 4  # names that depend on names that depend on names
Scope = ast.Module | Function


def constant_queries(tree: ast.Module, touched: Collection[str] = ()) -> set[int]:
    """Lines on which a text is assembled, all of it from constants; `touched` names are none (see names.touched)."""
    harmless: set[int] = set()
    harmful: set[int] = set()
    for scope, known in known_constants(tree, touched):
        for node in own_nodes(scope):
            if _is_assembled(node):
                lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)  # type: ignore[attr-defined]
                (harmless if is_constant(node, known) else harmful).update(lines)
    return harmless - harmful


def known_constants(tree: ast.Module, touched: Collection[str] = ()) -> Iterator[tuple[Scope, set[str]]]:
    """Each scope of a file with the names that are constant in it."""
    shared = _constants(tree) - set(touched)
    if any(isinstance(node, ast.Call) and ast.unparse(node.func) == "globals" for node in ast.walk(tree)):
        shared = set()  # any name may be written through it
    yield tree, shared
    yield from _inside(tree, shared)


def _inside(scope: ast.AST, outer: set[str]) -> Iterator[tuple[Scope, set[str]]]:
    for node in own_nodes(scope):
        if isinstance(node, Function):
            put = scope_puts(node)
            hidden = {argument.arg for argument in parameters(node)}
            visible = outer - hidden - set(put)
            yield node, visible | settled(put, set(put) - hidden - _declared(node), visible)
            yield from _inside(node, visible)


def _declared(function: Function) -> set[str]:
    """Names of other scopes that this one may bind."""
    return {n for node in own_nodes(function) if isinstance(node, ast.Global | ast.Nonlocal) for n in node.names}


def _is_assembled(node: ast.AST) -> bool:
    if isinstance(node, ast.JoinedStr):
        return True
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return any(_is_text(side) for side in (node.left, node.right))
    return isinstance(node, ast.Call) and _method(node) in ("format", "replace", "join") and _is_text(node.func.value)  # type: ignore[attr-defined]


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _method(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _constants(tree: ast.Module) -> set[str]:
    """Names of module-level constants: UPPER_CASE, and nothing but constants is ever put into them."""
    put = scope_puts(tree)
    return settled(put, {name for name in put if name.isupper()}, set())


def settled(put: Mapping[str, list[ast.AST | None]], candidates: Set[str], given: Set[str]) -> set[str]:
    """Of the candidates those into which only constants are ever put (assigned, added, appended, iterated over)."""
    known: set[str] = set()
    for _ in range(ROUNDS):
        known = {name for name in candidates if all(is_constant(value, known | given | {name}) for value in put[name])}
    return known


def is_constant(node: ast.AST | None, known: Set[str]) -> bool:
    """Whether an expression can only yield what the source spells out; `known` names are constant."""

    def both(*parts: ast.AST | None) -> bool:
        return all(is_constant(part, known) for part in parts)

    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return name in known
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts) | ast.JoinedStr(values=parts):
            return both(*parts)
        case ast.Dict(keys=keys, values=parts):
            return both(*parts) and all(_is_constant_key(key, known) for key in keys)
        case ast.FormattedValue(value=value) | ast.Starred(value=value):
            return both(value)
        case ast.BinOp(op=ast.Mult(), left=left, right=right):  # "?," * count
            return is_constant(left, known) or is_constant(right, known)
        case ast.BinOp(op=ast.Add() | ast.Mod(), left=left, right=right):
            return both(left, right)
        case ast.IfExp(body=yes, orelse=no):
            return both(yes, no)
        case ast.Subscript(value=table):  # a table of constants yields constants, whatever the key
            return both(table)
        case ast.GeneratorExp(elt=each, generators=loops) | ast.ListComp(elt=each, generators=loops):
            inner = [put for loop in loops for put in bound(loop.target, loop.iter)]
            constant = {name for name, value in inner if is_constant(value, known)}
            return is_constant(each, known - {name for name, _ in inner} | constant)
        case ast.Call(
            func=ast.Attribute(value=holder, attr="join" | "format" | "strip" | "upper" | "lower"), args=args
        ):
            return both(holder, *args) and not node.keywords
        case ast.Call(func=ast.Name(id="list" | "tuple" | "set" | "sorted" | "len" | "int" | "float"), args=args):
            numeric = isinstance(node.func, ast.Name) and node.func.id in ("len", "int", "float")
            return numeric or both(*args)
        case _:
            return False


def _is_constant_key(key: ast.AST | None, known: Set[str]) -> bool:
    """Keys of a table: members of an enumeration and constants of other modules pass, a variable does not."""
    match key:
        case ast.Attribute():
            return True
        case ast.Name(id=name):
            return name in known or name.isupper()
        case _:
            return is_constant(key, known)
