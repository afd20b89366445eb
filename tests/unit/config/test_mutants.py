"""A mutant is mutant.toml and change.patch; anything else, or a patch that does not apply, is refused by name."""

from pathlib import Path

import pytest

from harness.config.mutants import load_mutant
from harness.errors import UsageError

SOLUTION = {"app/main.py": b"one\ntwo\nthree\n", "tests/test_main.py": b"assert one\n"}
TOML = 'schema = 1\nclass = "function"\nexpected_scorer = "acceptance"\nsummary = "Two is zwei."\n'
PATCH = "--- a/app/main.py\n+++ b/app/main.py\n@@ -1,3 +1,3 @@\n one\n-two\n+zwei\n three\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "notes" / "mutants" / "zwei"
    made.mkdir(parents=True)
    (made / "mutant.toml").write_text(TOML)
    (made / "change.patch").write_text(PATCH)
    return made


def test_a_mutant_is_the_reference_with_its_patch(folder: Path) -> None:
    found = load_mutant(folder, SOLUTION)
    assert (found.name, found.overlay, found.removed) == ("zwei", {"app/main.py": b"one\nzwei\nthree\n"}, ())


def test_a_mutant_may_only_remove(folder: Path) -> None:
    (folder / "change.patch").unlink()
    (folder / "mutant.toml").write_text(TOML + 'removed = ["tests/test_main.py"]\n')
    found = load_mutant(folder, SOLUTION)
    assert (dict(found.overlay), found.removed) == ({}, ("tests/test_main.py",))


def test_a_reference_that_changed_is_told_with_mutant_file_hunk_and_remedy(folder: Path) -> None:
    with pytest.raises(UsageError) as refused:
        load_mutant(folder, {**SOLUTION, "app/main.py": b"one\nTWO\nthree\n"})
    for part in (
        "change.patch: mutant zwei does not apply to solution/: app/main.py, hunk 1: line 2 is 'TWO\\n', not 'two\\n'",
        "run `harness task mutant refresh notes zwei`",
    ):
        assert part in refused.value.message


def test_what_is_no_mutant_is_refused(folder: Path) -> None:
    def refused(said: str) -> None:
        with pytest.raises(UsageError, match=said):
            load_mutant(folder, SOLUTION)

    (folder / "change.patch").write_text(PATCH.replace("@@ -1,3", "@@ -1,4"))
    refused("mutant zwei: app/main.py, hunk 1: ends after")
    (folder / "change.patch").write_bytes(b"\xff")
    refused("mutant zwei: ")
    (folder / "change.patch").write_text(PATCH)
    (folder / "files").mkdir()
    (folder / "files" / "main.py").write_text("one\n")
    refused("'files/main.py' is not read; a mutant is mutant.toml and change.patch")
    (folder / "files" / "main.py").unlink()
    (folder / "mutant.toml").write_text(TOML + 'removed = ["app/none.py"]\n')
    refused("key removed names 'app/none.py', not in solution/")
    (folder / "mutant.toml").write_text(TOML + 'removed = ["app/main.py"]\n')
    refused("'app/main.py' is changed and removed")
    (folder / "mutant.toml").write_text(TOML)
    (folder / "change.patch").unlink()
    refused("has no change.patch and removes nothing; make one .* `harness task mutant new notes zwei FOLDER`")
