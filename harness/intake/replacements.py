"""SEARCH/REPLACE blocks, as aider and others have models write changes.

    app/main.py
    <<<<<<< SEARCH
    old lines
    =======
    new lines
    >>>>>>> REPLACE

Refuses to guess: what is searched for must be there exactly once. An empty SEARCH makes a new file.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.intake.names import looks_like_file

_SEARCH = re.compile(r"^[ \t]*(?:<{5,9} ?(?:SEARCH|ORIGINAL)|-{5,9} ?SEARCH)>?[ \t]*$")
_DIVIDER = re.compile(r"^[ \t]*={5,9}[ \t]*$")
_REPLACE = re.compile(r"^[ \t]*(?:>{5,9} ?(?:REPLACE|UPDATED)|\+{5,9} ?REPLACE)>?[ \t]*$")


@dataclass(frozen=True)
class Replacement:
    """`path` "" = the block itself does not say. `at`: 1-based line of the marker in the block."""

    path: str
    search: str
    replace: str
    at: int


def has_replacements(content: str) -> bool:
    """True when `content` has a SEARCH marker on a line of its own."""
    return ("SEARCH" in content or "ORIGINAL" in content) and any(_SEARCH.match(line) for line in content.split("\n"))


def read_replacements(content: str) -> list[Replacement] | int:
    """The replacements of `content` in order, or the 1-based line of a marker whose partner is missing."""
    lines = content.split("\n")
    found: list[Replacement] = []
    path = ""
    index = 0
    while index < len(lines):
        if not _SEARCH.match(lines[index]):
            word = lines[index].strip().strip("`*# ").rstrip(":")
            path = word if looks_like_file(word) and " " not in word else path
            index += 1
            continue
        divider = _next(lines, index + 1, _DIVIDER)
        end = _next(lines, divider + 1, _REPLACE) if divider else 0
        if not divider or not end:
            return index + 1
        search, new = "\n".join(lines[index + 1 : divider]), "\n".join(lines[divider + 1 : end])
        found.append(Replacement(path, search, new, index + 1))
        index = end + 1
    return found


def replaced(text: str, one: Replacement) -> str:
    """`text` with the replacement made; ValueError says why not, with the line of the file it comes nearest to."""
    if not one.search.strip():
        raise ValueError("line 1: an empty SEARCH makes a new file, and this one is there")
    lines, wanted = text.split("\n"), one.search.split("\n")
    places = [n for n in range(len(lines) - len(wanted) + 1) if lines[n : n + len(wanted)] == wanted]
    if len(places) != 1:
        if places:
            raise ValueError(f"line {places[1] + 1}: what is searched for is there {len(places)} times")
        first = next((line for line in wanted if line.strip()), "")
        near = lines.index(first) + 1 if first in lines else 1
        raise ValueError(
            f"line {near}: {first[:80]!a} and the {len(wanted) - 1} lines after it are not there like this"
        )
    new = one.replace.split("\n") if one.replace else []
    return "\n".join([*lines[: places[0]], *new, *lines[places[0] + len(wanted) :]])


def _next(lines: Sequence[str], start: int, mark: re.Pattern[str]) -> int:
    """Index of the next line that is `mark`; 0 when none, or when another SEARCH comes first."""
    for at in range(start, len(lines)):
        if mark.match(lines[at]):
            return at
        if _SEARCH.match(lines[at]):
            return 0
    return 0
