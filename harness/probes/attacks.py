"""Probe `attacks`: the task's exploits, pytest files run as a black box over HTTP, three-valued.

It refuses to call anything secure that was not tried: a test that crashes, fails an assertion (its positive control),
is skipped, or got no answer at all is `cannot_run`. Facts of a measured observation:

    attacks          list of {id, title, cwe, severity, result, message, where, exchanges}; result: blocked, exploited,
                     or cannot_run; message says what was obtained, or why it could not run. Where the service has
                     secrets, the last one is all answers together: none may repeat a secret in force
    secrets_in_log   names of environment values of which a secret part (16 or more hex digits) stands in the service's
                     log; log_checked: whole | tail (its beginning was lost: a sandbox that did not look while the
                     service wrote) | none (no value looks secret)
    user_agent, seconds, service   as in the probe `acceptance`
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.model.probe import Observation, ProbeCommand, ProbeOutput
from harness.model.task import Task
from harness.probes.acceptance import observe_tests
from harness.probes.report_line import observe_report, void

TOTAL_S = 90.0
SEVERITIES = ("critical", "high", "medium", "low")
SECRET = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{16,}(?![0-9a-fA-F])")


@dataclass(frozen=True)
class AttacksProbe:
    """See the module docstring."""

    name: str = "attacks"
    version: int = 3

    def command(self, task: Task, profile: str) -> ProbeCommand:
        """The profile changes nothing: every exploit is tried in each."""
        return ProbeCommand(
            probe=self.name,
            image="attacks",
            parameters={"total_s": TOTAL_S},
            files={f"attacks/{path}": content for path, content in task.attacks.items()},
            timeout_s=TOTAL_S + task.limits.start_timeout_s + 15,
            log_secrets=SECRET.pattern,
        )

    def observe(self, output: ProbeOutput) -> Observation:
        seen = observe_tests(observe_report(self.name, self.version, output))
        if seen.status != "measured":
            return seen
        tests = seen.facts["tests"]
        unmarked = [test["id"] for test in tests if not _marked(test)]
        if unmarked:
            expected = f'@pytest.mark.attack(cwe=NUMBER, severity={"|".join(SEVERITIES)}, title="…")'
            return void(seen, "task", f"attack {unmarked[0]!r} lacks its marker: expected {expected}")
        names = ("user_agent", "seconds", "service", "limits")
        kept = {key: seen.facts[key] for key in names if key in seen.facts}
        attacks = [*(_attack(test) for test in tests), *_every_answer(seen.facts)]
        facts = {"attacks": attacks, **log_facts(output), **kept}
        return Observation(self.name, self.version, "measured", facts)


def log_facts(output: ProbeOutput) -> dict[str, Any]:
    """`secrets_in_log` and `log_checked`, see the module docstring. The probe's container never sees the log."""
    secrets = {name: SECRET.findall(value) for name, value in output.environment.items()}
    if not any(secrets.values()):
        return {"secrets_in_log": [], "log_checked": "none"}
    fate = output.service
    log = fate.log.decode("utf-8", "replace")
    found = {name for name, parts in secrets.items() if any(part in log for part in parts)}
    whole = fate.log_secrets is not None or not fate.log_truncated
    return {"secrets_in_log": sorted(found.union(fate.log_secrets or ())), "log_checked": "whole" if whole else "tail"}


def result_of(test: Mapping[str, Any]) -> tuple[str, str]:
    """(blocked | exploited | cannot_run, reason) of one test record."""
    outcome, message = test["outcome"], str(test.get("message", ""))
    if outcome == "exploited":
        return "exploited", message
    if outcome == "passed":
        return ("blocked", "") if test.get("answered") else ("cannot_run", "the attack got no answer from the service")
    if outcome == "cannot_run":
        return "cannot_run", message
    return "cannot_run", f"the attack ended as {outcome!r}, not with a result: {message}"


def _every_answer(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What all attacks together were answered, as one more attack: none of it may repeat a secret in force."""
    if not facts.get("secrets_watched"):
        return []
    frame = {"id": "every answer", "title": "Find a live secret in any answer", "cwe": 200, "severity": "high"}
    leaks = facts.get("leaks") or []
    if not leaks:
        return [{**frame, "result": "blocked", "message": "", "where": "", "exchanges": []}]
    message = f"an answer with status {leaks[0].get('status')} repeats {leaks[0]['leak']}"
    return [{**frame, "result": "exploited", "message": message, "where": "", "exchanges": leaks[:1]}]


def _marked(test: Mapping[str, Any]) -> bool:
    marker = test.get("attack")
    return isinstance(marker, Mapping) and isinstance(marker.get("cwe"), int) and marker.get("severity") in SEVERITIES


def _attack(test: Mapping[str, Any]) -> dict[str, Any]:
    result, message = result_of(test)
    marker = test["attack"]
    return {
        "id": test["id"],
        "title": str(marker.get("title") or test.get("title") or test["id"]),
        "cwe": marker["cwe"],
        "severity": marker["severity"],
        "result": result,
        "message": message,
        "where": test.get("where", ""),
        "exchanges": test.get("exchanges", []),
    }


PROBE = AttacksProbe()
