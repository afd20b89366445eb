"""Reduces an OpenAPI document to what can be compared: operations, parameters, body fields, answers.

It refuses to grow: references are followed to a fixed depth and the whole outline has a budget of fields, so a document
that was written to explode only yields a truncated outline. Pure data in, pure data out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.model.jsontypes import Json, JsonObject

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
DEPTH = 6  # levels of nested fields that are listed
HOPS = 16  # references followed in a row
ANY = "*"  # in a path: the name of any entry of a map
BUDGET = 20_000  # fields of one document


@dataclass
class Budget:
    """Fields that may still be listed."""

    left: int = BUDGET


@dataclass(frozen=True)
class Outline:
    """One operation. Fields are `path: type` with `[]` for array items; a trailing `!` marks a required field."""

    parameters: Mapping[str, str] = field(default_factory=dict)  # "query limit" -> "integer", "path 1" -> "string!"
    request: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # status -> fields
    secured: bool = False


def operations(spec: JsonObject) -> tuple[str, ...]:
    """Labels `GET /path` of every operation, in the document's order."""
    return tuple(label for label, *_ in _each(spec))


def outline(spec: JsonObject) -> dict[str, Outline]:
    """Label -> outline."""
    budget = Budget()
    return {label: _operation(spec, item, operation, budget) for label, item, operation in _each(spec)}


def same_path(label: str) -> str:
    """The label with parameter names and a trailing slash forgotten: `/a/{x}` and `/a/{y}/` are the same place."""
    method, _, path = label.partition(" ")
    return f"{method} {re.sub(r'{[^{}]*}', '{}', path).rstrip('/') or '/'}"


def resolved(spec: JsonObject, node: Json) -> dict[str, Any]:
    """The object that `node` is or refers to inside `spec`, after at most HOPS references; empty when there is none."""
    for _ in range(HOPS):
        if not isinstance(node, Mapping):
            return {}
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return dict(node)
        node = spec
        for part in reference.removeprefix("#/").split("/"):
            node = node.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(node, Mapping) else None
    return {}


def _each(spec: JsonObject) -> Iterator[tuple[str, JsonObject, JsonObject]]:
    paths = spec.get("paths")
    for path, raw in (paths if isinstance(paths, Mapping) else {}).items():
        item = resolved(spec, raw)
        for method in METHODS:
            if isinstance(item.get(method), Mapping):
                yield f"{method.upper()} {path}", item, item[method]


def _operation(spec: JsonObject, item: JsonObject, operation: JsonObject, budget: Budget) -> Outline:
    security = operation.get("security", spec.get("security"))
    answers = operation.get("responses")
    return Outline(
        parameters=dict(_parameters(spec, [item, operation])),
        request=_content(spec, resolved(spec, operation.get("requestBody")), budget),
        answers={
            str(status).upper(): _content(spec, resolved(spec, answer), budget)
            for status, answer in (answers if isinstance(answers, Mapping) else {}).items()
        },
        secured=isinstance(security, list) and any(isinstance(s, Mapping) and s for s in security),
    )


def _parameters(spec: JsonObject, holders: list[JsonObject]) -> Iterator[tuple[str, str]]:
    position = 0
    for holder in holders:
        declared = holder.get("parameters")
        for raw in declared if isinstance(declared, list) else []:
            parameter = resolved(spec, raw)
            place, name = str(parameter.get("in")), str(parameter.get("name"))
            if place == "path":  # names of path parameters are free, their order is not
                position += 1
                name = str(position)
            required = "!" if parameter.get("required") is True else ""
            schema = parameter.get("schema", parameter)  # Swagger 2 keeps the type beside the name
            yield f"{place} {name.lower() if place == 'header' else name}", _kind(spec, schema) + required


def _content(spec: JsonObject, body: JsonObject, budget: Budget) -> dict[str, str]:
    media = body.get("content")
    for kind, holder in (media if isinstance(media, Mapping) else {}).items():
        if "json" in str(kind) and isinstance(holder, Mapping):
            return dict(_fields(spec, holder.get("schema"), "", DEPTH, budget))
    return {}


def _fields(spec: JsonObject, raw: Json, prefix: str, depth: int, budget: Budget) -> Iterator[tuple[str, str]]:
    schema = resolved(spec, raw)
    for part in _parts(schema):
        yield from _fields(spec, part, prefix, depth - 1, budget) if depth > 0 else ()
    if "items" in schema and depth > 0:
        yield from _fields(spec, schema["items"], f"{prefix}[]", depth - 1, budget)
    named = schema.get("additionalProperties")
    if isinstance(named, Mapping) and depth > 0:  # a map: any name stands for each
        yield f"{prefix}.{ANY}", _kind(spec, named)
        yield from _fields(spec, named, f"{prefix}.{ANY}", depth - 1, budget)
    properties, required = schema.get("properties"), schema.get("required")
    needed = required if isinstance(required, list) else []
    for name, inner in (properties if isinstance(properties, Mapping) else {}).items():
        budget.left -= 1
        if budget.left <= 0 or depth <= 0:
            return
        path = f"{prefix}.{name}" if prefix else str(name)
        yield path, _kind(spec, inner) + ("!" if name in needed else "")
        yield from _fields(spec, inner, path, depth - 1, budget)


def _parts(schema: JsonObject) -> list[Json]:
    """Sub-schemas whose fields count as the schema's own; of alternatives, those that are not null."""
    found: list[Json] = []
    for key in ("allOf", "anyOf", "oneOf"):
        listed = schema.get(key)
        found += listed if isinstance(listed, list) else []
    return found[:20]


def _kind(spec: JsonObject, raw: Json, hops: int = HOPS) -> str:
    """The JSON type as one word; alternatives joined by `|` in alphabetical order, null left out."""
    schema = resolved(spec, raw)
    declared = schema.get("type")
    if isinstance(declared, str):
        return declared
    if isinstance(declared, list):
        return "|".join(sorted(str(kind) for kind in declared if kind != "null")) or "null"
    if "const" in schema or isinstance(schema.get("enum"), list):
        values = [schema["const"]] if "const" in schema else schema["enum"]
        return "|".join(sorted({_json_type(value) for value in values} - {"null"})) or "null"
    kinds = {_kind(spec, part, hops - 1) for part in _parts(schema)} if hops > 0 else set()
    return "|".join(sorted(kinds - {"any", "null"})) or ("object" if "properties" in schema else "any")


def _json_type(value: Json) -> str:
    names = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", type(None): "null"}
    return names.get(type(value), "object")
