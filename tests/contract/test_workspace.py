"""What every Workspace promises: the real one and the fake, side by side."""

import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.errors import StorageFault, SubmissionRefused
from harness.model.submission import Submission, SubmittedFile
from harness.ports import Workspace
from harness.workspace.folder import FolderWorkspace
from harness.workspace.memory import MemoryWorkspace

HOSTILE = [
    "../evil.py",
    "/etc/x",
    "a/../../evil.py",
    "a\\..\\evil.py",
    "C:/evil.py",
    "a/./b",
    "a//b",
    "",
    ".",
    "a/",
    "a\0b",
    "-rf",
    ".git/hooks/post-checkout",
    "con.txt",
    "e\u0301.py",
    "a\u202eb",
    "x" * 300,
    "/".join("a" * 40),
]


@dataclass(frozen=True)
class Subject:
    """A workspace, and how to look at what it wrote: path -> (content, mode)."""

    workspace: Workspace
    look: Callable[[Path], dict[str, tuple[bytes, int]]]


def look_at_disk(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = [p for p in folder.rglob("*") if not p.is_dir()]
    assert all(p.is_file() and not p.is_symlink() for p in files)
    return {p.relative_to(folder).as_posix(): (p.read_bytes(), stat.S_IMODE(p.stat().st_mode)) for p in files}


@pytest.fixture(params=["folder", "memory"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "folder":
        return Subject(FolderWorkspace(), look_at_disk)
    memory = MemoryWorkspace()
    return Subject(memory, lambda folder: memory.written.get(folder, {}))


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A folder beside the target; nothing may ever change around the target."""
    (tmp_path / "evil.py").write_text("untouched")
    (tmp_path / "target").mkdir()
    return tmp_path


def submission(*paths: str) -> Submission:
    return Submission(tuple(SubmittedFile(path, b"x\n") for path in paths))


def test_files_arrive_whole_with_one_of_two_modes(subject: Subject, tmp_path: Path) -> None:
    content = bytes(range(256)) * 5_000
    files = (
        SubmittedFile("app/main.py", content),
        SubmittedFile("app/deep/er/x.py", b""),
        SubmittedFile("run.sh", b"#!/bin/sh\n", executable=True),
        SubmittedFile("文档/说明.md", "内容".encode()),
    )
    subject.workspace.write(Submission(files), tmp_path / "new")
    assert subject.look(tmp_path / "new") == {
        "app/main.py": (content, 0o644),
        "app/deep/er/x.py": (b"", 0o644),
        "run.sh": (b"#!/bin/sh\n", 0o755),
        "文档/说明.md": ("内容".encode(), 0o644),
    }


@pytest.mark.parametrize("path", HOSTILE, ids=ascii)
def test_a_path_that_intake_refuses_is_refused_here_too(subject: Subject, canary: Path, path: str) -> None:
    with pytest.raises(SubmissionRefused):
        subject.workspace.write(submission("ok.py", path), canary / "target")
    assert subject.look(canary / "target") == {}, "vetted as a whole, before the first byte"
    assert sorted(p.name for p in canary.iterdir()) == ["evil.py", "target"]
    assert (canary / "evil.py").read_text() == "untouched"


@pytest.mark.parametrize("paths", [("A.py", "a.py"), ("a", "a/b"), ("a.py", "a.py")])
def test_clashing_paths_are_refused(subject: Subject, tmp_path: Path, paths: tuple[str, ...]) -> None:
    with pytest.raises(SubmissionRefused):
        subject.workspace.write(submission(*paths), tmp_path / "new")


def test_a_folder_is_written_once(subject: Subject, tmp_path: Path) -> None:
    subject.workspace.write(submission("a.py"), tmp_path / "new")
    with pytest.raises(StorageFault, match="not empty"):
        subject.workspace.write(submission("b.py"), tmp_path / "new")
    assert list(subject.look(tmp_path / "new")) == ["a.py"]
