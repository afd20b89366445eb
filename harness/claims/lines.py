"""A definition's text as lines that know their place: offset, heading, inside a code fence or not.

Refuses to interpret: what a line claims is for the extractors.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})\s*([^`]*)$")
_HASH_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
_BOLD_HEADING = re.compile(r"^(?:[-*]\s+)?\*\*([^*]+)\*\*:?\s*$|^\*\*([^*]+:)\*\*\s*$")


@dataclass(frozen=True)
class Line:
    """One line: `start` is its first character's offset; `fence` the info string when inside a code fence."""

    number: int  # 1-based
    start: int
    text: str
    heading: str  # nearest heading above, or the line itself when it is one
    path: str = ""  # all headings above, outermost first, joined by " > "
    fence: str | None = None
    is_heading: bool = False
    block: int = 0  # which code fence, 1-based; 0 outside


def heading_of(text: str) -> str | None:
    """`## Output`, `**6. Deliverables**` and `**Testing:**` are headings; anything else is None."""
    if match := _HASH_HEADING.match(text):
        return match[1]
    if match := _BOLD_HEADING.match(text.rstrip()):
        return (match[1] or match[2]).strip()
    return None


def _level(text: str) -> int:
    return len(text) - len(text.lstrip("#")) or 7  # a bold line stands below every # heading


def lines(text: str) -> Iterator[Line]:
    """Every line of `text`; an unclosed fence runs to the end, as in CommonMark."""
    above: list[tuple[int, str]] = []
    marker, info, block, offset = "", "", 0, 0
    for number, raw in enumerate(text.split("\n"), start=1):
        content = raw.rstrip("\r")
        fence = _FENCE.match(content)
        if marker:
            if fence and fence[1].startswith(marker) and not fence[2].strip():
                marker = ""
            else:
                yield _place(Line(number, offset, content, "", fence=info, block=block), above)
        elif fence:
            marker, info, block = fence[1], fence[2].strip(), block + 1
        else:
            found = heading_of(content)
            if found is not None:
                above = [h for h in above if h[0] < _level(content)] + [(_level(content), found)]
            yield _place(Line(number, offset, content, "", is_heading=found is not None), above)
        offset += len(raw) + 1


def _place(line: Line, above: Sequence[tuple[int, str]]) -> Line:
    return replace(line, heading=above[-1][1] if above else "", path=" > ".join(h for _, h in above))
