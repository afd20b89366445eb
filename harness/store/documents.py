"""Stored documents as bytes: JSON with a `schema` number, checked against `schemas/<kind>.json` both ways.

Refuses NaN and infinity, documents of a newer schema and anything truncated or altered beyond its schema; it never
repairs and never recreates.
"""

import json
from functools import cache
from importlib.resources import files
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
_REMEDY: Final[dict[Kind, str]] = {
    "lock": "restore the file from a copy, or start a new run with `harness run`",
    "run": "restore the file from a copy; the trials beside it are untouched",
    "trial": "restore it from a copy, or remove this trial's folder and let `harness resume` measure it again",
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
    error = best_match(validator(kind).iter_errors(json.loads(text)))
    if error is not None:
        raise ValueError(f"a {kind} document does not fit its schema at {error.json_path}: {error.message[:300]}")
    return text.encode("ascii") + b"\n"


def decode(kind: Kind, raw: bytes, path: Path) -> dict[str, Any]:
    """The document in `raw` without its schema number. UsageError names `path`, what is wrong and the remedy."""
    try:
        document = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise corrupt(kind, path, f"is not complete JSON ({error})") from error
    if not isinstance(document, dict) or type(document.get("schema")) is not int:
        raise corrupt(kind, path, "has no `schema` number")
    if document["schema"] > SCHEMA[kind]:
        raise UsageError(
            "store_newer_schema",
            f"{str(path)!r} has schema {document['schema']}, this harness reads up to {SCHEMA[kind]}; "
            "upgrade the harness to read it",
        )
    misfit = best_match(validator(kind).iter_errors(document))
    if misfit is not None:
        raise corrupt(kind, path, f"does not fit its schema at {misfit.json_path}: {misfit.message[:300]}")
    return {key: value for key, value in document.items() if key != "schema"}


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


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is not JSON")
