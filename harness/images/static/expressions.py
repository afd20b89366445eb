"""Reads one expression: how far its text can be told (see origin.py).

Operations that keep text hand on what they are given; numbers are constant.
"""

import ast
from dataclasses import replace

from calls import attribute, called
from names import Each, Entry, Part, puts
from origin import CONSTANT, INPUT, OPEN, Level, Local, Origins, Reader, Value, element, plain, worst
from program import Place
from texts import assembled, is_numeric_format


def judge(origins: Origins, node: ast.AST, place: Place, local: Local) -> Value:
    """The value of an expression by what is known so far."""

    def read(part: ast.AST | None) -> Value:
        return judge(origins, part, place, local) if part is not None else CONSTANT

    match node:
        case ast.Name(id=name, lineno=line):
            return local[name] if name in local else origins.name(name, line, place)
        case ast.Attribute():
            return attribute(origins, node, place, read)
        case ast.Subscript(value=ast.Name(id=name)) if origins.program.is_enum(name):
            return CONSTANT
        case ast.Call():
            return called(origins, node, place, read)
        case ast.GeneratorExp() | ast.ListComp() | ast.SetComp():
            return _many(judge(origins, node.elt, place, _loops(origins, node.generators, place, local)).whole)
        case ast.DictComp(key=key, value=value, generators=loops):
            inside = _loops(origins, loops, place, local)
            return Value(judge(origins, value, place, inside).whole, judge(origins, key, place, inside).whole)
        case ast.Tuple() | ast.List() | ast.Set() | ast.Dict() | Each() | Part() | Entry():
            return _collected(node, read)
        case _:
            return _composed(node, read)


def _composed(node: ast.AST, read: Reader) -> Value:
    """What operators make of other expressions."""
    match node:
        case ast.Constant() | ast.Compare() | ast.UnaryOp():
            return CONSTANT
        case ast.JoinedStr() | ast.BinOp(op=ast.Add() | ast.Mod()):
            return assembled(node, read)
        case ast.FormattedValue(conversion=114, value=value) if (
            read(value).whole > Level.CONSTANT
        ):  # `!r` quotes a value
            return INPUT
        case ast.FormattedValue(value=value, format_spec=spec):
            return CONSTANT if is_numeric_format(spec) else plain(read(value).whole)
        case ast.Starred(value=value) | ast.Await(value=value) | ast.NamedExpr(value=value):
            return read(value)
        case ast.IfExp(body=yes, orelse=no):
            return read(yes) | read(no)
        case ast.BoolOp(values=parts):
            return worst(read(part) for part in parts)
        case ast.BinOp(op=ast.Mult(), left=left, right=right):  # `"?," * count`: the count is a number
            return read(right if isinstance(left, ast.Constant) and isinstance(left.value, int) else left)
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return read(left) | read(right)
        case ast.BinOp(op=ast.BitAnd(), left=left, right=right):  # in both sets
            return min(read(left), read(right), key=lambda value: value.text)
        case ast.BinOp(left=left):
            return read(left)
        case ast.Subscript(value=table, slice=key):
            return _looked_up(read(table), key)
        case _:
            return OPEN


def _collected(node: ast.AST, read: Reader) -> Value:
    """Tuples, lists, sets and tables, and what is put into or taken from them."""
    match node:
        case ast.Tuple(elts=parts):
            values = tuple(read(part) for part in parts)
            return replace(_many(max((value.whole for value in values), default=Level.CONSTANT)), parts=values)
        case ast.List(elts=parts) | ast.Set(elts=parts):
            return _many(max((read(part).whole for part in parts), default=Level.CONSTANT))
        case ast.Dict(keys=keys, values=parts):
            merged = [read(part).keys for key, part in zip(keys, parts, strict=True) if key is None]
            spelled = [_key(key, read) for key in keys if key is not None]
            held = max([read(part).whole for part in parts], default=Level.CONSTANT)
            return Value(held, max([*spelled, *merged], default=Level.CONSTANT))
        case Each(iter=iterated):
            return element(read(iterated), iterated)
        case Part(value=value, place=number):
            whole = read(value)
            return whole.parts[number] if whole.parts and number < len(whole.parts) else plain(whole.whole)
        case Entry(key=ast.Constant(value=int()), value=value):  # a list's
            return _many(read(value).whole)
        case Entry(key=key, value=value):
            return Value(read(value).whole, _key(key, read))
        case _:
            return OPEN


def _many(level: Level) -> Value:
    return Value(level, level, (), True)


def _key(key: ast.AST, read: Reader) -> Level:
    """Keys of a table: members of an enumeration and constants of other modules are the program's own."""
    return Level.CONSTANT if isinstance(key, ast.Attribute) else read(key).text


def _looked_up(table: Value, key: ast.AST) -> Value:
    parts, number = table.parts or (), key.value if isinstance(key, ast.Constant) else None
    return parts[number] if isinstance(number, int) and -len(parts) <= number < len(parts) else plain(table.text)


def _loops(origins: Origins, loops: list[ast.comprehension], place: Place, local: Local) -> dict[str, Value]:
    inside = dict(local)
    for loop in loops:
        for name, each in puts(loop):
            inside[name] = OPEN if each is None else judge(origins, each, place, inside)
        for test in loop.ifs:
            match test:
                case ast.Compare(left=ast.Name(id=name), ops=[ast.In()], comparators=[closed]):
                    if judge(origins, closed, place, inside).looped == Level.CONSTANT:
                        inside[name] = CONSTANT
    return inside
