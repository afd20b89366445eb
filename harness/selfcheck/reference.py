"""The reference of every input file, generated from the JSON Schemas that validate them: `harness/REFERENCE.md`.

Refuses to be written by hand: a test fails when the file differs from what the schemas say.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.documents import schema

DOCUMENTS = (
    *("suite", "policy", "task", "load", "mutant", "independent", "first", "verdicts"),
    *("reply-meta", "reply", "chat-parameters", "expected"),
)
REFERENCE = Path(__file__).parents[1] / "REFERENCE.md"


def reference() -> str:
    """The whole reference as Markdown."""
    head = [
        "# Reference of input files",
        "",
        "Generated from `harness/schemas/` (`make reference`). An unknown key is an error that names file and key.",
    ]
    return "\n".join([*head, *(line for name in DOCUMENTS for line in _document(schema(name)))]) + "\n"


def _document(document: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", f"## {document['title']}", "")
    if "description" in document:
        yield from (document["description"], "")
    yield from ("| key | type | required | meaning |", "|---|---|---|---|")
    yield from _rows(document, document, "")


def _rows(root: Mapping[str, Any], node: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for key, rule in node.get("properties", {}).items():
        found = _resolved(root, rule)
        needed = "yes" if key in node.get("required", ()) else ""
        meaning = _cell(str(rule.get("description", found.get("description", ""))))
        yield f"| `{prefix}{key}` | {_type(found)} | {needed} | {meaning} |"
        yield from _inside(root, found, f"{prefix}{key}")
    extra = node.get("additionalProperties")
    if isinstance(extra, dict) and _resolved(root, extra).get("properties"):
        yield from _rows(root, _resolved(root, extra), f"{prefix}<name>.")


def _inside(root: Mapping[str, Any], rule: Mapping[str, Any], name: str) -> Iterator[str]:
    if rule.get("properties") or isinstance(rule.get("additionalProperties"), dict):
        yield from _rows(root, rule, f"{name}.")
    items = rule.get("items")
    if isinstance(items, dict):
        merged = {
            **_resolved(root, items),
            "required": items.get("required", _resolved(root, items).get("required", ())),
        }
        yield from _rows(root, merged, f"{name}[].")


def _resolved(root: Mapping[str, Any], rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """The rule a local `$ref` points at; the schemas use no other kind."""
    target: Any = root
    if "$ref" not in rule:
        return rule
    for part in rule["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    found: Mapping[str, Any] = target
    return found


def _type(rule: Mapping[str, Any]) -> str:
    if "const" in rule:
        return f"`{json.dumps(rule['const'])}`"
    if "enum" in rule:
        return " or ".join(f"`{value}`" for value in rule["enum"])
    kind = rule.get("type", "any")
    text = kind if isinstance(kind, str) else " or ".join(kind)
    low, high = rule.get("minimum", rule.get("exclusiveMinimum")), rule.get("maximum")
    bounds = [f"{'>' if 'exclusiveMinimum' in rule else '≥'} {low}"] if low is not None else []
    bounds += [f"≤ {high}"] if high is not None else []
    return f"{text} ({', '.join(bounds)})" if bounds else text


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    REFERENCE.write_text(reference(), encoding="utf-8")
