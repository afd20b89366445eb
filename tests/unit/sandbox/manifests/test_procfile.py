"""Procfiles as people write them, and those that cannot be read as one."""

import pytest

from harness.errors import SubmissionRefused
from harness.sandbox.manifests.procfile import Procfile, read_procfile


def read(content: bytes, name: str = "Procfile") -> Procfile:
    return read_procfile({"app/main.py": b"", name: content})


@pytest.mark.parametrize(
    ("content", "web"),
    [
        (b"web: python run.py", "python run.py"),
        (b"WEB: python run.py\n", "python run.py"),
        (b"Web:python run.py\r\n", "python run.py"),
        (b"\xef\xbb\xbfweb: python run.py\n", "python run.py"),
        (b"# web: old\n\n  web : python run.py  \nworker: x\n", "python run.py"),
        (b"web: uvicorn a:b \\\n    --port $PORT\n", "uvicorn a:b  --port $PORT"),
        (b"web: python run.py\nweb: python run.py\n", "python run.py"),
        (b"web: a && b || c; d | e > /tmp/f  # why\n", "a && b || c; d | e > /tmp/f  # why"),
        (b"web: X='1:2' exec python \"run me.py\"\n", "X='1:2' exec python \"run me.py\""),
    ],
)
def test_the_web_line_as_it_stands(content: bytes, web: str) -> None:
    assert read(content) == Procfile(web)


def test_release_and_another_spelling_of_the_files_name() -> None:
    assert read(b"Release: ./migrate\nweb: x\n") == Procfile("x", "./migrate")
    assert read(b"web: x\n", "procfile").web == "x"
    assert read_procfile({"docker/Procfile": b"web: x\n"}) == Procfile()


@pytest.mark.parametrize("content", [b"", b"worker: python w.py\n", b"uvicorn app.main:app --port $PORT\n"])
def test_without_a_web_line_the_record_says_that_the_default_is_used(content: bytes) -> None:
    found = read(content)
    assert found.web is None
    assert "no line starts with 'web:'" in found.notes[0]


@pytest.mark.parametrize(
    "content",
    [
        b"web:\n",
        b"web: # nothing\n",
        b"release:\nweb: x\n",
        b"web: a\nweb: b\n",
        b"web: " + b"x" * 20_000,
        b"web: \xff\n",
        "web: x\n".encode("utf-16"),
        b"web: x\0\n",
    ],
)
def test_what_is_no_procfile_is_refused(content: bytes) -> None:
    with pytest.raises(SubmissionRefused) as refused:
        read(content)
    assert refused.value.code == "procfile_invalid"
    assert refused.value.message.startswith("Procfile: ")
