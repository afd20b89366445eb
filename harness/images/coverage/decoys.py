"""Harmless edits: source files that look like seeded faults and behave like the original.

Refuses every edit that an honest test could notice: docstrings, signatures, annotations and names that can be looked up
stay as they are. A suite that fails on one of these notices edits of the source, not what the code does.
"""

import ast
import copy
import random
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from rewrite import FUNCTIONS, blocks, is_docstring

WORDS = ("value", "result", "found", "answer", "given", "entry", "outcome", "kept")
# A function that looks at its own frame or source may well notice an edit.
_LOOKS_AT_ITSELF = {
    "locals",
    "vars",
    "dir",
    "eval",
    "exec",
    "_getframe",
    "currentframe",
    "stack",
    "getsource",
    "inspect",
}
_COOKIE = re.compile(r"^[ \t\f]*#.*?coding[:=]", re.MULTILINE)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Decoy:
    """The whole of `file` with one harmless edit near `line`; kind: comment | unused | local | swap."""

    file: str
    line: int
    kind: str
    text: str


def decoys(
    sources: Mapping[str, str], places: Iterable[tuple[str, int]], count: int, drawn: random.Random
) -> list[Decoy]:
    """At most `count`, one for each of the first `places` (file, line): where the seeded faults are, too.

    The first is a comment only; the others change the compiled code wherever the line stands in a function.
    """
    made: list[Decoy] = []
    for file, line in places:
        if len(made) == count:
            break
        source = sources[file]
        if not faithful(source):
            continue
        kind, text = ("comment", _comment(source, drawn)) if not made else _structural(source, line, drawn)
        made.append(Decoy(file, line, kind, text))
    return made


def faithful(source: str) -> bool:
    """Is the text what Python reads, and does a round trip through the syntax tree keep it?"""
    if "\ufffd" in source or _COOKIE.search("\n".join(source.split("\n", 2)[:2])):
        return False
    try:
        tree = ast.parse(source)
        return ast.dump(tree) == ast.dump(ast.parse(ast.unparse(tree)))
    except (SyntaxError, ValueError, RecursionError):
        return False


def _comment(source: str, drawn: random.Random) -> str:
    text = source if source.endswith("\n") else f"{source}\n"
    return f"{text}\n# {drawn.choice(WORDS)} {drawn.choice(WORDS)}\n"


def _structural(source: str, line: int, drawn: random.Random) -> tuple[str, str]:
    edits = list(_EDITS.items())
    drawn.shuffle(edits)
    for kind, edit in edits:
        tree = ast.parse(source)
        function = enclosing(tree, line)
        if function is not None and edit(function, _unused_name(tree, drawn), drawn):
            return kind, ast.unparse(ast.fix_missing_locations(tree))
    return "comment", _comment(ast.unparse(ast.parse(source)), drawn)


def enclosing(tree: ast.Module, line: int) -> Function | None:
    """The innermost function whose body holds the line; None when it looks at its own frame."""
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, FUNCTIONS) and node.body[0].lineno <= line <= (node.end_lineno or 0)
    ]
    if not found:
        return None
    innermost = max(found, key=lambda node: node.lineno)
    names = {n.id for n in ast.walk(innermost) if isinstance(n, ast.Name)}
    names |= {n.attr for n in ast.walk(innermost) if isinstance(n, ast.Attribute)}
    return None if names & _LOOKS_AT_ITSELF else innermost


def _unused_name(tree: ast.Module, drawn: random.Random) -> str:
    taken = set(re.findall(r"\w+", ast.unparse(tree)))
    free = [word for word in (*WORDS, *(f"{word}_again" for word in WORDS)) if word not in taken]
    return drawn.choice(free) if free else f"value_{drawn.randrange(10**6)}"


def _own_blocks(function: Function) -> list[list[ast.stmt]]:
    """Blocks of the function that are not a nested function's or class's."""
    inner = {
        id(body)
        for node in ast.walk(function)
        if node is not function and isinstance(node, (*FUNCTIONS, ast.ClassDef))
        for body in blocks(node)
    }
    return [body for body in blocks(function) if id(body) not in inner]


def _unused(function: Function, name: str, drawn: random.Random) -> bool:
    """A local that nobody reads."""
    start = 1 if is_docstring(function.body[0]) else 0
    value = ast.Constant(drawn.choice((0, 1, None, False)))
    function.body.insert(start, ast.Assign([ast.Name(name, ast.Store())], value))
    return True


def _local(function: Function, name: str, drawn: random.Random) -> bool:
    """`return x` by way of a local."""
    found = [
        (body, number)
        for body in _own_blocks(function)
        for number, node in enumerate(body)
        if isinstance(node, ast.Return) and node.value is not None
    ]
    if not found:
        return False
    body, number = drawn.choice(found)
    node = body[number]
    assert isinstance(node, ast.Return)
    assert node.value is not None
    body[number : number + 1] = [
        ast.Assign([ast.Name(name, ast.Store())], node.value),
        ast.Return(ast.Name(name, ast.Load())),
    ]
    return True


def _swap(function: Function, name: str, drawn: random.Random) -> bool:
    """`if a: x else: y` as `if not a: y else: x`."""
    found = [n for body in _own_blocks(function) for n in body if isinstance(n, ast.If) and n.orelse]
    if not found:
        return False
    node = drawn.choice(found)
    node.test = ast.UnaryOp(ast.Not(), copy.deepcopy(node.test))
    node.body, node.orelse = node.orelse, node.body
    return True


_EDITS: dict[str, Callable[[Function, str, random.Random], bool]] = {"unused": _unused, "local": _local, "swap": _swap}
