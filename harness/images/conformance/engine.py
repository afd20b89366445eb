"""Builds schemathesis' configuration: which checks, phases and values; the settings of the measuring notes.

It refuses what makes results depend on the machine or on earlier runs: example database, cache, configuration
discovery, time budgets, parallel workers, followed redirects. Keys are those of the tool's own `schemathesis.toml`.
"""

from collections.abc import Iterator
from typing import Any

HARD = (
    "not_a_server_error",
    "response_schema_conformance",
    "content_type_conformance",
    "status_code_conformance",
    "ignored_auth",
    "use_after_free",
)
SOFT = ("positive_data_acceptance", "negative_data_rejection")
PHASES = ("examples", "coverage", "fuzzing", "stateful")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

# Strings that break a query built by concatenation. Bound to each free-text parameter by name: that raised the
# detection of an injected f-string from 0-1 of 3 seeds to 3 of 3, without a false alarm.
SQL_METACHARACTERS = ("'", '"', "' OR '1'='1", "') OR ('1'='1", "1;--", "\\", "%27", "x' UNION SELECT NULL--")
SQL_SHARE = 0.3
REQUEST_TIMEOUT_S = 5.0
STATEFUL_FACTOR = 2  # a resource that survives its deletion was seen by 4 of 6 seeds with 30 chains, by 6 of 6 with 60
BODY_DEPTH = 4


def configuration(job: dict[str, Any]) -> dict[str, Any]:
    """The tool's configuration for one run.

    job: {"spec", "base_url", "seed", "examples", "hard": [...], "soft": [...], "phases": [...],
    "schemes": {name: token}, "headers": {name: value}}.
    """
    spec = job["spec"]
    config: dict[str, Any] = {
        "seed": job["seed"],
        "base-url": job["base_url"],
        "workers": 1,
        "request-timeout": REQUEST_TIMEOUT_S,
        "max-redirects": 0,
        "continue-on-failure": True,
        "suppress-health-check": ["all"],
        "cache": {"enabled": False},
        "generation": {"max-examples": job["examples"], "database": "none", "no-shrink": True},
        "checks": {"enabled": False, **{name: {"enabled": True} for name in (*job["hard"], *job["soft"])}},
        "phases": {name: {"enabled": name in job["phases"]} for name in PHASES},
        "output": {"sanitization": {"enabled": False}},  # tokens die with the pod; a masked curl reproduces nothing
        "dictionaries": {"sql": {"values": list(SQL_METACHARACTERS)}},
        "parameters": {key: {"dictionary": "sql", "probability": SQL_SHARE} for key in free_text(spec)},
        "headers": dict(job["headers"]),
    }
    config["phases"]["coverage"]["unexpected-methods"] = []  # false alarms on correct frameworks
    config["phases"]["stateful"]["generation"] = {"max-examples": STATEFUL_FACTOR * job["examples"]}
    schemes = {name: _credential(spec, name, token) for name, token in job["schemes"].items()}
    if schemes:
        config["auth"] = {"openapi": schemes}
    return config


def _credential(spec: dict[str, Any], name: str, token: str) -> dict[str, str]:
    if "${" in token:
        raise ValueError(f"token of scheme {name!r} contains '${{', which the tool would expand")
    declared = spec.get("components", {}).get("securitySchemes", {}).get(name, {})
    return {"api_key": token} if declared.get("type") == "apiKey" else {"bearer": token}


def free_text(spec: dict[str, Any]) -> list[str]:
    """Binding keys (`query.q`, `path.id`, `body.items[*].name`) of strings without enum, format or pattern."""
    found: set[str] = set()
    for item in (spec.get("paths") or {}).values():
        if not isinstance(item, dict):
            continue
        operations = [item[m] for m in METHODS if isinstance(item.get(m), dict)]
        for parameter in _parameters(spec, [item, *operations]):
            if parameter.get("in") in ("query", "path") and _is_free(resolve(spec, parameter.get("schema"))):
                found.add(f"{parameter['in']}.{parameter.get('name')}")
        for operation in operations:
            for media in (resolve(spec, operation.get("requestBody")).get("content") or {}).values():
                if isinstance(media, dict):
                    found.update(f"body.{path}" for path in _body_fields(spec, media.get("schema"), BODY_DEPTH))
    return sorted(key for key in found if all(c.isalnum() or c in "_-.[]*" for c in key))


def _parameters(spec: dict[str, Any], holders: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for holder in holders:
        declared = holder.get("parameters")
        for entry in declared if isinstance(declared, list) else []:
            yield resolve(spec, entry)


def _body_fields(spec: dict[str, Any], schema: Any, depth: int) -> Iterator[str]:
    if depth == 0:
        return
    properties = resolve(spec, schema).get("properties")
    for name, raw in (properties if isinstance(properties, dict) else {}).items():
        field = resolve(spec, raw)
        if _is_free(field):
            yield name
        if field.get("type") == "object":
            yield from (f"{name}.{inner}" for inner in _body_fields(spec, field, depth - 1))
        if field.get("type") == "array":
            yield from (f"{name}[*].{inner}" for inner in _body_fields(spec, field.get("items"), depth - 1))


def _is_free(schema: dict[str, Any]) -> bool:
    kinds = schema.get("type")
    text = kinds == "string" or (isinstance(kinds, list) and "string" in kinds)
    return text and not any(key in schema for key in ("enum", "const", "format", "pattern"))


def resolve(spec: dict[str, Any], node: Any) -> dict[str, Any]:
    """`node` with local references followed (at most 16 hops); {} for anything that is not an object."""
    for _ in range(16):
        if not isinstance(node, dict):
            return {}
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return node
        node = spec
        for part in reference.removeprefix("#/").split("/"):
            part = part.replace("~1", "/").replace("~0", "~")
            node = node.get(part) if isinstance(node, dict) else None
    return {}
