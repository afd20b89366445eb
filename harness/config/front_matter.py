"""Front matter of definitions: YAML when it is YAML, else line by line as the CLIs read it; TOML between `+++` lines.

Refuses aliases, tags and anything else that YAML can do beyond plain data; values come out as JSON-like data.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import date, time
from typing import Any

import yaml

MAX_CHARACTERS = 20_000
MAX_NESTING = 20
MAX_BRACKETS = 400  # PyYAML's scanner is quadratic in open flow brackets
MAX_VALUES = 50_000  # of a whole document: aliases make a small text large wherever it is printed
_DELIMITER = re.compile(r"^---[ \t]*$", re.M)
_END = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.M)
_ENTRY = re.compile(r"^([A-Za-z_][\w-]*):(?!//)\s?(.*)$")
_ITEM = re.compile(r"^\s*-\s+(.*)$")
_INTEGER = re.compile(r"^[-+]?\d{1,15}$")


def split_front_matter(text: str) -> tuple[str | None, str, list[str]]:
    """(front matter or None, body, warnings). Front matter stands between two `---` lines at the very top."""
    stripped = text.lstrip("\n")
    first = _DELIMITER.match(stripped)
    if first is None:
        return None, text, ["frontmatter_missing: no front matter; the file's name is used as the agent's name"]
    second = _END.search(stripped, first.end())
    if second is None:
        return None, text, ["frontmatter_unclosed: no second '---' line; the whole file is read as the prompt"]
    if second.start() - first.end() > MAX_CHARACTERS:
        return None, text, [f"frontmatter_too_large: more than {MAX_CHARACTERS} characters; read as part of the prompt"]
    return stripped[first.end() : second.start()].strip("\n"), stripped[second.end() :], []


def read_front_matter(head: str) -> tuple[dict[str, object], list[str]]:
    """(key -> plain value, warnings). Never raises: what is not a YAML mapping is read line by line."""
    reason = ""
    try:
        _refuse_costly(head)
        loaded = yaml.safe_load(head)
        if loaded is None:
            return {}, []
        if isinstance(loaded, dict):
            return plain_mapping(loaded), []
        reason = f"a {type(loaded).__name__}, not a mapping"
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, OverflowError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error) or type(error).__name__
        reason += f" at line {mark.line + 2}" if mark is not None else ""  # the opening --- is line 1
    return _by_line(head), [f"frontmatter_invalid_yaml: {reason}; read line by line instead"]


def read_toml_front_matter(head: str) -> tuple[dict[str, object], list[str]]:
    """The same for TOML."""
    try:
        return plain_mapping(tomllib.loads(head)), []
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        lines = [re.sub(r"^([A-Za-z_][\w-]*)\s*=\s*", r"\1: ", line) for line in head.split("\n")]
        return _by_line("\n".join(lines)), [f"frontmatter_invalid_toml: {error}; read line by line instead"]


def plain_mapping(document: Mapping[Any, Any]) -> dict[str, object]:
    """A parsed document as JSON-like data; ValueError past MAX_VALUES values."""
    left = [MAX_VALUES]
    return {str(key): _plain(value, 0, left) for key, value in document.items()}


def _refuse_costly(head: str) -> None:
    """Brackets cost time while parsing; aliases make a small text large wherever the value is printed."""
    if head.count("[") + head.count("{") > MAX_BRACKETS:
        raise ValueError(f"more than {MAX_BRACKETS} brackets")
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(head, Loader=yaml.SafeLoader)):
        raise ValueError("aliases are not accepted")


def _plain(value: Any, depth: int, left: list[int]) -> object:
    """`value` as str, int, float, bool, None, list or dict with str keys, so that it can be stored as JSON."""
    left[0] -= 1
    if left[0] < 0:
        raise ValueError(f"more than {MAX_VALUES} values")
    if depth > MAX_NESTING:
        return "…"
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(item, depth + 1, left) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item, depth + 1, left) for item in value]
    return repr(value)


def _by_line(head: str) -> dict[str, object]:
    values: dict[str, object] = {}
    key = ""
    for line in head.split("\n"):
        entry = _ENTRY.match(line)
        if entry is not None:
            key = entry[1]
            values[key] = _scalar(entry[2])
            continue
        held = values.get(key)
        item = _ITEM.match(line)
        if item is not None and key and (held in ("", None) or isinstance(held, list)):
            values[key] = [*(held if isinstance(held, list) else []), _scalar(item[1])]
        elif line.startswith((" ", "\t")) and isinstance(held, str) and line.strip():
            start = "" if held in ("|", ">", "|-", ">-") else held
            values[key] = f"{start} {line.strip()}".strip()
    return values


def _scalar(text: str) -> object:
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    if text.startswith("[") and text.endswith("]"):
        return [_scalar(part) for part in text[1:-1].split(",") if part.strip()]
    if _INTEGER.match(text):
        return int(text)
    return {"true": True, "false": False}.get(text.casefold(), text)
