"""Bodies that a contract rules out, made from one that it allows: one member wrong at a time. Pure.

It refuses to guess: only what JSON Schema says beyond doubt is broken (no text that might be taken for a number, no
whole fraction, no format), and a schema with alternatives is left alone.
"""

import copy
import re
from collections.abc import Iterator
from typing import Any

from engine import resolve

DEPTH = 3  # objects and first items of lists inside the body
LONGEST = 20_000  # characters, or items, of a value that is too long
ODD = ("", " ", "\u0000", "ä ö", "a b\tc", "-", ".", "../x", "'", "%")
UNKNOWN = "member_that_the_contract_does_not_know"
# For each type values of others that nobody takes for it.
WRONG: dict[str, tuple[Any, ...]] = {
    "string": (7, ["x"], {"a": "b"}),
    "integer": ("many", [], {}, 1.5),
    "number": ("many", [], {}),
    "boolean": ("maybe", [], {}),
    "array": ("text", {}, 7),
    "object": ("text", [], 7),
}
MIXED = ("oneOf", "anyOf", "allOf", "not", "if", "$dynamicRef")


def broken_bodies(spec: dict[str, Any], schema: Any, good: Any) -> Iterator[tuple[str, Any]]:
    """(what is wrong, body). `good` is a body that the service accepts."""
    yield from _broken(spec, schema, good, "the body", DEPTH)


def _broken(spec: dict[str, Any], raw: Any, good: Any, where: str, depth: int) -> Iterator[tuple[str, Any]]:
    schema = resolve(spec, raw)
    types = kinds(schema)
    if any(key in schema for key in MIXED) or (not types and not {"enum", "const"} & schema.keys()):
        return
    if "null" not in types and None not in schema.get("enum", [None] if not types else []):
        yield f"{where} is null", None
    if len(set(types) - {"null"}) == 1:
        kind = next(name for name in types if name != "null")
        for value in WRONG.get(kind, ()):
            yield f"{where} is {_shown(value)}, not {kind}", value
        yield from _outside(schema, kind, good, where)
    if "enum" in schema and "no-such-word" not in schema["enum"]:
        yield f"{where} is a word that is not listed", "no-such-word"
    if depth and isinstance(good, dict):
        yield from _members(spec, schema, good, where, depth)
    if depth and isinstance(good, list) and good:
        for what, item in _broken(spec, schema.get("items"), good[0], f"the first item of {where}", depth - 1):
            yield what, [item, *good[1:]]


def kinds(schema: dict[str, Any]) -> list[str]:
    """The types a schema allows; none when it does not say."""
    found = schema.get("type", [])
    return [found] if isinstance(found, str) else list(found)


def _members(
    spec: dict[str, Any], schema: dict[str, Any], good: dict[str, Any], where: str, depth: int
) -> Iterator[tuple[str, Any]]:
    properties = schema.get("properties") or {}
    for name in schema.get("required", []):
        if name in good:
            yield f"{where} lacks {name!r}", {key: value for key, value in good.items() if key != name}
    if schema.get("minProperties") and not schema.get("required"):
        yield f"{where} is empty", {}
    if schema.get("additionalProperties") is False:
        yield f"{where} has an unknown member", {**good, UNKNOWN: 1}
    for name, inner in properties.items():
        sample = good.get(name, sample_of(spec, inner))
        place = f"{name!r}" if where == "the body" else f"{name!r} in {where}"
        for what, value in _broken(spec, inner, sample, place, depth - 1):
            yield what, {**copy.deepcopy(good), name: value}


def _outside(schema: dict[str, Any], kind: str, good: Any, where: str) -> Iterator[tuple[str, Any]]:
    """Values of the right type beyond a bound or a pattern."""
    if kind == "string":
        low, high = int(schema.get("minLength", 0)), schema.get("maxLength")
        if low > 0:
            yield f"{where} is empty", ""
        if high is not None and high < LONGEST:
            yield f"{where} is longer than {high}", "a" * (int(high) + 1)
        if "pattern" in schema:
            fitting = [text for text in ODD if low <= len(text) <= (high or LONGEST) and _misses(schema, text)]
            for text in fitting[:3]:
                yield f"{where} is {text!r}, which its pattern rules out", text
    if kind in ("integer", "number"):
        for key, beyond in (("minimum", -1), ("maximum", 1)):
            if isinstance(schema.get(key), (int, float)):
                yield f"{where} is beyond its {key}", schema[key] + beyond
    if kind == "array":
        if schema.get("minItems"):
            yield f"{where} is an empty list", []
        if schema.get("maxItems", LONGEST) < LONGEST // 20 and isinstance(good, list) and good:
            yield f"{where} has too many items", [good[0]] * (int(schema["maxItems"]) + 1)


def _misses(schema: dict[str, Any], text: str) -> bool:
    try:
        return re.search(schema["pattern"], text) is None
    except re.error:
        return False


def sample_of(spec: dict[str, Any], raw: Any) -> Any:
    """A value from the schema's own example, None when it has none: enough to go into lists and objects."""
    schema = resolve(spec, raw)
    examples = schema.get("examples")
    found = schema.get("example", examples[0] if isinstance(examples, list) and examples else None)
    if found is None and "object" in kinds(schema):
        named = schema.get("properties") or {}
        found = {name: sample_of(spec, named.get(name)) for name in schema.get("required", [])}
    return found


def _shown(value: Any) -> str:
    return {str: "a text", int: "a number", float: "a fraction", list: "a list", dict: "an object"}[type(value)]
