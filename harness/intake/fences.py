"""A linear scanner for fenced code blocks (CommonMark 0.31 §4.5), with two liberties that replies need.

Liberties: a fence may be indented by any amount or open right after a list marker; and inside a `markdown` fence an
inner fence opens a level, so that a README may hold code blocks. markdown-it-py is linear too
but can do neither; a test holds this scanner against it on documents where the two grammars agree. Refuses to
interpret: it gives blocks with their info strings and places, not files.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.intake.info import read_info

OPEN = re.compile(r"^([ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(`{3,}|~{3,})[ \t]*(.*)$")
_CLOSE = re.compile(r"^([ \t]*)(`{3,}|~{3,})[ \t]*$")
_MARKDOWN = frozenset(("markdown", "md", "mdx"))
_MARKED = re.compile(r"[A-Za-z]\w*[ \t]+`[^`\s]+`")  # ```python `app/main.py`
_TAB = 4
_FAR = 200  # lines that are looked at to tell an opening fence from a closing one
_PAIR = 2


@dataclass(frozen=True)
class Fence:
    """One block. Lines are 0-based; `start` is the opening line, `end` the closing one (or one past the last line)."""

    info: str
    content: str
    start: int
    end: int
    closed: bool
    mark: str = "```"
    indent: int = 0

    @property
    def language(self) -> str:
        """First word of the info string, in lower case, without `:path`, `{` or `.`."""
        return language_of(self.info)

    def head(self, lines: Sequence[str], count: int) -> str:
        """The first `count` lines of the block's content."""
        body = lines[self.start + 1 : min(self.end, self.start + 1 + count)]
        return "".join(f"{dedented(content, self.indent)}\n" for content in body)

    def until(self, lines: Sequence[str], end: int, closed: bool) -> "Fence":
        """The same block with its end at line `end`."""
        body = [dedented(content, self.indent) for content in lines[self.start + 1 : end]]
        if not closed and end == len(lines) and body and not body[-1]:
            body.pop()  # what stands after the last line end is no line
        return replace(self, content="".join(f"{content}\n" for content in body), end=end, closed=closed)


def language_of(info: str) -> str:
    """First word of an info string, in lower case, without `:path`, `{` or `.`."""
    first = info.split(None, 1)[0] if info.strip() else ""
    return re.split(r"[:{=,]", first.lstrip("{."), maxsplit=1)[0].rstrip("}").lower()


def split_lines(text: str) -> list[str]:
    """Lines at `\\n` only: form feeds and Unicode separators belong to the content."""
    return text.split("\n")


def scan_fences(lines: Sequence[str]) -> Iterator[Fence]:
    """Every fence of `lines` in order; an unclosed one runs to the end."""
    marks, index = Marks(lines), 0
    for at in marks.after(0, len(lines)):
        fence = read_fence(lines, at, marks=marks) if at >= index else None
        if fence is not None:
            yield fence
            index = fence.end + 1


class Marks:
    """The lines that may open or close a fence: what is looked at in place of every line, to keep reading linear."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._at = [number for number, line in enumerate(lines) if "```" in line or "~~~" in line]
        found = [(number, _CLOSE.match(lines[number])) for number in self._at]
        self._bare = [(number, bare[2], _width(bare[1])) for number, bare in found if bare]

    def first_closing(self, start: int, mark: str, indent: int) -> int | None:
        """The first line from `start` that closes a fence of `mark` and `indent`."""
        for index in range(bisect_left(self._bare, (start, "", 0)), len(self._bare)):
            number, closing, width = self._bare[index]
            if _closes(closing, width, mark, indent):
                return number
        return None

    def after(self, start: int, end: int) -> Iterator[int]:
        """Their numbers from `start` to before `end`, in order."""
        for index in range(bisect_left(self._at, start), len(self._at)):
            if self._at[index] >= end:
                return
            yield self._at[index]


def read_fence(
    lines: Sequence[str], start: int, nests: bool = False, marks: Marks | None = None, head: int | None = None
) -> Fence | None:
    """The fence that opens at line `start`, or None.

    nests: it is Markdown, whatever its info string says. head: only so many lines become its content, for a first look.
    """
    line = lines[start]
    if "```" not in line and "~~~" not in line:
        return None
    opening = OPEN.match(line)
    if opening is None:
        return None
    prefix, mark, info = opening[1], opening[2], opening[3].strip()
    if mark[0] == "`" and "`" in info and not _MARKED.fullmatch(info):  # an inline code span, CommonMark example 138
        return None
    indent = _width(prefix)
    end, closed = _find_end(lines, marks or Marks(lines), start + 1, mark, indent, nests or is_markdown(info))
    fence = Fence(info, "", start, end, closed, mark, indent)
    return fence.until(lines, end, closed) if head is None else replace(fence, content=fence.head(lines, head))


def is_markdown(info: str) -> bool:
    """True when the block is a Markdown file, which may hold blocks of its own."""
    return language_of(info) in _MARKDOWN or info.split(" ")[-1].strip("\"'})").lower().endswith((".md", ".mdx"))


def opens(line: str, mark: str, indent: int) -> str | None:
    """The info string when `line` opens a block beside one with `mark` and `indent`; "" = a bare fence."""
    if mark[0] * 3 not in line:
        return None
    opening = OPEN.match(line)
    if opening is None or opening[2][0] != mark[0] or _width(opening[1]) > indent + 3:
        return None
    if opening[1].strip() or (mark[0] == "`" and "`" in opening[3] and not _MARKED.fullmatch(opening[3].strip())):
        return None
    return opening[3].strip()


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


def _find_end(lines: Sequence[str], marks: Marks, index: int, mark: str, indent: int, nests: bool) -> tuple[int, bool]:
    """(line of the closing fence, True), or (one past the last line, False)."""
    if not nests:
        last = marks.first_closing(index, mark, indent)
        return (len(lines), False) if last is None else (last, True)
    inner: list[str] = []  # marks of fences open inside a markdown fence
    for at in marks.after(index, len(lines)):
        line = lines[at]
        closing = _CLOSE.match(line)
        if closing is not None and _closes(closing[2], _width(closing[1]), inner[-1] if inner else mark, indent):
            if inner:
                inner.pop()
            elif _opens_inside(lines, marks, at, mark, indent):
                inner.append(closing[2])
            else:
                return at, True
            continue
        opening = OPEN.match(line) if closing is None and not inner else None
        if opening is not None and not (opening[2][0] == "`" and "`" in opening[3]):
            inner.append(opening[2])
    return len(lines), False


def _opens_inside(lines: Sequence[str], marks: Marks, at: int, mark: str, indent: int) -> bool:
    """Whether the bare fence at `at`, in a Markdown file, opens a block of that file instead of ending the file.

    It does when it looks like an opening (a blank line or a colon before it, text right after it) and the bare fences
    before the next block with a path are enough for its own end and the file's, and come out even.
    """
    before, after = lines[at - 1].strip(), lines[at + 1].strip() if at + 1 < len(lines) else ""
    if not after or after.startswith((mark[:3], "#", "*")) or (before and not before.endswith(":")):
        return False
    bare = 0
    for number in marks.after(at + 1, at + 1 + _FAR):
        info = opens(lines[number], mark, indent)
        if info and read_info(info).path:
            break
        bare += (info == "") - bool(info)
    return bare >= _PAIR and bare % _PAIR == 0


def _closes(closing: str, width: int, mark: str, indent: int) -> bool:
    """Same character, at least as long, and indented by at most three more than the opening."""
    return closing[0] == mark[0] and len(closing) >= len(mark) and width <= indent + 3


def _width(prefix: str) -> int:
    return len(prefix.expandtabs(_TAB))


def dedented(line: str, indent: int) -> str:
    """`line` without up to `indent` columns of leading white space."""
    if indent == 0:
        return line
    column = 0
    for position, character in enumerate(line):
        if column >= indent or character not in " \t":
            return line[position:]
        column += 1 if character == " " else _TAB - column % _TAB
    return ""
