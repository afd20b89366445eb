"""Unified diffs of ours: read, applied and made, to the byte.

Strict where the reading of agents' diffs is lenient: a hunk holds at the line it states and nowhere else, its counts
are right, and nothing stands around it. Refuses deletions and renames: a mutant names what it lacks in mutant.toml.
"""

import difflib
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

CONTEXT = 3  # lines around a change, as everybody shows them
_NOWHERE = "/dev/null"
_NO_END = "\\ No newline at end of file"
_PATH = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(?: .*)?")
_INDEX = re.compile(r"index ([0-9a-f]{7,64})\.\.[0-9a-f]{7,64}(?: \d+)?")
_GIT = re.compile(r"diff --git \S+ \S+|new file mode \d+")


class PatchError(ValueError):
    """What is wrong with a patch; `file` and `hunk` (from 1) say where, "" and 0 = not in one."""

    def __init__(self, why: str, file: str = "", hunk: int = 0) -> None:
        super().__init__(why)
        self.why, self.file, self.hunk = why, file, hunk

    def __str__(self) -> str:
        place = f"{self.file}, hunk {self.hunk}" if self.hunk else self.file
        return f"{place}: {self.why}" if place else self.why


@dataclass(frozen=True)
class Hunk:
    """`old` and `new`: the lines before and after, ends of lines included; `index`: of the first of them, from 0."""

    index: int
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True)
class FilePatch:
    """The changes of one file. `base`: git's name of the content they were made for, "" = not said."""

    path: str
    added: bool
    hunks: tuple[Hunk, ...]
    base: str = ""


def read_patch(text: str) -> tuple[FilePatch, ...]:
    """The changes of every file; PatchError for anything that is no unified diff."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    found: list[FilePatch] = []
    at, base = 0, ""
    while at < len(lines):
        line = lines[at]
        if line.startswith("--- "):
            header = replace(_header(lines, at), base=base)
            hunks, at = _hunks(lines, at + 2, header.path)
            if any(other.path == header.path for other in found):
                raise PatchError("stands twice; put its hunks below one header", header.path)
            found.append(replace(header, hunks=hunks))
            base = ""
        elif index := _INDEX.fullmatch(line):
            base, at = index[1], at + 1
        elif line == "" or _GIT.fullmatch(line):
            at += 1
        else:
            raise PatchError(f"line {at + 1} is {line[:60]!r}, expected `--- a/PATH`, `+++ b/PATH` and hunks")
    if not found:
        raise PatchError("it holds no change")
    return tuple(found)


def apply_patch(patches: tuple[FilePatch, ...], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files that `patches` change or add, as they are afterwards; PatchError for the first line that differs."""
    made = {}
    for patch in patches:
        if patch.added and patch.path in files:
            raise PatchError("the patch adds it, and it is there already", patch.path)
        if not patch.added and patch.path not in files:
            raise PatchError("no such file", patch.path)
        made[patch.path] = applied(patch, b"" if patch.added else files[patch.path])
    return made


def applied(patch: FilePatch, content: bytes) -> bytes:
    """One file after its changes."""
    lines = lines_of(content, patch.path)
    result: list[str] = []
    done = 0
    for number, hunk in enumerate(patch.hunks, 1):
        if hunk.index < done:
            raise PatchError("begins before the end of the hunk above it", patch.path, number)
        there = lines[hunk.index : hunk.index + len(hunk.old)]
        for offset, expected in enumerate(hunk.old):
            found = repr(there[offset]) if offset < len(there) else "the end of the file"
            if found != repr(expected):
                raise PatchError(f"line {hunk.index + offset + 1} is {found}, not {expected!r}", patch.path, number)
        if hunk.index > len(lines):
            raise PatchError(f"the file has {len(lines)} lines only", patch.path, number)
        result += [*lines[done : hunk.index], *hunk.new]
        done = hunk.index + len(hunk.old)
    return "".join([*result, *lines[done:]]).encode()


def make_patch(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> str:
    """One patch from `before` to `after` over the files of `after`, "" when they are equal; deletions are not in it."""
    return "".join(_made(path, before.get(path), after[path]) for path in sorted(after))


def blob_id(content: bytes) -> str:
    """What git calls a file of this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def lines_of(content: bytes, path: str) -> list[str]:
    """Lines with their ends; PatchError when it is no text."""
    try:
        return re.findall(r"[^\n]*\n|[^\n]+", content.decode())
    except UnicodeDecodeError:
        raise PatchError("is no UTF-8 text, which a patch cannot change", path) from None


def _made(path: str, before: bytes | None, after: bytes) -> str:
    if before == after:
        return ""
    if not _PATH.fullmatch(path):
        raise PatchError("has a name that a patch cannot hold; use letters, digits, dots, dashes and `_`", path)
    old, new = lines_of(before or b"", path), lines_of(after, path)
    if not old and not new:
        raise PatchError("an empty file cannot be told by a patch; give it a line", path)
    names = (f"a/{path}" if before is not None else _NOWHERE, f"b/{path}")
    head = [f"diff --git a/{path} b/{path}\n", *(["new file mode 100644\n"] if before is None else [])]
    head.append(f"index {blob_id(before or b'')}..{blob_id(after)}\n")
    return "".join([*head, *_ended(difflib.unified_diff(old, new, *names, n=CONTEXT))])


def _ended(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n{_NO_END}\n"


def _header(lines: list[str], at: int) -> FilePatch:
    old, new = lines[at][4:].split("\t")[0], lines[at + 1] if at + 1 < len(lines) else ""
    if not new.startswith("+++ "):
        raise PatchError(f"line {at + 2} is {new[:60]!r}, expected `+++ b/PATH` below {lines[at][:60]!r}")
    new = new[4:].split("\t")[0]
    if new == _NOWHERE:
        raise PatchError("deletes the file; name it under the key `removed` of mutant.toml", old.removeprefix("a/"))
    path = new.removeprefix("b/")
    if not _PATH.fullmatch(path) or ".." in path.split("/"):
        raise PatchError(f"line {at + 2}: {path!r} is no relative path of letters, digits, dots, dashes and `_`")
    if old not in (_NOWHERE, f"a/{path}", path):
        raise PatchError(f"renames {old!r}; remove the one file and add the other", path)
    return FilePatch(path, old == _NOWHERE, ())


def _hunks(lines: list[str], at: int, path: str) -> tuple[tuple[Hunk, ...], int]:
    found: list[Hunk] = []
    while at < len(lines) and lines[at].startswith("@@"):
        hunk, at = _hunk(lines, at, path, len(found) + 1)
        found.append(hunk)
    if not found:
        raise PatchError("has no hunk", path)
    return tuple(found), at


def _hunk(lines: list[str], at: int, path: str, number: int) -> tuple[Hunk, int]:
    header = _HUNK.fullmatch(lines[at])
    if header is None:
        raise PatchError(
            f"{lines[at][:60]!r} is no hunk header, expected `@@ -LINE,COUNT +LINE,COUNT @@`", path, number
        )
    start, olds, news = int(header[1]), int(header[2] or 1), int(header[4] or 1)
    old: list[str] = []
    new: list[str] = []
    at += 1
    while len(old) < olds or len(new) < news or (at < len(lines) and lines[at].startswith("\\")):
        tag, text = (lines[at][:1] or " ", lines[at][1:]) if at < len(lines) else ("", "")
        if tag == "\\":
            _unend(lines[at - 1][:1], old, new)
        elif tag in ("-", " ", "+"):
            old += [f"{text}\n"] if tag != "+" else []
            new += [f"{text}\n"] if tag != "-" else []
        else:
            raise PatchError(f"ends after {len(old)} and {len(new)} lines, its header says {olds},{news}", path, number)
        at += 1
    if (len(old), len(new)) != (olds, news) or (
        at < len(lines) and lines[at][:1] in ("+", " ", "-") and _more(lines, at)
    ):
        raise PatchError(f"has more lines than its header says: {olds},{news}", path, number)
    if old == new:
        raise PatchError("changes nothing", path, number)
    return Hunk(start - 1 if olds else start, tuple(old), tuple(new)), at


def _more(lines: list[str], at: int) -> bool:
    """Whether the line belongs to the hunk above it: it is not the header of another file."""
    return not (lines[at].startswith("--- ") and at + 1 < len(lines) and lines[at + 1].startswith("+++ "))


def _unend(tag: str, old: list[str], new: list[str]) -> None:
    """The line above has no line end."""
    for side in [old] * (tag != "+") + [new] * (tag != "-"):
        if side:
            side[-1] = side[-1].removesuffix("\n")
