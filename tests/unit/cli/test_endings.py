"""How a command line ends: one verdict for people and machines, the documented code, and files named."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import VERBS
from harness.model.score import Score
from harness.model.trial import Failed, Outcome, Scored, Void
from harness.store.run_folder import RunFolder

Harness = Callable[..., Any]
SCORE = Score("acceptance", 1, 1.0, 3, 3, "hidden acceptance tests")


def test_help_lists_every_verb_and_every_verb_can_be_loaded(harness: Harness) -> None:
    told = harness("--help")
    assert told.code == 0
    for verb in VERBS:
        assert re.search(rf"^  {verb} ", told.out, re.M)
        assert harness(verb, "--help").code == 0
    assert harness().code == 2
    assert harness("--version").out.startswith("harness ")


@pytest.mark.parametrize(
    ("outcome", "code", "word"),
    [
        (Scored("no", (SCORE,)), 0, "done"),
        (Failed("start_crash", "exits", "acceptance"), 0, "done"),
        (Void("task", "x", "m", "s"), 2, "task_broken"),
    ],
)
def test_one_verdict_for_people_and_machines(
    harness: Harness, finished: Callable[..., RunFolder], outcome: Outcome, code: int, word: str
) -> None:
    finished(outcome)
    said = harness("resume", "latest", "--json")
    assert said.code == code
    told = json.loads(said.out)
    assert (told["code"], told["verdict"]) == (code, word)
    assert Path(told["report"]).is_file()
    assert "nothing left to do" in said.err
    assert harness("resume", "latest").code == code


def test_a_run_that_needs_an_engine_says_how_to_get_one(harness: Harness, finished: Callable[..., RunFolder]) -> None:
    finished(None)
    said = harness("resume", "latest")
    assert said.code == 4
    assert "engine" in said.err
    assert said.out == ""


def test_a_damaged_record_is_named(harness: Harness, finished: Callable[..., RunFolder]) -> None:
    folder = finished(Scored("yes", (SCORE,)))
    (record,) = folder.paths.trials.glob("*/trial.json")
    record.write_text(record.read_text()[:40])
    said = harness("report", "latest")
    assert said.code == 0
    assert "damaged: " in said.err
    assert "trial.json" in said.err
    assert "harness resume" in said.err
    page = (folder.paths.root / "report.html").read_text()
    assert "record_damaged" in page
    assert "trial.json" in page


def test_formats_are_chosen_and_unknown_ones_refused(harness: Harness, finished: Callable[..., RunFolder]) -> None:
    folder = finished(Scored("yes", (SCORE,)))
    said = harness("report", "latest", "--format", "csv, junit,sarif")
    assert said.code == 0
    assert {Path(line).name for line in said.out.splitlines()} == {
        "trials.csv",
        "scores.csv",
        "junit.xml",
        "sarif.json",
    }
    assert not (folder.paths.root / "report.html").exists()
    assert harness("report", "latest", "--format", "pdf").code == 2
    nothing = harness("report", "latest", "--format", " ,")
    assert (nothing.code, "names no report format" in nothing.err, nothing.out) == (2, True, "")


def test_scoring_again_changes_nothing_when_nothing_changed(
    harness: Harness, finished: Callable[..., RunFolder]
) -> None:
    folder = finished(Failed("start_crash", "exits", "acceptance"))
    said = harness("score", "latest")
    assert said.code == 0
    assert "0 of 1 trials" in said.out
    assert len(folder.reader.rescorings()) == 1
