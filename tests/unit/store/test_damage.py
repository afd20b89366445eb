"""Damaged, newer and missing documents are refused with their path and a remedy, and never recreated."""

import json
import re
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.model.probe import Observation, ProbeOutput, ServiceFate
from harness.model.submission import Prompt, Reply
from harness.model.trial import Trial, TrialRecord
from harness.store.documents import KINDS, encode, validator
from harness.store.run_folder import RunFolder, create_run, open_run

OUTPUT = ProbeOutput("load", "n", 0, b"out", b"err", False, False, False, 1.0, ServiceFate("none"))
FACTS = Observation("load", 1, "measured")


def refused(path: Path, code: str) -> "pytest.RaisesExc[UsageError]":
    """Expect a UsageError that names `path` and says what to do."""
    return pytest.RaisesExc(
        UsageError, match=re.escape(repr(str(path))) + r".*; \w", check=lambda error: error.code == code
    )


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[: len(raw) // 2],
        lambda raw: b"",
        lambda raw: b"\xff\xfe" + raw,
        lambda raw: b"[" * 100_000,
        lambda raw: b"[1]",
        lambda raw: b'{"schema": true}',
        lambda raw: raw.replace(b'"aa"', b"NaN"),
        lambda raw: raw.replace(b'"aa"', b"12"),
        lambda raw: raw.replace(b'"aa"', b'"aa", "unknown_key": 1'),
        lambda raw: raw.replace(b'"seed": 11', b'"seed": 12'),
        lambda raw: raw.replace(b'"scored"', b'"passed"'),
    ],
)
def test_a_damaged_record_is_refused(folder: RunFolder, record: TrialRecord, damage: object) -> None:
    folder.save_record(record)
    path = folder.paths.trial(record.trial).record
    raw = damage(path.read_bytes())  # type: ignore[operator]
    assert raw != path.read_bytes()
    path.write_bytes(raw)
    with refused(path, "store_corrupt"):
        folder.reader.records()
    assert path.read_bytes() == raw


@pytest.mark.parametrize("name", ["lock.json", "run.json"])
def test_a_newer_schema_is_refused(folder: RunFolder, name: str) -> None:
    path = folder.paths.root / name
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": 2, "future": 1}))
    with refused(path, "store_newer_schema"):
        open_run(folder.paths.root)


@pytest.mark.parametrize("name", ["lock.json", "run.json"])
def test_a_missing_document_is_not_recreated(folder: RunFolder, name: str) -> None:
    path = folder.paths.root / name
    path.unlink()
    with refused(path, "not_found"):
        open_run(folder.paths.root)
    assert not path.exists()


@pytest.mark.parametrize("name", ["stdout", "stderr", "service.log", "output.json", "observation.json"])
def test_a_probe_file_that_is_not_what_was_stored_is_refused(folder: RunFolder, trial: Trial, name: str) -> None:
    folder.save_output(trial, OUTPUT, FACTS)
    path = folder.paths.trial(trial).probes.probe("load").root / name
    path.write_bytes(path.read_bytes()[:-1] + b"X{")
    with refused(path, "store_corrupt"):
        _ = folder.reader.outputs(trial), folder.reader.observations(trial)
    path.unlink()
    with refused(path, "not_found"):
        _ = folder.reader.outputs(trial), folder.reader.observations(trial)


def test_a_damaged_reply_is_refused_rather_than_paid_for_again(folder: RunFolder, trial: Trial) -> None:
    prompt = Prompt("s", "u", "d")
    folder.save_reply(trial, prompt, Reply("text", "stop", "live"))
    path = folder.paths.trial(trial).reply
    path.write_bytes(path.read_bytes()[:-5])
    with refused(path, "store_corrupt"):
        folder.begin(trial, prompt)


def test_a_run_is_not_created_over_another(folder: RunFolder) -> None:
    with pytest.raises(UsageError, match="exists already"):
        create_run(folder.paths.root.parent, "r1", folder.reader.lock(), "now", {})


def test_every_kind_has_a_valid_strict_schema() -> None:
    for kind in KINDS:
        schema = validator(kind).schema
        assert isinstance(schema, dict)
        validator(kind).check_schema(schema)
        assert schema["additionalProperties"] is False
        assert "schema" in schema["required"]


def test_writing_what_does_not_fit_is_a_bug_of_ours() -> None:
    with pytest.raises(ValueError, match=r"observation document .* \$\.version"):
        encode("observation", {"probe": "p", "version": "one", "status": "measured", "facts": {}, "cause": ""})
