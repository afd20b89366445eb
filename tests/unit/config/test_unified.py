"""A patch of ours is applied to the byte or refused with file, hunk and line."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.config.unified import PatchError, apply_patch, blob_id, make_patch, read_patch

BEFORE = {"app/a.py": b"one\ntwo\nthree\nfour\nfive\nsix\nseven\n", "app/b.py": b"no end"}


def round_trip(before: dict[str, bytes], after: dict[str, bytes]) -> None:
    patch = make_patch(before, after)
    assert apply_patch(read_patch(patch), before) == {k: v for k, v in after.items() if before.get(k) != v}


@pytest.mark.parametrize(
    "after",
    [
        {"app/a.py": b"one\ntwo\n3\nfour\nfive\nsix\nseven\n"},
        {"app/a.py": b"zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\n"},
        {"app/a.py": b"one\ntwo\nthree\nfour\nfive\nsix\n"},
        {"app/a.py": b"one\ntwo\nthree\nfour\nfive\nsix\nseven"},
        {"app/a.py": b""},
        {"app/b.py": b"no end\n"},
        {"app/b.py": b"another end"},
        {"app/b.py": b"no end\nbut more"},
        {"app/new.py": b"fresh\n", "app/a.py": b"one\n"},
        {"tests/new.py": b"fresh, no end"},
        {"app/a.py": "eins\nzwo – ü\n".encode()},
        {"app/a.py": b"one\r\ntwo\nthree\x0cfour\nfive\x1e\nsix\nseven\n"},
        {"app/a.py": b"one\n-- two\n++ three\n@@ four\nfive\nsix\n\\ seven\n"},
    ],
)
def test_what_is_made_is_applied(after: dict[str, bytes]) -> None:
    round_trip(BEFORE, after)


def test_what_is_made_is_what_git_applies(tmp_path: Path) -> None:
    git = shutil.which("git")
    assert git, "git is needed to develop"
    rng = random.Random(11)
    for number in range(25):
        lines = [rng.choice([b"a", b"b", b"", b" c", b"-d", b"+e"]) for _ in range(rng.randint(1, 30))]
        changed = [line for line in lines for _ in range(rng.choice([0, 1, 1, 1, 1, 2]))] + [b"z"]
        before, after = b"\n".join(lines) + rng.choice([b"", b"\n"]), b"\n".join(changed) + rng.choice([b"", b"\n"])
        round_trip({"f": before}, {"f": after})
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "f").write_bytes(before)
        patch = make_patch({"f": before}, {"f": after})
        subprocess.run([git, "apply", "-"], cwd=folder, input=patch.encode(), check=True, capture_output=True)
        assert (folder / "f").read_bytes() == after
        assert subprocess.run(
            [git, "hash-object", "f"], cwd=folder, check=True, capture_output=True, text=True
        ).stdout.strip() == blob_id(after)


HEAD = "--- a/app/a.py\n+++ b/app/a.py\n"
GOOD = HEAD + "@@ -2,2 +2,2 @@\n two\n-three\n+3\n"


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        ("", "it holds no change"),
        ("hello\n", "line 1 is 'hello', expected `--- a/PATH`"),
        ("--- a/app/a.py\n", "line 2 is '', expected `+++ b/PATH`"),
        (HEAD, "app/a.py: has no hunk"),
        (HEAD + "@@ something @@\n two\n", "app/a.py, hunk 1: '@@ something @@' is no hunk header"),
        (HEAD + "@@ -2,2 +2,2 @@\n two\n-three\n", "app/a.py, hunk 1: ends after 2 and 1 lines, its header says 2,2"),
        (HEAD + "@@ -2,1 +2,1 @@\n two\n-three\n+3\n", "has more lines than its header says: 1,1"),
        (HEAD + "@@ -2,1 +2,1 @@\n two\n", "app/a.py, hunk 1: changes nothing"),
        (GOOD + "trailing words\n", "line 7 is 'trailing words'"),
        (GOOD + GOOD, "app/a.py: stands twice"),
        (GOOD.replace("app/a.py", "../a.py"), "'../a.py' is no relative path"),
        (GOOD.replace("b/app/a.py", "b/app/z.py"), "app/z.py: renames 'a/app/a.py'"),
        (
            GOOD.replace("+++ b/app/a.py", "+++ /dev/null"),
            "app/a.py: deletes the file; name it under the key `removed`",
        ),
        (GOOD.replace("app/a.py", "app/zz.py"), "app/zz.py: no such file"),
        (GOOD.replace("--- a/app/a.py", "--- /dev/null"), "app/a.py: the patch adds it, and it is there already"),
        (GOOD.replace(" two", " zwei"), r"app/a.py, hunk 1: line 2 is 'two\n', not 'zwei\n'"),
        (GOOD.replace("-2,2 +2,2", "-3,2 +3,2"), r"app/a.py, hunk 1: line 3 is 'three\n', not 'two\n'"),
        (HEAD + "@@ -7,2 +7,1 @@\n seven\n-eight\n", r"hunk 1: line 8 is the end of the file, not 'eight\n'"),
        (HEAD + "@@ -9,0 +9,1 @@\n+nine\n", "app/a.py, hunk 1: the file has 7 lines only"),
        (GOOD + "@@ -3,1 +3,1 @@\n-three\n+drei\n", "app/a.py, hunk 2: begins before the end of the hunk above it"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(patch: str, said: str) -> None:
    with pytest.raises(PatchError) as refused:
        apply_patch(read_patch(patch), BEFORE)
    assert said in str(refused.value)


def test_headers_of_git_and_none_are_both_read() -> None:
    expected = {"app/a.py": BEFORE["app/a.py"].replace(b"three", b"3")}
    git = "diff --git a/app/a.py b/app/a.py\nindex 1234567..89abcde 100644\n"
    for patch in (GOOD, git + GOOD, GOOD.replace("a.py\n", "a.py\t2026-01-01 00:00:00\n"), GOOD.rstrip("\n")):
        assert apply_patch(read_patch(patch), BEFORE) == expected


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(PatchError, match="no UTF-8 text"):
        make_patch({"a": b"\xff"}, {"a": b"x\n"})
    with pytest.raises(PatchError, match="name that a patch cannot hold"):
        make_patch({}, {"a b": b"x\n"})
    with pytest.raises(PatchError, match="empty file"):
        make_patch({}, {"a": b""})
