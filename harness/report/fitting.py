"""A page of so many lines for a terminal: what must be said first stands whole, the rest as far as it fits.

Refuses to cut a table in its middle and to drop anything silently: what does not fit is named, with where it is.
"""

from collections.abc import Sequence
from typing import Final

from harness.report.safe_text import terminal_line

LINES: Final = 40
WIDEST: Final = 400  # characters of a sentence; beyond that it ends in …
Part = tuple[str, Sequence[str]]  # what it is, and its lines


def fitted(head: Sequence[str], parts: Sequence[Part], where: str, limit: int = LINES) -> list[str]:
    """At most `limit` lines: the head, as much as fits of the parts in their order, each whole after an empty line, and
    a last line that says what is left out. where: how the whole is got at, "" = not said when nothing is left out."""
    lines = shortened([clipped(line) for line in head], limit - 1)
    left_out = []
    for name, part in parts:
        if not part:
            continue
        if len(lines) + 1 + len(part) <= limit - 1:
            lines += ["", *part]
        else:
            left_out.append(name)
    if left_out:
        lines.append(clipped(f"Left out here: {', '.join(left_out)}. All of it: {where}."))
    elif where:
        lines.append(clipped(f"All of it: {where}."))
    return lines


def shortened(lines: Sequence[str], limit: int) -> list[str]:
    """At most so many lines, the last of them saying how many there are more."""
    if len(lines) <= limit:
        return list(lines)
    return [*lines[: limit - 1], f"… and {len(lines) - limit + 1} more lines"]


def clipped(line: str) -> str:
    """One line of a terminal, no longer than can be read."""
    safe = terminal_line(line) if line.strip() else ""
    return safe if len(safe) <= WIDEST else f"{safe[: WIDEST - 2]} …"
