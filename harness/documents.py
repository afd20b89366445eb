"""Reading TOML and YAML input files: parse, validate against a JSON Schema, or say in one line what is wrong.

Refuses to guess: an unknown key is an error that names the file, the key and what was expected.
"""

import functools
import hashlib
import json
import tomllib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from harness.errors import UsageError

# What tools leave behind must not change what a task is.
_LEFT_OUT = frozenset({"__pycache__", ".git", ".gitkeep", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"})


@functools.cache
def schema(name: str) -> dict[str, Any]:
    """The JSON Schema `harness/schemas/<name>.schema.json`, parsed."""
    text = resources.files("harness").joinpath("schemas", f"{name}.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def read_text(path: Path) -> str:
    """UTF-8 text of `path`; UsageError `unreadable` when it cannot be had."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise UsageError("unreadable", f"{path}: cannot be read ({reason}); check path and permissions") from None


def read_toml(path: Path, schema_name: str) -> dict[str, Any]:
    """The TOML document at `path`, valid against schema `schema_name`; UsageError otherwise."""
    try:
        document = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise UsageError("broken_toml", f"{path}: not valid TOML ({error}); fix that line") from None
    validate(document, schema_name, str(path))
    return document


def read_yaml(path: Path) -> Any:
    """The YAML document at `path`; UsageError `broken_yaml` when it does not parse."""
    try:
        return yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        line = str(error).replace("\n", " ")
        raise UsageError("broken_yaml", f"{path}: not valid YAML ({line}); fix that line") from None


def validate(document: Any, schema_name: str, source: str) -> None:
    """Check `document` against a schema; the UsageError names the first offending key by its path in the file."""
    validator = jsonschema.Draft202012Validator(schema(schema_name))
    errors = sorted(validator.iter_errors(document), key=lambda e: [str(p) for p in e.absolute_path])
    if errors:
        raise UsageError("invalid_input", f"{source}: {_sentence(errors[0])}")


def _sentence(error: jsonschema.ValidationError) -> str:
    where = ".".join(str(part) for part in error.absolute_path) or "top level"
    rule: Any = error.schema
    limit: Any = error.validator_value
    instance: Any = error.instance
    if error.validator == "additionalProperties":
        known = sorted(rule.get("properties", {}))
        unknown = sorted(set(instance) - set(known))
        return f"unknown key {unknown[0]!r} at {where}; expected one of {', '.join(known)}"
    if error.validator == "required":
        missing = next(key for key in limit if key not in instance)
        return f"key {missing!r} is missing at {where}; add it"
    hint = rule.get("description", "")
    return f"key {where}: {error.message}" + (f"; expected: {hint}" if hint else "")


def tree_bytes(folder: Path) -> dict[str, bytes]:
    """Every regular file below `folder` as POSIX path -> bytes; caches and dot-git folders are left out."""
    if not folder.is_dir():
        return {}
    found = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not _LEFT_OUT.intersection(parts):
            found["/".join(parts)] = path.read_bytes()
    return found


def digest_of(items: Iterable[tuple[str, bytes]]) -> str:
    """sha256 over sorted names and contents, hex: the identity of a set of files."""
    h = hashlib.sha256()
    for name, content in sorted(items):
        h.update(f"{name}\0{len(content)}\0".encode())
        h.update(content)
    return h.hexdigest()
