"""Stored documents as bytes: JSON with a `schema` number, checked against `schemas/<kind>.json` both ways.

Refuses NaN and infinity, documents of a newer schema and anything truncated or altered beyond its schema; it never
repairs and never recreates.
"""

import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from math import isfinite, isinf
from pathlib import Path
from typing import Any, Final, Literal

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource

from harness.errors import UsageError
from harness.model.jsontypes import JsonObject

Kind = Literal["lock", "run", "trial", "reply", "output", "observation", "scores", "decision"]
KINDS: Final[tuple[Kind, ...]] = ("lock", "run", "trial", "reply", "output", "observation", "scores", "decision")
SCHEMA: Final[dict[Kind, int]] = dict.fromkeys(KINDS, 1)
LONGEST: Final = 300  # digits of a whole number
NEWER: Final = "store_newer_schema"
_REMEDY: Final[dict[Kind, str]] = {
    "lock": "restore the file from a copy, or start a new run with `harness run`",
    "run": "restore the file from a copy; the trials beside it are untouched",
    "trial": "restore it from a copy, or let `harness resume` measure this trial again",
    "reply": "restore it from a copy, or remove it and let `harness resume` ask the agent again",
    "output": "restore it from a copy, or remove this trial's folder and let `harness resume` measure it again",
    "observation": "run `harness score` to read it again from the stored probe output",
    "scores": "remove it and run `harness score` again",
    "decision": "remove it and run `harness gate` again",
}


def encode(kind: Kind, body: JsonObject) -> bytes:
    """`body` with its schema number as JSON bytes. ValueError when it does not fit its schema: a bug of ours."""
    document = {"schema": SCHEMA[kind], **body}
    # Facts may hold thousands of samples: one line there, readable lines elsewhere. ASCII keeps any text harmless.
    indent = None if kind in ("observation", "output") else 1
    text = json.dumps(document, allow_nan=False, ensure_ascii=True, indent=indent)
    misfit = _misfit(kind, json.loads(text))
    if misfit:
        raise ValueError(f"a {kind} document does not fit its schema {misfit}")
    return text.encode("ascii") + b"\n"


def decode(kind: Kind, raw: bytes, path: Path, known: bool = False) -> dict[str, Any]:
    """The document in `raw` without its schema number. UsageError names `path`, what is wrong and the remedy.

    known: these very bytes have been checked against their schema before (the index says so).
    """
    try:
        document = json.loads(raw, parse_constant=_no_number, parse_float=_finite, parse_int=_whole)
    except _NotFiniteError as error:
        raise corrupt(kind, path, f"has {error}, which is no number, at {_where_not_finite(raw)}") from error
    except (ValueError, RecursionError) as error:
        raise corrupt(kind, path, f"is not complete JSON ({error})") from error
    if not isinstance(document, dict) or type(document.get("schema")) is not int:
        raise corrupt(kind, path, "has no `schema` number")
    if document["schema"] > SCHEMA[kind]:
        raise UsageError(
            NEWER,
            f"{str(path)!r} has schema {document['schema']}, this harness reads up to {SCHEMA[kind]}; "
            "upgrade the harness to read it",
        )
    misfit = "" if known else _misfit(kind, document)
    if misfit:
        raise corrupt(kind, path, f"does not fit its schema {misfit}")
    del document["schema"]
    return document


def _misfit(kind: Kind, document: Any) -> str:
    """Where and how a document does not fit its schema; "" when it does. The compiled check is asked first: it is many
    times faster, and says less well what is wrong."""
    if _fits(kind)(document):
        return ""
    error = best_match(validator(kind).iter_errors(document))
    return "" if error is None else f"at {error.json_path}: {error.message[:300]}"


@cache
def _fits(kind: Kind) -> Callable[[Any], bool]:
    """The compiled check of `kind`."""
    try:
        import fastjsonschema
    except ImportError:  # an environment from before it was needed: `make setup` brings it
        return lambda document: False
    schema = {**_schema(kind), "$schema": "http://json-schema.org/draft-07/schema#"}  # what ours use is alike in both
    check = fastjsonschema.compile(schema, handlers={"": _referred}, use_default=False)

    def fits(document: Any) -> bool:
        try:
            check(document)
        except fastjsonschema.JsonSchemaValueException:
            return False
        return True

    return fits


def _referred(uri: str) -> dict[str, Any]:
    return next(_schema(name) for name in KINDS if uri.endswith(f"{name}.json"))


@cache
def validator(kind: Kind) -> Draft202012Validator:
    """The compiled JSON Schema of `kind`; schemas refer to each other by file name."""
    registry: Registry[Any] = Registry().with_resources(
        (f"{name}.json", Resource.from_contents(_schema(name))) for name in KINDS
    )
    return Draft202012Validator(_schema(kind), registry=registry)


@cache
def _schema(kind: Kind) -> dict[str, Any]:
    text = (files("harness.store") / "schemas" / f"{kind}.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def corrupt(kind: Kind, path: Path, what: str) -> UsageError:
    """The error for a stored document that cannot be trusted."""
    return UsageError("store_corrupt", f"{str(path)!r} {what}; {_REMEDY[kind]}")


class _NotFiniteError(Exception):
    """A number that JSON does not know, or one too large to be one."""


def _no_number(word: str) -> float:
    raise _NotFiniteError(word)


def _finite(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise _NotFiniteError(text[:40])
    return value


def _whole(text: str) -> int:
    if len(text) > LONGEST:  # more than any float holds; what computes with it would stop there
        raise _NotFiniteError(f"{text[:20]}...")
    return int(text)


def _where_not_finite(raw: bytes) -> str:
    """The JSON path of the first number that is none."""
    ahead: list[tuple[str, Any]] = [("$", json.loads(raw, parse_int=float))]
    while ahead:
        path, value = ahead.pop()
        if isinstance(value, float) and not isfinite(value):
            return path
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        ahead += [
            (f"{path}.{key}" if isinstance(key, str) else f"{path}[{key}]", item) for key, item in reversed([*inner])
        ]
    return "a place that cannot be told"
