"""Damaged, newer and missing documents are refused with path and remedy, never recreated; a record costs its trial."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.model.probe import Observation, ProbeOutput, ServiceFate
from harness.model.score import Score
from harness.model.submission import Prompt, Reply
from harness.model.trial import Scored, Trial, TrialRecord, Void
from harness.store.documents import KINDS, encode, validator
from harness.store.index import indexed
from harness.store.run_folder import RunFolder, create_run, open_run

OUTPUT = ProbeOutput("load", "n", 0, b"out", b"err", False, False, False, 1.0, ServiceFate("none"))
FACTS = Observation("load", 1, "measured")


def refused(path: Path, code: str) -> "pytest.RaisesExc[UsageError]":
    """Expect a UsageError that names `path` and says what to do."""
    return pytest.RaisesExc(
        UsageError, match=re.escape(repr(str(path))) + r".*; \w", check=lambda error: error.code == code
    )


DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "half of it": (lambda raw: raw[: len(raw) // 2], "complete JSON"),
    "nothing": (lambda raw: b"", "complete JSON"),
    "another encoding": (lambda raw: b"\xff\xfe" + raw, "complete JSON"),
    "too deep": (lambda raw: b"[" * 100_000, "complete JSON"),
    "a list": (lambda raw: b"[1]", "no `schema` number"),
    "no number": (lambda raw: b'{"schema": true}', "no `schema` number"),
    "NaN": (lambda raw: raw.replace(b'"aa"', b"NaN"), "NaN, which is no number, at $.agent_digest"),
    "minus infinity": (
        lambda raw: raw.replace(b'"p95_ms": 12.5', b'"p95_ms": -Infinity'),
        "$.outcome.scores[0].metrics.p95_ms",
    ),
    "too large": (
        lambda raw: raw.replace(b'"p95_ms": 12.5', b'"p95_ms": 1e999'),
        "1e999, which is no number, at $.outcome.scores[0].metrics.p95_ms",
    ),
    "a very long whole number": (lambda raw: raw.replace(b'"p95_ms": 12.5', b'"p95_ms": 1' + b"0" * 400), "p95"),
    "an absurd figure": (
        lambda raw: raw.replace(b'"p95_ms": 12.5', b'"p95_ms": 1e300'),
        "$.outcome.scores[0].metrics.p95_ms",
    ),
    "an absurd count": (
        lambda raw: raw.replace(b'"samples": 9', b'"samples": 9e200'),
        "$.outcome.scores[0].metrics.samples",
    ),
    "null for a figure": (
        lambda raw: raw.replace(b'"p95_ms": 12.5', b'"p95_ms": null'),
        "$.outcome.scores[0].metrics.p95_ms",
    ),
    "null for a count": (
        lambda raw: raw.replace(b'"confirmed_critical": 0', b'"confirmed_critical": null'),
        "$.outcome.scores[1].metrics.confirmed_critical",
    ),
    "text for a count": (
        lambda raw: raw.replace(b'"samples": 9', b'"samples": "many"'),
        "$.outcome.scores[0].metrics.samples",
    ),
    "below nothing": (
        lambda raw: raw.replace(b'"samples": 9', b'"samples": -9'),
        "$.outcome.scores[0].metrics.samples",
    ),
    "a list for a count": (
        lambda raw: raw.replace(b'"confirmed_critical": 0', b'"confirmed_critical": [0]'),
        "confirmed_critical",
    ),
    "a score above 1": (lambda raw: raw.replace(b'"value": 0.5', b'"value": 1.5'), "$.outcome.scores[0]"),
    "another type": (lambda raw: raw.replace(b'"aa"', b"12"), "$.agent_digest"),
    "an unknown key": (lambda raw: raw.replace(b'"aa"', b'"aa", "unknown_key": 1'), "unknown_key"),
    "a misspelt key": (lambda raw: raw.replace(b'"accepted"', b'"acceptd"'), "$.outcome"),
    "another trial's": (lambda raw: raw.replace(b'"seed": 11', b'"seed": 12'), "$.trial"),
    "an unknown outcome": (lambda raw: raw.replace(b'"scored"', b'"passed"'), "$.outcome"),
}
SCORES = (
    Score(
        "load", 1, 0.5, 1, 2, "checks", metrics={"p95_ms": 12.5, "reference_p95_ms": 10.0, "samples": 9, "failed": 0}
    ),
    Score("attacks", 1, 1.0, 1, 1, "attacks blocked", metrics={"confirmed_critical": 0, "critical_untried": 0}),
)


@pytest.mark.parametrize("name", list(DAMAGES))
def test_a_damaged_record_costs_its_trial_only(folder: RunFolder, record: TrialRecord, name: str) -> None:
    """Named with file and key, void by us, the same for the reader and for the index; the file stays as it is."""
    damage, said = DAMAGES[name]
    folder.save_record(replace(record, outcome=Scored("yes", SCORES)))
    path = folder.paths.trial(record.trial).record
    raw = damage(path.read_bytes())
    assert raw != path.read_bytes()
    path.write_bytes(raw)
    (read,) = folder.reader.records()
    assert isinstance(read.outcome, Void)
    assert (read.outcome.blame, read.outcome.code) == ("infrastructure", "record_damaged")
    for text in (read.outcome.message, indexed(folder.paths, [record.trial]).problems[record.trial.name]):
        assert text.startswith(repr(str(path)))
        assert said in text
        assert "; restore it from a copy" in text
    assert indexed(folder.paths, [record.trial]).rows[record.trial.name].lost_to == "infrastructure"
    assert path.read_bytes() == raw


def test_what_scorers_leave_open_is_no_damage(folder: RunFolder, record: TrialRecord) -> None:
    """Shares of nothing are null; a scorer of somebody else's may call its figures as it likes."""
    coverage = Score("coverage", 1, 0.0, 0, 0, "statements", metrics={"line_pct": None, "statements": 0, "branches": 0})
    other = Score("somebody's", 1, 1.0, 1, 1, "things", metrics={"failed": "none", "p95_ms": None, "samples": [1]})
    folder.save_record(replace(record, outcome=Scored("yes", (coverage, other))))
    assert isinstance(folder.reader.records()[0].outcome, Scored)
    assert not indexed(folder.paths, [record.trial]).problems


def test_a_damaged_record_is_measured_again_and_kept(folder: RunFolder, record: TrialRecord) -> None:
    folder.save_record(record)
    path = folder.paths.trial(record.trial).record
    path.write_bytes(b"{")
    folder.begin(record.trial, Prompt("s", "u", "d"))
    folder.save_record(record)
    assert folder.reader.records() == (record,)
    assert (path.parent / "voids/1.json").read_bytes() == b"{"
    assert [type(earlier.outcome) for earlier in folder.reader.voids(record.trial)] == [Void]


def test_a_record_of_a_newer_schema_is_refused_whoever_reads_it(folder: RunFolder, record: TrialRecord) -> None:
    folder.save_record(record)
    path = folder.paths.trial(record.trial).record
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": 2}))
    with refused(path, "store_newer_schema"):
        folder.reader.records()
    with refused(path, "store_newer_schema"):
        indexed(folder.paths, [record.trial])


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
