"""Scorer `static`: weaknesses in the submission's source, by our own severities.

    value = max(0, 1 - sum of penalties);  penalty per finding: critical 1.0, high 0.5, medium 0.2, low 0.05

One finding is one (file, line, CWE), whatever number of tools report it. Findings in tests weigh nothing, unless the
service runs that code. A comment that silences a scanner changes nothing but the finding's status (`suppressed`) and
raises the flag `suppressions`; a file that no scanner can read counts as `high`: no finding there is no evidence.
It refuses to call a finding confirmed: that takes an attack that reproduces it (`merge_confirmed`); and "clean" here
means that these scanners found nothing, never that nothing is there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.model.jsontypes import JsonObject
from harness.model.probe import Observation
from harness.model.score import Evidence, NotApplicable, Score, ScoreResult
from harness.model.task import Task
from harness.scorers.severity import SEVERITIES, assess

PENALTY = {"critical": 1.0, "high": 0.5, "medium": 0.2, "low": 0.05}
UNREADABLE = "high"
SAME_WEAKNESS = (  # CWEs under which an attack and a scanner name the same thing
    frozenset({20, 74, 89, 943}),
    frozenset({77, 78, 94, 95, 489}),
    frozenset({259, 321, 522, 798}),
    frozenset({22, 23, 36, 73}),
    frozenset({287, 290, 345, 347}),
    frozenset({326, 327, 328, 330, 338, 759, 760, 916}),
)


@dataclass(frozen=True)
class Weakness:
    """One (file, line, CWE) with everything reported about it."""

    file: str
    line: int
    cwe: int
    severity: str
    rules: tuple[str, ...]
    message: str
    code: str
    suppressed: bool
    test_code: bool
    python: bool


@dataclass(frozen=True)
class StaticScorer:
    """See the module docstring."""

    name: str = "static"
    version: int = 2
    probes: tuple[str, ...] = ("static",)

    def score(
        self, task: Task, observations: Mapping[str, Observation], reference: Mapping[str, Observation]
    ) -> ScoreResult:
        return merge_confirmed(self._graded(observations["static"].facts), observations.get("attacks"))

    def _graded(self, facts: JsonObject) -> ScoreResult:
        if not facts["python_files"] and not facts["unparsed"]:
            reason = "no Python in this submission: its language is not scanned"
            return NotApplicable(self.name, self.version, reason, because="submission")
        found = weaknesses(facts["findings"])
        weighed = [weakness for weakness in found if not weakness.test_code]
        in_tests = () if facts["tests_are_code"] else ("tests/", "test/")
        unread = [path for path in facts["unparsed"] if not path.startswith(in_tests)]
        lost = sum(PENALTY[w.severity] for w in weighed) + PENALTY[UNREADABLE] * len(unread)
        share = 1 / max(1.0, lost)  # points of all evidence add up to what was lost
        evidence = [_evidence(weakness, share) for weakness in weighed]
        evidence += [_unread(path, PENALTY[UNREADABLE] * share) for path in unread]
        evidence += [_evidence(weakness, 0.0) for weakness in found if weakness.test_code]
        counts = {severity: sum(w.severity == severity for w in weighed) for severity in SEVERITIES}
        return Score(
            self.name,
            self.version,
            value=max(0.0, 1.0 - lost),
            passed=facts["python_files"] - len({w.file for w in weighed if w.python}.union(unread)),
            total=facts["python_files"],
            basis="Python files without a finding; value = 1 - penalties of the findings by severity",
            evidence=tuple(evidence),
            flags=_flags(facts, found),
            metrics={
                **counts,
                "findings": len(weighed),
                "findings_in_tests": len(found) - len(weighed),
                "suppressed": sum(w.suppressed for w in found),
                "suppression_comments": facts["suppressions"],
                "unparsed_files": len(facts["unparsed"]),
                "files": facts["files"],
                "lines": facts["lines"],
                "other_code_files": len(facts["other_code"]),
                "skipped_files": len(facts["skipped"]),
                "confirmed_critical": 0,
                "critical_unconfirmed": counts["critical"],
            },
        )


def weaknesses(findings: Iterable[Mapping[str, Any]]) -> tuple[Weakness, ...]:
    """Raw findings graded and merged by (file, line, CWE), worst first."""
    merged: dict[tuple[str, int, int], Weakness] = {}
    for finding in sorted(findings, key=lambda f: (f["tool"] != "bandit", f["file"], f["line"])):
        graded = assess(finding)
        if graded is None:
            continue
        cwe, severity = graded
        key = (finding["file"], finding["line"], cwe)
        rule = f"{finding['tool']} {finding['rule']}"
        known = merged.get(key)
        if known is None:
            merged[key] = Weakness(
                *key,
                severity,
                (rule,),
                finding["message"],
                finding.get("code", ""),
                bool(finding.get("suppressed")),
                bool(finding.get("test_code")),
                bool(finding.get("python", True)),
            )
        elif rule not in known.rules:
            worse = known.severity
            # Where bandit has looked at a line it knows more than ruff (constant commands, confidence).
            if finding["tool"] not in ("ruff", "detect-secrets") or not known.rules[0].startswith("bandit"):
                worse = min(known.severity, severity, key=SEVERITIES.index)
            hushed = known.suppressed or bool(finding.get("suppressed"))
            merged[key] = replace(known, severity=worse, rules=(*known.rules, rule), suppressed=hushed)
    return tuple(sorted(merged.values(), key=lambda w: (SEVERITIES.index(w.severity), w.file, w.line, w.cwe)))


def merge_confirmed(result: ScoreResult, attacks: Observation | None) -> ScoreResult:
    """The same result with `status` confirmed where an attack of `attacks` that succeeded reproduces a finding.

    An attack confirms a finding when both name the same weakness. An attack knows no line, so it confirms every finding
    of its kind: the report shows them all as candidates. Adds the metric `confirmed` and splits the criticals into
    `confirmed_critical` and `critical_unconfirmed`.
    """
    if not isinstance(result, Score) or attacks is None or attacks.status != "measured":
        return result
    worked = [attack for attack in attacks.facts.get("attacks", ()) if attack.get("result") == "exploited"]
    evidence = tuple(_confirmed(entry, worked) for entry in result.evidence)
    confirmed = [entry for entry in evidence if entry.status == "confirmed"]
    critical = sum(entry.severity == "critical" for entry in confirmed)
    left = int(result.metrics["critical"]) - critical
    split: JsonObject = {"confirmed": len(confirmed), "confirmed_critical": critical, "critical_unconfirmed": left}
    return replace(result, evidence=evidence, metrics={**result.metrics, **split})


def _confirmed(entry: Evidence, worked: Sequence[Mapping[str, Any]]) -> Evidence:
    if entry.kind != "finding" or entry.cwe is None or entry.status == "in tests":
        return entry
    for attack in worked:
        if _same_weakness(entry.cwe, int(attack["cwe"])):
            detail = f"{entry.detail}\nreproduced by the attack {attack['title']!r}: {attack.get('message', '')[:300]}"
            return replace(entry, status="confirmed", detail=detail)
    return entry


def _same_weakness(one: int, other: int) -> bool:
    return one == other or any(one in group and other in group for group in SAME_WEAKNESS)


def _flags(facts: JsonObject, found: Sequence[Weakness]) -> tuple[str, ...]:
    flags = {
        "suppressions": any(weakness.suppressed for weakness in found),
        "unscanned_code": bool(facts["unparsed"]),
        "disguised_code": bool(facts["disguised"]),
        "code_in_tests": bool(facts["tests_are_code"]),
    }
    return tuple(sorted(name for name, raised in flags.items() if raised))


def _evidence(weakness: Weakness, share: float) -> Evidence:
    status = "in tests" if weakness.test_code else "suppressed" if weakness.suppressed else "unconfirmed"
    where = f"{weakness.file}:{weakness.line}"
    return Evidence(
        "finding",
        f"CWE-{weakness.cwe}: {weakness.message}",
        f"{weakness.code}\nreported by {', '.join(weakness.rules)}",
        where,
        f"sed -n '{weakness.line}p' submission/{_quoted(weakness.file)}",
        PENALTY[weakness.severity] * share,
        weakness.severity,
        weakness.cwe,
        status,
    )


def _unread(path: str, points: float) -> Evidence:
    title = "no scanner could read this file; it may hold anything"
    line = f"python3 -m py_compile submission/{_quoted(path)}"
    return Evidence("finding", title, "", path, line, points, UNREADABLE, None, "unscanned")


def _quoted(path: str) -> str:
    return "'" + path.replace("'", "'\\''") + "'"


SCORER = StaticScorer()
