"""What a task's contract demands of the answers to the requests of its load profile, in words a driver can check.

It refuses to demand what the contract does not say: alternatives (`anyOf`, `oneOf`), members that are not required,
and what is inside lists are free. Pure data in, pure data out.
"""

import re
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.model.jsontypes import Json, JsonObject
from harness.probes.spec_outline import resolved

DEPTH = 3  # levels of required members
PLACE = re.compile(r"\{[^{}]*\}")
FREE: JsonObject = {"json": False, "types": [], "required": []}


@dataclass(frozen=True)
class _Demand:
    """JSON types (None = any) and dotted paths of required members."""

    types: frozenset[str] | None = None
    required: tuple[str, ...] = ()


def with_answers(load: JsonObject, contract: JsonObject) -> dict[str, Any]:
    """The load profile with `answers` in each block of `setup` and `mix` whose operation the contract describes.

    answers: status ("201", "2XX" or "default") -> {json: the body must be JSON, types: JSON types it may have (empty =
    any), required: dotted paths of members that must be there}. `removable`: it reads what the contract lets delete.
    """
    blocks = {key: [_described(block, contract) for block in load[key]] for key in ("setup", "mix") if key in load}
    return {**load, **blocks}


def _described(block: JsonObject, contract: JsonObject) -> dict[str, Any]:
    operation = _operation(contract, str(block["method"]), str(block["path"]))
    responses = operation.get("responses")
    answers = {
        str(status).upper(): FREE if str(status) == "default" else _answer(contract, resolved(contract, raw))
        for status, raw in (responses if isinstance(responses, Mapping) else {}).items()
        if str(status)[:1] in ("2", "d")
    }
    if "DEFAULT" in answers:
        answers["default"] = answers.pop("DEFAULT")
    removable = block["method"] == "GET" and bool(_operation(contract, "DELETE", str(block["path"])))
    return {**block, "answers": answers, **({"removable": True} if removable else {})}


def _operation(contract: JsonObject, method: str, path: str) -> dict[str, Any]:
    """The operation that a request of the profile is for; of several that match, the one with the most literal path."""
    paths = contract.get("paths")
    found: list[tuple[int, int, dict[str, Any]]] = []
    for asked in _without_server(contract, re.split(r"[?#]", path)[0]):
        for template, raw in (paths if isinstance(paths, Mapping) else {}).items():
            pattern = "[^/]+".join(re.escape(part) for part in PLACE.split(str(template)))
            operation = resolved(contract, raw).get(method.lower())
            if isinstance(operation, Mapping) and re.fullmatch(pattern, asked):
                found.append((len(PLACE.sub("", str(template))), -len(found), dict(operation)))
    return max(found, key=lambda match: match[:2])[2] if found else {}


def _without_server(contract: JsonObject, path: str) -> Iterator[str]:
    """The path as it stands, and as it stands below each server's own path."""
    yield path
    servers = contract.get("servers")
    for server in servers if isinstance(servers, list) else []:
        prefix = urllib.parse.urlsplit(str(server.get("url", ""))).path.rstrip("/") if isinstance(server, dict) else ""
        if prefix and path.startswith(f"{prefix}/"):
            yield path.removeprefix(prefix)


def _answer(contract: JsonObject, response: JsonObject) -> JsonObject:
    media = response.get("content")
    kinds = [str(kind) for kind in media] if isinstance(media, Mapping) else []
    if len(kinds) != 1 or "json" not in kinds[0].lower() or not isinstance(media, Mapping):
        return FREE  # nothing, something else, or a choice
    holder = media[kinds[0]]
    demand = _demand(contract, holder.get("schema") if isinstance(holder, Mapping) else None, DEPTH)
    return {"json": True, "types": sorted(demand.types or ()), "required": list(demand.required)}


def _demand(contract: JsonObject, raw: Json, depth: int) -> _Demand:
    schema = resolved(contract, raw)
    if depth <= 0 or not schema:
        return _Demand()
    parts = schema.get("allOf")
    demands = [_demand(contract, part, depth - 1) for part in (parts if isinstance(parts, list) else [])]
    types = _types(schema)
    for demand in demands:
        types = demand.types if types is None else types if demand.types is None else types & demand.types
    required = [*_members(contract, schema, depth), *(path for demand in demands for path in demand.required)]
    return _Demand(types, tuple(dict.fromkeys(required)))


def _types(schema: JsonObject) -> frozenset[str] | None:
    declared = schema.get("type")
    if isinstance(declared, str):
        return frozenset({declared, "null"} if schema.get("nullable") is True else {declared})
    if isinstance(declared, list):
        return frozenset(str(kind) for kind in declared)
    return frozenset({"object"}) if isinstance(schema.get("properties"), Mapping) and schema.get("required") else None


def _members(contract: JsonObject, schema: JsonObject, depth: int) -> Iterator[str]:
    required, properties = schema.get("required"), schema.get("properties")
    for name in required if isinstance(required, list) else []:
        inner = properties.get(name) if isinstance(properties, Mapping) else None
        if not isinstance(name, str) or "." in name or resolved(contract, inner).get("writeOnly") is True:
            continue
        yield name
        below = _demand(contract, inner, depth - 1)
        if below.types == frozenset({"object"}):
            yield from (f"{name}.{path}" for path in below.required)
