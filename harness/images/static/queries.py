"""Finds assembled texts that are queries, and tells for each how far it can be told what gets into it.

A text is a query when it reaches a call that executes one, or when it begins as a statement and is not plainly told to
people (raised, logged, printed). Correct code assembles queries, too: WHERE clauses collected in a list, a sort column
out of a table, a row of placeholders.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import addresses
from expressions import judge
from names import own_nodes
from origin import Level, Origins
from program import Place, Program, last_name, parameter_names, read_program
from texts import ASSEMBLING

RULE = "H008"
CWE = 89
MESSAGE = "input assembled into a query, out of a scanner's sight: pass it as a parameter of the query"
EXECUTING = frozenset(
    {"execute", "executemany", "executescript", "exec_driver_sql", "raw", "execute_sql", "read_sql_query"}
)
_MAYBE = frozenset(
    {"text", "fetch", "fetchrow", "fetchval", "fetch_all", "fetch_one", "read_sql", "query", "prepare", "SQL"}
)
_TOLD = frozenset(
    {"debug", "info", "warning", "error", "exception", "critical", "log", "print", "warn", "write", "fail"}
)
_BEGINS = re.compile(
    r"\s*\(?\s*(?:SELECT\b|INSERT\s+(?:OR\s+\w+\s+)?INTO\b|UPDATE\s+(?:OR\s+\w+\s+)?[\w.\"`\[\]{}]+\s+SET\b|DELETE\s+FROM\b"
    r"|REPLACE\s+INTO\b|WITH\s+(?:RECURSIVE\s+)?\w+(?:\s*\([^)]*\))?\s+AS\b|PRAGMA\s|CREATE\s+\w+\s|DROP\s+\w+\s|ALTER\s+TABLE\b)"
)
_WORD = re.compile(
    r"\b(select|insert|update|delete|replace|from|where|values|set|order\s+by|group\s+by|having|union|like|pragma|limit)\b",
    re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"\b(select\b.*\bfrom|insert\s+into|delete\s+from|update\b.*\bset)\b", re.IGNORECASE | re.DOTALL
)
_SINK_ROUNDS = 3  # wrappers of wrappers of `execute`


@dataclass(frozen=True)
class Text:
    """An assembled text: lines first..last of a file; `executed`: it reaches a call that executes queries."""

    file: str
    first: int
    last: int
    executed: bool
    level: Level


class Queries:
    """The queries of one submission."""

    def __init__(self, trees: Mapping[str, ast.Module | None], paths: Mapping[str, str] | None = None) -> None:
        self._program = read_program(trees, paths)
        self._origins = Origins(self._program, judge)
        self._sinks = _sinks(self._program)
        self._shared = {p.file: self._program.puts[id(p.scope)] for p in self._program.places if p.outer is None}
        self.texts = [text for place in self._program.places for text in self._of(place)]

    def standing(self, file: str, line: int, end: int) -> str:
        """What a scanner's finding on these lines is worth: `constant`, `open`, `input`; `none` = no query is there."""
        there = [text for text in self.texts if text.file == file and text.first <= end and line <= text.last]
        if not there:
            return "none" if any(place.file == file for place in self._program.places) else "open"
        return {Level.CONSTANT: "constant", Level.OPEN: "open", Level.INPUT: "input"}[max(t.level for t in there)]

    def address(self, file: str, line: int, end: int) -> str:
        """The same of an address that a call on these lines opens; "" = none does."""
        return addresses.standing(self._program, self._origins, file, line, end)

    def hidden(self, file: str) -> Iterator[dict[str, Any]]:
        """Findings of our own {"rule", "cwe", "line", "end_line", "message"}: executed texts that hold input."""
        seen = set()
        for text in self.texts:
            if text.file == file and text.executed and text.level == Level.INPUT and text.first not in seen:
                seen.add(text.first)
                yield {"rule": RULE, "cwe": CWE, "line": text.first, "end_line": text.last, "message": MESSAGE}

    def _of(self, place: Place) -> Iterator[Text]:
        executed = {id(node): looks for node, looks in self._executed(place)}
        told = set(_told(place))
        inner: set[int] = set()
        texts = {**self._shared[place.file], **self._program.puts[id(place.scope)]}
        for node in _outermost_first(place):
            if not _is_assembled(node) or id(node) in inner:
                continue
            looks = executed.get(id(node))
            words = _words(node, texts)
            begins = _BEGINS.match(words) is not None and id(node) not in told
            reaches = looks is not None and looks.search(words) is not None
            if begins or reaches:
                inner |= {id(part) for part in ast.walk(node)}
                first, last = node.lineno, node.end_lineno or node.lineno  # type: ignore[attr-defined]
                yield Text(place.file, first, last, reaches, self._origins.of(node, place))

    def _executed(self, place: Place) -> Iterator[tuple[ast.AST, re.Pattern[str]]]:
        """(assembled text that reaches an executing call of this scope, what it must look like to be a query)."""
        puts = self._program.puts[id(place.scope)]
        for node in own_nodes(place.scope):
            if not isinstance(node, ast.Call):
                continue
            called = last_name(node.func)
            looks = _WORD if called in EXECUTING else _STATEMENT if called in _MAYBE else None
            given: list[ast.expr] = []
            if looks is not None:
                named = ("sql", "query", "statement", "operation", "clause", "stmt")
                given = [*node.args[:1], *(k.value for k in node.keywords if k.arg in named)]
            elif called in self._sinks:
                looks = _WORD
                places = self._sinks[called]
                given = [each for number, each in enumerate(node.args) if number in places]
                given += [k.value for k in node.keywords if k.arg in places]
            for each in given:
                yield from ((text, looks or _WORD) for text in _reaching(each, puts, set()))


def _outermost_first(place: Place) -> Iterator[ast.AST]:
    waiting = list(reversed(list(ast.iter_child_nodes(place.scope))))
    own = {id(node) for node in own_nodes(place.scope)}
    while waiting:
        node = waiting.pop()
        if id(node) in own:
            yield node
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                waiting += reversed(list(ast.iter_child_nodes(node)))


def _is_assembled(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr():
            return True
        case ast.BinOp(op=ast.Add() | ast.Mod()):
            return True
        case ast.Call(func=ast.Attribute(attr=method)):
            return method in ASSEMBLING
        case _:
            return False


def _told(place: Place) -> Iterator[int]:
    """Texts for people: within a raise, or an argument of a log call."""
    for node in own_nodes(place.scope):
        if isinstance(node, ast.Raise):
            yield from (id(part) for part in ast.walk(node))
        elif isinstance(node, ast.Call) and last_name(node.func) in _TOLD:
            yield from (id(part) for each in node.args for part in ast.walk(each))
        elif isinstance(node, ast.keyword) and node.arg in (
            "detail",
            "message",
            "msg",
            "description",
            "summary",
            "title",
        ):
            yield from (id(part) for part in ast.walk(node))


def _reaching(query: ast.AST, puts: Mapping[str, list[ast.AST | None]], passed: set[str]) -> Iterator[ast.AST]:
    """The assembled texts that an expression may be."""
    match query:
        case ast.Name(id=name) if name not in passed:
            passed.add(name)
            for value in puts.get(name, ()):
                if value is not None:
                    yield from _reaching(value, puts, passed)
        case ast.IfExp(body=yes, orelse=no):
            yield from (*_reaching(yes, puts, passed), *_reaching(no, puts, passed))
        case ast.NamedExpr(value=value) | ast.Await(value=value):
            yield from _reaching(value, puts, passed)
        case (
            ast.Call(func=ast.Name(id="str" | "text" | "SQL"), args=[value, *_])
            | ast.Call(func=ast.Attribute(attr="text" | "SQL"), args=[value, *_])
        ):
            yield from _reaching(value, puts, passed)
        case ast.Call(func=ast.Attribute(attr="strip" | "rstrip" | "lstrip" | "bindparams", value=value)):
            yield from _reaching(value, puts, passed)
        case _ if _is_assembled(query):
            yield query


def _words(query: ast.AST, puts: Mapping[str, list[ast.AST | None]]) -> str:
    """All that the source spells out of a text, in its order; names stand for what was put into them."""
    parts: list[str] = []
    waiting, passed = [query], set[str]()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Constant):
            parts += [node.value] if isinstance(node.value, str) else []
            continue
        if isinstance(node, ast.Name):
            known = [value for value in reversed(puts.get(node.id, [])) if value is not None]
            waiting += known if node.id not in passed else []
            parts += [] if known else ["{}"]
            passed.add(node.id)
            continue
        waiting += reversed(list(ast.iter_child_nodes(node)))
    return "".join(parts) + "\n" + " ".join(parts)


def _sinks(program: Program) -> dict[str, set[str | int]]:
    """The program's own functions that execute one of their parameters: name -> names and places of those."""
    found: dict[str, set[str | int]] = {}
    for _ in range(_SINK_ROUNDS):
        for place in program.places:
            names = parameter_names(place)
            for node in own_nodes(place.scope):
                if not names or not isinstance(node, ast.Call):
                    continue
                called = last_name(node.func)
                places: set[str | int] = {0} if called in EXECUTING | _MAYBE else found.get(called, set())
                given = [each for number, each in enumerate(node.args) if number in places]
                given += [k.value for k in node.keywords if k.arg in places]
                for each in given:
                    if isinstance(each, ast.Name) and each.id in names:
                        own = found.setdefault(place.scope.name, set())  # type: ignore[union-attr]
                        own |= {each.id, names.index(each.id)}
    return found
