"""A gate's decision for people and CI systems: section, text, step summary, JUnit, CSV.

Refuses to leave a reason out: what did not decide stands there too, with its counts.
"""

import csv
import io
from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as ET

from harness.model.decision import Decision, Reason
from harness.report.markdown import markdown_section
from harness.report.parts import Section, Table
from harness.report.safe_text import csv_cell, markdown, terminal_line, visible
from harness.report.verdict import Verdict

_WORD: Final = {
    "met": "ok",
    "blocked": "BLOCK",
    "open": "open",
    "invalid_input": "INVALID",
    "invalid_infrastructure": "INVALID",
    "review": "review",
    "note": "note",
}
_ORDER: Final = "Order, first hit wins: INVALID, BLOCK (safety), BLOCK (worse or below a floor), PASS, INCONCLUSIVE."


def decision_section(decision: Decision, verdict: Verdict, stale: bool = False) -> Section:
    """The decision and every reason; `stale` = trials were measured or finished after it was made."""
    rows = tuple((reason.stage, reason.rule, _WORD[reason.finding], reason.text) for reason in decision.reasons)
    paragraphs = [verdict.line, _ORDER, _basis(decision)]
    if stale:
        paragraphs.insert(1, "The run has changed since this decision was made: run `harness gate` again.")
    table = Table("Every rule and its answer", ("stage", "rule", "answer", "why"), rows)
    return Section("decision", f"Release decision: {decision.outcome}", tuple(paragraphs), (table,))


def decision_text(decision: Decision, verdict: Verdict) -> str:
    """For a terminal: one line per reason, the verdict last."""
    width = max(len(reason.rule) for reason in decision.reasons)
    lines = [f"{_WORD[r.finding]:<7}  {r.rule:<{width}}  {terminal_line(r.text)}" for r in decision.reasons]
    return "\n".join([terminal_line(_basis(decision)), *lines, terminal_line(verdict.line)]) + "\n"


def step_summary(decision: Decision, verdict: Verdict, others: Sequence[Section] = ()) -> bytes:
    """Markdown for a CI job's summary page (GITHUB_STEP_SUMMARY): the decision, then other sections."""
    blocks = [f"# {markdown(verdict.line)}", *markdown_section(decision_section(decision, verdict))]
    for section in others:
        blocks += markdown_section(section)
    return ("\n\n".join(blocks) + "\n").encode("utf-8")


def decision_junit(decision: Decision) -> bytes:
    """Each rule as a test case: blocked = failure, invalid = error, open = skipped."""
    root = ET.Element("testsuites", name=visible(f"gate {decision.policy}"))
    suite = ET.SubElement(root, "testsuite", name=visible(decision.candidate))
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for reason in decision.reasons:
        if reason.finding in ("note", "review"):
            continue
        case = ET.SubElement(suite, "testcase", name=visible(reason.rule), classname=visible(reason.stage), time="0")
        counts["tests"] += 1
        _answer(case, reason, counts)
    suite.attrib.update({key: str(value) for key, value in counts.items()})
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def decision_csv(decision: Decision) -> bytes:
    """One row per reason (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("outcome", "policy", "policy_sha256", "candidate", "baseline", "stage", "rule", "finding", "text"))
    head = (decision.outcome, decision.policy, decision.policy_sha256, decision.candidate, decision.baseline)
    for r in decision.reasons:
        writer.writerow([csv_cell(value) for value in (*head, r.stage, r.rule, r.finding, r.text)])
    return out.getvalue().encode("utf-8")


def _answer(case: ET.Element, reason: Reason, counts: dict[str, int]) -> None:
    text = visible(reason.text)
    if reason.finding == "met":
        ET.SubElement(case, "system-out").text = text
    elif reason.finding == "open":
        counts["skipped"] += 1
        ET.SubElement(case, "skipped", message=text)
    else:
        tag, count = ("failure", "failures") if reason.finding == "blocked" else ("error", "errors")
        counts[count] += 1
        ET.SubElement(case, tag, type=reason.finding, message=text).text = text


def _basis(decision: Decision) -> str:
    against = f", baseline {decision.baseline}" if decision.baseline else ""
    return (
        f"policy {decision.policy} (sha256 {decision.policy_sha256[:16]}), candidate {decision.candidate}{against},"
        f" run {decision.run}, lock {decision.lock_hash[:12]}, {decision.judged} trials of the candidate with a verdict"
    )
