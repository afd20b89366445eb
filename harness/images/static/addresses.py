"""How far it can be told where a call that opens an address gets that address from.

It refuses to take every variable for a caller's text: whose host the source spells out, or what the program was
configured with, leads nobody astray. What a caller sends does, until an attack or a reader shows otherwise.
"""

import ast
import re
from collections.abc import Iterator, Mapping

from names import own_nodes
from origin import Level, Origins
from program import Place, Program, last_name

OPENING = frozenset({"urlopen", "urlretrieve", "Request", "open"})
HOST = re.compile(r"https?://[\w.\-\[\]]+[:/?#]", re.IGNORECASE)
STANDING = {Level.CONSTANT: "constant", Level.OPEN: "open", Level.INPUT: "input"}
Puts = Mapping[str, list[ast.AST | None]]


def standing(program: Program, origins: Origins, file: str, line: int, end: int) -> str:
    """`constant`, `open`, `input`: the worst address opened on these lines; "" = none is."""
    levels = []
    for place in program.places:
        if place.file != file:
            continue
        for node in own_nodes(place.scope):
            if isinstance(node, ast.Call) and line <= node.lineno <= end and last_name(node.func) in OPENING:
                given = [*node.args[:1], *(word.value for word in node.keywords if word.arg in ("url", "fullurl"))]
                puts = program.puts[id(place.scope)]
                levels += [_level(each, origins, place, puts, set()) for each in given[:1]]
    return STANDING[max(levels)] if levels else ""


def _level(node: ast.AST, origins: Origins, place: Place, puts: Puts, passed: set[str]) -> Level:
    match node:
        case ast.Name(id=name) if puts.get(name) and None not in puts[name] and name not in passed:
            put = [value for value in puts[name] if value is not None]
            return max(_level(value, origins, place, puts, passed | {name}) for value in put)
        case ast.Call(args=[address, *_]) if last_name(node.func) in OPENING:
            return _level(address, origins, place, puts, passed)
        case _ if HOST.match("".join(_leading(node))):
            return Level.CONSTANT
        case _:
            return origins.of(node, place)


def _leading(node: ast.AST) -> Iterator[str]:
    """The text with which an assembled text begins."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=[first, *_]) | ast.BinOp(left=first, op=ast.Add() | ast.Mod()):
            yield from _leading(first)
        case ast.Call(func=ast.Attribute(attr="format", value=first)):
            yield from _leading(first)
