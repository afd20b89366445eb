"""A definition's text as lines that know their place: offset, heading, inside a code fence or not, example or not.

Refuses to interpret: what a line claims is for the extractors. HTML comments are blanked: nobody is told what they say.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

# At any depth of lists and quotes: what is shown as code in one place is code in all of them.
_FENCE = re.compile(r"^(?P<prefix>(?:\s|>|[-*+]\s|\d{1,9}[.)]\s)*)(?P<marker>`{3,}|~{3,})\s*(?P<info>[^`]*)$")
_CLOSING = re.compile(r"^[\s>]*(?P<marker>`{3,}|~{3,})\s*$")
_EXAMPLE_TAG = re.compile(r"^\s*<(?P<end>/?)examples?\b", re.IGNORECASE)
_HASH_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
_BOLD_LEAD = re.compile(
    r"^\*\*[^*]+(?:\*\*:|:\*\*|\*\*\s*[-–—])\s*\S"
)  # "**Mission**: you build": ends what a bold line began
_TAG = re.compile(r"^\s*<(?P<end>/?)(?P<name>[A-Za-z][\w-]*)>\s*$")  # "<rules>" alone on its line begins a section
_DEEPEST = 20  # sections in sections that are remembered
_BOLD_LEVEL = 7  # a bold line stands below every # heading
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
    example: bool = False  # between <example> and </example>


def heading_of(text: str) -> str | None:
    """`## Output`, `**6. Deliverables**` and `**Testing:**` are headings; anything else is None."""
    if match := _HASH_HEADING.match(text):
        return match[1]
    if match := _BOLD_HEADING.match(text.rstrip()):
        return (match[1] or match[2]).strip()
    return None


def _level(text: str) -> int:
    return len(text) - len(text.lstrip("#")) or _BOLD_LEVEL


def lines(text: str) -> Iterator[Line]:
    """Every line of `text`; an unclosed fence runs to the end, or to the end of its quote, as in CommonMark."""
    above: list[tuple[int, str]] = []
    sections: list[tuple[str, list[tuple[int, str]]]] = []
    marker, info, quoted, block = "", "", False, 0
    offset, comment_end, example_end = 0, 0, 0
    for number, raw in enumerate(text.split("\n"), start=1):
        content = raw.rstrip("\r")
        if quoted and not content.lstrip().startswith(">"):
            marker, quoted = "", False
        if marker:
            closing = _CLOSING.match(content)
            if closing and closing["marker"].startswith(marker):
                marker, quoted = "", False
            else:
                yield _place(Line(number, offset, content, "", fence=info, block=block), above)
        else:
            content, comment_end = _without_comments(text, offset, content, comment_end)
            if fence := _FENCE.match(content):
                marker, info, quoted, block = fence["marker"], fence["info"].strip(), ">" in fence["prefix"], block + 1
            else:
                found = heading_of(content)
                if tag := _TAG.match(content):
                    above = _in_section(tag, above, sections)
                if _BOLD_LEAD.match(content):
                    above = [h for h in above if h[0] < _BOLD_LEVEL]
                if found is not None:
                    above = [h for h in above if h[0] < _level(content)] + [(_level(content), found)]
                example_end = max(example_end, _end_of_example(text, offset, content))
                line = Line(number, offset, content, "", is_heading=found is not None, example=offset < example_end)
                yield _place(line, above)
        offset += len(raw) + 1


def _in_section(
    tag: re.Match[str], above: list[tuple[int, str]], sections: list[tuple[str, list[tuple[int, str]]]]
) -> list[tuple[int, str]]:
    """The headings that hold after a section's tag: at its end those before it, which `sections` remembers."""
    if not tag["end"]:
        sections.append((tag["name"], above))
        del sections[:-_DEEPEST]
        return above
    while any(name == tag["name"] for name, _ in sections):
        name, before = sections.pop()
        if name == tag["name"]:
            return before
    return above


def _without_comments(text: str, start: int, content: str, hidden: int) -> tuple[str, int]:
    """The line that begins at `start` with comments blanked, and the offset up to which all is comment.

    A comment that is never closed runs to the end where it begins a line, as in CommonMark; else it is text.
    """
    content = " " * min(max(hidden - start, 0), len(content)) + content[max(hidden - start, 0) :]
    at = 0
    while (found := content.find("<!--", at)) >= 0:
        end = text.find("-->", start + found + 2)
        if content[:found].endswith("`") or (end < 0 and content[:found].strip()):
            at = found + 4
            continue
        hidden = len(text) if end < 0 else end + 3
        at = min(hidden - start, len(content))
        content = content[:found] + " " * (at - found) + content[at:]
    return content, hidden


def _end_of_example(text: str, start: int, content: str) -> int:
    """Offset of the closing tag, or of this line's end, when the line is an example's tag; 0 when it is none."""
    tag = _EXAMPLE_TAG.match(content)
    if tag is None:
        return 0
    end = -1 if tag["end"] else text.lower().find("</example", start)
    return end if end > start else start + len(content)


def _place(line: Line, above: Sequence[tuple[int, str]]) -> Line:
    return replace(line, heading=above[-1][1] if above else "", path=" > ".join(h for _, h in above))
