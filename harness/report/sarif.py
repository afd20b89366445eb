"""`sarif.json`: security findings in SARIF 2.1.0 (OASIS standard), for code scanning views.

Refuses findings that are not about security (no severity), and never calls an unconfirmed one an error.
"""

import hashlib
import json
from typing import Any, Final
from urllib.parse import quote

from harness.model.score import Evidence, Score
from harness.model.trial import Scored, TrialRecord
from harness.report.parts import FILE_LINE, Bundle
from harness.report.safe_text import visible

SCHEMA_URI: Final = "https://json.schemastore.org/sarif-2.1.0.json"
# `security-severity` in the bands code scanning uses: critical > 9.0, high 7.0-8.9, medium 4.0-6.9, low < 4.0.
_SEVERITY: Final = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}


def sarif_document(bundle: Bundle) -> bytes:
    """One SARIF run; each result is one piece of evidence with a severity, located in the stored submission."""
    rules: dict[str, dict[str, Any]] = {}
    results = []
    for record in bundle.records:
        for scorer, evidence in _findings(record):
            rule = f"CWE-{evidence.cwe}" if evidence.cwe is not None else f"{scorer}/{evidence.severity}"
            rules.setdefault(rule, _rule(rule, evidence))
            results.append(_result(record, scorer, rule, evidence))
    driver = {
        "name": "harness",
        "semanticVersion": bundle.lock.harness_version or "0.0.0",
        "rules": [rules[name] for name in sorted(rules)],
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "automationDetails": {"id": visible(bundle.run)},
        "results": results,
    }
    if bundle.left_out:
        run["properties"] = {"trials_left_out": bundle.left_out}
    document = {"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, allow_nan=False, ensure_ascii=True, indent=1).encode("ascii") + b"\n"


def _findings(record: TrialRecord) -> list[tuple[str, Evidence]]:
    if not isinstance(record.outcome, Scored):
        return []
    return [
        (result.scorer, evidence)
        for result in record.outcome.scores
        if isinstance(result, Score)
        for evidence in result.evidence
        if evidence.severity in _SEVERITY and evidence.status != "cannot_run"
    ]


def _rule(rule: str, evidence: Evidence) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": rule,
        "shortDescription": {"text": visible(rule)},
        "properties": {"security-severity": _SEVERITY[evidence.severity], "tags": ["security"]},
    }
    if evidence.cwe is not None:
        described["helpUri"] = f"https://cwe.mitre.org/data/definitions/{evidence.cwe}.html"
    return described


def _result(record: TrialRecord, scorer: str, rule: str, evidence: Evidence) -> dict[str, Any]:
    trial = record.trial
    text = f"{evidence.title} [{trial.task_id}, {trial.agent_label}, attempt {trial.attempt}; {scorer}]"
    identity = "\0".join((trial.task_id, trial.agent_label, scorer, rule, evidence.where, evidence.title))
    return {
        "ruleId": rule,
        "level": _level(evidence),
        "message": {"text": visible(text)},
        "locations": [_location(trial.name, evidence.where)],
        "partialFingerprints": {"finding/v1": hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()},
        "properties": {"status": visible(evidence.status), "severity": evidence.severity, "trial": trial.name},
    }


def _level(evidence: Evidence) -> str:
    """error for confirmed critical or high, warning for other critical to medium, note for the rest."""
    if evidence.status == "suppressed" or evidence.severity == "low":
        return "note"
    return "error" if evidence.status == "confirmed" and evidence.severity in ("critical", "high") else "warning"


def _location(trial: str, where: str) -> dict[str, Any]:
    found = FILE_LINE.fullmatch(where)
    if found is None:
        return {"logicalLocations": [{"fullyQualifiedName": visible(where) or trial, "kind": "resource"}]}
    uri = quote(f"trials/{trial}/submission/{found['file'].lstrip('/')}", safe="/@", errors="replace")
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": int(found["line"])}}}
