"""What a probe container sees, and what of a submission is read on the host."""

import os
import stat
from pathlib import Path

import pytest

from harness.errors import TaskFault
from harness.model.probe import ProbeCommand
from harness.sandbox.material import materialise, submission_files


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    (folder / "shared/lib/__pycache__").mkdir(parents=True)
    (folder / "shared/lib/__pycache__/a.pyc").write_bytes(b"x")
    (folder / "shared/lib/a.py").write_text("a")
    (folder / "probe").mkdir()
    (folder / "probe/driver.py").write_text("driver")
    (folder / "probe/requirements.lock").write_text("x==1")
    (folder / "probe/link").symlink_to("/etc/passwd")
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "target"
    folder.mkdir(0o700)
    return folder


def listing(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def test_driver_shared_modules_and_files_are_laid_out(images: Path, target: Path) -> None:
    command = ProbeCommand("p", "probe", files={"tests/deep/test_a.py": b"1", "spec.yaml": b"2"})
    materialise(images, command, target)
    assert listing(target) == {"driver.py", "lib/a.py", "files/tests/deep/test_a.py", "files/spec.yaml"}


def test_another_uid_can_read_it_under_any_umask(images: Path, target: Path) -> None:
    before = os.umask(0o077)
    try:
        materialise(images, ProbeCommand("p", "probe", files={"a/b/c": b"1"}), target)
    finally:
        os.umask(before)
    for path in [target, *target.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o755 if path.is_dir() else 0o644), path


@pytest.mark.parametrize("name", ["../a", "/etc/a", "a/../../b", "", "a\0b"])
def test_a_file_cannot_leave_the_folder(images: Path, target: Path, name: str) -> None:
    with pytest.raises(TaskFault, match="must be relative"):
        materialise(images, ProbeCommand("p", "probe", files={name: b"1"}), target)


def test_a_missing_driver_is_named(images: Path, target: Path) -> None:
    with pytest.raises(TaskFault, match=r"nothing.driver\.py"):
        materialise(images, ProbeCommand("p", "nothing"), target)


def test_a_submissions_files_are_read_but_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "Procfile").write_text("web: x")
    (tmp_path / "package.json").mkdir()
    (tmp_path / "package.json/x").write_text("{}")
    (tmp_path / "requirements.txt").symlink_to("/etc/passwd")
    (tmp_path / "app.py").write_text("")
    assert submission_files(tmp_path) == {"Procfile": b"web: x", "app.py": b"", "package.json/x": b"{}"}
