"""What an onlooker sees of an answer: its status and every value in it, without echoes of the request. Pure.

It refuses to take a difference for news when the same request shows it too: a time, a request's number, a trace id.
"""

import html
import json
import re
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness_probe.client import Response

MARK = 12  # characters of a text that stands nowhere by chance
ECHO = 6  # a shorter echo is taken out as a whole word only: it stands in many places that are no echo
GONE = "…"
TEXT = "(text)"  # the path of a body that is no JSON
Values = Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Face:
    """Status, and path -> values of a JSON body (the places of a list have one path)."""

    status: int
    values: Values

    def without(self, paths: Iterable[str]) -> "Face":
        left_out = set(paths)
        return Face(self.status, {path: found for path, found in self.values.items() if path not in left_out})


def face(response: Response, *echoes: str) -> Face:
    """What `response` shows; `echoes` are texts that the request sent."""
    try:
        body = response.json()
    except AssertionError:
        text = response.text
        return Face(response.status_code, {TEXT: (unechoed(text, echoes),)} if text else {})
    values: dict[str, list[Any]] = {}
    for path, value in _leaves(body, ""):
        values.setdefault(path, []).append(_plain(value, echoes))
    return Face(response.status_code, {path: tuple(found) for path, found in values.items()})


def moving(one: Face, other: Face) -> set[str]:
    """Paths whose values differ between two answers to the same request."""
    return {path for path in {**one.values, **other.values} if one.values.get(path) != other.values.get(path)}


def mark(text: str) -> str:
    """The text, when it is long enough to be looked for anywhere in an answer. Raises ValueError: a mistake of the
    attack's; a shorter text, such as an id that counts up, stands in answers that tell nothing."""
    if len(text) < MARK:
        raise ValueError(f"{text!r} is no mark: at least {MARK} characters that stand nowhere else are needed")
    return text


def unechoed(text: str, echoes: Iterable[str]) -> str:
    """The text without what was sent, however it was escaped; the shortest echoes as whole words only."""
    for echo in sorted({echo for echo in echoes if echo}, key=len, reverse=True):
        if len(echo) < ECHO:
            text = re.sub(rf"(?<!\w){re.escape(echo)}(?!\w)", GONE, text)
            continue
        plain, ascii_only = json.dumps(echo, ensure_ascii=False)[1:-1], json.dumps(echo)[1:-1]
        quoted = urllib.parse.quote(echo, safe="")
        forms = (echo, plain, ascii_only, plain.replace("/", "\\/"), html.escape(echo), quoted, quoted.lower())
        for form in (*forms, urllib.parse.quote(echo), urllib.parse.quote_plus(echo), repr(echo)[1:-1]):
            text = text.replace(form, GONE)
    return text


def _plain(value: Any, echoes: Iterable[str]) -> Any:
    if isinstance(value, str):
        return unechoed(value, echoes)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return GONE if number and str(value) in set(echoes) else value


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield path, "{}"
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}")
    elif isinstance(value, list):
        yield path, len(value)
        for inner in value:
            yield from _leaves(inner, f"{path}[]")
    else:
        yield path, value
