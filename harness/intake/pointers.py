"""JSON Pointers into a reply (RFC 6901), as models write them: `/services/0/code`, `#/…`, `services[0].code`, `$.…`.

Refuses to point at more than one piece of code.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.intake.fences import unwrap_fence

_STEP = re.compile(r"[^.\[\]]+")


@dataclass(frozen=True)
class Unresolved:
    """Why a pointer gives no text; one clause."""

    why: str


def normal(pointer: object) -> str:
    """`pointer` in the form of RFC 6901; "" when it is none."""
    if not isinstance(pointer, str) or len(pointer) > 1_000:
        return ""
    text = pointer.strip().removeprefix("#")
    if text.startswith("/"):
        return text.rstrip("/") or "/"
    text = text.removeprefix("$").lstrip(".")
    if "/" in text and "[" not in text:
        return f"/{text}"
    steps = _STEP.findall(text)
    return "".join(f"/{step.strip(chr(39) + chr(34))}" for step in steps)


def escaped(key: str) -> str:
    """`key` as one step of a pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def value_at(document: Any, pointer: object) -> Any:
    """What `pointer` points at. Raises LookupError."""
    value = document
    for step in normal(pointer).split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            if not (key.isascii() and key.isdigit() and len(key) < 9):
                raise LookupError(key)
            value = value[int(key)]
        elif isinstance(value, dict):
            value = value[key]
        else:
            raise LookupError(key)
    return value


def text_at(document: Any, pointer: object) -> str | Unresolved:
    """The piece of code at `pointer`, without a fence around it; an object counts when it holds exactly one."""
    if not normal(pointer):
        return Unresolved("expected a JSON Pointer such as '/services/0/code'")
    try:
        value = value_at(document, pointer)
    except LookupError:
        return Unresolved("it points at nothing in this reply")
    if isinstance(value, list) and value and all(isinstance(line, str) for line in value):
        return "".join(f"{line}\n" for line in value)
    texts = [value] if isinstance(value, str) else []
    if isinstance(value, dict):
        texts = list(_texts(value)) or [value[key] for key in ("code", "content") if isinstance(value.get(key), str)]
    if len(texts) != 1:
        return Unresolved("it points at no single piece of code")
    text, _ = unwrap_fence(texts[0])
    return text if text.endswith("\n") else f"{text}\n"


def _texts(value: dict[str, Any]) -> Iterator[str]:
    for item in value.values():
        if isinstance(item, str) and "\n" in item.strip():
            yield item
        elif isinstance(item, dict):
            yield from _texts(item)
