"""What may stand around a whole reply, or around a part of it, and is no part of a file: taken off, line by line.

    > **app/main.py**             a block quote that holds fenced blocks: the marks of the quote go
    > ```python …
    ```markdown … ```             a Markdown fence without a path around everything: its two fence lines go

Refuses to change how many lines there are, for every block is told by its lines.
"""

from collections.abc import Sequence

from harness.intake.fences import Fence, is_markdown, opens, scan_fences

_PLAIN = "```"


def without_quotes(lines: Sequence[str]) -> list[str]:
    """`lines` with each block quote opened that holds fenced blocks, all of them closed in it."""
    found = list(lines)
    if not any(line.lstrip().startswith(">") and (_PLAIN in line or "~~~" in line) for line in lines):
        return found
    inside = {number for fence in scan_fences(lines) for number in range(fence.start, min(fence.end + 1, len(lines)))}
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and end not in inside and lines[end].lstrip().startswith(">"):
            end += 1
        if end > start:
            bare = [line.lstrip()[1:].removeprefix(" ") for line in lines[start:end]]
            fences = list(scan_fences(bare))
            if fences and all(fence.closed for fence in fences):
                found[start:end] = bare
        start = end + 1 if end == start else end
    return found


def unwrapped(lines: Sequence[str]) -> list[str] | None:
    """`lines` without the Markdown fence that stands around the reply; None when there is none."""
    around = [fence for fence in scan_fences(lines) if is_markdown(fence.info)]
    if len(around) != 1 or len(around[0].info.split()) != 1:
        return None
    fence, found = around[0], list(lines)
    if not any(_holds_block(lines, at, fence) for at in range(fence.start + 1, min(fence.end, len(lines)))):
        return None
    found[fence.start] = ""
    if fence.closed:
        found[fence.end] = ""
    return found


def _holds_block(lines: Sequence[str], at: int, fence: Fence) -> bool:
    return bool(opens(lines[at], _PLAIN, fence.indent) or opens(lines[at], "~~~", fence.indent))
