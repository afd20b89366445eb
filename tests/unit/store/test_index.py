"""The index says what the records say, whatever becomes of either: decisions from both are equal on random stores."""

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.cli.sides import arms_of
from harness.compare.arms import arm
from harness.compare.comparison import compare
from harness.compare.row import row_of
from harness.errors import UsageError
from harness.gate.decide import decide
from harness.gate.policy import Floor, NonInferiority, Policy
from harness.model.score import NotApplicable, Score, Unmeasured
from harness.model.suite import Lock
from harness.model.trial import INCOMPLETE, Accepted, Failed, Outcome, Scored, Trial, TrialRecord, Void
from harness.report.comparison import comparison_object
from harness.selfcheck.synthetic_store import synthetic_store
from harness.store import codec, index
from harness.store.codec import Rescoring
from harness.store.documents import encode
from harness.store.index import indexed
from harness.store.run_folder import RunFolder, create_run, open_run

POLICY = Policy(
    "all",
    "0" * 64,
    2,
    promises_broken=3,
    floors=(Floor("accepted", 0.3), Floor("coverage", 0.4)),
    non_inferiority=NonInferiority(("accepted", "promises", "acceptance")),
    void_share=0.5,
    void_gap=0.5,
)
VOID = Void("infrastructure", "engine_lost", "gone", "probe")
OLD_NS = 1_700_000_000_000_000_000


def drawn(outcome: Outcome, rng: random.Random) -> Outcome:
    """An outcome, or what else a trial may come to."""
    if not isinstance(outcome, Scored):
        return outcome
    scores = list(outcome.scores)
    for place, result in enumerate(scores):
        luck = rng.random()
        if luck < 0.05:
            scores[place] = Unmeasured(result.scorer, 1, rng.choice(("agent", "infrastructure", "task")), "why")
        elif luck < 0.1:
            scores[place] = NotApplicable(result.scorer, 1, "why", rng.choice(("task", "submission")))
        elif luck < 0.15 and isinstance(result, Score):
            scores[place] = replace(result, metrics={**result.metrics, "critical_untried": 2}, flags=("breaks_probe",))
    flags = tuple(flag for flag in ("cheating", "suspect", INCOMPLETE) if rng.random() < 0.03)
    words: tuple[Accepted, ...] = ("yes", "yes", "no", "undetermined")
    accepted = rng.choice(words)
    return rng.choice([replace(outcome, scores=tuple(scores), accepted=accepted, flags=flags)] * 12 + [VOID])


@pytest.fixture
def store(tmp_path: Path) -> Callable[[int], RunFolder]:
    """A random run by seed; some of its trials have no record."""

    def make(seed: int) -> RunFolder:
        made = synthetic_store(tmp_path / "made", 96 + 48 * (seed % 2), seed)
        folder = create_run(tmp_path, f"r{seed}", made.reader.lock(), "2026-01-01T00:00:00Z", {}, {})
        rng = random.Random(seed)
        for record in made.reader.records():
            if rng.random() < 0.95:
                folder.save_record(replace(record, outcome=drawn(record.outcome, rng)))
        return folder

    return make


def from_records(lock: Lock, records: Sequence[TrialRecord], run: str) -> tuple[object, ...]:
    first, second = (arm(run, lock, records, label, day="2026-01-01") for label in lock.agents)
    return comparison_object(compare(first, second)), decide(second, first, POLICY)


def from_index(folder: RunFolder) -> tuple[object, ...]:
    first, second = arms_of(folder)
    return comparison_object(compare(first, second)), decide(second, first, POLICY)


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 9))])
def test_decisions_from_the_index_are_those_from_the_records(seed: int, store: Callable[[int], RunFolder]) -> None:
    folder = store(seed)
    reader = folder.reader
    expected = from_records(reader.lock(), reader.records(), f"r{seed}")
    assert from_index(folder) == expected
    assert from_index(folder) == expected, "and the second time, from the file"
    assert folder.paths.index.is_file()
    folder.paths.index.unlink()
    assert from_index(folder) == expected


@pytest.mark.parametrize("seed", [1, 2])
def test_every_row_is_the_records(seed: int, store: Callable[[int], RunFolder]) -> None:
    folder = store(seed)
    expected = {record.trial.name: row_of(record) for record in folder.reader.records()}
    for _ in range(2):
        assert dict(indexed(folder.paths, folder.reader.lock().trials).rows) == expected


@pytest.fixture
def small(tmp_path: Path) -> RunFolder:
    """48 trials whose records are old enough to be taken as they are."""
    folder = synthetic_store(tmp_path, 48)
    for path in folder.paths.trials.glob("*/trial.json"):
        os.utime(path, ns=(OLD_NS, OLD_NS))
    return folder


def read(folder: RunFolder, **how: bool) -> index.Indexed:
    return indexed(folder.paths, folder.reader.lock().trials, **how)


def some(folder: RunFolder) -> tuple[Trial, Path]:
    trial = next(r.trial for r in folder.reader.records() if isinstance(r.outcome, Scored))
    return trial, folder.paths.trial(trial).record


def as_failed(path: Path, trial: Trial) -> bytes:
    """Its record had the trial failed, with as many bytes as before."""
    record = TrialRecord(trial, Failed("c", "m", "s"), "", "", None, None, None, None)
    raw = codec_bytes(record)
    return raw + b" " * (path.stat().st_size - len(raw))


def codec_bytes(record: TrialRecord) -> bytes:
    return encode("trial", codec.to_json(record))


def test_only_what_changed_is_read_again(small: RunFolder) -> None:
    assert read(small).read == 48
    assert read(small).read == 0
    trial, path = some(small)
    os.utime(path, ns=(OLD_NS + 1, OLD_NS + 1))
    assert read(small).read == 1
    path.write_bytes(as_failed(path, trial))
    found = read(small)
    assert (found.read, found.rows[trial.name].outcome) == (1, "failed")
    path.unlink()
    found = read(small)
    assert (found.read, trial.name in found.rows, len(found.rows)) == (0, False, 47)


def test_a_very_young_record_is_read_again(small: RunFolder) -> None:
    _, path = some(small)
    path.write_bytes(path.read_bytes())
    assert [read(small).read, read(small).read] == [48, 1]


def test_verify_finds_what_name_size_and_time_hide(small: RunFolder) -> None:
    read(small)
    trial, path = some(small)
    path.write_bytes(as_failed(path, trial))
    os.utime(path, ns=(OLD_NS, OLD_NS))
    assert read(small).rows[trial.name].outcome == "scored"
    found = read(small, verify=True)
    assert found.rows[trial.name].outcome == "failed"
    assert found.told == (f"1 records were not what the index took them for, and were read again: {trial.name}",)
    assert read(small, verify=True).told == ()


@pytest.mark.parametrize("damage", [b"", b"SQLite format 3\0" + b"x" * 5000, b"no database at all" * 100])
def test_a_damaged_index_is_made_again(small: RunFolder, damage: bytes) -> None:
    before = read(small).rows
    small.paths.index.write_bytes(damage)
    assert read(small).rows == before
    assert read(small).read == 0


def test_an_index_of_another_layout_or_other_code_is_made_again(
    small: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read(small).rows
    with sqlite3.connect(small.paths.index) as other:
        other.execute("drop table trial")
        other.execute("create table trial (name text)")
        other.execute("pragma user_version = 1")
    other.close()
    assert (read(small).rows, read(small).read) == (before, 0)
    monkeypatch.setattr(index, "made_by", lambda rescoring: f"other code {rescoring}")
    assert read(small).read == 48


def test_where_the_index_cannot_be_kept_it_is_read_in_memory(small: RunFolder) -> None:
    before = read(small).rows
    small.paths.index.unlink()
    small.paths.index.mkdir()
    found = read(small)
    assert found.rows == before
    assert "read in memory" in found.told[0]


def test_an_index_that_may_only_be_read_still_serves(small: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    read(small)
    trial, path = some(small)
    path.write_bytes(as_failed(path, trial))
    monkeypatch.setattr("harness.store.index_file.PATIENCE_S", 0.05)
    writer = sqlite3.connect(small.paths.index, isolation_level=None)
    writer.execute("begin immediate")  # somebody else is at it, for long
    try:
        found = read(small)
    finally:
        writer.close()
    assert (found.read, found.rows[trial.name].outcome, len(found.rows)) == (1, "failed", 48)
    assert "cannot be written" in found.told[0]
    assert read(small).told == ()


def test_several_processes_at_once_see_the_same(small: RunFolder) -> None:
    code = (
        "import sys; from pathlib import Path; from harness.store.reader import FolderReader;"
        "from harness.store.index import indexed; r = FolderReader(Path(sys.argv[1]));"
        "print(sorted((n, x.outcome, x.accepted) for n, x in indexed(r.paths, r.lock().trials).rows.items()))"
    )
    command = [sys.executable, "-c", code, str(small.paths.root)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    said = {child.communicate()[0] for child in children}
    assert [child.returncode for child in children] == [0, 0, 0]
    assert len(said) == 1
    assert read(small).read == 0


def test_many_are_read_by_several_processes_and_come_out_alike(
    small: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read(small).rows
    small.paths.index.unlink()
    monkeypatch.setattr("harness.store.records.WORTH_A_POOL", 10)
    monkeypatch.setattr("harness.store.records.TOGETHER", 7)
    assert read(small).rows == before


def rescored(folder: RunFolder, **versions: int) -> str:
    """Every scored trial accepted, by scorers of these versions."""
    again = [
        replace(r, outcome=replace(r.outcome, accepted="yes")) if isinstance(r.outcome, Scored) else r
        for r in folder.reader.records()
    ]
    return folder.save_rescoring(Rescoring(versions, "0", tuple(again)))


def test_the_newest_re_scoring_counts_and_is_named(small: RunFolder) -> None:
    first, _ = arms_of(small)
    assert first.rescored == ""
    digest = rescored(small, acceptance=2)
    first, second = arms_of(small)
    assert first.rescored == second.rescored == digest
    assert first.lock.scorers["acceptance"] == 2
    assert first.lock.scorers["load"] == 1
    scored = first.table.is_("scored")
    assert set(first.table.accepted[scored]) == {1}
    assert all(r.outcome.accepted == "yes" for r in first.records if isinstance(r.outcome, Scored))
    told = {reason.rule: reason.text for reason in decide(second, first, POLICY).reasons}
    assert digest in told["rescored"]
    newer = rescored(small, acceptance=3)
    assert {side.rescored for side in arms_of(small)} == {newer}
    (small.paths.scores / f"{newer}.json").unlink()
    assert {side.rescored for side in arms_of(small)} == {digest}


def test_a_re_scoring_says_nothing_of_a_delivery_it_did_not_see(small: RunFolder) -> None:
    trial, path = some(small)
    rescored(small)
    record = small.reader.record(trial)
    assert record is not None
    assert isinstance(record.outcome, Scored)
    path.unlink()
    small.save_record(replace(record, submission_digest="another", outcome=replace(record.outcome, accepted="no")))
    assert read(small).rows[trial.name].accepted == "no"


@pytest.mark.parametrize("damage", [b"{", b'{"schema": 1, "records": []}', b"\xff"])
def test_a_damaged_re_scoring_is_refused_with_the_remedy(small: RunFolder, damage: bytes) -> None:
    path = small.paths.scores / f"{rescored(small)}.json"
    path.write_bytes(damage)
    with pytest.raises(UsageError, match=r"remove it and run `harness score` again") as error:
        arms_of(small)
    assert str(path) in error.value.message
    path.write_bytes(path.read_bytes()[:-200])


def test_a_run_without_a_trial_has_an_index_too(tmp_path: Path) -> None:
    lock = replace(synthetic_store(tmp_path, 48).reader.lock(), trials=())
    folder = create_run(tmp_path, "empty", lock, "now", {}, {})
    assert read(open_run(folder.paths.root)).rows == {}


def test_compare_and_gate_verify_when_asked(small: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    arms_of(small)
    trial, path = some(small)
    path.write_bytes(as_failed(path, trial))
    os.utime(path, ns=(OLD_NS, OLD_NS))
    command = ["compare", small.paths.root.name, "--out", str(small.paths.root.parent)]
    assert main(command) == 0
    assert trial.name not in capsys.readouterr().err
    assert main([*command, "--verify"]) == 0
    assert f"read again: {trial.name}" in capsys.readouterr().err
