"""Grammar 0: what a reply is made of before any dialect is tried — its plain text, and the JSON documents in it.

Refuses to parse what is larger than the byte cap; a leading thinking block becomes blank lines and is never read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.intake.bounded_json import BadJson, object_end, parse_json
from harness.intake.markdown import fenced_json

MAX_REPLY_BYTES = 10_000_000
_THINK = re.compile(r"\s*<(think|thinking|thought|reasoning|scratchpad)>", re.I)
_THOUGHT = re.compile(
    r"^[ \t]*</(?:think|thinking|thought|reasoning)>", re.I | re.M
)  # its beginning was in the template
_MEANT = re.compile(r'\{\s*["}]|\[\s*[\[{"]')  # prose may start with a bracket, JSON goes on like this
_BEGINS = re.compile(r'^\{(?=\s*")', re.M)
_MOST_OBJECTS = 20  # that begin a line, between prose
_LINE = 2
_MOST_LINES = 400  # twice the files of a reply
_OURS = re.compile(r'"(?:files|api_endpoints|services|models)"\s*:')


@dataclass(frozen=True)
class Located:
    """JSON in a reply: the documents that parse, in order of preference, and why the others do not.

    `whole` says that the reply is nothing but JSON: then an error in it is the reply's error, not an example's.
    """

    documents: tuple[Any, ...]
    error: str
    whole: bool


def exceeds(text: str, cap: int) -> bool:
    """True when `text` has more than `cap` bytes as UTF-8; looks no further than needed."""
    return len(text) > cap or len(text.encode("utf-8", "surrogatepass")) > cap


def normalise(text: str) -> str:
    """`text` with LF line ends, without a byte order mark, one leading thinking block blanked: line numbers stay."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    end = _thinking_end(text)
    return "\n" * text.count("\n", 0, end) + text[end:]


def has_thinking(text: str) -> bool:
    """True when `normalise` blanks a thinking block of `text`."""
    return _thinking_end(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")) > 0


def _thinking_end(text: str) -> int:
    opening = _THINK.match(text)
    if opening is None:
        closed = _THOUGHT.search(text)
        alone = closed is not None and not re.search(
            r"<(?:think|thinking|thought|reasoning)>", text[: closed.start()], re.I
        )
        return closed.end() if closed is not None and alone and _outside(text, closed.start()) else 0
    closing = f"</{opening[1]}>".lower()
    end = text.lower().find(closing, opening.end())
    return end + len(closing) if end >= 0 else len(text)


def _outside(text: str, position: int) -> bool:
    """Whether no fence is open at `position`: what stands in a block is somebody's content."""
    return sum(line.lstrip().startswith(("```", "~~~")) for line in text[:position].split("\n")) % 2 == 0


def json_documents(text: str) -> tuple[Any, ...]:
    """Every JSON value found in `text`, best first."""
    return locate_json(text).documents


def locate_json(text: str) -> Located:
    """The whole text, its json fences, what stands between its first `{` and last `}`, objects between prose, or its
    lines one by one.
    """
    stripped = text.strip()
    whole = bool(re.match(r'\{\s*["}]', stripped))
    documents: list[Any] = []
    errors: list[str] = []
    if stripped[:1] in ("{", "["):
        _try(stripped, documents, errors if _MEANT.match(stripped) else [])
        if documents:
            return Located(tuple(documents), "", whole)
    fences, stated = fenced_json(text)
    if not stated:
        for fence in fences:
            _try(fence.content, documents, errors if _OURS.search(fence.content) else [])
    if whole or not (documents or stated):
        for candidate in _slices(text):
            _try(candidate, documents, errors if whole else [])
        for line in [] if documents else _object_lines(text):
            _try(line, documents, [])
    return Located(tuple(documents), errors[0] if errors else "", whole)


def _slices(text: str) -> Iterator[str]:
    start, end = text.find("{"), text.rfind("}")
    if 0 <= start < end:
        yield text[start : end + 1]
    begins = [found.start() for found in _BEGINS.finditer(text)]
    reached = -1
    for begin in begins[:_MOST_OBJECTS]:
        if begin > reached:
            reached = object_end(text, begin)
            if reached > begin + _LINE:
                yield text[begin:reached]


def _object_lines(text: str) -> list[str]:
    """Lines that are each an object: JSON Lines, or the calls of a tool that writes files."""
    lines = [line.strip() for line in text.split("\n") if line.lstrip().startswith("{")]
    return [line for line in lines if line.endswith("}")][:_MOST_LINES] if len(lines) <= _MOST_LINES else []


def _try(candidate: str, documents: list[Any], errors: list[str]) -> None:
    try:
        documents.append(parse_json(candidate))
    except BadJson as error:
        errors.append(str(error))
