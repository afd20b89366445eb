"""`task init` writes a folder that loads as it is, and touches nothing that exists."""

from pathlib import Path

import pytest

from harness.config.task import load_task
from harness.errors import UsageError
from harness.selfcheck.task_skeleton import write_skeleton


def test_the_skeleton_is_a_valid_task(tmp_path: Path) -> None:
    written = write_skeleton(tmp_path / "my-notes")
    task = load_task(tmp_path / "my-notes")
    assert task.id == "my-notes"
    assert (len(task.mutants), len(task.attacks), len(task.acceptance_tests)) == (1, 1, 2)
    assert task.instruction.rstrip().endswith("{{submission_contract}}"), "only the id is filled in"
    assert all(path.is_file() and path.suffix != ".tmpl" for path in written)


def test_an_existing_folder_and_a_bad_id_are_refused(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(UsageError, match="exists already"):
        write_skeleton(tmp_path / "there")
    with pytest.raises(UsageError, match="'Bad_Id': expected 2 to 41 lower case"):
        write_skeleton(tmp_path / "Bad_Id")
    assert not list((tmp_path / "there").iterdir())
