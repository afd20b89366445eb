"""The bytes of an answer as JSON: one document, or the events of a stream, whichever the server chose to send.

Refuses to go by what was asked for or by Content-Type: servers ignore `stream`, and label events as text. Events are
read as in the HTML Standard ("Server-sent events"), with these liberties: a missing `[DONE]`, a missing last blank
line, and no blank line between events.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.agents.bounded import MAX_ANSWER
from harness.agents.calls import CallFailed
from harness.model.submission import Usage

MOST_TOKENS = 10_000_000  # of one call; ten times the largest context window
_LINE_END = re.compile(r"\r\n|\n|\r")
_STATUS = {401: "unauthorised", 402: "quota", 403: "forbidden", 404: "model_unknown", 429: "rate_limited"}


@dataclass(frozen=True)
class Events:
    """The events of a stream that are JSON objects; `ended` when it said so itself."""

    items: tuple[dict[str, Any], ...]
    ended: bool


def document_of(raw: bytes) -> dict[str, Any] | Events:
    """What `raw` says; CallFailed `garbage` when it is neither, or the error that stands in it."""
    text = raw.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if text.startswith("{"):
        try:
            document = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            raise garbage(f"no valid JSON: {text[:80]!r}") from None
        _raise_error(document)
        return dict(document)
    items: list[dict[str, Any]] = []
    for data in _data(text):
        if data.startswith("[DONE]"):
            return Events(tuple(items), True)
        items += _objects(data)
    if not items:
        raise garbage(f"not JSON: {text[:80]!r}")
    return Events(tuple(items), False)


def garbage(said: str) -> CallFailed:
    """An answer that came, and may have cost money, and is none."""
    return CallFailed("garbage", said, 200, billable=True)


def text_of(content: object) -> str:
    """The text of a message's content: a string, or a list of parts of which some are text."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = (part for part in content if isinstance(part, dict) and part.get("type", "text") in ("text", "output_text"))
    return "".join(text for part in parts if isinstance(text := part.get("text"), str))


def joined(pieces: Iterator[str]) -> str:
    """Their text; CallFailed `too_large` past the cap."""
    text = "".join(pieces)
    if len(text.encode("utf-8", "replace")) > MAX_ANSWER:
        said = f"the answer's text is larger than {MAX_ANSWER // 1_000_000} MB"
        raise CallFailed("too_large", said, 200, billable=True)
    return text


def counted(read: object, written: object, text: str) -> Usage | None:
    """Usage of an answer, None where the counts make no sense: no integers, negative, none for what was there, huge."""
    least = 1 if text else 0
    if _is_count(read, 1) and _is_count(written, least):
        return Usage(int(str(read)), int(str(written)))
    return None


def _is_count(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= MOST_TOKENS


def _data(text: str) -> Iterator[str]:
    """The data of each event."""
    held: list[str] = []
    for line in _LINE_END.split(text):
        if not line.strip():
            if held:
                yield "\n".join(held)
            held = []
        elif line.startswith("data:"):
            held.append(line[5:].removeprefix(" "))
    if held:
        yield "\n".join(held)


def _objects(data: str) -> list[dict[str, Any]]:
    """The JSON objects in one event's data: one, or one a line where the server leaves blank lines out."""
    if not data.strip():
        return []
    try:
        found = [json.loads(data, strict=False)]
    except (ValueError, RecursionError):
        try:
            lines = [line for line in data.split("\n") if line.strip() and not line.startswith("[DONE]")]
            found = [json.loads(line, strict=False) for line in lines]
        except (ValueError, RecursionError):
            raise garbage(f"an event that is no JSON: {data[:80]!r}") from None
    items = [item for item in found if isinstance(item, dict)]
    for item in items:
        _raise_error(item)
    return items


def _raise_error(document: dict[str, Any]) -> None:
    """An error that is told with status 200."""
    error = document.get("error")
    if not error:
        return
    said, code = (error.get("message"), error.get("code")) if isinstance(error, dict) else (error, None)
    kind = _STATUS.get(code, "unavailable") if isinstance(code, int) else "unavailable"
    raise CallFailed(kind, str(said or error), 200, billable=True)
