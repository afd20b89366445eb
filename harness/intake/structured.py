"""Grammar 2: one JSON object that holds code by role, not by file (`api_endpoints`, `services`, `models`, …).

The definition's own words for this dialect: "commands will organize into files". So a value is a fragment: several
fragments may go to one file and are joined in the reply's order. Refuses to change a character of a fragment.

Where a path comes from, in order: a map path -> code; a sibling key `file` (or `<field>_file`); the info string of a
fence around the value; a first-line comment. A fragment without one is placed by convention (README, OpenAPI,
dependencies, environment) or else by the follow-up turn.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.intake.assemble import ClaimedFile
from harness.intake.fences import unwrap_fence
from harness.intake.labels import from_comment, from_info, looks_like_file
from harness.intake.paths import vet_path

MARKS = ("api_endpoints", "services", "models")
GROUPS = (*MARKS, "middleware", "database", "configuration", "tests", "documentation")
_PRIMARY = ("handler", "code", "schema", "implementation", "source", "content")
_CODE_KEYS = frozenset((*_PRIMARY, "tests", "test", "validations"))
_FILE_KEYS = ("file", "file_path", "filepath", "filename")
# Groups that are objects of code by role rather than lists of items.
_BY_ROLE = {
    "database": None,
    "tests": None,
    "documentation": ("openapi", "readme"),
    "configuration": ("environment", "dependencies"),
}
_LINES = frozenset(("environment", "dependencies"))  # roles that may be a list of lines


@dataclass(frozen=True)
class Fragment:
    """One piece of code. `pointer` is its JSON Pointer (RFC 6901); `path` None = the reply does not say."""

    pointer: str
    code: str
    group: str
    role: str
    name: str
    path: object = None


def is_structured(value: Any) -> bool:
    """True when `value` is an object of this dialect."""
    return isinstance(value, dict) and any(isinstance(value.get(mark), list) for mark in MARKS)


def fragments_of(document: Mapping[str, Any]) -> list[Fragment]:
    """Every non-blank piece of code in `document`, in the order of `GROUPS`."""
    found: list[Fragment] = []
    for group in GROUPS:
        value = document.get(group)
        if group in _BY_ROLE and isinstance(value, dict) and not _is_file_map(value):
            found.extend(_by_role(group, value))
        elif value is not None:
            found.extend(_walk(group, f"/{group}", value, role="", name="", path=None))
    return [fragment for fragment in found if fragment.code.strip()]


def join_fragments(placed: Iterable[tuple[object, str]]) -> tuple[list[ClaimedFile], bool]:
    """Files of (path, code) pairs; the flag says whether any file was joined from different fragments."""
    pieces: dict[Any, list[str]] = {}
    files: list[ClaimedFile] = []
    for path, code in placed:
        if not isinstance(path, str):
            files.append(ClaimedFile(path, code))  # refused by the assembler, with its own words
            continue
        vetted = vet_path(path)
        held = pieces.setdefault(vetted if isinstance(vetted, str) else path, [])
        text = code if code.endswith("\n") else f"{code}\n"
        if text not in held:
            held.append(text)
    files.extend(ClaimedFile(path, "\n\n".join(held)) for path, held in pieces.items())
    return files, any(len(held) > 1 for held in pieces.values())


def _by_role(group: str, value: Mapping[str, Any]) -> Iterator[Fragment]:
    known = _BY_ROLE[group]
    for role, code in value.items():
        if role in _FILE_KEYS or role.endswith("_file") or (known is not None and role not in known):
            continue
        path = _sibling_path(value, role, alone=len(value) <= 2)
        if role == "openapi" and isinstance(code, dict) and not _is_file_map(code):
            code, path = json.dumps(code, indent=2), path or "openapi.json"
        if role in _LINES and isinstance(code, list) and all(isinstance(line, str) for line in code):
            code = "\n".join(code)
        yield from _walk(group, f"/{group}/{_escape(role)}", code, role, "", path)


def _walk(group: str, pointer: str, value: Any, role: str, name: str, path: object) -> Iterator[Fragment]:
    if isinstance(value, str):
        yield _fragment(group, pointer, value, role, name, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, str) and "\n" not in item:  # names and rules, not code
                continue
            yield from _walk(group, f"{pointer}/{index}", item, role, name, None)
    elif isinstance(value, dict) and _is_file_map(value):
        for file, code in value.items():
            yield _fragment(group, f"{pointer}/{_escape(file)}", code, role, name, file)
    elif isinstance(value, dict):
        named = _name_of(value) or name
        for key, code in value.items():
            if key in _CODE_KEYS:
                sibling = _sibling_path(value, key, alone=key == _primary_of(value))
                yield from _walk(group, f"{pointer}/{key}", code, key, named, sibling)


def _fragment(group: str, pointer: str, value: str, role: str, name: str, path: object) -> Fragment:
    code, info = unwrap_fence(value)
    if path is None:
        path = from_info(info) or None
    if path is None:
        comment = from_comment(code)
        path = comment if comment and isinstance(vet_path(comment), str) else None
    return Fragment(pointer, code, group, role, name, path)


def _sibling_path(item: Mapping[str, Any], key: str, alone: bool) -> object:
    """The stated path of `item[key]`: `<key>_file`, a `file` map by field, or `file` for the field that comes first."""
    own = item.get(f"{key}_file")
    if own is not None:
        return own
    for file_key in _FILE_KEYS:
        stated = item.get(file_key)
        if isinstance(stated, dict):
            return stated.get(key)
        if stated is not None and alone:
            return stated
    return None


def _primary_of(item: Mapping[str, Any]) -> str:
    first = next((key for key in _PRIMARY if key in item), None)
    return first or next((key for key in item if key in _CODE_KEYS), "")


def _name_of(item: Mapping[str, Any]) -> str:
    if isinstance(item.get("name"), str):
        return str(item["name"])
    return " ".join(str(item[key]) for key in ("method", "path") if isinstance(item.get(key), str))


def _is_file_map(value: Mapping[str, Any]) -> bool:
    return bool(value) and all(looks_like_file(key) and isinstance(code, str) for key, code in value.items())


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
