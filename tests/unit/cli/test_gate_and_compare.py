"""`harness gate` and `harness compare` on stored runs made for it: exit codes, files, what is printed and refused."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.cli.main import main
from harness.cli.say import machine
from harness.selfcheck.synthetic_runs import FIRST, SECOND, Truth, synthetic_records, synthetic_run
from harness.store.documents import decode
from harness.store.run_folder import RunFolder, create_run

POLICY = """
schema = 1
name = "release"
candidate = "synthetic-v2"
[[floors]]
endpoint = "accepted"
at_least = 0.6
[non_inferiority]
endpoints = ["accepted"]
margin = 0.2
"""
GOOD = Truth(families=12, attempts=2, rate=0.98, spread=0.01)
RUNS = {
    "passes": (GOOD, 0),
    "blocks": (replace(GOOD, criticals=1), 1),
    "worse": (replace(GOOD, change=-0.5), 1),
    "undecided": (replace(GOOD, families=3), 3),
    "lost": (replace(GOOD, voids=5), 4),
}


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    path = tmp_path / "policy.toml"
    path.write_text(POLICY)
    return path


def gate(run: str, policy: Path, *more: str) -> int:
    return main(["gate", run, "--policy", str(policy), "--out", str(policy.parent), *more])


@pytest.mark.parametrize("name", list(RUNS))
def test_the_gate_exits_as_documented_and_says_why(name: str, policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth, code = RUNS[name]
    folder = synthetic_run(policy.parent, name, truth)
    assert gate(name, policy) == code
    printed = capsys.readouterr().out
    words = {0: "PASS", 1: "BLOCK", 3: "INCONCLUSIVE", 4: "INVALID"}
    assert printed.splitlines()[-1].startswith(f"{words[code]}: {SECOND}")
    assert "sha256" in printed
    root = folder.paths.root
    stored = decode("decision", (root / "decision.json").read_bytes(), root / "decision.json")
    assert stored["outcome"] == words[code]
    assert all(rule in printed for rule in stored["decided_by"])
    assert f"Release decision: {words[code]}" in (root / "report.html").read_text()
    assert "Comparison: synthetic-v2.md against synthetic-v1.md" in (root / "report.html").read_text()


def test_the_same_decision_is_written_for_every_reader(policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = synthetic_run(policy.parent, "r", replace(GOOD, criticals=2))
    job = policy.parent / "summary.md"
    job.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(job))
    assert gate("r", policy) == 1
    root = folder.paths.root
    assert job.read_text() == "before\n" + (root / "step-summary.md").read_text()
    assert "# BLOCK" in job.read_text()
    suite = ET.parse(root / "gate-junit.xml").getroot().find("testsuite")
    assert suite is not None
    assert suite.get("name") == SECOND
    blocked = [case.get("name") for case in suite if case.find("failure") is not None]
    assert blocked[0] == "confirmed_critical"
    assert suite.get("failures") == str(len(blocked))
    rows = list(csv.DictReader((root / "gate.csv").read_text().splitlines()))
    assert {row["rule"]: row["finding"] for row in rows}["confirmed_critical"] == "blocked"
    sarif = json.loads((root / "gate-sarif.json").read_text())
    assert len(sarif["runs"][0]["results"]) == 2
    assert sarif["runs"][0]["results"][0]["ruleId"] == "CWE-639"


def test_a_step_summary_that_cannot_be_written_is_no_reason_to_fail(
    policy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    synthetic_run(policy.parent, "r", replace(GOOD, families=2))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(policy.parent / "no" / "such" / "folder"))
    assert gate("r", policy) == 3
    assert "cannot be written" in capsys.readouterr().err


def test_json_is_the_stored_decision_and_the_code(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    synthetic_run(policy.parent, "r", replace(GOOD, families=3))
    assert gate("r", policy, "--json") == 3
    document = json.loads(capsys.readouterr().out)
    assert (document["outcome"], document["code"], document["candidate"]) == ("INCONCLUSIVE", 3, SECOND)


def test_a_baseline_from_another_run(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    synthetic_run(policy.parent, "old", GOOD)
    synthetic_run(policy.parent, "new", GOOD)
    assert gate("new", policy, "--baseline", "old") == 0
    synthetic_run(policy.parent, "other", GOOD, seed=2)
    assert gate("new", policy, "--baseline", "other") == 2
    assert "seed differ between the two runs" in capsys.readouterr().out


def test_unusable_input_is_refused_by_name(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    synthetic_run(policy.parent, "r", replace(GOOD, families=2))
    policy.write_text(POLICY.replace("synthetic-v2", "synthetic-v1"))
    assert gate("r", policy) == 2
    assert "candidate and baseline are both" in capsys.readouterr().err
    policy.write_text(POLICY.replace("synthetic-v2", "v3"))
    assert gate("r", policy) == 2
    assert "'v3' is not in this run; it has 1: synthetic-v1" in capsys.readouterr().err
    policy.write_text(POLICY + "oops = 1\n")
    assert gate("r", policy) == 2
    assert "unknown key 'oops'" in capsys.readouterr().err


def test_a_decision_is_marked_when_the_run_went_on_after_it(policy: Path) -> None:
    lock, records = synthetic_records(replace(GOOD, families=2), 1)
    folder = create_run(policy.parent, "r", lock, "2026-01-01T00:00:00Z", {})
    for record in records[:-1]:
        folder.save_record(record)
    assert gate("r", policy) == 4
    stale = "run `harness gate` again"
    assert stale not in report(folder)
    folder.save_record(records[-1])
    assert stale in report(folder)


def report(folder: RunFolder) -> str:
    root = folder.paths.root
    assert main(["report", "r", "--format", "html", "--out", str(root.parent)]) == 0
    return (root / "report.html").read_text()


def test_compare_prints_verdicts_differences_and_the_diff(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    synthetic_run(tmp_path, "r", Truth(families=12, attempts=5, change=-0.6, slower=1.5))
    assert main(["compare", "r", "--by", "agent", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    line = next(line for line in printed.splitlines() if line.startswith("accepted "))
    assert line.endswith("WORSE")
    assert "(n=60)" in line
    assert "Worse beyond chance: accepted, acceptance." in printed
    assert "SLOWER" in printed
    assert f"All of it: {tmp_path / 'r' / 'comparison.md'}" in printed
    page = (tmp_path / "r" / "comparison.md").read_text()
    assert f"-You are version {FIRST}." in page
    assert f"+You are version {SECOND}." in page


def test_compare_of_two_runs_pairs_the_same_versions_or_those_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        synthetic_run(tmp_path, name, Truth(families=3, attempts=2))
    assert main(["compare", "a", "b", "--out", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [pair["first"] for pair in found] == [f"{FIRST} in a", f"{SECOND} in a"]
    assert found[0]["endpoints"][0]["difference"] == 0
    named = ["compare", "a", "b", "--first", "1", "--second", "synthetic-v2", "--out", str(tmp_path), "--json"]
    assert main(named) == 0
    assert json.loads(capsys.readouterr().out)[0]["second"] == f"synthetic-v2.md ({SECOND})"
    assert main(["compare", "a", "b", "--first", "1", "--out", str(tmp_path)]) == 2
    assert "name one with --second" in capsys.readouterr().err


def test_compare_refuses_runs_that_differ_in_more_than_the_agent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    synthetic_run(tmp_path, "a", Truth(families=3, attempts=2))
    synthetic_run(tmp_path, "b", Truth(families=3, attempts=2), seed=7)
    assert main(["compare", "a", "b", "--out", str(tmp_path)]) == 2
    complaint = capsys.readouterr().err
    assert "seed (1 against 7)" in complaint
    assert "--allow seed" in complaint
    assert main(["compare", "a", "b", "--out", str(tmp_path), "--allow", "seed"]) == 0
    assert "seed" in capsys.readouterr().out.splitlines()[0]


def test_a_run_of_one_version_has_nothing_to_compare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock, records = synthetic_records(Truth(families=1, attempts=1), 1)
    single = replace(
        lock, agents={FIRST: lock.agents[FIRST]}, trials=tuple(t for t in lock.trials if t.agent_label == FIRST)
    )
    create_run(tmp_path, "r", single, "2026-01-01T00:00:00Z", {}).save_record(records[0])
    assert main(["compare", "r", "--out", str(tmp_path)]) == 2
    assert "one agent version only" in capsys.readouterr().err
    assert main(["report", "r", "--out", str(tmp_path)]) == 0


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        ("candidate", '"synthetic-v2"', '"nobody"'),
        ("baseline", "[[floors]]", 'baseline = "nobody"\n[[floors]]'),
    ],
)
def test_a_version_that_is_not_in_the_run_is_named_with_file_and_key(
    policy: Path, capsys: pytest.CaptureFixture[str], key: str, old: str, new: str
) -> None:
    synthetic_run(policy.parent, "r", GOOD)
    policy.write_text(policy.read_text().replace(old, new))
    assert gate("r", policy) == 2
    assert f"{policy}: key {key}: 'nobody' is not in this run; it has 1: synthetic-v1" in capsys.readouterr().err


def unlike_run(folder: Path, name: str, **keys: object) -> None:
    """A stored run whose second version was run in another way."""
    lock, records = synthetic_records(GOOD, 1)
    agents = {**lock.agents, SECOND: {**lock.agents[SECOND], **keys}}
    run = create_run(folder, name, replace(lock, agents=agents), "2026-01-02T00:00:00Z", {})
    for record in records:
        run.save_record(record)


def test_versions_of_one_run_with_different_models_are_compared_only_when_asked_to(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unlike_run(policy.parent, "r", model="large-2")
    asked = ["compare", "r", "--out", str(policy.parent)]
    assert main(asked) == 2
    assert "model (not stated against 'large-2')" in capsys.readouterr().err
    assert main([*asked, "--allow", "adapter,tools"]) == 2
    assert main([*asked, "--allow", "weather"]) == 2
    assert "--allow: 'weather' is nothing that can differ; choose from model, adapter" in capsys.readouterr().err
    assert main([*asked, "--allow", "adapter,model"]) == 0
    assert "model" in capsys.readouterr().out.splitlines()[0]
    assert main(["report", "r", "--format", "html", "--out", str(policy.parent)]) == 0
    page = (policy.parent / "r" / "report.html").read_text()
    assert "harness compare r --allow model" in page


def test_a_gate_says_invalid_for_what_its_policy_does_not_let_differ(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unlike_run(policy.parent, "r", model="large-2")
    assert gate("r", policy) == 2
    assert 'may_differ = ["model"]' in capsys.readouterr().out
    policy.write_text(POLICY.replace("[[floors]]", 'may_differ = ["model"]\n[[floors]]'))
    assert gate("r", policy) == 0
    printed = capsys.readouterr().out
    assert "model differ between the two versions" in printed
    policy.write_text(POLICY.replace("[[floors]]", 'may_differ = ["modle"]\n[[floors]]'))
    assert gate("r", policy) == 2
    complaint = capsys.readouterr().err
    assert f"{policy}: key may_differ: 'modle' is nothing that can differ" in complaint


def test_machine_output_is_json_whatever_it_holds() -> None:
    def refuse(word: str) -> float:
        raise AssertionError(f"{word} is not JSON")

    said = machine({"ratio": float("inf"), "inner": [float("nan"), {"low": float("-inf"), "p": 0.5}], "text": "∞"})
    assert json.loads(said, parse_constant=refuse) == {
        "ratio": None,
        "inner": [None, {"low": None, "p": 0.5}],
        "text": "∞",
    }
