"""Comparison and decision as shown: nothing hostile gets through, every rate has its n, codes are as documented."""

import csv
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from harness.compare.arms import arm
from harness.compare.comparison import Comparison, compare
from harness.model.decision import Decision, Finding, Outcome, Reason
from harness.report.comparison import comparison_object, comparison_section, comparison_text
from harness.report.decision import decision_csv, decision_junit, decision_section, decision_text, step_summary
from harness.report.parts import Bundle
from harness.report.render import render
from harness.report.verdict import gate_verdict
from harness.selfcheck.synthetic_runs import FIRST, SECOND, Truth, synthetic_records

HOSTILE = "<script>alert(1)</script>\x1b[2J | `x` \u202e"


def comparison(truth: Truth, definition: str = "") -> Comparison:
    lock, records = synthetic_records(truth, 1)
    return compare(arm("run", lock, records, FIRST, "a"), arm("run", lock, records, SECOND, definition))


def decision(outcome: Outcome, *findings: Finding) -> Decision:
    reasons = tuple(Reason("safety", f"rule.{n}", f, f"why {n} {HOSTILE}") for n, f in enumerate(findings))
    return Decision(outcome, "p", "ab" * 32, SECOND, FIRST, "run", "cd" * 32, 7, ("rule.0",), reasons)


@pytest.mark.parametrize(
    ("outcome", "findings", "code"),
    [
        ("PASS", ("met", "note"), 0),
        ("BLOCK", ("blocked",), 1),
        ("INCONCLUSIVE", ("open",), 3),
        ("INVALID", ("invalid_infrastructure", "blocked"), 4),
        ("INVALID", ("invalid_infrastructure", "invalid_input"), 2),
    ],
)
def test_word_and_code_come_from_one_function(outcome: Outcome, findings: tuple[Finding, ...], code: int) -> None:
    found = gate_verdict(decision(outcome, *findings))
    assert found.code == code
    assert found.line.startswith(f"{outcome}: {SECOND}")
    assert found.word == outcome.lower()


def test_every_reason_is_shown_everywhere_and_none_can_deceive() -> None:
    findings: tuple[Finding, ...] = ("met", "blocked", "open", "invalid_input", "review", "note")
    shown = decision("BLOCK", *findings)
    verdict = gate_verdict(shown)
    text = decision_text(shown, verdict)
    assert all(f"rule.{n}" in text for n in range(6))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(text.splitlines()) == 8
    junit = ET.fromstring(decision_junit(shown))
    suite = junit[0]
    assert [suite.get(key) for key in ("tests", "failures", "errors", "skipped")] == ["4", "1", "1", "1"]
    rows = list(csv.reader(decision_csv(shown).decode().splitlines()))
    assert len(rows) == 7
    assert all("\x1b" not in cell for row in rows for cell in row)
    summary = step_summary(shown, verdict).decode()
    assert "<script>" not in summary
    assert all(f"rule\\.{n}" in summary for n in range(6))
    assert "run `harness gate` again" in " ".join(decision_section(shown, verdict, stale=True).paragraphs)


def test_every_rate_is_shown_with_its_n_and_every_endpoint_with_its_reason() -> None:
    found = comparison(Truth(families=3, attempts=4, voids=2))
    (table, reasons, lost, *_) = comparison_section(found).tables
    assert [row[0] for row in table.rows] == ["accepted", "acceptance", "attacks", "load"]
    assert all("(n=12)" in row[1] and "(n=10)" in row[2] for row in table.rows)
    assert all("3 of 12 task families needed" in row[-1] for row in reasons.rows)
    assert sorted(name for row in reasons.rows for name in row[1].split(", ")) == sorted(row[0] for row in table.rows)
    assert len({(row[0], row[2]) for row in reasons.rows}) == len(reasons.rows), "no reason is read twice"
    assert lost.caption == "Trials without a value, or failed"
    assert ("accepted", "second", "10", "0", "2", "0", "0", "0", "0", "0") in lost.rows
    text = comparison_text(found)
    assert text.count("INCONCLUSIVE") == len(table.rows) + len(reasons.rows)
    assert "accepted / task-01" in text


def test_the_object_for_programs_keeps_unrounded_numbers_and_counts() -> None:
    (accepted, *_) = comparison_object(comparison(Truth(families=12, attempts=3, change=-0.6)))["endpoints"]
    assert accepted["verdict"] == "WORSE"
    assert accepted["first"]["n"] == 36
    assert accepted["interval_95"][1] < 0
    assert len(accepted["tasks"]) == 12
    assert accepted["difference"] == pytest.approx(sum(t["difference"] for t in accepted["tasks"]) / 12)


def test_a_hostile_definition_is_shown_as_text_on_every_page() -> None:
    found = comparison(Truth(families=2, attempts=2), f"a\n{HOSTILE}\n```\n# no heading\n")
    lock, records = found.first.lock, (*found.first.records, *found.second.records)
    section = comparison_section(found)
    files = render(Bundle("run", lock, records, sections=(section,)), ("html", "md", "json"))
    page, markdown = files["report.html"].decode(), files["report.md"].decode()
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "````diff" in markdown
    assert "\u202e" not in page + markdown
    assert "\x1b" not in page + markdown + comparison_text(found)


def test_what_differs_besides_the_agent_stands_beside_the_verdicts() -> None:
    found = comparison(Truth(families=2, attempts=2))
    other = replace(found.second, lock=replace(found.second.lock, harness_version="9", families={}))
    again = compare(replace(found.first, lock=replace(found.first.lock, families={})), other)
    paragraphs = " ".join(comparison_section(again).paragraphs)
    assert "harness version differ: '0' against '9'" in paragraphs
    assert "every task counts as a family of its own" in paragraphs
