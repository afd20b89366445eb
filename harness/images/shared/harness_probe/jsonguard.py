"""Parses JSON that a hostile service sent, without recursion errors, huge integers or NaN.

It refuses text nested deeper than 100 levels, integers longer than 400 digits and the constants NaN and Infinity, each
as ValueError with the reason; `json.loads` alone would crash the probe or accept them.
"""

import json
from typing import Any

MAX_DEPTH = 100
MAX_DIGITS = 400


def parse(text: str) -> Any:
    """The value of a JSON text. Raises ValueError with a one-line reason."""
    if text.count("[") + text.count("{") > MAX_DEPTH and depth(text) > MAX_DEPTH:
        raise ValueError(f"JSON nested deeper than {MAX_DEPTH} levels")
    return json.loads(text, parse_int=_integer, parse_constant=_constant)


def depth(text: str) -> int:
    """Deepest nesting of brackets outside strings; linear time, no recursion."""
    level = deepest = 0
    in_string = escaped = False
    for char in text:
        if in_string:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                in_string = False
        elif char == '"':
            in_string = True
        elif char in "[{":
            level += 1
            deepest = max(deepest, level)
        elif char in "]}":
            level -= 1
    return deepest


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"integer of {len(digits)} digits, at most {MAX_DIGITS} are accepted")
    return int(digits)


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
