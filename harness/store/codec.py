"""Our values as plain JSON data and back (cattrs): tagged unions, strict keys, bytes kept apart.

Refuses unknown keys, and refuses bytes: those live in files of their own (see outputs).
"""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from cattrs import Converter, transform_error
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError
from cattrs.strategies import configure_tagged_union

from harness.model.claim import Claim
from harness.model.decision import Decision
from harness.model.jsontypes import JsonObject
from harness.model.probe import Observation, ProbeOutput
from harness.model.score import NotApplicable, Score, ScoreResult, Unmeasured
from harness.model.submission import Reply
from harness.model.suite import Lock
from harness.model.trial import Failed, Outcome, Scored, Tally, TrialRecord, Void

RunStatus = Literal["running", "complete", "interrupted", "failed"]
_T = TypeVar("_T")
_RESULT_TAGS = {Score: "score", NotApplicable: "not_applicable", Unmeasured: "unmeasured"}
_OUTCOME_TAGS = {Scored: "scored", Failed: "failed", Void: "void"}


@dataclass(frozen=True)
class RunState:
    """`run.json`. Times are UTC labels; `tally` is set when the run ends, whatever the way."""

    run: str
    status: RunStatus
    created_utc: str
    finished_utc: str | None = None
    tally: Tally | None = None
    labels: JsonObject = field(default_factory=dict)


@dataclass(frozen=True)
class Rescoring:
    """`scores/<digest>.json`: what other scorers made of the stored probe output. `trial.json` stays as it was."""

    scorers: JsonObject  # scorer -> version
    harness_version: str
    records: tuple[TrialRecord, ...]


class Unreadable(Exception):
    """JSON that fits its schema but not our values; the message says where."""


def _converter(detailed: bool) -> Converter:
    converter = Converter(forbid_extra_keys=True, detailed_validation=detailed)
    configure_tagged_union(ScoreResult, converter, tag_name="kind", tag_generator=lambda cls: _RESULT_TAGS[cls])
    configure_tagged_union(Outcome, converter, tag_name="kind", tag_generator=lambda cls: _OUTCOME_TAGS[cls])
    return converter


_CONVERTER = _converter(detailed=False)
_EXPLAINS = _converter(detailed=True)  # slower; says where something does not fit


def to_json(
    value: Lock | RunState | TrialRecord | Reply | Observation | Rescoring | Decision | Claim,
) -> dict[str, Any]:
    """The value as plain data."""
    data: dict[str, Any] = _CONVERTER.unstructure(value)
    return data


def lock_from_json(data: JsonObject) -> Lock:
    """Inverse of `to_json`; raises Unreadable, like all below."""
    return _structure(data, Lock)


def state_from_json(data: JsonObject) -> RunState:
    """`run.json` as a value."""
    return _structure(data, RunState)


def record_from_json(data: JsonObject) -> TrialRecord:
    """`trial.json` as a value."""
    return _structure(data, TrialRecord)


def reply_from_json(data: JsonObject) -> Reply:
    """The reply inside `reply.json`."""
    return _structure(data, Reply)


def observation_from_json(data: JsonObject) -> Observation:
    """`observation.json` as a value."""
    return _structure(data, Observation)


def decision_from_json(data: JsonObject) -> Decision:
    """`decision.json` as a value."""
    return _structure(data, Decision)


def claim_from_json(data: JsonObject) -> Claim:
    """A claim inside another document."""
    return _structure(data, Claim)


def rescoring_from_json(data: JsonObject) -> Rescoring:
    """`scores/<digest>.json` as a value."""
    return _structure(data, Rescoring)


def output_to_json(output: ProbeOutput) -> tuple[dict[str, Any], dict[str, bytes]]:
    """A ProbeOutput as plain data without its bytes, and the bytes by file name."""
    data: dict[str, Any] = _CONVERTER.unstructure(output)
    blobs = {"stdout": data.pop("stdout"), "stderr": data.pop("stderr"), "service.log": data["service"].pop("log")}
    return data, blobs


def output_from_json(data: JsonObject, blobs: dict[str, bytes]) -> ProbeOutput:
    """Inverse of `output_to_json`."""
    whole = {**data, "stdout": blobs["stdout"], "stderr": blobs["stderr"]}
    whole["service"] = {**data["service"], "log": blobs["service.log"]}
    return _structure(whole, ProbeOutput)


def _structure(data: JsonObject, cls: type[_T]) -> _T:
    with suppress(Exception):  # whatever it was, the slower converter tells it
        return _CONVERTER.structure(data, cls)
    try:
        return _EXPLAINS.structure(data, cls)
    except (ClassValidationError, ForbiddenExtraKeysError, TypeError, ValueError, KeyError, OverflowError) as error:
        raise Unreadable(f"cannot be read as {cls.__name__}: {'; '.join(transform_error(error))}") from error
