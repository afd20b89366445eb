"""Independent solutions: kept as they came, read by intake, judged by rules that stand in the instruction."""

from pathlib import Path

import pytest

from harness.cli.main import main
from harness.config.independent import add_reply, load_independents, write_first
from harness.config.task import list_tasks, load_task
from harness.errors import UsageError
from harness.model.independent import First, Lost
from harness.selfcheck.task_skeleton import write_skeleton

REPLY = b"Here it is.\n\n```python app/main.py\nprint('hello')\n```\n\n```text requirements.txt\nflask==3.1.2\n```\n"
META = {"origin": "somebody", "when": "2026-11-28"}
VERDICT = '[[verdict]]\nsolution = "01"\nscorer = "acceptance"\npoint = "Notes"\n'


@pytest.fixture
def task(tmp_path: Path) -> Path:
    write_skeleton(tmp_path / "tasks" / "notes")
    return tmp_path / "tasks" / "notes"


def verdicts(task: Path, text: str) -> None:
    (task / "independent" / "VERDICTS.toml").write_text("schema = 1\n" + text)


def test_a_reply_lies_there_as_it_came_and_is_read_by_intake(task: Path) -> None:
    before = load_task(task).digest
    add_reply(task, REPLY + b"\r\nodd end", META)
    assert (task / "independent" / "01" / "reply.md").read_bytes() == REPLY + b"\r\nodd end"
    (solution,) = load_independents(task).solutions
    assert solution.number == "01"
    assert solution.files["app/main.py"].strip() == b"print('hello')"
    assert load_task(task).digest == before, "what proves a task is no part of what a trial depends on"


def test_each_reply_gets_the_next_number_and_counts_once(task: Path) -> None:
    add_reply(task, REPLY, META)
    assert add_reply(task, REPLY.replace(b"hello", b"bye"), META).number == "02"
    with pytest.raises(UsageError, match="is solution 01 already"):
        add_reply(task, REPLY, META)
    (task / "independent" / "01").rename(task / "independent" / "03")
    with pytest.raises(UsageError, match="expected the folders 01, 02, … without a gap"):
        load_independents(task)


def test_a_reply_that_intake_refuses_is_kept_with_the_reason(task: Path) -> None:
    add_reply(task, b"I would rather not.", META)
    (solution,) = load_independents(task).solutions
    assert solution.files == {}
    assert solution.refusal.startswith("no_files: ")


def test_first_results_come_back_as_written(task: Path) -> None:
    add_reply(task, REPLY, META)
    lost = (Lost("acceptance", 'Notes "as sent" – \\ü\t\x7f'), Lost("static", "flag suspect"))
    first = {"01": First("01", "2026-11-28", "no", ("acceptance", "static"), lost)}
    write_first(task, first)
    assert load_independents(task).first == first


def test_a_point_counts_as_ours_until_a_stated_rule_backs_it(task: Path) -> None:
    add_reply(task, REPLY, META)
    lost = (Lost("acceptance", "Notes come back as sent [R2]"), Lost("static", "Notes"))
    assert load_independents(task).unbacked("01", lost) == lost
    verdicts(task, VERDICT + 'rule = "R2"\nwhy = "It trims them."\n')
    assert load_independents(task).unbacked("01", lost) == lost[1:], "another scorer's point is another point"
    verdicts(task, VERDICT + 'ours = "test"\nwhy = "The rule does not say so."\n')
    assert load_independents(task).unbacked("01", lost) == lost


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (VERDICT + 'why = "x"\n', "verdict 1 needs either rule"),
        (VERDICT + 'rule = "R2"\nours = "test"\nwhy = "x"\n', "verdict 1 needs either rule"),
        (VERDICT + 'rule = "R99"\nwhy = "x"\n', "verdict 1: rule 'R99' is not in instruction.md"),
        (VERDICT + 'ours = "luck"\nwhy = "x"\n', "verdict.0.ours"),
        (VERDICT + 'rule = "R2"\n', "key 'why' is missing"),
        (VERDICT.replace("01", "02") + 'rule = "R2"\nwhy = "x"\n', "is '02', expected one of the solutions: 01"),
        ((VERDICT + 'rule = "R2"\nwhy = "x"\n') * 2, "verdict 2 is about a point that has one already"),
    ],
)
def test_verdicts_that_cannot_stand_are_refused(task: Path, text: str, said: str) -> None:
    add_reply(task, REPLY, META)
    verdicts(task, text)
    with pytest.raises(UsageError) as refused:
        load_independents(task)
    assert "VERDICTS.toml" in refused.value.message
    assert said in refused.value.message


def test_the_command_adds_and_lists(task: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = ["--root", str(task.parent)]
    reply = task.parent / "reply.md"
    reply.write_bytes(REPLY)
    assert main(["task", "independent", "add", "notes", str(reply), "--origin", "a colleague", *root]) == 0
    assert "notes 01: 2 files" in capsys.readouterr().out
    assert main(["task", "independent", "list", "notes", *root]) == 0
    assert "01    2 files  not measured yet" in capsys.readouterr().out
    for wrong, said in (
        (["add", "notes", str(reply)], "--origin is missing"),
        (["add", "notes", str(reply), "--origin", "x", "--when", "soon"], "when"),
        (["add", "none", str(reply), "--origin", "x"], "no such task"),
        (["drop", "notes"], "expected `independent prompt"),
    ):
        assert main(["task", "independent", *wrong, *root]) == 2
        assert said in capsys.readouterr().err


def test_what_a_stranger_is_given_is_the_prompt_that_the_reply_is_bound_to(
    task: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ["--root", str(task.parent)]
    definition, reply = task.parent / "dev.md", task.parent / "reply.md"
    definition.write_text("---\nname: dev\ndescription: builds\n---\nYou build backends.\n")
    reply.write_bytes(REPLY)
    assert main(["task", "independent", "prompt", "notes", "--agent", str(definition), *root]) == 0
    shown = capsys.readouterr()
    assert "You build backends." in shown.out
    assert "## The API contract" in shown.out
    assert "x-harness" not in shown.out
    add = ["task", "independent", "add", "notes", str(reply), "--origin", "x", "--agent", str(definition), *root]
    assert main(add) == 0
    meta = (task / "independent" / "01" / "meta.toml").read_text()
    assert f'prompt = "{shown.err.split()[-1]}"' in meta
    assert 'definition = "' in meta


def test_the_tasks_own_solutions_load() -> None:
    root = Path(__file__).parents[3] / "tasks"
    for task_id in list_tasks(root):
        known = load_independents(root / task_id)
        assert known.solutions, task_id
        assert set(known.first) <= {solution.number for solution in known.solutions}
