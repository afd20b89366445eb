"""Tells a query that is assembled from constants from one into which input can get.

It refuses to follow values across functions or files: what it cannot show to be constant counts as input. Correct code
assembles queries, too (`WHERE` clauses collected in a list, a sort column taken from a table of constants, a row of
placeholders); scanners flag those alike, and a false alarm on correct code would make the real ones worthless.
"""

import ast
from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef
ROUNDS = 4  # names that depend on names that depend on names


def constant_queries(tree: ast.Module) -> set[int]:
    """Lines on which a text is assembled, all of it from constants."""
    shared = _constants(tree)
    harmless: set[int] = set()
    harmful: set[int] = set()
    scopes: list[ast.Module | Function] = [tree, *(n for n in ast.walk(tree) if isinstance(n, Function))]
    for scope in scopes:
        known = shared | (_local_constants(scope, shared) if isinstance(scope, Function) else set())
        for node in _own_nodes(scope):
            if _is_assembled(node):
                lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)  # type: ignore[attr-defined]
                (harmless if is_constant(node, known) else harmful).update(lines)
    return harmless - harmful


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Nodes of a scope without those of the functions inside it."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, Function):
            yield child
            yield from _own_nodes(child)


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
    """Names of module-level constants: UPPER_CASE, bound once, to constants."""
    found: set[str] = set()
    for _ in range(ROUNDS):
        for node in tree.body:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            value = getattr(node, "value", None)
            names = [t.id for t in targets if isinstance(t, ast.Name) and t.id.isupper()]
            if names and value is not None and is_constant(value, found):
                found.update(names)
    return found


def _local_constants(function: Function, shared: set[str]) -> set[str]:
    """Local names into which only constants are ever put (assigned, added, appended, iterated over)."""
    arguments = function.args
    given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    parameters = {argument.arg for argument in given if argument is not None}
    put: dict[str, list[ast.AST]] = {}
    for node in _own_nodes(function):
        for name, value in _puts(node):
            put.setdefault(name, []).append(value)
    known: set[str] = set()
    candidates = set(put) - parameters
    for _ in range(ROUNDS):
        known = {name for name in candidates if all(is_constant(value, known | shared | {name}) for value in put[name])}
    return known


def _puts(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _bound(target, node.value)
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value is not None:
        yield from _bound(node.target, node.value)
    elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        yield from _bound(node.target, node.iter)
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield from _bound(node.optional_vars, node.context_expr)
    elif isinstance(node, ast.Call) and _method(node) in ("append", "extend", "insert", "add"):
        holder = node.func.value  # type: ignore[attr-defined]
        if isinstance(holder, ast.Name):
            yield from ((holder.id, value) for value in node.args)


def _bound(target: ast.AST, value: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Every name inside a target takes the whole value: cautious for unpacking."""
    for node in ast.walk(target):
        if isinstance(node, ast.Name):
            yield node.id, value


def is_constant(node: ast.AST | None, known: set[str]) -> bool:
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
        case ast.Dict(values=parts):
            return both(*parts)
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
            inner = {n for loop in loops for n, v in _bound(loop.target, loop.iter) if is_constant(v, known)}
            return is_constant(each, known | inner)
        case ast.Call(
            func=ast.Attribute(value=holder, attr="join" | "format" | "strip" | "upper" | "lower"), args=args
        ):
            return both(holder, *args) and not node.keywords
        case ast.Call(func=ast.Name(id="list" | "tuple" | "set" | "sorted" | "len" | "int" | "float"), args=args):
            numeric = isinstance(node.func, ast.Name) and node.func.id in ("len", "int", "float")
            return numeric or both(*args)
        case _:
            return False
