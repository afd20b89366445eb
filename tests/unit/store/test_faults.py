"""The disk says no: every errno becomes one StorageFault, and nothing half-written is left."""

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.errors import InfrastructureFault, StorageFault
from harness.model.trial import TrialRecord
from harness.store import atomic
from harness.store.run_folder import RunFolder


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EROFS, "store_read_only"),
        (errno.EACCES, "store_no_permission"),
        (errno.EIO, "store_io"),
    ],
)
def test_each_errno_has_a_code_and_a_remedy(number: int, code: str) -> None:
    expected = pytest.raises(StorageFault, match=r"cannot write '/x/y': .*; .*resume")
    with expected as caught, atomic.storage_errors(Path("/x/y"), "write"):
        raise OSError(number, os.strerror(number))
    assert caught.value.code == code
    assert isinstance(caught.value, InfrastructureFault)


@contextmanager
def tiny_files() -> Iterator[None]:
    """A file may have 64 bytes at most in this process: writes beyond fail as on a full disk (EFBIG).

    Held no longer than the write that must fail: pytest's own output may go to a file too.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_write_that_fails_leaves_the_old_content_and_no_temporary(tmp_path: Path) -> None:
    path = tmp_path / "f"
    atomic.write_atomic(path, b"old")
    with pytest.raises(StorageFault, match="cannot write"), tiny_files():
        atomic.write_atomic(path, b"new" * 100)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["f"]


def test_dev_full_is_a_full_disk() -> None:
    with (
        pytest.raises(StorageFault, match="No space left") as caught,
        atomic.storage_errors(Path("/dev/full"), "write"),
    ):
        atomic.write_synced(Path("/dev/full"), b"x")
    assert caught.value.code == "disk_full"


def test_a_folder_that_vanished_is_a_storage_fault(folder: RunFolder, record: TrialRecord) -> None:
    atomic.remove_tree(folder.paths.root)
    folder.paths.root.write_text("a file where the run was")
    with pytest.raises(StorageFault):
        folder.save_record(record)


def test_free_space_is_checked_where_the_run_will_be(tmp_path: Path) -> None:
    atomic.require_free_space(tmp_path / "not/there/yet", 1)
    with pytest.raises(StorageFault, match=rf"'{tmp_path}' has \d+ MB free, a run needs at least 1000000000000 MB"):
        atomic.require_free_space(tmp_path / "not/there/yet", 10**18)


def test_a_link_in_place_of_the_temporary_file_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("safe")
    (tmp_path / "link").symlink_to(victim)
    with pytest.raises(OSError, match="symbolic links"):
        atomic.write_synced(tmp_path / "link", b"overwritten")
    assert victim.read_text() == "safe"
