"""`task mutant new` makes a patch of a changed copy; `refresh` follows a changed reference, or says what is lost."""

import shutil
import subprocess
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.config.mutants import load_mutant
from harness.config.task import load_task
from harness.documents import tree_bytes
from harness.selfcheck.task_skeleton import write_skeleton

FLAGS = ["--class", "function", "--scorer", "acceptance", "--summary", "Notes are shouted."]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_skeleton(tmp_path / "tasks" / "notes")
    return tmp_path / "tasks"


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def copied(root: Path) -> Path:
    return Path(shutil.copytree(root / "notes" / "solution", root.parent / "copy"))


def task(root: Path, *arguments: str) -> int:
    return main(["task", "mutant", *arguments, "--root", str(root)])


def shout(root: Path) -> Path:
    """A mutant made by the command: notes come back in capitals."""
    changed = copied(root)
    change(changed / "app" / "main.py", '"text": note.text}', '"text": note.text.upper()}')
    assert task(root, "new", "notes", "shouted", str(changed), *FLAGS) == 0
    return root / "notes" / "mutants" / "shouted"


def test_new_writes_a_mutant_that_loads(root: Path) -> None:
    folder = shout(root)
    assert sorted(path.name for path in folder.iterdir()) == ["change.patch", "mutant.toml"]
    made = next(each for each in load_task(root / "notes").mutants if each.name == "shouted")
    assert (made.defect_class, made.expected_scorer, made.summary) == ("function", "acceptance", "Notes are shouted.")
    assert b"note.text.upper()" in made.overlay["app/main.py"]


def test_new_again_keeps_the_settings_and_takes_removals(root: Path) -> None:
    folder = shout(root)
    change(folder / "mutant.toml", "late = false", "late = true")
    changed = root.parent / "copy"
    gone = next(path for path in sorted(changed.rglob("test_*.py")))
    gone.unlink()
    assert task(root, "new", "notes", "shouted", str(changed)) == 0
    made = load_mutant(folder, tree_bytes(root / "notes" / "solution"))
    assert made.late
    assert made.removed == (gone.relative_to(changed).as_posix(),)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["new", "notes", "x", "{copy}"], "--class, --scorer, --summary missing"),
        (["new", "notes", "x", "{copy}/app", *FLAGS], "no copy of"),
        (["new", "notes", "x", "{copy}/none", *FLAGS], "no such folder"),
        (["new", "notes", "Bad Name", "{copy}", *FLAGS], "expected lower case letters"),
        (["new", "none", "x", "{copy}", *FLAGS], "no such task: 'none'"),
        (["refresh", "notes", "none"], "no such mutant"),
        (["again", "notes"], "expected `mutant new ID NAME FOLDER`"),
    ],
)
def test_wrong_input_is_named(root: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    copy = copied(root)
    change(copy / "app" / "main.py", "note_id}", "note_id }")
    assert task(root, *(each.format(copy=copy) for each in arguments)) == 2
    assert said in capsys.readouterr().err


def test_an_equal_copy_is_no_mutant(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert task(root, "new", "notes", "x", str(copied(root)), *FLAGS) == 2
    assert "a mutant has one defect" in capsys.readouterr().err


def test_refresh_follows_lines_that_moved(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, main_file = shout(root), root / "notes" / "solution" / "app" / "main.py"
    change(main_file, "app = FastAPI()", "# one line\n# and another\napp = FastAPI()")
    assert task(root, "refresh", "notes", "shouted") == 0
    assert "shouted: moved" in capsys.readouterr().out
    made = load_mutant(folder, tree_bytes(root / "notes" / "solution"))
    assert made.overlay["app/main.py"].decode() == main_file.read_text().replace(
        '"text": note.text}', '"text": note.text.upper()}'
    )
    assert task(root, "refresh", "notes", "shouted") == 0
    assert "shouted: as it was" in capsys.readouterr().out


def test_refresh_merges_where_git_has_what_the_patch_was_made_for(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, main_file = shout(root), root / "notes" / "solution" / "app" / "main.py"
    near = "    note_id = secrets.token_hex(16)\n"  # among the lines around the defect
    git = [shutil.which("git") or "git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "as it was"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    change(main_file, near, near.replace("16", "24"))
    assert task(root, "refresh", "notes", "shouted") == 0
    assert "shouted: merged" in capsys.readouterr().out
    made = load_mutant(folder, tree_bytes(root / "notes" / "solution")).overlay["app/main.py"].decode()
    assert "token_hex(24)" in made
    assert "note.text.upper()" in made


def test_refresh_says_what_does_not_apply_and_leaves_it(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, main_file = shout(root), root / "notes" / "solution" / "app" / "main.py"
    before = (folder / "change.patch").read_bytes()
    change(main_file, '    return {"id": note_id, "text": note.text}', "    return dict(id=note_id, text=note.text)")
    assert task(root, "refresh", "notes") == 1
    told = capsys.readouterr().out
    assert "shouted: DOES NOT APPLY: app/main.py, hunk 1: line " in told
    assert "git does not have the content that it was made for" in told
    assert (folder / "change.patch").read_bytes() == before


def test_refresh_tells_a_reference_that_has_the_defect(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shout(root)
    main_file = root / "notes" / "solution" / "app" / "main.py"
    git = [shutil.which("git") or "git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "as it was"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    change(main_file, '"text": note.text}', '"text": note.text.upper()}')
    assert task(root, "refresh", "notes", "shouted") == 1
    assert "solution/ has the defect itself now" in capsys.readouterr().out
