"""Where a block really ends, when what is in it looks like the beginning of another one.

    a fence line that names a path, inside an open block   ->  the block was never closed: it ends there
    … followed by two bare fences                          ->  the block shows a fence: it ends at the second
    a fence inside a docstring                             ->  likewise, whether it names a path or not
    a closing fence at the end of a line of text           ->  a block that never closes otherwise ends there

Refuses to look into Markdown, whose blocks nest (fences.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.intake.fences import Fence, Marks, dedented, opens
from harness.intake.info import read_info
from harness.intake.labels import from_label

_MOST = 200  # doubtful fence lines in one block; more are nobody's file
_FAR = 300  # lines that are looked at beyond a doubtful fence line


@dataclass(frozen=True)
class Settled:
    """A block with its true end; `next_line` is where reading goes on, `why` what was decided."""

    fence: Fence
    next_line: int
    why: str = ""


def settle(lines: Sequence[str], fence: Fence, marks: Marks) -> Settled:
    """`fence`, which holds a file that is not Markdown, with the end that a reader would give it."""
    at, end, closed = fence.start + 1, fence.end, fence.closed
    quotes = doubtful = 0
    shows = ""
    while at < end and doubtful < _MOST:
        line = lines[at]
        info = opens(line, fence.mark, fence.indent)
        if not info:
            quotes += _quotes(lines, at, at + 1)
            at += 1
            continue
        doubtful += 1
        quoted = quotes % 2 == 1
        begins = _begins_file(lines, at, info, fence)
        last = _nested_end(lines, marks, at, fence, quoted) if quoted or begins is not None else None
        if last is not None:
            if last >= end:
                end, closed = last, True
            at = _next_bare(lines, marks, at + 1, fence) + 1
            shows = "it shows a fenced block of its own"
        elif begins is not None:
            late = _late_end(lines, marks, fence, begins)
            if late is not None:
                return late
            cut = fence.until(lines, begins, True)
            return Settled(cut, begins, f"never closed: it ends where line {at + 1} opens the next file")
        else:
            at += 1
    late = None if closed else _late_end(lines, marks, fence, end)
    return late or Settled(fence.until(lines, end, closed), end + 1, shows)


def _late_end(lines: Sequence[str], marks: Marks, fence: Fence, end: int) -> Settled | None:
    """The block that ends at the end of a line of text, as in `return x` with three backticks after it."""
    for at in marks.after(fence.start + 1, min(end, len(lines))):
        line = lines[at].rstrip()
        text = line.removesuffix(fence.mark)
        if text != line and text.strip() and fence.mark[0] not in text:
            cut = fence.until(lines, at, True)
            content = f"{cut.content}{dedented(text, fence.indent).rstrip()}\n"
            return Settled(
                replace(cut, content=content), at + 1, f"its closing fence stands at the end of line {at + 1}"
            )
    return None


def _begins_file(lines: Sequence[str], at: int, info: str, fence: Fence) -> int | None:
    """The line where another file begins with the fence at `at`: its label's, or its own; None when it names none."""
    if read_info(info).path:
        return at
    above = at - 1
    while above > fence.start + 1 and not lines[above].strip():
        above -= 1
    label = lines[above].strip() if above > fence.start else ""
    marked = label.startswith(("#", "**", "`")) and from_label(label)
    return above if marked else None


def _nested_end(lines: Sequence[str], marks: Marks, at: int, fence: Fence, quoted: bool) -> int | None:
    """The line that closes `fence`, when the fence at `at` is only shown in it; None when it is not."""
    if quoted:
        return _closing(lines, marks, at, fence)
    bare: list[int] = []
    for index in marks.after(at + 1, len(lines)):
        info = opens(lines[index], fence.mark, fence.indent)
        if info:
            break
        if info == "":
            bare.append(index)
    return bare[1] if len(bare) >= 2 and len(bare) % 2 == 0 else None


def _closing(lines: Sequence[str], marks: Marks, at: int, fence: Fence) -> int | None:
    """Where the block ends if each fence with an info string in it has a bare one as its end."""
    inside, quotes, counted = True, 1, at + 1
    for index in marks.after(at + 1, at + _FAR):
        info = opens(lines[index], fence.mark, fence.indent)
        quotes += _quotes(lines, counted, index)
        counted = index + 1
        if info is None:
            quotes += _quotes(lines, index, index + 1)
        elif info and not inside:
            if quotes % 2 == 0:
                return None
            inside = True
        elif info == "" and inside:
            inside = False
        elif info == "":
            return index if quotes % 2 == 0 else None
    return None


def _next_bare(lines: Sequence[str], marks: Marks, start: int, fence: Fence) -> int:
    bare = (n for n in marks.after(start, len(lines)) if opens(lines[n], fence.mark, fence.indent) == "")
    return next(bare, len(lines))


def _quotes(lines: Sequence[str], start: int, end: int) -> int:
    return sum(lines[n].count('"""') + lines[n].count("'''") for n in range(start, end))
