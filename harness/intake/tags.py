"""Grammar 3: files between tags, as BaxBench and several agents write them.

    <FILEPATH>app/main.py</FILEPATH> <CODE>…</CODE>            also with line breaks inside, or a fence for <CODE>
    <file path="app/main.py">…</file>                          any tag whose attribute names a file
    <write_to_file><path>app/main.py</path><content>…</content></write_to_file>

Refuses tags that do not start a line; tags inside a fenced block are somebody's XML (markdown.py does not ask here).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.intake.fences import Marks, read_fence, unwrap_fence
from harness.intake.names import could_be_path, looks_like_file

_ATTRIBUTE = re.compile(
    r"""^[ \t]*(?:<[A-Za-z][\w-]{0,60}(?:[ \t][^<>\n]{0,400})?>[ \t]*)?<([A-Za-z][\w:.-]{0,60})[ \t][^>\n]{0,400}?"""
    r"""\b(?:path|file|filename|file[_-]?path|name|title|target|src)[ \t]*=[ \t]*"""
    r"""(?:"([^"\n]{1,1000})"|'([^'\n]{1,1000})')[^>\n]{0,400}?(/?)>""",
    re.I,
)
_PATH_TAG = r"filepath|file_path|filename|file_name|path|file|source|name"
_OPEN_PATH = re.compile(rf"^[ \t]*<({_PATH_TAG})>[ \t]*([^<\n]{{0,1000}})(</\1>)?[ \t]*", re.I)
_PARAMETER_PATH = re.compile(
    r"""^[ \t]*<parameter name=["'](?:file_?path|path|filename)["']>[ \t]*([^<\n]{1,1000}?)[ \t]*</parameter>[ \t]*$"""
)
_BODY = re.compile(
    r"""[ \t]*<(code|content|contents|file_content|document_content|source_code|body|text"""
    r"""|parameter(?= name=["'](?:content|file_text|code|contents)["']))(?: [^>\n]{0,100})?>""",
    re.I,
)
_ANY_PATH = frozenset(
    ("file", "filepath", "file_path", "boltaction", "lov-write", "dyad-write", "write_file", "create_file")
)
_NO_FILES = frozenset(
    ("script", "link", "img", "a", "iframe", "source", "form", "input", "meta", "style", "parameter", "invoke")
)
_WINDOW = 6  # lines within which a path tag is followed by its content


@dataclass(frozen=True)
class Tagged:
    """A file between tags. `end`: the line after it, 0-based; `line`: where its content begins, 1-based."""

    what: str
    path: str
    content: str
    end: int
    closed: bool
    line: int


def tag_at(lines: Sequence[str], index: int, marks: Marks) -> Tagged | None:
    """The tagged file that begins at line `index`, or None."""
    line = lines[index]
    if "<" not in line[:200]:
        return None
    found = _by_attribute(lines, index) or _by_pair(lines, index, marks)
    if found is not None:
        return found
    parameter = _PARAMETER_PATH.match(line)
    return _with_body(lines, marks, index + 1, parameter[1], "parameter") if parameter else None


def _by_attribute(lines: Sequence[str], index: int) -> Tagged | None:
    tag = _ATTRIBUTE.match(lines[index])
    if tag is None or tag[4] or tag[1].lower() in _NO_FILES:
        return None
    path = (tag[2] or tag[3]).strip()
    if not (looks_like_file(path) or (tag[1].lower() in _ANY_PATH and (could_be_path(path) or ".." in path))):
        return None
    below = _blank_then(lines, index, tag.end())
    inner = _BODY.match(lines[index], tag.end()) or (_BODY.match(lines[index + 1]) if below else None)
    if inner is not None and inner[1].lower() != "text":
        at = index if inner.string is lines[index] else index + 1
        return _body(lines, at, inner.end(), inner[1], path, tag[1])
    return _body(lines, index, tag.end(), tag[1], path, tag[1])


def _blank_then(lines: Sequence[str], index: int, column: int) -> bool:
    return not lines[index][column:].strip() and index + 1 < len(lines) and lines[index + 1].lstrip().startswith("<")


def _by_pair(lines: Sequence[str], index: int, marks: Marks) -> Tagged | None:
    """A path between tags, on one line or several, then its content between tags or in a fence."""
    opened = _OPEN_PATH.match(lines[index])
    if opened is None:
        return None
    path, after, column = opened[2].strip(), index, opened.end()
    if not opened[3]:
        closing = f"</{opened[1].lower()}>"
        parts = [path] if path else []
        for at in range(index + 1, min(index + _WINDOW, len(lines))):
            text, found, _ = lines[at].partition(next((t for t in (closing, closing.upper()) if t in lines[at]), "\0"))
            parts += [text.strip()] if text.strip() else []
            if found:
                path, after, column = parts[0] if len(parts) == 1 else "", at, len(text) + len(found)
                break
        else:
            return None
    prose = opened[1].lower() in ("source", "name", "file", "path") and not looks_like_file(path)
    if not path or prose or not (looks_like_file(path) or could_be_path(path) or ".." in path or path.startswith("/")):
        return None
    same = _BODY.match(lines[after], column)
    if same is not None:
        return _body(lines, after, same.end(), same[1], path, opened[1])
    return _with_body(lines, marks, after + 1, path, opened[1])


def _with_body(lines: Sequence[str], marks: Marks, index: int, path: str, what: str) -> Tagged | None:
    """The content that follows a path tag: a tag of its own, or a fence."""
    for at in range(index, min(index + _WINDOW, len(lines))):
        opened = _BODY.match(lines[at])
        if opened is not None:
            return _body(lines, at, opened.end(), opened[1], path, what)
        fence = read_fence(lines, at, marks=marks)
        if fence is not None:
            return Tagged(f"<{what}>", path, fence.content, fence.end + 1, fence.closed, fence.start + 2)
        if lines[at].strip() and not re.match(r"[ \t]*</?[\w-]+>[ \t]*$", lines[at]):
            return None
    return None


def _body(lines: Sequence[str], start: int, column: int, tag: str, path: str, what: str) -> Tagged:
    """Content up to the closing tag: the first that stands at the end of a line, or else the first at all."""
    closing = f"</{tag.lower()}>"
    found: list[str] = []
    first: tuple[int, int] | None = None
    for at in range(start, len(lines)):
        piece = lines[at][column:] if at == start else lines[at]
        position = piece.lower().rfind(closing)
        if position >= 0:
            alone = piece.strip().lower() == closing or at == start
            if alone or (first is None and piece[position + len(closing) :].strip() == ""):
                return Tagged(f"<{what}>", path, _plain("\n".join([*found, piece[:position]])), at + 1, True, start + 1)
            first = first or (at, position)
        found.append(piece)
    if first is not None:
        kept = [*found[: first[0] - start], found[first[0] - start][: first[1]]]
        return Tagged(f"<{what}>", path, _plain("\n".join(kept)), first[0] + 1, True, start + 1)
    return Tagged(f"<{what}>", path, _plain("\n".join(found)), len(lines), False, start + 1)


def _plain(content: str) -> str:
    """The content without the newline after the tag, a CDATA wrapper, or one fence around the whole."""
    content = content[1:] if content.startswith("\n") else content
    if content.lstrip().startswith("<![CDATA[") and content.rstrip().endswith("]]>"):
        content = content.strip()[9:-3]
        content = content[1:] if content.startswith("\n") else content
    plain, _ = unwrap_fence(content)
    return plain if plain.endswith("\n") or not plain else plain.rstrip(" \t") + "\n"
