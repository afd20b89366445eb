"""Reading by a path from outside: what is stored is found, and nothing leads out of the folder."""

import os
import socket
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.store.evidence import File, Folder, Listed, look


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a secret beside it, and every kind of entry in it."""
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").write_text("secret")
    inside = tmp_path / "run"
    (inside / "sub").mkdir(parents=True)
    (inside / "sub/file.txt").write_bytes(b"\x00content")
    (inside / "to-file").symlink_to("../secret")
    (inside / "to-folder").symlink_to("../outside")
    (inside / "to-itself").symlink_to("sub/file.txt")
    (inside / "dangling").symlink_to("nowhere")
    os.mkfifo(inside / "pipe")
    return inside


def test_files_and_folders_are_found(root: Path) -> None:
    found = look(root, ["sub", "file.txt"])
    assert isinstance(found, File)
    with found.content as content:
        assert (content.read(), found.size) == (b"\x00content", 8)
    others = tuple(Listed(name, "other") for name in ("dangling", "pipe", "to-file", "to-folder", "to-itself"))
    assert look(root, []) == Folder((Listed("sub", "folder"), *others))
    assert look(root, ["sub"]) == Folder((Listed("file.txt", "file", 8),))


def test_names_that_are_not_utf_8_come_and_go(root: Path) -> None:
    name = os.fsdecode(b"caf\xe9\n")
    (root / "sub" / name).write_text("x")
    listed = look(root, ["sub"])
    assert isinstance(listed, Folder)
    assert name in [entry.name for entry in listed.entries]
    found = look(root, ["sub", name])
    assert isinstance(found, File)
    found.content.close()


@pytest.mark.parametrize(
    "parts",
    [
        ["..", "secret"],
        ["sub", "..", "..", "secret"],
        ["../secret"],
        ["sub/file.txt"],
        ["."],
        [""],
        ["sub", ""],
        ["/etc/passwd"],
        ["sub\0"],
        ["to-file"],
        ["to-folder"],
        ["to-folder", "secret"],
        ["to-itself"],
        ["dangling"],
        ["pipe"],
        ["sub", "file.txt", "x"],
        ["sub", "absent"],
        ["x" * 300],
    ],
)
def test_nothing_else_is_opened_and_nothing_stays_open(root: Path, parts: list[str]) -> None:
    before = list(Path("/proc/self/fd").iterdir())
    with pytest.raises(UsageError, match="no stored file or folder of this run"):
        look(root, parts)
    assert len(list(Path("/proc/self/fd").iterdir())) == len(before)


def test_a_socket_is_not_opened(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as service:
        service.bind("socket")
        with pytest.raises(UsageError, match="no stored file"):
            look(root, ["socket"])
