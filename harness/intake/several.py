"""Several files in one block, each under a comment line of its own that is nothing but a path.

    # ===== app/main.py =====
    …
    # ===== app/store.py =====

Refuses to cut anywhere else: the block begins with such a line, the others look like it, stand after a blank line and
at the margin, name other files, and something follows each.
"""

import re
from collections.abc import Sequence

from harness.intake.labels import from_comment

_RULE = re.compile(r"[ \t]*(?:#|//|--)?[ \t]*[-=*#~]{4,}[ \t]*")
_MOST = 100


def parts_of(content: str) -> list[tuple[str, str, int]]:
    """(path, content, 0-based line) of each file in the block; [] when it holds one file only."""
    lines = content.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip() and not _RULE.fullmatch(line)), 0)
    path = from_comment(lines[first])
    if not path or not _of_a_kind(path):
        return []
    shape = _shape(lines[first], path)
    starts = [(path, 0)]
    for number in range(first + 1, len(lines)):
        named = from_comment(lines[number]) if lines[number][:2] == lines[first][:2] else ""
        alike = bool(named) and _of_a_kind(named) and _shape(lines[number], named) == shape
        if alike and _stands_alone(lines, number):
            starts.append((named, number - 1 if _RULE.fullmatch(lines[number - 1]) else number))
    names = [name for name, _ in starts]
    if len(starts) < 2 or len(starts) > _MOST or len(set(names)) < len(names):
        return []
    ends = [number for _, number in starts[1:]] + [len(lines)]
    parts = [
        (name, "\n".join(lines[start:end]).strip("\n") + "\n", start)
        for (name, start), end in zip(starts, ends, strict=True)
    ]
    return parts if all(_has_more(text) for _, text, _ in parts[:-1]) else []


def _shape(line: str, path: str) -> str:
    """What stands around the path: rules of any length are alike."""
    return re.sub(r"([-=*#])\1+", r"\1", line.replace(path, "\0", 1).strip())


def _stands_alone(lines: Sequence[str], number: int) -> bool:
    before = number - 2 if _RULE.fullmatch(lines[number - 1]) else number - 1
    return before < 0 or not lines[before].strip()


def _of_a_kind(name: str) -> bool:
    """A word in capitals, such as LICENSE, may be a headline."""
    return "." in name or not name.isupper()


def _has_more(text: str) -> bool:
    """Whether a part is more than its own label, so that a list of names is no list of files."""
    return any(line.strip() and not line.lstrip().startswith(("#", "//", "--")) for line in text.split("\n"))
