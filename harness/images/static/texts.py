"""Reads an assembled text piece by piece: f-strings, sums, `%`, `format` and `join`.

What is not constant between quotation marks of a text is INPUT: there stands a value, never a column.
"""

import ast
import re
from collections.abc import Iterator

from origin import Level, Reader, Value, element, plain, worst

ASSEMBLING = frozenset(
    {"join", "format", "format_map", "replace", "__add__", "__mod__", "substitute", "safe_substitute"}
)


def is_numeric_format(spec: ast.AST | None) -> bool:
    """`:d`, `:05.1f`: no text gets through."""
    texts = [part.value for part in getattr(spec, "values", ()) if isinstance(part, ast.Constant)]
    return len(texts) == 1 and re.fullmatch(r"[0-9,_+. ]*[bdoxXeEfFgGn%]", str(texts[0])) is not None


def pieces(node: ast.AST) -> Iterator[str | ast.AST]:
    """The literal texts of an assembled text and the expressions between them, in order."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            for part in parts:
                yield from pieces(part)
        case ast.BinOp(op=ast.Add()):
            chain: list[ast.AST] = [node]
            flat: list[ast.AST] = []
            while chain:  # no recursion: a chain of a thousand `+` is a valid source, too
                top = chain.pop()
                if isinstance(top, ast.BinOp) and isinstance(top.op, ast.Add):
                    chain += [top.right, top.left]
                else:
                    flat.append(top)
            for part in flat:
                yield from pieces(part)
        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str(text)), right=right):
            given = list(right.elts) if isinstance(right, ast.Tuple) else [right]
            yield from _filled(re.split(r"%(?:\(\w+\))?[-#0-9. ]*([a-zA-Z])", text), given, right)
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format"), args=args, keywords=named
        ):
            given = [*args, *(k.value for k in named)]
            yield from _filled(re.split(r"\{[^{}:!]*(?:![rsa])?(?::[^{}]*?([a-zA-Z])?)?\}", text), given, None)
        case _:
            yield node


def _filled(split: "list[str | None]", given: list[ast.AST], rest: ast.AST | None) -> Iterator[str | ast.AST]:
    """`text, conversion, text, …` with what is filled in; a numeric conversion lets no text in."""
    texts, conversions = split[::2], split[1::2]
    for place, text in enumerate(texts):
        yield text or ""
        if place < len(conversions) and conversions[place] not in (*"diouxXeEfFgG",):
            yield given[place] if place < len(given) else given[-1] if given else rest or ast.Constant(None)


def assembled(node: ast.AST, read: Reader) -> Value:
    """The worst of its pieces."""
    level, quoted = Level.CONSTANT, False
    for piece in pieces(node):
        if isinstance(piece, str):
            quoted ^= piece.count("'") % 2 == 1
            continue
        value = _of_parts(piece, node, read)
        found = value.whole
        level = max(level, Level.INPUT if quoted and found > Level.CONSTANT else found)
    return plain(level)


def _of_parts(piece: ast.AST, node: ast.AST, read: Reader) -> Value:
    if piece is node and isinstance(node, ast.BinOp):  # `TEMPLATE % values`
        return read(node.left) | read(node.right)
    return read(piece)


def joined(node: ast.Call, read: Reader) -> Value:
    """`" AND ".join(parts)`, `"…{}…".format(x)`, `text.replace(a, b)`."""
    assert isinstance(node.func, ast.Attribute)
    if node.func.attr == "join":
        looped = [plain(element(read(each), each).whole) for each in node.args]
        return worst([read(node.func.value), *looped])
    if node.func.attr == "format" and isinstance(node.func.value, ast.Constant):
        return assembled(node, read)
    return plain(max(read(each).whole for each in (node.func.value, *node.args, *(k.value for k in node.keywords))))
