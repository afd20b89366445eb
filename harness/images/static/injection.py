"""Finds input that is assembled into a query in ways that scanners do not see: `join`, constants, `format`, `repr`.

It refuses to guess: a text counts when it reaches `execute` in the same function, reads as SQL, and holds something
that came from a parameter through operations that keep text. A number, or what another function made of it, does not.
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Set
from typing import Any

from names import Function, bound, own_nodes, parameters, scope_puts
from queries import ROUNDS, Scope, is_constant, known_constants

RULE = "H008"
CWE = 89
MESSAGE = "input assembled into a query, out of a scanner's sight: pass it as a parameter of the query"
_EXECUTING = frozenset({"execute", "executemany", "executescript", "exec_driver_sql"})
_MAYBE = frozenset({"text", "fetch", "fetchrow", "fetchval", "read_sql"})  # where only a whole statement tells
_WORD = re.compile(
    r"\b(select|insert|update|delete|replace|from|where|values|set|order\s+by|group\s+by|having|union|like|pragma)\b",
    re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"\b(select\b.*\bfrom|insert\s+into|delete\s+from|update\b.*\bset)\b", re.IGNORECASE | re.DOTALL
)
_ASSEMBLING = frozenset({"join", "format", "format_map", "replace", "__add__", "__mod__", "substitute"})
_KEEPING = _ASSEMBLING | {  # methods that hand on text they were given or asked for
    *("strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "encode", "decode", "split", "partition"),
    *("get", "pop", "getlist", "json", "form", "body", "read", "dict", "model_dump", "items", "keys", "values", "copy"),
}
_KEEPERS = frozenset(
    {"repr", "str", "ascii", "format", "unquote", "list", "tuple", "sorted", "reversed", "set", "dict"}
)
_NUMBERS = frozenset({"int", "float", "bool", "Decimal", "date", "datetime", "UUID"})
Puts = Mapping[str, list[ast.AST | None]]


def injections(tree: ast.Module, touched: Collection[str] = ()) -> Iterator[dict[str, Any]]:
    """Findings {"rule", "cwe", "line", "end_line", "message"}, one for each assembled text."""
    known_texts = scope_puts(tree)
    seen: set[int] = set()
    for scope, known in known_constants(tree, touched):
        put = scope_puts(scope)
        tainted = _tainted_names(scope, put, known) | (set(touched) - set(put))
        for query, looks in _executed(scope, put):
            if is_constant(query, known) or query.lineno in seen:  # type: ignore[attr-defined]
                continue
            if _is_tainted(query, tainted) and looks.search(_text(query, {**known_texts, **put})):
                line, end = query.lineno, query.end_lineno  # type: ignore[attr-defined]
                seen.add(line)
                yield {"rule": RULE, "cwe": CWE, "line": line, "end_line": end, "message": MESSAGE}


def _executed(scope: Scope, put: Puts) -> Iterator[tuple[ast.AST, re.Pattern[str]]]:
    """(assembled text that reaches an executing call of this scope, what it must look like to be a query)."""
    for node in own_nodes(scope):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            looks = _WORD if called in _EXECUTING else _STATEMENT if called in _MAYBE else None
            if looks is not None:
                named = [k.value for k in node.keywords if k.arg in ("sql", "query", "statement", "operation")]
                for query in (*node.args[:1], *named):
                    yield from ((text, looks) for text in _assembled(query, put, set()))


def _assembled(query: ast.AST, put: Puts, passed: set[str]) -> Iterator[ast.AST]:
    match query:
        case ast.Name(id=name) if name not in passed:
            passed.add(name)
            for value in put.get(name, ()):
                if value is not None:
                    yield from _assembled(value, put, passed)
        case ast.IfExp(body=yes, orelse=no):
            yield from (*_assembled(yes, put, passed), *_assembled(no, put, passed))
        case ast.NamedExpr(value=value) | ast.Await(value=value):
            yield from _assembled(value, put, passed)
        case ast.JoinedStr() | ast.BinOp(op=ast.Add() | ast.Mod()):
            yield query
        case ast.Call(func=ast.Attribute(attr=method)) if method in _ASSEMBLING:
            yield query
        case ast.Call(func=ast.Name(id="str"), args=[value]):
            yield from _assembled(value, put, passed)


def _tainted_names(scope: Scope, put: Puts, known: Set[str]) -> set[str]:
    """Parameters that may hold text, and local names into which it gets."""
    tainted: set[str] = set()
    if isinstance(scope, Function):
        tainted = {a.arg for a in parameters(scope) if a.arg not in ("self", "cls") and not _is_numeric(a.annotation)}
    for _ in range(ROUNDS):
        tainted |= {name for name, values in put.items() if any(v and _is_tainted(v, tainted) for v in values)}
    return tainted - known


def _is_numeric(annotation: ast.AST | None) -> bool:
    """`int`, `int | None`, `Literal["a", "b"]`: the framework lets no other text through."""
    if annotation is None:
        return False
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value).endswith("Literal"):
        return True
    names = {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}
    return bool(names) and names <= _NUMBERS | {"Optional", "Annotated"}


def _is_tainted(node: ast.AST, names: Set[str]) -> bool:
    """Whether text of one of `names` gets into the value."""

    def either(*parts: ast.AST | None) -> bool:
        return any(part is not None and _is_tainted(part, names) for part in parts)

    match node:
        case ast.Name(id=name):
            return name in names
        case ast.Attribute(value=value) | ast.Subscript(value=value) | ast.Starred(value=value):
            return either(value)
        case ast.Await(value=value) | ast.NamedExpr(value=value) | ast.FormattedValue(value=value):
            return either(value)
        case ast.JoinedStr(values=parts) | ast.BoolOp(values=parts):
            return either(*parts)
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return either(*parts)
        case ast.Dict(keys=keys, values=parts):
            return either(*keys, *parts)
        case ast.IfExp(body=yes, orelse=no):
            return either(yes, no)
        case ast.BinOp(op=ast.Mult(), left=left, right=right):  # "?, " * count
            return either(left, right) and not any(isinstance(side, ast.Constant | ast.List) for side in (left, right))
        case ast.BinOp(op=ast.Add() | ast.Mod() | ast.BitOr(), left=left, right=right):
            return either(left, right)
        case ast.GeneratorExp(elt=each, generators=loops) | ast.ListComp(elt=each, generators=loops):
            inner = [put for loop in loops for put in bound(loop.target, loop.iter)]
            reached = {name for name, value in inner if value is not None and _is_tainted(value, names)}
            return _is_tainted(each, names - {name for name, _ in inner} | reached)
        case ast.Call(func=ast.Attribute(value=holder, attr=method), args=args, keywords=keywords):
            given = (*args, *(k.value for k in keywords)) if method in _ASSEMBLING else ()
            return method in _KEEPING and either(holder, *given)
        case ast.Call(func=ast.Name(id=called), args=args):
            return called in _KEEPERS and either(*args)
        case _:
            return False


def _text(query: ast.AST, put: Puts) -> str:
    """All that the source spells out of a text, in its order; names stand for what was put into them."""
    parts: list[str] = []
    waiting, passed = [query], set[str]()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            parts.append(node.value)
        if isinstance(node, ast.Name) and node.id not in passed:
            passed.add(node.id)
            waiting += [value for value in reversed(put.get(node.id, [])) if value is not None]
        waiting += reversed(list(ast.iter_child_nodes(node)))
    return "".join(parts) + "\n" + " ".join(parts)
