"""Path rules: what may be written, what may not, and which pairs clash."""

import pytest

from harness.intake.paths import find_clash, is_version_control, vet_path
from harness.model.submission import Refusal

ESCAPES = ["../x", "a/../../x", "a/..", "/etc/x", "//host/x", "\\\\host\\x", "a\\b", "C:/x", "c:x", "~/x", ".."]
INVALID = [
    "",
    ".",
    "./",
    "a/",
    "a/.",
    "a\0b",
    "a\nb",
    "a\x1b[31m",
    "a\u202eb",
    "a\u200bb",
    "\ufeffa",
    "-rf",
    "a/-x",
    " a",
    "a ",
    "a.",
    "a/ b",
    "ab:c",
    "file.txt:$DATA",
    ".git/config",
    "a/.GIT/hooks/x",
    ".g\u0131t\u0000",
    "git~1/x",
    "CON",
    "con.txt",
    "a/nul",
    "COM1.py",
    "lpt9",
    "aux .py",
    "e\u0301.py",
    "x" * 201,
    "/".join("a" * 33),
    "\ud800",
]
ACCEPTED = {
    "app/main.py": "app/main.py",
    "./app//main.py": "app/main.py",
    ".env.example": ".env.example",
    "Dockerfile": "Dockerfile",
    "docs/été.md": "docs/été.md",
    "文档/说明.md": "文档/说明.md",
    "a b.py": "a b.py",
    "...x": "...x",
    "console.py": "console.py",
    "x" * 200: "x" * 200,
    "/".join("a" * 32): "/".join("a" * 32),
}


@pytest.mark.parametrize("raw", ESCAPES)
def test_a_path_that_leaves_the_project_is_an_escape(raw: str) -> None:
    vetted = vet_path(raw)
    assert isinstance(vetted, Refusal)
    assert vetted.code == "path_escape"


@pytest.mark.parametrize("raw", INVALID, ids=ascii)
def test_a_dangerous_name_is_invalid(raw: str) -> None:
    vetted = vet_path(raw)
    assert isinstance(vetted, Refusal)
    assert vetted.code == "invalid_path"
    assert vetted.message.isascii(), "messages show names escaped"


@pytest.mark.parametrize(("raw", "path"), ACCEPTED.items())
def test_a_plain_relative_path_is_accepted(raw: str, path: str) -> None:
    assert vet_path(raw) == path


@pytest.mark.parametrize("raw", [None, 7, ["a"], {"a": 1}, True])
def test_only_a_string_is_a_path(raw: object) -> None:
    vetted = vet_path(raw)
    assert isinstance(vetted, Refusal)
    assert vetted.code == "invalid_output"


@pytest.mark.parametrize(
    ("paths", "code"),
    [
        (["A.py", "a.py"], "case_collision"),
        (["ﬁle.py", "file.py"], "case_collision"),
        (["straße", "strasse"], "case_collision"),
        (["App/a.py", "app/b.py"], "case_collision"),
        (["a", "a/b"], "path_conflict"),
        (["A", "a/b"], "path_conflict"),
        (["a/b/c", "a/b"], "path_conflict"),
    ],
)
def test_paths_that_cannot_live_together_clash(paths: list[str], code: str) -> None:
    for order in (paths, paths[::-1]):
        clash = find_clash(order)
        assert clash is not None
        assert clash.code == code


def test_ordinary_neighbours_do_not_clash() -> None:
    assert find_clash(["a/b.py", "a/c.py", "ab.py", "a.py", "b/a.py", "b/a"]) is None


def test_version_control_names_are_told_from_others() -> None:
    assert is_version_control(".gitignore")
    assert is_version_control("a/.GitHub/x.yml")
    assert not is_version_control("a/git.py")
