"""The writer on a real disk: links in its way, the umask, and disks that do not take it."""

import os
import resource
import stat
from pathlib import Path

import pytest

from harness.errors import StorageFault
from harness.model.submission import Submission, SubmittedFile
from harness.workspace.folder import FolderWorkspace

ONE = Submission((SubmittedFile("app/main.py", b"x = 1\n", executable=True),))


def test_a_link_as_target_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "target").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageFault):
        FolderWorkspace().write(ONE, tmp_path / "target")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_target_that_is_a_file_is_a_storage_fault(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("x")
    with pytest.raises(StorageFault):
        FolderWorkspace().write(ONE, tmp_path / "target")


def test_a_missing_parent_is_a_storage_fault(tmp_path: Path) -> None:
    with pytest.raises(StorageFault, match="cannot be written"):
        FolderWorkspace().write(ONE, tmp_path / "no" / "such")


def test_a_disk_that_does_not_take_it_all_gets_it_all_back(tmp_path: Path) -> None:
    """A part of a submission must never be taken for the whole: the last file is longer than a file may be here."""
    files = (SubmittedFile("app/main.py", b"x"), SubmittedFile("notes", b"x"), SubmittedFile("z/long", b"x" * 100_000))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(StorageFault, match="cannot be written"):
            FolderWorkspace().write(Submission(files), tmp_path / "target")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list((tmp_path / "target").iterdir()) == []
    FolderWorkspace().write(Submission(files), tmp_path / "target")
    assert (tmp_path / "target/z/long").stat().st_size == 100_000


def test_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        FolderWorkspace().write(ONE, tmp_path / "target")
    finally:
        os.umask(before)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in [tmp_path / "target", *(tmp_path / "target").rglob("*")]}
    assert modes == {"target": 0o755, "app": 0o755, "main.py": 0o755}


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    def held() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = held()
    for n in range(20):
        FolderWorkspace().write(ONE, tmp_path / f"t{n}")
        with pytest.raises(StorageFault):
            FolderWorkspace().write(ONE, tmp_path / f"t{n}")
    assert held() == before
