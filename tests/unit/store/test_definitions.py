"""What a run keeps for comparing: definitions as they were read, families of its tasks, the last decision."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.model.decision import Decision, Reason
from harness.store import codec
from harness.store.documents import encode
from harness.store.run_folder import RunFolder, create_run, open_run

DECISION = Decision(
    "BLOCK", "release", "ab" * 32, "v2@1", "v1@2", "r", "cd", 3, ("accepted.worse",),
    (Reason("regression", "accepted.worse", "blocked", "−20 points \u202e"),),
)  # fmt: skip


def test_definitions_come_back_as_they_were_read(folder: RunFolder, tmp_path: Path) -> None:
    lock = replace(folder.reader.lock(), families={"orders": "crud"}, measures={"orders": ("p95_ms", "files")})
    text = "---\nname: a\n---\nBuild. \u202e é\n"
    made = create_run(tmp_path, "r2", lock, "now", {}, {"a@12345678": text})
    again = open_run(made.paths.root).reader
    assert again.definition("a@12345678") == text
    assert (made.paths.root / "agents" / "a@12345678.md").read_text(encoding="utf-8") == text
    assert again.lock() == lock
    assert again.definition("other@00000000") == ""
    assert folder.reader.definition("a@12345678") == ""  # a run from before definitions were kept


def test_a_label_cannot_leave_the_folder(folder: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="folder name"):
        create_run(tmp_path, "r3", folder.reader.lock(), "now", {}, {"../evil": "x"})
    assert not (tmp_path / "r3").exists()


def test_the_last_decision_comes_back_or_is_refused_when_damaged(folder: RunFolder) -> None:
    assert folder.reader.decision() is None
    folder.paths.decision.write_bytes(encode("decision", codec.to_json(DECISION)))
    assert folder.reader.decision() == DECISION
    folder.paths.decision.write_text('{"schema": 1, "outcome": "SHIP IT"}')
    with pytest.raises(UsageError, match=r"decision\.json.*run `harness gate` again"):
        folder.reader.decision()
