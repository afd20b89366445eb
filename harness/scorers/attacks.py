"""Scorer `attacks`: share of the tried exploits that the submission blocked.

It refuses to call anything secure that was not tried: cannot_run leaves the denominator, and when nothing could be
tried the result is Unmeasured. Zero exploits found is printed with the exact bound that this many tries support (about
3/n at 95 %, Hanley & Lippman-Hand 1983), never as "no vulnerabilities". Secrets in the service's log are
one more attack, where any environment value is secret and any other attack made the service work.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.claims.interval import upper_share
from harness.model.probe import Observation
from harness.model.score import Evidence, NotApplicable, Score, ScoreResult, Unmeasured
from harness.model.task import Task
from harness.scorers.evidence import curl_line, exchange_text, printable, story, where

Attack = Mapping[str, Any]


@dataclass(frozen=True)
class AttacksScorer:
    """value = blocked / tried; metrics: tried, planned, exploited, cannot_run, confirmed_critical, critical_untried."""

    name: str = "attacks"
    version: int = 2
    probes: tuple[str, ...] = ("attacks",)

    def score(
        self, task: Task, observations: Mapping[str, Observation], reference: Mapping[str, Observation]
    ) -> ScoreResult:
        if not task.attacks:
            return NotApplicable(self.name, self.version, "the task has no attacks")
        seen = observations["attacks"]
        attacks: Sequence[Attack] = seen.facts.get("attacks") or []
        if seen.status != "measured" or not attacks:
            blame = seen.facts.get("blame", "infrastructure")
            return Unmeasured(self.name, self.version, blame, seen.cause or "no attack ran")
        untried = [attack for attack in attacks if attack["result"] == "cannot_run"]
        if len(untried) == len(attacks):
            # The reference lets every attack run (checked per task), so what stopped them all is the submission.
            cause = f"none of {len(attacks)} attacks could be tried; first: {untried[0]['id']}: {untried[0]['message']}"
            return Unmeasured(self.name, self.version, "agent", printable(cause)[:600])
        attacks = [*attacks, *_log_attack(seen.facts)]
        exploited = [attack for attack in attacks if attack["result"] == "exploited"]
        untried = [attack for attack in attacks if attack["result"] == "cannot_run"]
        tried = len(attacks) - len(untried)
        return Score(
            self.name,
            self.version,
            (tried - len(exploited)) / tried,
            tried - len(exploited),
            tried,
            _basis(tried, len(attacks), len(exploited)),
            (*(_exploit(attack, 1 / tried) for attack in exploited), *(_untried(attack) for attack in untried)),
            ("attacks_untried",) if untried else (),
            _metrics(attacks, exploited, tried),
        )


def _log_attack(facts: Mapping[str, Any]) -> list[Attack]:
    """The service's log as one more attack; none when nothing secret was given to the service."""
    checked, names = facts.get("log_checked", "none"), facts.get("secrets_in_log") or []
    if checked == "none":
        return []
    frame = {"id": "service.log", "title": "Find a secret in the service's log", "cwe": 532, "severity": "high"}
    if names:
        found = f"a secret part of {', '.join(names)} stands in the log; see service.log of the stored trial"
        shown = "grep -nE '[0-9a-fA-F]{16,}' probes/attacks/service.log"
        return [{**frame, "kind": "log", "result": "exploited", "message": found, "reproduce": shown}]
    if checked == "tail":
        return [{**frame, "result": "cannot_run", "message": "only the end of the log was kept, and it shows none"}]
    return [{**frame, "result": "blocked", "message": ""}]


def _basis(tried: int, planned: int, exploited: int) -> str:
    text = f"attacks blocked of {tried} tried ({planned} planned)"
    if exploited:
        return text
    bound = math.ceil(round(100 * upper_share(0, tried), 6)) / 100  # rounded up: a bound is never printed too small
    return f"{text}; 0 exploited in {tried} tries: rate < {bound:.2f} at 95 %"


def _metrics(attacks: Sequence[Attack], exploited: Sequence[Attack], tried: int) -> Mapping[str, Any]:
    return {
        "planned": len(attacks),
        "tried": tried,
        "exploited": len(exploited),
        "cannot_run": len(attacks) - tried,
        "confirmed_critical": sum(attack["severity"] == "critical" for attack in exploited),
        "confirmed_high": sum(attack["severity"] == "high" for attack in exploited),
        "confirmed_cwes": sorted({attack["cwe"] for attack in exploited}),
        "critical_untried": sum(a["severity"] == "critical" and a["result"] == "cannot_run" for a in attacks),
    }


def _exploit(attack: Attack, points: float) -> Evidence:
    exchanges = attack.get("exchanges") or []
    last = exchanges[-1] if exchanges else {}
    steps = story(exchanges)
    detail = [f"obtained: {attack['message']}", *(exchange_text(exchange) for exchange in steps)]
    return Evidence(
        kind=attack.get("kind", "request"),
        title=printable(attack["title"]),
        detail=printable("\n".join(detail)),
        where=where(last) or printable(attack.get("where") or attack["id"]),
        reproduce=attack.get("reproduce") or "\n".join(curl_line(step) for step in steps),
        points=points,
        severity=attack["severity"],
        cwe=attack["cwe"],
        status="confirmed",
    )


def _untried(attack: Attack) -> Evidence:
    exchanges = attack.get("exchanges") or []
    return Evidence(
        kind="request",
        title=printable(f"not tried: {attack['title']}"),
        detail=printable(attack["message"]),
        where=printable(attack.get("where") or attack["id"]),
        reproduce=curl_line(exchanges[-1]) if exchanges else "",
        severity=attack["severity"],
        cwe=attack["cwe"],
        status="cannot_run",
    )


SCORER = AttacksScorer()
