"""`junit.xml`: every planned trial as a test case, for CI systems that draw test tables.

Refuses to report a Void or a missing trial as passed or failed: they are errors and skips. XML 1.0 cannot hold most
control characters, so all text passes `visible`.
"""

from typing import Final
from xml.etree import ElementTree as ET

from harness.model.trial import Failed, Scored, Trial, TrialRecord, Void
from harness.report.aggregate import versions_of
from harness.report.explain import explain
from harness.report.parts import Bundle
from harness.report.safe_text import visible

_COUNTED: Final = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def junit_xml(bundle: Bundle) -> bytes:
    """One suite per version: not accepted and failed = failure, void = error, undetermined and missing = skipped."""
    root = ET.Element("testsuites", name=visible(bundle.run))
    known = {record.trial: record for record in bundle.records}
    for version in versions_of(bundle):
        suite = ET.SubElement(root, "testsuite", name=visible(version))
        counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
        seconds = 0.0
        for trial in bundle.lock.trials:
            if trial.agent_label != version:
                continue
            case = _case(suite, trial, known.get(trial))
            seconds += float(case.get("time", "0"))
            counts["tests"] += 1
            for child in case:
                if child.tag in _COUNTED:
                    counts[_COUNTED[child.tag]] += 1
        suite.attrib.update({key: str(value) for key, value in counts.items()}, time=f"{seconds:.3f}")
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _case(suite: ET.Element, trial: Trial, record: TrialRecord | None) -> ET.Element:
    seconds = sum(record.durations_s.values()) if record else 0.0
    case = ET.SubElement(
        suite,
        "testcase",
        name=visible(f"{trial.task_id} #{trial.attempt}"),
        classname=visible(trial.agent_label),
        time=f"{seconds:.3f}",
    )
    told = explain(trial, record)
    match record.outcome if record else None:
        case Failed(code=code):
            _say(case, "failure", code, told.headline, told.log)
        case Void(blame=blame, code=code):
            _say(case, "error", f"{blame}.{code}", told.headline, "")
        case Scored(accepted="no"):
            _say(case, "failure", "not_accepted", told.headline, "\n".join(told.why))
        case Scored(accepted="undetermined"):
            _say(case, "skipped", "undetermined", told.headline, "\n".join(told.why))
        case None:
            _say(case, "skipped", "missing", told.headline, "")
    scores = "\n".join(f"{result.scorer}: {result.value} ({result.counted})" for result in told.results)
    if scores:
        ET.SubElement(case, "system-out").text = visible(scores)
    return case


def _say(case: ET.Element, tag: str, kind: str, message: str, text: str) -> None:
    attributes = (
        {"message": visible(message)} if tag == "skipped" else {"type": visible(kind), "message": visible(message)}
    )
    ET.SubElement(case, tag, attributes).text = visible(text)
