"""The fixed rows of a task check as submissions: one that does nothing, one that echoes the contract's examples.

Refuses to know any task: paths, statuses and bodies are made from the contract alone. Bodies follow examples first,
then the schema; a pattern that none of a few plain texts meets is not met, which only makes the stub worse.
"""

import json
import re
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

from harness.model.jsontypes import JsonObject
from harness.model.task import Task

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
DEEPEST = 8  # a schema that contains itself ends here
TEXTS = ("text", "a", "A1", "1", "0", "abcdef12", "0" * 32, "0" * 64, "https://example.org/", "ABC", "12:00", "+1")
FORMATS = {
    "date-time": "2025-01-01T00:00:00Z",
    "date": "2025-01-01",
    "time": "00:00:00Z",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "email": "a@example.org",
    "uri": "https://example.org/",
    "ipv4": "192.0.2.1",
}


def stubs(task: Task) -> dict[str, dict[str, bytes]]:
    """Row name -> files of the submission."""
    ready = {"method": "GET", "path": task.readiness_path, "status": 200, "type": "text/plain", "body": "ok"}
    echoed = [row for row in echo(task.contract) if (row["method"], row["path"]) != ("GET", task.readiness_path)]
    shown = [row for row in echo(task.contract) if row not in echoed]
    return {"do-nothing": _files([ready]), "schema-echo": _files([*(shown or [ready]), *echoed])}


def _files(answers: list[dict[str, Any]]) -> dict[str, bytes]:
    service = resources.files("harness.selfcheck.stubs").joinpath("canned.py").read_bytes()
    return {
        "requirements.txt": b"",
        "Procfile": b"web: python app.py\n",
        "app.py": service,
        "answers.json": json.dumps(answers, indent=1).encode(),
    }


def echo(contract: JsonObject) -> Iterator[dict[str, Any]]:
    """One answer per operation: its lowest 2xx status, with a body made from its examples or schema."""
    for path, item in contract["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            responses = item[method].get("responses", {})
            status = min((code for code in map(str, responses) if re.fullmatch(r"2\d\d", code)), default="200")
            kind, body = _content(contract, _resolved(contract, responses.get(status, {})))
            yield {"method": method.upper(), "path": path, "status": int(status), "type": kind, "body": body}


def _content(contract: JsonObject, response: Mapping[str, Any]) -> tuple[str, str]:
    """Content type and body; both empty when the contract promises no body."""
    for kind, media in (response.get("content") or {}).items():
        value = _shown(contract, media)
        if value is None:
            value = synthesise(contract, media.get("schema", {}))
        return kind, value if isinstance(value, str) and "json" not in kind else json.dumps(value, default=str)
    return "", ""


def _shown(contract: JsonObject, media: Mapping[str, Any]) -> Any:
    """The example a media type gives, None without one."""
    if "example" in media:
        return media["example"]
    for example in (media.get("examples") or {}).values():
        return _resolved(contract, example).get("value")
    return None


def _resolved(contract: JsonObject, node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow `$ref: '#/...'`, at most DEEPEST times; what leads nowhere is an empty object."""
    for _ in range(DEEPEST):
        reference = node.get("$ref")
        if reference is None:
            return node
        found: Any = contract
        for part in str(reference).removeprefix("#/").split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, Mapping) else {}
        node = found if isinstance(found, Mapping) else {}
    return {}


def synthesise(contract: JsonObject, schema: Mapping[str, Any] | bool, depth: int = 0) -> Any:
    """A value that meets `schema`, as far as plain means go."""
    if isinstance(schema, bool) or depth > DEEPEST:
        return None
    schema = _resolved(contract, schema)
    for key in ("const", "example", "default"):
        if key in schema:
            return schema[key]
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("oneOf", "anyOf"):
        if schema.get(key):
            return synthesise(contract, schema[key][0], depth + 1)
    if schema.get("allOf"):
        parts = [synthesise(contract, part, depth + 1) for part in schema["allOf"]]
        if all(isinstance(part, dict) for part in parts):
            return {name: value for part in parts for name, value in part.items()}
        return parts[0]
    return _by_type(contract, schema, depth)


def _by_type(contract: JsonObject, schema: Mapping[str, Any], depth: int) -> Any:
    kind = schema.get("type", "object" if "properties" in schema else "array" if "items" in schema else "object")
    if isinstance(kind, list):  # what may be left out is left out: an echo that pages for ever would only waste time
        kind = "null" if "null" in kind else kind[0]
    match kind:
        case "object":
            properties = schema.get("properties", {})
            return {name: synthesise(contract, part, depth + 1) for name, part in properties.items()}
        case "array":
            count = max(1, int(schema.get("minItems", 1))) if depth < DEEPEST else 0
            return [synthesise(contract, schema.get("items", {}), depth + 1)] * count
        case "string":
            return _text(schema)
        case "integer" | "number":
            low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
            return low + ("exclusiveMinimum" in schema)
        case "boolean":
            return True
        case _:
            return None


def _text(schema: Mapping[str, Any]) -> str:
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    pattern = schema.get("pattern", "")
    text = next((text for text in TEXTS if re.search(pattern, text)), TEXTS[0])
    shortest = int(schema.get("minLength", 0))
    return (text * (shortest // len(text) + 1) if len(text) < shortest else text)[: schema.get("maxLength")]
