"""A linear scanner for fenced code blocks (CommonMark 0.31 §4.5), with two liberties that replies need.

Liberties: a fence may be indented by any amount or open right after a list marker; and inside a `markdown` fence an
inner fence with an info string opens a level, so that a README may hold code blocks. markdown-it-py is linear too
but can do neither; a test holds this scanner against it on documents where the two grammars agree. Refuses to
interpret: it gives blocks with their info strings and places, not files.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_OPEN = re.compile(r"^([ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(`{3,}|~{3,})[ \t]*(.*)$")
_CLOSE = re.compile(r"^([ \t]*)(`{3,}|~{3,})[ \t]*$")
_MARKDOWN = frozenset(("markdown", "md", "mdx"))
_TAB = 4


@dataclass(frozen=True)
class Fence:
    """One block. Lines are 0-based; `start` is the opening line, `end` the closing one (or one past the last line)."""

    info: str
    content: str
    start: int
    end: int
    closed: bool

    @property
    def language(self) -> str:
        """First word of the info string, in lower case, without `:path`, `{` or `.`."""
        first = self.info.split(None, 1)[0] if self.info.strip() else ""
        return re.split(r"[:{=,]", first.lstrip("{."), maxsplit=1)[0].rstrip("}").lower()


def split_lines(text: str) -> list[str]:
    """Lines at `\\n` only: form feeds and Unicode separators belong to the content."""
    return text.split("\n")


def scan_fences(lines: Sequence[str]) -> Iterator[Fence]:
    """Every fence of `lines` in order; an unclosed one runs to the end."""
    index = 0
    while index < len(lines):
        fence = read_fence(lines, index)
        if fence is None:
            index += 1
            continue
        yield fence
        index = fence.end + 1


def read_fence(lines: Sequence[str], start: int) -> Fence | None:
    """The fence that opens at line `start`, or None."""
    line = lines[start]
    if "```" not in line and "~~~" not in line:
        return None
    opening = _OPEN.match(line)
    if opening is None:
        return None
    prefix, mark, info = opening[1], opening[2], opening[3].strip()
    if mark[0] == "`" and "`" in info:  # an inline code span, CommonMark example 138
        return None
    indent = _width(prefix)
    end, closed = _find_end(lines, start + 1, mark, indent, info)
    body = [_dedent(content, indent) for content in lines[start + 1 : end]]
    return Fence(info, "".join(f"{content}\n" for content in body), start, end, closed)


def unwrap_fence(text: str) -> tuple[str, str]:
    """(content, info) when `text` is nothing but one fenced block, else (`text`, "")."""
    stripped = text.strip("\n")
    if not stripped.lstrip().startswith(("```", "~~~")):
        return text, ""
    lines = split_lines(stripped.strip())
    fences = list(scan_fences(lines))
    if len(fences) == 1 and fences[0].start == 0 and fences[0].end >= len(lines) - 1:
        return fences[0].content, fences[0].info
    return text, ""


def _find_end(lines: Sequence[str], index: int, mark: str, indent: int, info: str) -> tuple[int, bool]:
    """(line of the closing fence, True), or (one past the last line, False)."""
    nests = info.split(None, 1)[0].lower().split(":", 1)[0] in _MARKDOWN if info else False
    inner: list[str] = []  # marks of fences open inside a markdown fence
    for at in range(index, len(lines)):
        line = lines[at]
        if "```" not in line and "~~~" not in line:
            continue
        closing = _CLOSE.match(line)
        if closing is not None and _closes(closing, inner[-1] if inner else mark, indent):
            if not inner:
                return at, True
            inner.pop()
            continue
        opening = _OPEN.match(line) if nests and closing is None and not inner else None
        if opening is not None and not (opening[2][0] == "`" and "`" in opening[3]):
            inner.append(opening[2])
    return len(lines), False


def _closes(closing: re.Match[str], mark: str, indent: int) -> bool:
    """Same character, at least as long, and indented by at most three more than the opening."""
    return closing[2][0] == mark[0] and len(closing[2]) >= len(mark) and _width(closing[1]) <= indent + 3


def _width(prefix: str) -> int:
    return len(prefix.expandtabs(_TAB))


def _dedent(line: str, indent: int) -> str:
    """`line` without up to `indent` columns of leading white space."""
    if indent == 0:
        return line
    column = 0
    for position, character in enumerate(line):
        if column >= indent or character not in " \t":
            return line[position:]
        column += 1 if character == " " else _TAB - column % _TAB
    return ""
