"""`harness gate` with a ledger: fresh runs of one pair are one sample, looks are spent, nothing is forgotten."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import main
from harness.selfcheck.synthetic_runs import SECOND, Truth, synthetic_run

POLICY = """
schema = 1
name = "release"
candidate = "synthetic-v2"
looks = "looks.jsonl"
[non_inferiority]
endpoints = ["accepted"]
margin = 0.25
"""
EVEN = Truth(families=12, attempts=2, rate=0.98, spread=0.01)


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    (tmp_path / "policies").mkdir()
    path = tmp_path / "policies" / "policy.toml"
    path.write_text(POLICY)
    for seed in (1, 2, 3):
        synthetic_run(tmp_path / "runs", f"r{seed}", EVEN, seed)
    return path


def gate(run: str, policy: Path, *more: str) -> int:
    return main(["gate", run, "--policy", str(policy), "--out", str(policy.parent.parent / "runs"), *more])


def lines(policy: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (policy.parent / "looks.jsonl").read_text().splitlines()]


def test_each_run_is_one_look_and_the_sample_grows(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, run in enumerate(("r1", "r2", "r3", "r2"), start=1):
        gate(run, policy)
        printed = capsys.readouterr().out
        looks = lines(policy)
        assert len(looks) == min(number, 3), "the same run again is no new look"
        assert f"{len({look['attempts'] for look in looks[:-1]}) if number < 4 else 2} earlier look" in printed
    assert [(look["run"], look["attempts"]) for look in looks] == [("r1", 2), ("r2", 4), ("r3", 6)]
    assert len({look["pair"] for look in looks}) == 1
    assert looks[0]["counts"] == {"candidate": {"scored": 24}, "baseline": {"scored": 24}}
    assert "one sample with r1, r3" in printed
    decision = json.loads((policy.parent.parent / "runs" / "r3" / "decision.json").read_text())
    assert decision["judged"] == 24, "of the run itself, so that its report knows when it has changed"
    assert main(["report", "r3", "--out", str(policy.parent.parent / "runs"), "--format", "html"]) == 0
    assert "run `harness gate` again" not in (policy.parent.parent / "runs" / "r3" / "report.html").read_text()


@pytest.mark.slow
def test_the_figures_are_those_of_all_runs_together(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy.write_text(POLICY + '[[floors]]\nendpoint = "accepted"\nat_least = 0.1\nbound = "point"\n')
    for run, n in (("r1", 24), ("r2", 48)):
        gate(run, policy, "--json")
        reasons = {r["rule"]: r["text"] for r in json.loads(capsys.readouterr().out)["reasons"]}
        assert f"of n = {n}," in reasons["accepted.floor"]


def test_without_a_ledger_earlier_looks_are_unknown_and_that_is_said(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy.write_text(POLICY.replace('looks = "looks.jsonl"\n', ""))
    gate("r1", policy)
    assert "earlier looks at this pair are unknown" in capsys.readouterr().out
    assert not (policy.parent / "looks.jsonl").exists()


def test_a_run_that_is_gone_is_named_and_nothing_passes_without_it(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = policy.parent.parent / "runs"
    assert gate("r1", policy) == 0
    shutil.move(runs / "r1", runs.parent / "r1")
    assert gate("r2", policy) == 3
    printed = capsys.readouterr().out
    assert "looks.jsonl names r1, not found among the runs" in printed
    assert "ledger.gone" in printed.splitlines()[-1]
    shutil.move(runs.parent / "r1", runs / "r1")
    assert gate("r2", policy) == 0


def test_a_damaged_ledger_is_refused_with_file_and_line(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gate("r1", policy)
    ledger = policy.parent / "looks.jsonl"
    ledger.write_text(ledger.read_text() + "<<<<<<< HEAD\n")
    assert gate("r2", policy) == 2
    assert f"'{ledger}': line 2" in capsys.readouterr().err


@pytest.mark.slow
def test_declared_looks_are_counted_over_all_runs(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy.write_text(POLICY + "looks = [2, 4]\n")
    assert gate("r1", policy) != 2
    assert gate("r2", policy) != 2
    assert gate("r3", policy) == 2
    assert "6 attempts is not a declared look (2, 4)" in capsys.readouterr().out


@pytest.mark.slow
def test_another_policy_or_version_is_another_pair_and_the_first_is_said(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gate("r1", policy)
    policy.write_text(POLICY.replace("margin = 0.25", "margin = 0.26"))
    gate("r2", policy)
    printed = capsys.readouterr().out
    assert "1 more at the same versions under another policy or task set" in printed
    assert [look["attempts"] for look in lines(policy)] == [2, 2]
    assert len({look["pair"] for look in lines(policy)}) == 2
    assert len({look["versions"] for look in lines(policy)}) == 1


def test_runs_that_were_measured_unlike_are_no_sample(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gate("r1", policy)
    lock = policy.parent.parent / "runs" / "r2" / "lock.json"
    lock.write_text(lock.read_text().replace('"profile": "full"', '"profile": "smoke"'))
    assert gate("r2", policy) == 2
    assert "r1 and r2 differ in profile ('full' against 'smoke')" in capsys.readouterr().out


@pytest.mark.slow
def test_a_pinned_baseline_is_one_run_for_every_look(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy.write_text(POLICY.replace("[non_inf", 'may_differ = ["seed"]\n[non_inf'))
    for run in ("r2", "r3"):
        assert gate(run, policy, "--baseline", "r1") != 2
    assert [(look["baseline_run"], look["attempts"]) for look in lines(policy)] == [("r1", 2), ("r1", 4)]
    reasons = capsys.readouterr().out
    assert SECOND in reasons
    assert "attempts differ between the two runs (4 against 2); the policy says that they may" in reasons or (
        "attempts differ between the two runs (2 against 4)" in reasons
    )


def test_what_could_not_be_judged_spent_nothing_and_an_unfinished_run_is_named(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trials = policy.parent.parent / "runs" / "r1" / "trials"
    kept = policy.parent / "kept"
    gone = sorted(path for path in trials.iterdir() if SECOND in path.name)[0]
    shutil.move(gone, kept)
    assert gate("r1", policy) == 4
    assert gate("r2", policy) == 4
    printed = capsys.readouterr().out
    assert "unfinished among them: r1" in printed
    assert "0 earlier looks" in printed
    shutil.move(kept, gone)
    assert gate("r2", policy) == 0
    assert gate("r2", policy) == 0
    said = [(look["run"], look["outcome"]) for look in lines(policy)]
    assert said == [("r1", "INVALID"), ("r2", "INVALID"), ("r2", "PASS")]
