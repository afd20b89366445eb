"""Unified diffs: read as models write them, applied only where every context line is there exactly.

Line numbers may be wrong, for models cannot count: a hunk goes where it says, or else to the only place it fits.
Refuses everything else; nothing is fuzzy.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_HUNK = re.compile(r"^@@(?:[ \t]*-(\d+)(?:,\d+)?[ \t]+\+\d+(?:,\d+)?[ \t]*@@.*|.*)$")
_GIT = re.compile(r"^diff --git (?:\"?a/(.+?)\"?) (?:\"?b/(.+?)\"?)$")
_NOWHERE = "/dev/null"


@dataclass(frozen=True)
class Hunk:
    """`start` is the 1-based line stated in the old file, 0 = none; `lines` are ("-" | "+" | " ", text)."""

    start: int
    lines: tuple[tuple[str, str], ...]
    at: int  # 1-based line of the hunk in the block
    after: str = ""  # a line of the old file that comes before it; only where no number is stated


@dataclass(frozen=True)
class Patch:
    """The changes of one file; old "" = it is made, new "" = it is deleted; both "" = the diff names no file."""

    old: str
    new: str
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True)
class Misfit:
    """Where a hunk does not fit: 1-based line of the file and of the block, and what was expected and found there."""

    line: int
    at: int
    said: str


def is_diff(language: str, content: str) -> bool:
    """True for a block that shows changes: by its language, or by a diff's own headers."""
    head = content.lstrip("\n")[:2_000]
    if re.match(r"(?:diff --git |Index: |--- \S+.*\n\+\+\+ \S+)", head):
        return True
    return language in ("diff", "patch", "udiff") or re.match(r"@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@", head) is not None


def read_diff(text: str) -> list[Patch]:
    """The patches in `text`, file by file; [] when it holds no hunk and no deletion."""
    lines = text.rstrip("\n").split("\n")
    patches: list[Patch] = []
    old = new = ""
    hunks: list[Hunk] = []
    gone = False
    index = 0

    def done() -> None:
        if hunks or gone:
            patches.append(Patch(old, "" if gone else new, tuple(hunks)))

    while index < len(lines):
        git = _GIT.match(lines[index])
        if git or _is_header(lines, index):
            if git or hunks:
                done()
                hunks, gone = [], False
            if git:
                old, new = git[1], git[2]
                index += 1
                continue
            old, new = _named(lines[index][4:], lines[index + 1][4:])
            gone = gone or (new == "" and old != "")
            index += 2
        elif lines[index].startswith("deleted file mode"):
            gone = True
            index += 1
        elif lines[index].startswith("@@") and _HUNK.match(lines[index]):
            hunk, index = _read_hunk(lines, index)
            hunks.append(hunk)
        else:
            index += 1
    done()
    return patches


def apply_hunks(text: str, hunks: Sequence[Hunk]) -> str | Misfit:
    """`text` with every hunk applied in order, or the first that does not fit."""
    lines = text.split("\n")
    shift = floor = 0
    for hunk in hunks:
        old = [line for tag, line in hunk.lines if tag != "+"]
        new = [line for tag, line in hunk.lines if tag != "-"]
        stated = max(0, hunk.start - 1 + shift) if hunk.start else floor
        place = _place(lines, old, stated, floor, hunk)
        if place is None:
            return _misfit(lines, old, min(stated, len(lines)), hunk)
        lines[place : place + len(old)] = new
        shift += len(new) - len(old)
        floor = place + len(new)
    return "\n".join(lines)


def _place(lines: Sequence[str], old: Sequence[str], stated: int, floor: int, hunk: Hunk) -> int | None:
    if not old:
        return min(stated, len(lines)) if stated or lines in ([], [""]) else None
    if hunk.start > 0 and stated >= floor and list(lines[stated : stated + len(old)]) == list(old):
        return stated
    fits = [n for n in range(floor, len(lines) - len(old) + 1) if list(lines[n : n + len(old)]) == list(old)]
    if len(fits) > 1 and hunk.after:
        anchor = next((n for n in range(floor, len(lines)) if lines[n].strip() == hunk.after), len(lines))
        fits = [n for n in fits if n >= anchor][:1]
    return fits[0] if len(fits) == 1 else None


def _misfit(lines: Sequence[str], old: Sequence[str], stated: int, hunk: Hunk) -> Misfit:
    if any(list(lines[n : n + len(old)]) == list(old) for n in range(len(lines))) and old:
        return Misfit(stated + 1, hunk.at, "fits in several places, and not where it says")
    for offset, expected in enumerate(old):
        found = lines[stated + offset] if stated + offset < len(lines) else None
        if found != expected:
            there = "the file ends" if found is None else f"the file has {found[:80]!a}"
            return Misfit(stated + offset + 1, hunk.at, f"the diff has {expected[:80]!a}, {there}")
    return Misfit(stated + 1, hunk.at, "the diff does not say where its lines go")


def _is_header(lines: Sequence[str], index: int) -> bool:
    return (
        lines[index].startswith("--- ")
        and index + 1 < len(lines)
        and lines[index + 1].startswith("+++ ")
        and (index == 0 or not lines[index].startswith("---  "))
    )


def _named(old: str, new: str) -> tuple[str, str]:
    """The paths of `---` and `+++` without time stamps and the a/ b/ of git."""
    first, second = (name.split("\t", 1)[0].strip().strip('"') for name in (old, new))
    if (first.startswith("a/") or first == _NOWHERE) and (second.startswith("b/") or second == _NOWHERE):
        first, second = first.removeprefix("a/"), second.removeprefix("b/")
    return ("" if first == _NOWHERE else first), ("" if second == _NOWHERE else second)


def _read_hunk(lines: Sequence[str], index: int) -> tuple[Hunk, int]:
    header = _HUNK.match(lines[index])
    start = int(header[1]) if header and header[1] and len(header[1]) < 9 else 0
    at = index + 1
    index += 1
    body: list[tuple[str, str]] = []
    while index < len(lines):
        line = lines[index]
        if line.startswith(("@@", "diff --git ")) or _is_header(lines, index):
            break
        if not line.startswith("\\"):  # "\ No newline at end of file"
            body.append((line[0], line[1:]) if line[:1] in ("+", "-", " ") else (" ", line))
        index += 1
    while body and body[-1] == (" ", "") and lines[index - 1] == "":  # the blank line between two files' diffs
        body.pop()
        index -= 1
    return Hunk(start, tuple(body), at), max(index, at)
