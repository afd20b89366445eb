"""`harness calibrate` on stored runs made for it: what is printed, pooled, written and refused."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.cli.main import main
from harness.model.trial import Void
from harness.selfcheck.synthetic_runs import FIRST, SECOND, Truth, synthetic_records, synthetic_run
from harness.store.run_folder import create_run

SUITE = """
schema = 1
name = "synthetic"
tasks = ["orders"]
attempts = 2
[[agents]]
definition = "careful-v1"
"""
POLICY = """
schema = 1
name = "own"
candidate = 2
[non_inferiority]
endpoints = ["accepted"]
margin = 0.2
"""
TRUTH = Truth(families=12, attempts=4, rate=0.9, spread=0.1)


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite with a policy of its name beside it."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "small.toml").write_text(POLICY)
    path = tmp_path / "small.toml"
    path.write_text(SUITE)
    return path


def runs(suite: Path) -> Path:
    return suite.parent / "runs"


def calibrate(suite: Path, *more: str) -> int:
    return main(["calibrate", str(suite), "--out", str(runs(suite)), "--splits", "10", *more])


def test_a_table_of_at_most_forty_lines_and_a_picture(suite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = synthetic_run(runs(suite), "20260101-a", replace(TRUTH, rate=0.6))
    assert calibrate(suite) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert len(lines) <= 40
    assert lines[0].startswith(f"{FIRST} against itself, policy own (sha256 ")
    assert "4 repeats of 12 tasks in 12 families (1 run); 10 random splits into 2 and 2 attempts, seed 0" in said.out
    for word in (
        "BLOCK as worse: a false alarm",
        "not PASS",
        "two such decisions differ",
        "BETTER or WORSE on accepted",
    ):
        assert word in said.out
    assert "families whose verdict changes between repeats: " in said.out
    picture = folder.paths.root / "calibration.svg"
    assert str(picture) in said.err
    root = ET.fromstring(picture.read_text())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert {"script", "a", "image"}.isdisjoint(element.tag.rpartition("}")[2] for element in root.iter())


def test_json_holds_every_number_and_runs_under_one_lock_are_pooled(
    suite: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    synthetic_run(runs(suite), "20260101-other", replace(TRUTH, attempts=2), seed=9)
    synthetic_run(runs(suite), "20260102-a", replace(TRUTH, attempts=2))
    synthetic_run(runs(suite), "20260103-b", replace(TRUTH, attempts=2))
    assert calibrate(suite, "--json", "--version", SECOND, "--seed", "3") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["runs"] == ["20260102-a", "20260103-b"]
    assert (found["version"], found["repeats"], found["each"], found["splits"]) == (SECOND, 4, 2, 10)
    assert found["seed"] == 3
    assert sum(found["outcomes"].values()) == 10
    assert found["false_alarms"]["block"]["n"] == 10
    assert {"block", "held_back", "worse"} == set(found["models"][0]["found"])
    assert found["models"][0]["levels"][0]["loss"] == 0
    assert [formula["event"] for formula in found["formulas"]] == ["block", "worse"]
    assert calibrate(suite, "--run", "20260101-other") == 2
    assert f"{runs(suite) / '20260101-other'}: 2 repeats of each task" in capsys.readouterr().err


def test_too_few_repeats_name_the_command_that_makes_them(suite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    synthetic_run(runs(suite), "20260101-a", replace(TRUTH, attempts=3))
    assert calibrate(suite) == 2
    said = capsys.readouterr().err
    assert "3 repeats of each task, at least 4 are needed (two for each of two pseudo-versions" in said
    assert f"`harness run {suite} --attempts 4 --out {runs(suite)}`" in said


def test_a_policy_with_looks_needs_twice_the_first(suite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    synthetic_run(runs(suite), "20260101-a", replace(TRUTH, attempts=5))
    policy = suite.parent / "looks.toml"
    policy.write_text(POLICY + "looks = [3, 6]\n")
    assert calibrate(suite, "--policy", str(policy)) == 2
    said = capsys.readouterr().err
    assert "at least 6 are needed (twice the policy's first look of 3 attempts" in said
    assert "--attempts 6 " in said


def test_without_a_run_it_says_how_to_make_one(suite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    synthetic_run(runs(suite), "20260101-a", TRUTH)
    suite.write_text(SUITE.replace('"synthetic"', '"another"'))
    assert calibrate(suite) == 2
    said = capsys.readouterr().err
    assert "there is no run of suite 'another'" in said
    assert f"`harness run {suite} --attempts" in said


def test_an_unfinished_run_is_left_out_and_named(suite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock, records = synthetic_records(TRUTH, 1)
    unfinished = create_run(runs(suite), "20260102-b", lock, "2026-01-02T00:00:00Z", {})
    for record in records[:-9]:
        unfinished.save_record(record)
    assert calibrate(suite) == 2
    assert f"`harness resume {unfinished.paths.root}`" in capsys.readouterr().err
    synthetic_run(runs(suite), "20260101-a", TRUTH)
    assert calibrate(suite, "--json") == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["runs"] == ["20260101-a"]
    assert "trials that are not measured yet" in said.err


def test_a_cancelled_trial_is_not_measured(suite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock, records = synthetic_records(TRUTH, 1)
    run = create_run(runs(suite), "20260102-b", lock, "2026-01-02T00:00:00Z", {})
    for record in records:
        gone = record is records[0]
        run.save_record(replace(record, outcome=Void("cancelled", "c", "m", "s")) if gone else record)
    assert calibrate(suite, "--version", records[0].trial.agent_label) == 2
    assert "1 trials that are not measured yet" in capsys.readouterr().err


def test_unusable_input_is_refused_by_name(suite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    synthetic_run(runs(suite), "20260101-a", TRUTH)
    for more, words in (
        (["--version", "v9"], "--version 'v9' is not in this run"),
        (["--run", "nothing"], "'nothing' is not a run"),
        (["--policy", "no.toml"], "no.toml: cannot be read"),
        (["--splits", "0"], "'0' is not a whole number of at least 1"),
        (["--seed", "-1"], "--seed"),
    ):
        assert calibrate(suite, *more) == 2
        assert words in capsys.readouterr().err
    assert main(["calibrate", "no-such-suite"]) == 2
    assert "give a suite file, or the name of a built-in one" in capsys.readouterr().err
