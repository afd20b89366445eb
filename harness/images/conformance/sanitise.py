"""Makes a harmless local copy of the API description that a submission publishes.

It refuses descriptions that could make a tool fetch, hang or exhaust memory: references other than `#/`, YAML
aliases, anchors and tags, more than 2 MB, nesting deeper than 64, more than 500 operations. What can be removed without
changing the meaning of the rest (servers, extensions, external values, dangerous patterns and huge bounds) is removed
and noted. Measured before: the fuzzing tool follows `file://` and `http://` references and sends what it read onwards.
"""

import json
import re
from collections.abc import Iterator
from re import _constants as opcodes  # type: ignore[attr-defined]  # the parser of the standard library, no other exists
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import yaml

SIZE_CAP = 2_000_000  # bytes
DEPTH_CAP = 64
OPERATIONS_CAP = 500
BOUND_CAP = 1_000  # minLength, minItems, minProperties, and repetition counts in patterns
PATTERN_CAP = 300  # characters
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
DROPPED = frozenset(
    {"servers", "server", "externalDocs", "externalValue", "callbacks", "webhooks", "operationRef", "discriminator"}
    | {"$id", "$schema", "$dynamicRef", "$recursiveRef", "$anchor", "$dynamicAnchor", "jsonSchemaDialect"}
)
NAMED = frozenset(
    {"properties", "patternProperties", "$defs", "definitions", "paths", "schemas", "mapping", "responses"}
)


class SpecRejected(Exception):
    """The description cannot be used; `code` is one of spec_invalid, spec_rejected."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def sanitise(content: bytes, base_url: str) -> tuple[dict[str, Any], list[str]]:
    """The harmless copy and notes on what was removed. Raises SpecRejected with one sentence."""
    if len(content) > SIZE_CAP:
        raise SpecRejected("spec_rejected", f"{len(content)} bytes, at most {SIZE_CAP} are read")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SpecRejected("spec_invalid", f"not UTF-8: {error.reason} at byte {error.start}") from None
    document = _from_json(text) if text.lstrip().startswith("{") else _from_yaml(text)
    _check_outline(document)
    notes: list[str] = []
    clean = _clean(document, "", notes, 0)
    clean["servers"] = [{"url": base_url}]
    return clean, sorted(set(notes))[:100]


def _from_json(text: str) -> Any:
    _check_depth(_json_levels(text))
    try:
        return json.loads(text)
    except ValueError as error:
        raise SpecRejected("spec_invalid", f"not JSON: {error}") from None


def _json_levels(text: str) -> Iterator[int]:
    outside = re.sub(r'"(?:[^"\\]|\\.)*+"', "", text, flags=re.DOTALL)  # possessive: linear on hostile text, too
    level = 0
    for char in outside:
        if char in "[{":
            level += 1
            yield level
        elif char in "]}":
            level -= 1


def _from_yaml(text: str) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_depth(_yaml_levels(text, loader))
        return yaml.load(text, Loader=loader)
    except (yaml.YAMLError, ValueError) as error:
        raise SpecRejected("spec_invalid", f"neither JSON nor YAML: {str(error)[:300]}") from None


def _yaml_levels(text: str, loader: Any) -> Iterator[int]:
    level = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise SpecRejected(
                "spec_rejected", "YAML anchors and aliases are not accepted (they can grow without bound)"
            )
        if getattr(event, "tag", None):
            raise SpecRejected("spec_rejected", f"YAML tag {event.tag!r} is not accepted")
        if isinstance(event, yaml.CollectionStartEvent):
            level += 1
            yield level
        elif isinstance(event, yaml.CollectionEndEvent):
            level -= 1


def _check_depth(levels: Iterator[int]) -> None:
    if any(level > DEPTH_CAP for level in levels):
        raise SpecRejected("spec_rejected", f"nested deeper than {DEPTH_CAP} levels")


def _check_outline(document: Any) -> None:
    if not isinstance(document, dict):
        raise SpecRejected("spec_invalid", "an object is expected at the top level")
    version = document.get("openapi", document.get("swagger"))
    if not isinstance(version, str) or not re.match(r"(3\.[01]|2\.0)", version):
        raise SpecRejected("spec_invalid", f"key openapi is {version!r}, expected '3.0.x' or '3.1.x'")
    paths = document.get("paths")
    if not isinstance(paths, dict) or not all(isinstance(item, dict) for item in paths.values()):
        raise SpecRejected("spec_invalid", "key paths: an object of path items is expected")
    count = sum(1 for item in paths.values() for method in item if str(method).lower() in METHODS)
    if count > OPERATIONS_CAP:
        raise SpecRejected("spec_rejected", f"{count} operations, at most {OPERATIONS_CAP} are tested")


def _clean(node: Any, holder: str, notes: list[str], depth: int) -> Any:
    if isinstance(node, list):
        return [_clean(entry, "", notes, depth + 1) for entry in node]
    if not isinstance(node, dict):
        return node if isinstance(node, (str, int, float, bool, type(None))) else str(node)
    reference = node.get("$ref")
    if isinstance(reference, str) and not reference.startswith("#/"):
        raise SpecRejected("spec_rejected", f"reference {reference[:200]!r}: only local ones (#/...) are accepted")
    kept: dict[str, Any] = {}
    for raw, value in node.items():
        key = str(raw)
        reason = None if holder in NAMED else _unwanted(key, value)
        if holder == "patternProperties":
            reason = _dangerous(key)
        if reason is None:
            kept[key] = _clean(value, "" if holder in NAMED else key, notes, depth + 1)
        else:
            notes.append(f"removed {key[:80]!r}: {reason}")
    return kept


def _unwanted(key: str, value: Any) -> str | None:
    if key in DROPPED or key.startswith("x-"):
        return "not needed for testing"
    if key == "pattern" and isinstance(value, str):
        return _dangerous(value)
    if key in {"minLength", "minItems", "minProperties"} and isinstance(value, (int, float)) and value > BOUND_CAP:
        return f"bound above {BOUND_CAP}"
    return None


def _dangerous(pattern: str) -> str | None:
    """Why a pattern must not reach a generator, or None."""
    if len(pattern) > PATTERN_CAP:
        return f"pattern longer than {PATTERN_CAP} characters"
    try:
        parsed = parser.parse(pattern)
    except (re.error, RecursionError, OverflowError, ValueError):
        return "pattern that Python cannot parse"
    return _walk(parsed, 1)


def _walk(parsed: Any, outer: int) -> str | None:
    """`outer` = how often the surrounding group may repeat (capped)."""
    for opcode, argument in parsed:
        if opcode in (opcodes.ASSERT, opcodes.ASSERT_NOT, opcodes.GROUPREF, opcodes.GROUPREF_EXISTS):
            return "pattern with look-around or back-reference"
        if opcode in (opcodes.MAX_REPEAT, opcodes.MIN_REPEAT, opcodes.POSSESSIVE_REPEAT):
            low, high, inner = argument
            unbounded = high is opcodes.MAXREPEAT
            times = BOUND_CAP if unbounded else int(high)
            if low > BOUND_CAP or times > BOUND_CAP or (outer > 1 and outer * times > BOUND_CAP):
                return f"pattern that repeats more than {BOUND_CAP} times or nests repetitions"
            if (why := _walk(inner, max(outer * times, 1))) is not None:
                return why
        for inner in _groups(opcode, argument):
            if (why := _walk(inner, outer)) is not None:
                return why
    return None


def _groups(opcode: Any, argument: Any) -> list[Any]:
    if opcode is opcodes.SUBPATTERN:
        return [argument[-1]]
    if opcode is opcodes.BRANCH:
        return list(argument[1])
    if opcode is opcodes.ATOMIC_GROUP:
        return [argument]
    return []
