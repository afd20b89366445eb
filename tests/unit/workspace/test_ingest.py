"""Reading a folder an agent worked in: links, pipes, sparse giants and modes, and the caps."""

import os
import socket
from pathlib import Path

import pytest

from harness.errors import StorageFault, SubmissionRefused
from harness.workspace.ingest import Caps, Ingested, ingest


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "main.py").write_text("x = 1\n")
    return folder


def reasons(result: Ingested) -> dict[str, str]:
    return {skipped.path: skipped.reason for skipped in result.skipped}


def test_regular_files_are_read_in_a_stable_order(work: Path) -> None:
    (work / "b").mkdir()
    (work / "b" / "z.py").write_bytes(b"\x00\xff")
    (work / "a.py").write_text("")
    result = ingest(work)
    assert [f.path for f in result.submission.files] == ["a.py", "b/z.py", "main.py"]
    assert result.submission.as_mapping()["b/z.py"] == b"\x00\xff"
    assert result.skipped == ()


def test_d15_a_symlink_is_skipped_and_recorded(work: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inner.py").write_text("secret")
    (work / "x").symlink_to(tmp_path / "secret")
    (work / "d").symlink_to(tmp_path / "folder")
    (work / "dangling").symlink_to("/nowhere")
    result = ingest(work)
    assert reasons(result) == {"x": "symlink", "d": "symlink", "dangling": "symlink"}
    assert all(b"secret" not in f.content for f in result.submission.files)
    assert "skipped 'x': symlink" in result.submission.notes


def test_d16_a_fifo_is_skipped_without_waiting(work: Path) -> None:
    os.mkfifo(work / "pipe")
    assert reasons(ingest(work)) == {"pipe": "fifo"}


def test_a_socket_is_skipped(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(work)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s.sock")
        assert reasons(ingest(work)) == {"s.sock": "socket"}


def test_d17_a_sparse_giant_is_refused_by_its_size_and_not_read(work: Path) -> None:
    with (work / "sparse.bin").open("wb") as stream:
        stream.truncate(5_000_000_000)
    with pytest.raises(SubmissionRefused) as refused:
        ingest(work)
    assert refused.value.code == "file_too_large"
    assert "5000000000" in refused.value.message


def test_d18_set_id_and_other_modes_are_normalised(work: Path) -> None:
    (work / "main.py").chmod(0o6755)
    (work / "plain.py").write_text("y\n")
    (work / "plain.py").chmod(0o2666)
    executable = {f.path: f.executable for f in ingest(work).submission.files}
    assert executable == {"main.py": True, "plain.py": False}


def test_a_file_with_a_second_name_is_skipped(work: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("secret")
    os.link(tmp_path / "outside", work / "inside.py")
    assert reasons(ingest(work)) == {"inside.py": "hard_link"}


def test_version_control_and_caches_are_not_work(work: Path) -> None:
    for name in (".git/hooks", ".github/workflows", "node_modules/x", "a/__pycache__", ".venv/bin"):
        (work / name).mkdir(parents=True)
        (work / name / "file").write_text("x")
    (work / ".gitignore").write_text("*")
    assert reasons(ingest(work)) == {
        ".git": "version_control",
        ".github": "version_control",
        ".gitignore": "version_control",
        ".venv": "generated",
        "a/__pycache__": "generated",
        "node_modules": "generated",
    }


def test_names_that_intake_refuses_are_skipped(work: Path) -> None:
    for name in (b"bad\xffname.py", b"a\nb", b"-x", b"con.py"):
        Path(os.fsdecode(os.path.join(os.fsencode(work), name))).write_text("x")  # noqa: PTH118 - bytes names
    result = ingest(work)
    assert [f.path for f in result.submission.files] == ["main.py"]
    assert set(reasons(result).values()) == {"invalid_path"}
    assert all(note.isascii() for note in result.submission.notes)


def test_names_that_differ_in_case_are_refused(work: Path) -> None:
    (work / "MAIN.py").write_text("x")
    with pytest.raises(SubmissionRefused) as refused:
        ingest(work)
    assert refused.value.code == "case_collision"


@pytest.mark.parametrize(
    ("caps", "code"),
    [
        (Caps(files=2), "too_many_files"),
        (Caps(entries=2), "too_many_files"),
        (Caps(file_bytes=3), "file_too_large"),
        (Caps(total_bytes=15), "workspace_too_large"),
    ],
)
def test_a_broken_cap_is_the_agents(work: Path, caps: Caps, code: str) -> None:
    (work / "b.py").write_text("y = 2\n")
    (work / "c.py").write_text("z = 3\n")
    assert len(ingest(work, Caps(files=3, entries=3, file_bytes=6, total_bytes=18)).submission.files) == 3
    with pytest.raises(SubmissionRefused) as refused:
        ingest(work, caps)
    assert refused.value.code == code


def test_an_empty_workspace_holds_no_files(tmp_path: Path) -> None:
    with pytest.raises(SubmissionRefused) as refused:
        ingest(tmp_path)
    assert refused.value.code == "no_files"


def test_very_deep_folders_end(work: Path) -> None:
    deep = work
    for _ in range(60):
        deep = deep / "d"
        deep.mkdir()
    (deep / "x.py").write_text("x")
    assert set(reasons(ingest(work)).values()) == {"invalid_path"}


def test_a_missing_or_linked_workspace_is_not_the_agents_fault(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    for folder in (tmp_path / "none", tmp_path / "link"):
        with pytest.raises(StorageFault):
            ingest(folder)


def test_the_default_caps_are_the_documented_ones() -> None:
    assert Caps() == Caps(files=2_000, file_bytes=1_000_000, total_bytes=20_000_000, entries=20_000)
