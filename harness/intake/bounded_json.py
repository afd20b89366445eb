"""JSON from strangers: size and depth are bounded before the parser runs, duplicate keys are refused.

Refuses to raise anything but BadJson, whatever the input; RFC 8259 leaves duplicate keys open, we do not. One kind of
object may repeat its keys, for a reader can tell what is meant: a map from paths to contents.
"""

import json
import re
from collections import Counter
from typing import Any

from harness.intake.names import looks_like_file

MAX_DEPTH = 100
_MAX_VERSIONS = 20
# A whole string, closed or not (so that a run of quotes stays linear), or one bracket.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


class BadJson(ValueError):
    """The text is not acceptable JSON; the message is one clause without the text itself."""


def parse_json(text: str) -> Any:
    """The value of `text`; raw newlines inside strings are accepted, as models write them."""
    if depth_of(text) > MAX_DEPTH:
        raise BadJson(f"nested deeper than {MAX_DEPTH} levels")
    try:
        return json.loads(text, strict=False, object_pairs_hook=_unique, parse_constant=_no_constant)
    except BadJson:
        raise
    except json.JSONDecodeError as error:
        raise BadJson(f"{error.msg} at line {error.lineno} column {error.colno}") from None
    except (ValueError, RecursionError) as error:  # e.g. an integer of more digits than Python converts
        raise BadJson(f"{type(error).__name__} while reading it") from None


def depth_of(text: str) -> int:
    """Deepest nesting of brackets outside of strings; linear in the text, and no recursion."""
    deepest = depth = 0
    for match in _TOKEN.finditer(text):
        first = match[0][0]
        if first in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in "]}":
            depth = max(0, depth - 1)
    return deepest


def object_end(text: str, start: int) -> int:
    """One past the bracket that closes the one at `start`; the end of `text` when none does. Linear."""
    depth = 0
    for match in _TOKEN.finditer(text, start):
        first = match[0][0]
        depth += (first in "[{") - (first in "]}")
        if depth == 0 and first in "]}":
            return match.end()
    return len(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        if all(looks_like_file(key) for key in found):
            return _all_versions(pairs)
        seen: set[str] = set()
        key = next(k for k, _ in pairs if k in seen or seen.add(k))  # type: ignore[func-returns-value]
        raise BadJson(f"key {key[:60]!a} appears twice in one object")
    return found


def _all_versions(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A map of files in which a path comes more than once: earlier ones are spelt `./path`, which is the same file."""
    left = Counter(key for key, _ in pairs)
    if max(left.values()) > _MAX_VERSIONS:
        raise BadJson(f"one path appears more than {_MAX_VERSIONS} times in one object")
    found: dict[str, Any] = {}
    for key, value in pairs:
        left[key] -= 1
        found["./" * left[key] + key] = value
    return found


def _no_constant(name: str) -> None:
    raise BadJson(f"{name} is not JSON")
