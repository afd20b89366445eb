"""Grammar 2: one JSON object that holds code by role, not by file (`api_endpoints`, `services`, `models`, …).

The definition's own words for this dialect: "commands will organize into files". So a value is a fragment: several
fragments may go to one file and are joined in the reply's order. Refuses to change a character of a fragment.

Where a path comes from, in order: a map path -> code; a sibling key `file` (or `<field>_file`); a path above the one
piece of code; the info string of a fence around the value; a first-line comment. A fragment without one is placed by
convention (README, OpenAPI, dependencies, environment) or else by the follow-up turn.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.intake.fences import unwrap_fence
from harness.intake.info import from_info
from harness.intake.json_files import content_of
from harness.intake.labels import from_comment
from harness.intake.names import looks_like_file
from harness.intake.paths import vet_path
from harness.intake.pointers import escaped

MARKS = ("api_endpoints", "services", "models")
GROUPS = (*MARKS, "middleware", "database", "configuration", "tests", "documentation")
PRIMARY = ("handler", "code", "schema", "implementation", "source", "content")
_CODE_KEYS = frozenset(
    (*PRIMARY, "contents", "body", "controller", "definition", "tests", "test", "validations", "text")
)
_FILE_KEYS = ("file", "file_path", "filepath", "filename", "file_name", "filePath", "fileName")
# Groups whose keys are roles: every value of theirs is code, whatever the role is called. The two others hold much that
# is no code: there, what is neither known nor given a path counts only where it has several lines.
_ROLES = {
    "database": None,
    "tests": None,
    "documentation": ("openapi", "readme"),
    "configuration": ("environment", "dependencies"),
}
_LINES = frozenset(("environment", "dependencies", "requirements"))  # roles that may be a list of lines
# fmt: off
_SAID = frozenset((
    "name", "description", "method", "path", "route", "url", "endpoint", "summary", "purpose", "type", "language",
    "framework", "version", "notes", "note", "title", "id", "status", "kind", "role", "responsibility", "auth",
    "authentication", "explanation", "comment", "rationale", "executable", "files_count", "confidence",
))
# fmt: on


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
    return isinstance(value, dict) and any(isinstance(value.get(mark), list | dict) for mark in MARKS)


def fragments_of(document: Mapping[str, Any]) -> list[Fragment]:
    """Every non-blank piece of code in `document`: the known groups in their order, then others with a path or code."""
    found: list[Fragment] = []
    others = [key for key in document if key not in GROUPS and key != "files"]
    for group in (*GROUPS, *others):
        value = document.get(group)
        if isinstance(value, dict | list) or (isinstance(value, str) and group in GROUPS):
            found.extend(_walk(_Place(group, f"/{escaped(group)}"), value, top=True))
    return [fragment for fragment in found if fragment.code.strip() or is_empty_file(fragment)]


def is_empty_file(fragment: Fragment) -> bool:
    """True for a file that is stated and means something although there is nothing in it."""
    name = str(fragment.path).rpartition("/")[2]
    return not fragment.code.strip() and name in ("__init__.py", "py.typed", ".gitkeep", ".keep")


@dataclass(frozen=True)
class _Place:
    """Where the walk stands; `path` is what a level above states for the one piece of code below it."""

    group: str
    pointer: str
    role: str = ""
    name: str = ""
    path: object = None

    def at(self, key: str | int, *, role: str | None = None, name: str | None = None, path: object = None) -> "_Place":
        step = escaped(key) if isinstance(key, str) else str(key)
        return _Place(
            self.group,
            f"{self.pointer}/{step}",
            self.role if role is None else role,
            self.name if name is None else name,
            path,
        )


def _walk(place: _Place, value: Any, top: bool = False) -> Iterator[Fragment]:
    if isinstance(value, str):
        yield _fragment(place, value)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, dict | list) or (isinstance(item, str) and "\n" in item):  # else names and rules
                yield from _walk(place.at(index, path=place.path if len(value) == 1 else None), item)
    elif isinstance(value, dict) and _is_file_map(value):
        for file, code in value.items():
            if isinstance(code, str):
                yield _fragment(place.at(file, path=file), code)
            else:
                yield from _walk(place.at(file, path=file), code)
    elif isinstance(value, dict):
        yield from _walk_object(place, value, top)


def _walk_object(place: _Place, value: Mapping[str, Any], top: bool) -> Iterator[Fragment]:
    stated = _stated(value) or place.path
    by_role = top and place.group in _ROLES
    codes = [key for key, item in value.items() if _is_code(place, value, key, item, by_role, stated)]
    alone = _alone(value, codes)
    named = _name_of(value) or place.name
    for key in codes:
        path = value.get(f"{key}_file") or _by_field(value, key) or (stated if key == alone else None)
        item = _as_text(place, key, value[key], path)
        if place.group == "documentation" and key == "openapi" and isinstance(item, dict) and not _is_file_map(item):
            item, path = json.dumps(item, indent=2), path or "openapi.json"
        role = key if by_role or key in _CODE_KEYS or not place.role else place.role
        yield from _walk(place.at(key, role=role, name=named, path=path), item)


def _is_code(place: _Place, value: Mapping[str, Any], key: str, item: Any, by_role: bool, stated: object) -> bool:
    """Whether `value[key]` is a piece of code or holds one."""
    if key in _FILE_KEYS or key.endswith("_file") or item is None or isinstance(item, bool | int | float):
        return False
    if isinstance(item, dict):
        return True
    if isinstance(item, list) and not any(isinstance(one, dict | list) for one in item):
        lines = bool(item) and all(isinstance(one, str) for one in item)
        needed = str(stated).rpartition("/")[2].startswith("requirements") and not _texts(value)
        return lines and ((by_role and key in _LINES) or (stated is not None and (key in PRIMARY or needed)))
    if isinstance(item, list) or key in _CODE_KEYS:
        return key not in ("path", "name")
    if not isinstance(item, str) or key in _SAID:
        return False
    several = "\n" in item.strip()
    if by_role:
        known = _ROLES[place.group]
        return known is None or key in known or several or (stated is not None and len(_texts(value)) == 1)
    return stated is not None and (several or len(_texts(value)) == 1)


def _texts(value: Mapping[str, Any]) -> list[str]:
    return [
        key
        for key, item in value.items()
        if isinstance(item, str) and item.strip() and key not in (*_FILE_KEYS, *_SAID) and not key.endswith("_file")
    ]


def _alone(value: Mapping[str, Any], codes: list[str]) -> str:
    """The key that a path beside it speaks of: the field that comes first, or the only piece of code."""
    first = next((key for key in PRIMARY if key in codes), None)
    if first:
        return first
    filled = [key for key in codes if not isinstance(value[key], str) or not is_nothing(value[key])]
    several = [key for key in filled if not isinstance(value[key], str) or "\n" in value[key].strip()]
    for group in (filled, several):
        if len(group) == 1:
            return group[0]
    return ""


def is_nothing(text: str) -> bool:
    """True for words that stand for an empty value."""
    word = text.strip().strip(".").casefold()
    return word in ("", "none", "n/a", "na", "null", "-", "not applicable", "not needed", "none needed", "nil", "empty")


def _as_text(place: _Place, key: str, item: Any, path: object) -> Any:
    if isinstance(item, list) and all(isinstance(line, str) for line in item):
        return "\n".join(line.rstrip("\n") for line in item)
    if key in PRIMARY and path is not None and isinstance(item, dict) and not _is_file_map(item):
        return content_of(path, item)
    return item


def _fragment(place: _Place, value: str) -> Fragment:
    code, info = unwrap_fence(value)
    path = place.path
    if path is None:
        path = from_info(info) or None
    if path is None:
        comment = from_comment(code)
        path = comment if comment and isinstance(vet_path(comment), str) else None
    return Fragment(place.pointer, code, place.group, place.role, place.name, path)


def _stated(item: Mapping[str, Any]) -> object:
    """The path that an object states for itself; a URL or a mere name is none."""
    for key in _FILE_KEYS:
        value = item.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if value is not None and not isinstance(value, str | dict):
            return value  # refused later, with its own words
    for key in ("path", "name", "location", "target"):
        value = item.get(key)
        if isinstance(value, str) and looks_like_file(value) and not value.startswith("/") and " " not in value:
            return value
    return None


def _by_field(value: Mapping[str, Any], key: str) -> object:
    """`{"file": {"handler": "app/api.py", "tests": "tests/test_api.py"}}`: a path for each field."""
    stated = next((value[k] for k in _FILE_KEYS if isinstance(value.get(k), dict)), None)
    return stated.get(key) if stated else None


def _name_of(item: Mapping[str, Any]) -> str:
    if isinstance(item.get("name"), str):
        return str(item["name"])
    return " ".join(str(item[key]) for key in ("method", "path") if isinstance(item.get(key), str))


def _is_file_map(value: Mapping[str, Any]) -> bool:
    return bool(value) and all(
        looks_like_file(key) and key not in _FILE_KEYS and (isinstance(item, str) or (isinstance(item, dict) and item))
        for key, item in value.items()
    )
