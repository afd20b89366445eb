"""Corrections by hand to the claims read from a definition: `<definition>.claims.yaml` beside the definition.

    sha256: <64 hex of the definition file>        # a changed definition makes the file stale: an error, never a guess
    set:  {<claim id>: {value: 250, note: "per endpoint"}}
    drop: [{id: <claim id>, reason: "about the front end"}]
    add:  [{metric: p99_ms, op: "<", value: 500, unit: ms, quote: "p99 below half a second"}]

Refuses unknown keys, ids that do not exist, YAML aliases and tags, and a correction without its reason.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from harness.claims.extract import claim_id
from harness.errors import UsageError
from harness.model.agent import AgentSpec
from harness.model.claim import Claim

MAX_BYTES = 100_000
_TOP = {"sha256", "set", "drop", "add"}
_OPS = ("<", "<=", ">", ">=", "=")
_MODALITIES = ("promise", "limit", "example", "skill")
_SETTABLE = {"metric", "op", "value", "unit", "modality", "note"}
_REQUIRED = {"metric", "op", "value", "quote"}


def override_path(definition: Path) -> Path:
    """`careful.md` -> `careful.md.claims.yaml`, or the shorter `careful.claims.yaml` when that exists.

    `team.md#coder` -> `team.md#coder.claims.yaml`: each agent of a file has its own.
    """
    if "#" in definition.name and not definition.exists():
        return definition.with_name(definition.name + ".claims.yaml")
    short = definition.with_suffix(".claims.yaml")
    return short if short.is_file() else definition.with_name(definition.name + ".claims.yaml")


def overridden(definition: Path, spec: AgentSpec, claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    """`claims` corrected by the file beside `definition`, unchanged when there is none. UsageError names the key."""
    path = override_path(definition)
    return apply_overrides(_read(path), spec, claims, str(path)) if path.is_file() else claims


def apply_overrides(document: Any, spec: AgentSpec, claims: tuple[Claim, ...], path: str) -> tuple[Claim, ...]:
    """Drop, then set, then add. `document` is the parsed YAML; `path` is for messages."""
    if not isinstance(document, Mapping):
        raise _error(path, "", document, "a mapping with the keys sha256, set, drop, add")
    _only(path, "", document, _TOP)
    if document.get("sha256") != spec.sha256:
        raise UsageError(
            "stale_claims",
            f"{path}: sha256 is {document.get('sha256')!r}, but {spec.source} has {spec.sha256!r}: the definition "
            "changed; review the corrections and update sha256",
        )
    known = {claim.id: claim for claim in claims}
    for name in _dropped(_section(document, "drop", []), known, path):
        del known[name]
    for key, changes in _mapping(_section(document, "set", {}), f"{path}: set").items():
        known[str(key)] = _changed(_known(str(key), known, f"{path}: set"), changes, f"{path}: set.{key}")
    added = [
        _added(entry, f"{path}: add[{n}]")
        for n, entry in enumerate(_list(_section(document, "add", []), f"{path}: add"))
    ]
    for claim in added:
        if claim.id in known:
            raise UsageError("bad_claims", f"{path}: add: {claim.id!r} exists already; use `set` to change it")
        known[claim.id] = claim
    return tuple(known.values())


def _section(document: Mapping[Any, Any], key: str, empty: Any) -> Any:
    """A key without a value is an empty section; a value of the wrong kind is not."""
    value = document.get(key)
    return empty if value is None else value


def _dropped(entries: Any, known: Mapping[str, Claim], path: str) -> list[str]:
    names = []
    for number, entry in enumerate(_list(entries, f"{path}: drop")):
        place = f"{path}: drop[{number}]"
        _only(path, place, _mapping(entry, place), {"id", "reason"})
        if not str(entry.get("reason") or "").strip():
            raise _error(place, "reason", entry.get("reason"), "a sentence that says why the claim is dropped")
        names.append(_known(str(entry.get("id")), known, place).id)
    return names


def _known(name: str, known: Mapping[str, Claim], place: str) -> Claim:
    if name not in known:
        raise _error(place, "id", name, "the id of a claim (see `harness agent claims`)")
    return known[name]


def _changed(claim: Claim, changes: Any, place: str) -> Claim:
    fields = _checked(changes, place, _SETTABLE)
    return replace(claim, source="manual", **fields)


def _added(entry: Any, place: str) -> Claim:
    fields = _checked(entry, place, _SETTABLE | {"quote"})
    missing = sorted(_REQUIRED - set(fields))
    if missing:
        raise UsageError(
            "bad_claims", f"{place}: {missing[0]!r} is missing; a claim needs {', '.join(sorted(_REQUIRED))}"
        )
    name = claim_id(fields["metric"], fields["quote"])
    return Claim(id=name, span=(0, 0), line=0, source="manual", **{"unit": "", **fields})


def _checked(entry: Any, place: str, allowed: set[str]) -> dict[str, Any]:
    fields = dict(_mapping(entry, place))
    _only(place, "", fields, allowed)
    for key, value in fields.items():
        if key == "value":
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise _error(place, key, value, "a number")
            fields[key] = float(value)
        elif not isinstance(value, str):
            raise _error(place, key, value, "text")
        elif key == "op" and value not in _OPS:
            raise _error(place, key, value, f"one of {' '.join(_OPS)}")
        elif key == "modality" and value not in _MODALITIES:
            raise _error(place, key, value, f"one of {', '.join(_MODALITIES)}")
    return fields


def _mapping(value: Any, place: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise _error(place, "", value, "a mapping")
    return value


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise _error(place, "", value, "a list")
    return value


def _only(path: str, place: str, value: Mapping[Any, Any], allowed: set[str]) -> None:
    for key in value:
        if key not in allowed:
            where = place or path
            raise UsageError(
                "bad_claims", f"{where}: unknown key {key!r}; expected one of {', '.join(sorted(allowed))}"
            )


def _error(place: str, key: str, value: Any, expected: str) -> UsageError:
    name = f"{place}: {key}" if key else place
    return UsageError("bad_claims", f"{name} is {value!r}; expected {expected}")


def _read(path: Path) -> Any:
    raw = path.read_bytes()[: MAX_BYTES + 1]
    if len(raw) > MAX_BYTES:
        raise UsageError("bad_claims", f"{path}: more than {MAX_BYTES} bytes; is this the right file?")
    try:
        text = raw.decode("utf-8")
        if any(isinstance(event, yaml.events.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            raise UsageError("bad_claims", f"{path}: YAML aliases are not accepted; write the value out")
        return yaml.safe_load(text)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        reason = str(error).replace("\n", " ")
        raise UsageError("bad_claims", f"{path}: not valid YAML: {reason[:300]}; correct the file") from None
