"""Grammar 3: files between tags, as BaxBench and several prompt styles ask for.

Refuses tags inside a fenced block (they are somebody's XML) and tags that do not start a line.
"""

import re
from collections.abc import Sequence

from harness.intake.assemble import ClaimedFile
from harness.intake.fences import read_fence, split_lines, unwrap_fence
from harness.intake.markdown import Found

_FILEPATH = re.compile(r"^[ \t]*<FILEPATH>[ \t]*([^<\n]{1,1000}?)[ \t]*</FILEPATH>", re.I)
_FILE = re.compile(
    r"""^[ \t]*<file[ \t][^>\n]{0,200}?\b(?:path|name)[ \t]*=[ \t]*"""
    r"""(?:"([^"\n]{1,1000})"|'([^'\n]{1,1000})')[^>\n]{0,200}>""",
    re.I,
)
_CODE = re.compile(r"[ \t]*<CODE>", re.I)


def files_in_tags(text: str) -> Found:
    """Every tagged file in order. Flag `truncated`: the last tag never closes, its file is kept as far as it goes."""
    if "<file" not in text and "<FILE" not in text and "<File" not in text:
        return Found([])
    lines = split_lines(text)
    files: list[ClaimedFile] = []
    flags: list[str] = []
    index = 0
    while index < len(lines):
        tag = _tag_at(lines, index)
        if tag is None:
            fence = read_fence(lines, index)
            index = fence.end + 1 if fence else index + 1
            continue
        path, body_line, body_start, closing = tag
        content, index, closed = _body(lines, body_line, body_start, closing)
        files.append(ClaimedFile(path, _plain(content)))
        if not closed:
            flags.append("truncated")
    return Found(files, flags, ["a tagged file is never closed; it is kept as far as it goes"] if flags else [])


def _tag_at(lines: Sequence[str], index: int) -> tuple[str, int, int, str] | None:
    """(path, line where the content starts, column, closing tag) for the tag that opens at `index`."""
    line = lines[index]
    if "<" not in line[:200]:
        return None
    file = _FILE.match(line)
    if file is not None:
        return file[1] or file[2], index, file.end(), "</file>"
    named = _FILEPATH.match(line)
    if named is None:
        return None
    here = _CODE.match(line, named.end())
    if here is not None:
        return named[1], index, here.end(), "</code>"
    for later in range(index + 1, min(index + 4, len(lines))):  # <CODE> or a fence, after at most two blank lines
        opened = _CODE.match(lines[later])
        if opened is not None:
            return named[1], later, opened.end(), "</code>"
        if lines[later].strip():
            break
    return None


def _body(lines: Sequence[str], start: int, column: int, closing: str) -> tuple[str, int, bool]:
    """(content, next line, whether `closing` was found)."""
    found: list[str] = []
    for at in range(start, len(lines)):
        piece = lines[at][column:] if at == start else lines[at]
        position = piece.lower().find(closing)
        if position >= 0:
            return "\n".join([*found, piece[:position]]), at + 1, True
        found.append(piece)
    return "\n".join(found), len(lines), False


def _plain(content: str) -> str:
    """The content without the newline after the tag, a CDATA wrapper, or one fence around the whole."""
    content = content[1:] if content.startswith("\n") else content
    if content.lstrip().startswith("<![CDATA[") and content.rstrip().endswith("]]>"):
        content = content.strip()[9:-3]
        content = content[1:] if content.startswith("\n") else content
    plain, _ = unwrap_fence(content)
    return plain if plain.endswith("\n") or not plain else plain.rstrip(" \t") + "\n"
