"""From a contract: which operations can be tried on a thing of one's own, and with which right body. Pure.

It refuses to invent: a right body is an example of the contract, or what a link of it says; how to come by a thing
whose id stands in the path is told by a link of the answer that creates one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import METHODS, resolve

EXPRESSION = re.compile(r"\$response\.body#(/.*)?")


@dataclass(frozen=True)
class Link:
    """How an answer of `maker` leads to an operation: path parameter -> pointer into the answer, and a body."""

    maker: str
    parameters: Mapping[str, str]
    body: Any = None


@dataclass(frozen=True)
class Operation:
    """One operation. `schema`: of its JSON body, None when it takes none; `example`: a right body, None when the
    contract shows none."""

    label: str
    method: str
    path: str
    parameters: tuple[str, ...]  # names in the path
    schema: Any = None
    example: Any = None
    links: tuple[Link, ...] = ()
    refuses: bool = False  # it declares a 4xx


@dataclass
class _Found:
    operations: dict[str, Operation] = field(default_factory=dict)
    links: dict[str, list[Link]] = field(default_factory=dict)


def operations_of(spec: dict[str, Any]) -> dict[str, Operation]:
    """Label -> operation, in the contract's order."""
    found, names = _Found(), {}
    for path, item in (spec.get("paths") or {}).items():
        for method in METHODS:
            operation = resolve(spec, item).get(method)
            if isinstance(operation, dict):
                label = f"{method.upper()} {path}"
                names[str(operation.get("operationId"))] = label
                found.operations[label] = _operation(spec, label, method.upper(), path, operation)
    for label in found.operations:
        _links(spec, label, names, found)
    return {
        label: Operation(**{**vars(operation), "links": tuple(found.links.get(label, ()))})
        for label, operation in found.operations.items()
    }


def _operation(spec: dict[str, Any], label: str, method: str, path: str, operation: dict[str, Any]) -> Operation:
    media = (resolve(spec, operation.get("requestBody")).get("content") or {}).get("application/json") or {}
    examples = [resolve(spec, entry).get("value") for entry in (media.get("examples") or {}).values()]
    schema = media.get("schema")
    example = next((found for found in (media.get("example"), *examples) if found is not None), None)
    statuses = [str(status) for status in operation.get("responses") or {}]
    refuses = any(status.startswith("4") or status == "default" for status in statuses)
    return Operation(label, method, path, tuple(re.findall(r"{([^{}]+)}", path)), schema, example, (), refuses)


def _links(spec: dict[str, Any], label: str, names: Mapping[str, str], found: _Found) -> None:
    method, _, path = label.partition(" ")
    responses = spec["paths"][path][method.lower()].get("responses") or {}
    for status, response in responses.items():
        if not str(status).startswith("2"):
            continue
        for raw in (resolve(spec, response).get("links") or {}).values():
            link = resolve(spec, raw)
            target = found.operations.get(names.get(str(link.get("operationId")), ""))
            pointers = {name: pointer(text) for name, text in (link.get("parameters") or {}).items()}
            if target is not None and all(pointers.get(name) is not None for name in target.parameters):
                made = Link(label, {name: pointers[name] or "" for name in target.parameters}, link.get("requestBody"))
                found.links.setdefault(target.label, []).append(made)


def pointer(text: Any) -> str | None:
    """The JSON pointer of `$response.body#/…`, None for any other expression."""
    match = EXPRESSION.fullmatch(str(text))
    return (match[1] or "") if match else None


def at(document: Any, path: str) -> Any:
    """What a JSON pointer (RFC 6901) leads to, None when it leads nowhere."""
    for part in path.split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, list) and part.isdigit() and int(part) < len(document):
            document = document[int(part)]
        else:
            document = document.get(part) if isinstance(document, dict) else None
    return document


def filled(template: Any, answer: Any) -> Any:
    """A link's body with what it takes from the answer."""
    if isinstance(template, dict):
        return {name: filled(value, answer) for name, value in template.items()}
    if isinstance(template, list):
        return [filled(value, answer) for value in template]
    path = pointer(template) if isinstance(template, str) else None
    return template if path is None else at(answer, path)
