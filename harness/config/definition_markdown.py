"""Agents in a Markdown file: where the front matter stands, what is wrapped around it, and how many agents there are.

Refuses to read a front matter where there is only a ruled line: what stands between two of them must name a known key.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.config.definition_draft import Draft
from harness.config.front_matter import read_front_matter, read_toml_front_matter, split_front_matter
from harness.intake.fences import scan_fences, split_lines

# Keys that front matter of agents has; without one of them a block between two lines is prose.
KNOWN_KEYS = frozenset(
    (
        *("name", "description", "tools", "model", "mode", "color", "title", "slug", "role", "goal", "backstory"),
        *("prompt", "instructions", "system_prompt", "globs", "alwaysApply", "applyTo", "permission", "allowed-tools"),
        *("disallowedTools", "kind", "category", "version", "target", "icon", "temperature", "author", "inputs"),
        *("handoffs", "argument-hint", "steps", "maxTurns", "max_turns", "tags", "type"),
    )
)
_WRAPPERS = frozenset(
    (
        *("", "markdown", "md", "mdc", "mdx", "chatagent", "chatmode", "agent", "prompt", "instructions", "text"),
        *("txt", "plaintext", "yaml", "yml", "toml", "json", "jsonc"),
    )
)
_DATA = frozenset(("yaml", "yml", "toml", "json", "jsonc"))
_FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})[ \t]*([\w+-]*)[^`]*$")
_OPENER = re.compile(r"^(---|\+\+\+)[ \t]*(?:ya?ml|toml)?[ \t]*$", re.I)
_ENTRY = re.compile(r"^[\"']?([A-Za-z_][\w-]*)[\"']?\s*[:=]")
_MAX_PREAMBLE_LINES, _MAX_PREAMBLE = 12, 2_000
_MAX_BLOCK_LINES = 500


@dataclass(frozen=True)
class Head:
    """A front matter: lines `start` to `end` (delimiters included) of a text, and what it says."""

    start: int
    end: int
    values: dict[str, object]
    warnings: tuple[str, ...]


def drafts_of(text: str) -> list[Draft]:
    """The agents of a Markdown text, at least one; the text's own warnings stand with the first."""
    first = _first(text)
    if first is None:
        return _fenced(text) or [_plain(text)]
    head, preamble, warnings = first
    lines = split_lines(text)
    further = list(_further(lines, head.end + 1))
    ends = [*(h.start for h in further), len(lines)]
    drafts = []
    for found, end in zip((head, *further), ends, strict=True):
        drafts.append(_draft(found.values, "\n".join(lines[found.end + 1 : end]), found.warnings))
    body = "\n\n".join(part for part in (preamble, drafts[0].body.strip("\n")) if part)
    drafts[0] = replace(drafts[0], body=body, warnings=(*warnings, *drafts[0].warnings))
    return drafts


def _plain(text: str) -> Draft:
    """Front matter at the very top, whatever it says, or none."""
    head, body, warnings = split_front_matter(text)
    values, more = read_front_matter(head) if head is not None else ({}, [])
    return _draft(values, body, (*warnings, *more))


def unwrapped(text: str) -> tuple[str, str, list[str]]:
    """(text, language, warnings): without the fence around the whole file; the language is the fence's first word."""
    language = ""
    warnings: list[str] = []
    for _ in range(3):  # wrapped twice by two tools in a row has been seen
        lines = split_lines(text.strip())
        opening = _FENCE.match(lines[0])
        if opening is None or opening[2].lower() not in _WRAPPERS or len(lines) < 2:
            break
        inner = lines[1:]
        closed = _closes(lines[-1], opening[1])
        if closed:
            inner = inner[:-1]
        if not _is_whole(inner, lines, opening, closed):
            break
        text, language = "\n".join(inner), opening[2].lower()
        warnings = ["wrapped_in_fence: the whole file stands in a code fence; the fence is left out"]
    return text, language, warnings


def _is_whole(inner: Sequence[str], lines: Sequence[str], opening: re.Match[str], closed: bool) -> bool:
    """True when the fence of the first line is meant to hold all of `lines`."""
    if closed and _depth_ends_last(lines, opening[1]):
        return True
    if opening[2].lower() in _DATA:
        return False
    start = next((at for at, line in enumerate(inner) if line.strip()), len(inner))
    head = _block(inner, start)  # a wrapper whose blocks use the same mark: what it begins with tells
    after = next((line for line in inner[head.end + 1 :] if line.strip()), "") if head else ""
    return bool(head and after and not _FENCE.match(after))


def _depth_ends_last(lines: Sequence[str], mark: str) -> bool:
    """True when the fence opened by the first line is closed by the last one and not before."""
    depth = 0
    for at, line in enumerate(lines):
        found = _FENCE.match(line)
        if found is None or found[1][0] != mark[0] or (depth <= 1 and len(found[1]) < len(mark)):
            continue
        depth += -1 if depth and _closes(line, found[1]) else 1
        if depth == 0:
            return at == len(lines) - 1
    return False


def _closes(line: str, mark: str) -> bool:
    stripped = line.strip()
    return len(stripped) >= len(mark) and set(stripped) == {mark[0]}


def _first(text: str) -> tuple[Head, str, tuple[str, ...]] | None:
    """(front matter, text before it, warnings); None where it is simply at the top, or missing."""
    lines = split_lines(text)
    kept: list[str] = []
    left_out = 0
    heads: list[Head] = []
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        if line.startswith("<!--"):
            end = next((n for n in range(at, len(lines)) if "-->" in lines[n]), None)
            if end is None or lines[end].split("-->", 1)[1].strip():
                break
            left_out, at = left_out + 1, end + 1
            continue
        only_headings = all(kept_line.startswith("#") for kept_line in kept)
        head = _block(lines, at) or (_fenced_head(lines, at) if only_headings else None)
        if head is not None:
            heads.append(head)
            at = head.end + 1
            if _next_is_head(lines, at, head):
                continue
            break
        opens = _FENCE.match(line) or (not kept and _OPENER.match(line))
        if heads or opens or len(kept) > _MAX_PREAMBLE_LINES or sum(map(len, kept)) > _MAX_PREAMBLE:
            break
        kept += [lines[at]] if line else []
        at += 1
    if not heads:
        return None
    return _together(heads, kept, left_out)


def _together(heads: Sequence[Head], kept: Sequence[str], left_out: int) -> tuple[Head, str, tuple[str, ...]]:
    values = {key: value for head in heads for key, value in head.values.items()}
    warnings = tuple(warning for head in heads for warning in head.warnings)
    said = []
    if kept:
        said.append("preamble: text before the front matter is kept at the top of the prompt")
    if left_out:
        said.append("preamble: a comment before the front matter is left out")
    if len(heads) > 1:
        said.append("frontmatter_twice: two blocks of front matter; both are read")
    return Head(heads[0].start, heads[-1].end, values, warnings), "\n".join(kept), tuple(said)


def _next_is_head(lines: Sequence[str], at: int, first: Head) -> bool:
    """True where another front matter of the same agent follows at once: one that names no other."""
    start = next((n for n in range(at, len(lines)) if lines[n].strip()), len(lines))
    head = _block(lines, start)
    return head is not None and not ("name" in head.values and "name" in first.values)


def _block(lines: Sequence[str], at: int) -> Head | None:
    """The front matter that opens at line `at`, if what it holds is one."""
    opening = _OPENER.match(lines[at]) if at < len(lines) else None
    if opening is None:
        return None
    closers = ("---", "...") if opening[1] == "---" else ("+++",)
    for end in range(at + 1, min(len(lines), at + _MAX_BLOCK_LINES)):
        if lines[end].rstrip() in closers:
            return _head(lines, at, end, toml=opening[1] == "+++" or "toml" in opening[0].lower())
    return None


def _fenced_head(lines: Sequence[str], at: int) -> Head | None:
    """Front matter in a code fence of its own: it names the agent, and the prompt follows."""
    opening = _FENCE.match(lines[at])
    if opening is None or opening[2].lower() not in ("yaml", "yml", "toml"):
        return None
    for end in range(at + 1, min(len(lines), at + _MAX_BLOCK_LINES)):
        if _closes(lines[end], opening[1]):
            inner = [line for line in lines[at + 1 : end] if line.strip() != "---"]
            head = _head(["", *inner], 0, len(inner) + 1, toml=opening[2].lower() == "toml")
            named = head is not None and {"name", "description"} <= set(head.values)
            return replace(head, start=at, end=end) if head is not None and named else None
    return None


def _head(lines: Sequence[str], start: int, end: int, toml: bool) -> Head | None:
    inner = lines[start + 1 : end]
    first = next((line for line in inner if line.strip() and not line.lstrip().startswith("#")), "")
    if not _ENTRY.match(first):
        return None
    values, warnings = (read_toml_front_matter if toml else read_front_matter)("\n".join(inner))
    return Head(start, end, values, tuple(warnings)) if KNOWN_KEYS & set(values) else None


def _further(lines: Sequence[str], at: int) -> Iterator[Head]:
    """Front matters after the first: further agents of the file. What stands in code is an example."""
    hidden = {n for fence in scan_fences(lines) for n in range(fence.start, fence.end + 1)}
    while at < len(lines):
        head = _block(lines, at) if at not in hidden else None
        if head is not None and "name" in head.values and len(KNOWN_KEYS & set(head.values)) >= 2:
            yield head
            at = head.end
        at += 1


def _fenced(text: str) -> list[Draft]:
    """Agents that stand in code fences of a text that is little else."""
    if split_front_matter(text)[0] is not None:
        return []
    drafts, inside = [], 0
    for fence in scan_fences(split_lines(text)):
        if fence.language in _WRAPPERS - _DATA and fence.content.lstrip().startswith(("---", "+++")):
            lines = split_lines(fence.content.strip())
            head = _block(lines, 0)
            if head is not None and "name" in head.values:
                drafts.append(_draft(head.values, "\n".join(lines[head.end + 1 :]), head.warnings))
                inside += len(fence.content)
    if not drafts or len(text) - inside > inside:
        return []
    said = "wrapped_in_fence: the definition stands in a code fence; the text around it is left out"
    return [replace(draft, warnings=(said, *draft.warnings)) for draft in drafts]


def _draft(values: dict[str, object], body: str, warnings: Sequence[str]) -> Draft:
    name = values.get("name") or values.get("slug")
    usable = isinstance(name, str | int | float) and not isinstance(name, bool)
    return Draft(str(name).strip() if usable else "", body, values, tuple(warnings))
