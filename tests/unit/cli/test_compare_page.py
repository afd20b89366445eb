"""`harness compare` for people and scripts: 40 lines with the answer and what is missing; a code when asked for."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.model.suite import Lock
from harness.model.trial import TrialRecord, Void
from harness.selfcheck.synthetic_runs import FIRST, SECOND, Truth, synthetic_records, synthetic_run
from harness.store.run_folder import create_run

STEADY = Truth(families=12, attempts=4, rate=0.98, spread=0.01)
TRUTHS = {
    "better": (replace(STEADY, rate=0.3, change=0.6), 0, "BETTER"),
    "equivalent": (Truth(families=14, attempts=6, rate=1.0, spread=0.0), 0, "EQUIVALENT"),
    "worse": (replace(STEADY, change=-0.6), 1, "WORSE"),
    "inconclusive": (replace(STEADY, families=3), 3, "INCONCLUSIVE"),
    "lost": (replace(STEADY, rate=0.3, change=0.6, voids=9), 3, "INCONCLUSIVE"),
}


def compared(folder: Path, *words: str) -> int:
    return main(["compare", *words, "--out", str(folder)])


@pytest.mark.parametrize("name", list(TRUTHS))
def test_the_code_says_what_the_primary_endpoint_says_and_only_when_asked(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth, code, word = TRUTHS[name]
    synthetic_run(tmp_path, "r", truth)
    assert compared(tmp_path, "r") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 40
    assert any(line.startswith(f"{word} (accepted") for line in lines)
    assert compared(tmp_path, "r", "--exit-code") == code
    assert len(capsys.readouterr().out.splitlines()) <= 40
    assert compared(tmp_path, "r", "--exit-code", "--json") == code
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["verdict"], found["code"], found["primary"]) == (word.lower(), code, "accepted")


def test_of_several_pairs_the_worst_decides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("equivalent", "worse", "inconclusive"):
        synthetic_run(tmp_path, name, replace(TRUTHS[name][0], attempts=6))
    synthetic_run(tmp_path, "base", TRUTHS["equivalent"][0])
    pair = ["--first", "1", "--second", "2", "--exit-code"]
    assert compared(tmp_path, "base", "equivalent", *pair) == 0
    assert compared(tmp_path, "base", "equivalent", "inconclusive", *pair) == 3
    capsys.readouterr()
    assert compared(tmp_path, "base", "equivalent", "inconclusive", "worse", *pair) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 40
    assert [line.startswith("The worst of 3 pairs: WORSE on accepted") for line in lines].count(True) == 1
    assert lines[-1] == f"All of it: {tmp_path / 'worse' / 'comparison.md'}, or --json."
    page = (tmp_path / "worse" / "comparison.md").read_text()
    assert page.count("## Comparison") == 3


def test_many_pairs_have_a_line_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    synthetic_run(tmp_path, "r", replace(STEADY, families=3, attempts=2))
    assert compared(tmp_path, *["r"] * 8, "--first", "1", "--second", "2") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 9
    assert all(line.startswith("INCONCLUSIVE on accepted") for line in lines[1:-1])
    assert compared(tmp_path, *["r"] * 60, "--first", "1", "--second", "2") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 40
    assert lines[-2] == "… and 22 more lines"


def stored(folder: Path, name: str, lock: Lock, records: list[TrialRecord]) -> None:
    run = create_run(folder, name, lock, "2026-01-02T00:00:00Z", {})
    for record in records:
        run.save_record(record)


def test_a_page_with_everything_that_can_be_missing_has_forty_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock, records = synthetic_records(Truth(families=60, attempts=2, change=-0.5, slower=2), 1)
    scorers = {f"scorer-{n:02d}": 1 for n in range(30)}
    lock = replace(lock, scorers={**lock.scorers, **scorers})
    kept = [
        replace(r, outcome=Void("harness" if n % 14 else "infrastructure", f"code_{n % 5}", "m", "s"))
        if n % 7 == 0
        else r
        for n, r in enumerate(records)
        if n % 11
    ]
    stored(tmp_path, "r", lock, kept)
    other = replace(
        lock, host={"isolation": "none", "cpus": 9}, harness_version="9", images={"a": {"b": 1}}, attempts=3
    )
    stored(tmp_path, "s", other, kept)
    assert compared(tmp_path, "r", "s", "--first", FIRST, "--second", SECOND) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 40
    assert lines[0].startswith("Besides the agent, ")
    text = "\n".join(lines)
    assert "UNFINISHED: run r of the first" in text
    assert "`harness resume s` finishes it" in text
    assert "INCONCLUSIVE (accepted" in text
    assert "Left out here: endpoints" in lines[-1]
    assert str(tmp_path / "s" / "comparison.md") in lines[-1]


def test_a_store_that_cannot_be_written_does_not_keep_the_answer_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    synthetic_run(tmp_path, "r", replace(STEADY, families=3))
    (tmp_path / "r" / "comparison.md").mkdir()
    assert compared(tmp_path, "r") == 0
    said = capsys.readouterr()
    assert "cannot be written" in said.err
    assert said.out.splitlines()[-1].endswith("--json.")


def test_a_changed_task_set_says_which_tasks_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    synthetic_run(tmp_path, "a", replace(STEADY, families=13))
    synthetic_run(tmp_path, "b", replace(STEADY, families=14))
    assert compared(tmp_path, "a", "b", "--first", "1", "--second", "2") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Besides the agent, tasks differ: only in the second: task-14."
    assert lines[1] == "Compared are the 13 tasks that both have (13 families); left out: 1."
    lock, records = synthetic_records(STEADY, 1)
    stored(tmp_path, "c", replace(lock, tasks=dict.fromkeys(lock.tasks, "1" * 64)), list(records))
    assert compared(tmp_path, "a", "c", "--first", "1", "--second", "2") == 2
    assert "have no task in common" in capsys.readouterr().err
