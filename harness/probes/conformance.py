"""Probe `conformance`: fuzzes the service against the task's contract, then against the description it publishes.

It refuses to judge, to take the contract from the service, and to guess whose fault a slow run is that did not wait for
the service: that is a crash, which the reference settles. Facts of a measured observation:

    operations   {"GET /path": {statuses: {"200": n, "none": n}, checks: n}} as the tool saw them
    failures     list of {check, operation, status, hard, count, seeds, message, request, response, curl, phase};
                 one per identity (check, operation, status); `no_answer` is ours: no complete HTTP answer
    runs         list of {seed, requests, stop, seconds, waited_s, sequence_sha256, auth, finished, timed_out, errors}
    derived      {bodies: {"PATCH /path": n}, ids: n, cut}: requests made from the contract member by member, beside
                 the tool's: bodies it rules out, odd ids in paths; cut = time ran out. What they find is in `failures`
                 (checks bad_body_accepted, odd_id; secret_in_answer is looked for in every answer)
    own_spec     {state: absent | rejected | accepted, place, code, reason, notes, spec, run, operations, failures}
    service      {state, exit_code, oom_killed, ready_after_s} as the sandbox saw it

The rule by which a token is obtained stands in the contract under `x-harness-auth`:
see harness/images/conformance/authentication.py.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.model.probe import Observation, ProbeCommand, ProbeOutput
from harness.model.task import Task
from harness.probes.report_line import observe_report, void

EXAMPLES = 30
PROFILES = {
    "smoke": {"seeds": [1], "own_examples": 5, "seed_limit_s": 90.0, "own_limit_s": 15.0},
    "full": {"seeds": [1, 2, 3], "own_examples": 15, "seed_limit_s": 120.0, "own_limit_s": 30.0},
}
DERIVED_LIMIT_S = 30.0  # requests of ours, beside the tool's; what is left then is not tried
SLACK_S = 40.0  # fetching, killing, reporting
WAITING_SHARE = 0.5  # of a run that was cut short: above it the service was slow, below it this machine was


@dataclass(frozen=True)
class ConformanceProbe:
    """See the module docstring."""

    name: str = "conformance"
    version: int = 1

    def command(self, task: Task, profile: str) -> ProbeCommand:
        """Profile `smoke`: one seed; anything else: three (they find more than more examples of one)."""
        settings: Mapping[str, Any] = PROFILES.get(profile, PROFILES["full"])
        work_s = DERIVED_LIMIT_S + len(settings["seeds"]) * settings["seed_limit_s"] + settings["own_limit_s"]
        return ProbeCommand(
            probe=self.name,
            image="conformance",
            parameters={"examples": EXAMPLES, "derived_limit_s": DERIVED_LIMIT_S, **settings},
            files={"contract.json": json.dumps(task.contract, default=str, sort_keys=False).encode()},
            timeout_s=work_s + task.limits.start_timeout_s + SLACK_S,
            memory_mb=1024,
        )

    def observe(self, output: ProbeOutput) -> Observation:
        seen = observe_report(self.name, self.version, output)
        if seen.status != "measured":
            return seen
        runs, operations = seen.facts.get("runs"), seen.facts.get("operations")
        if not isinstance(runs, list) or not isinstance(operations, Mapping) or not runs:
            return self._crashed(seen, "the report has no runs")
        for run in runs:
            if run["auth"].startswith("broken rule"):
                return void(seen, "task", f"x-harness-auth: {run['auth']}")
            if fatal := next((error for error in run["errors"] if error.get("fatal")), None):
                return void(
                    seen, "task", f"the tool cannot use the contract: {fatal['kind']}: {fatal['message'][:300]}"
                )
            if run["finished"] or (run["timed_out"] and seen.cuts):
                continue  # what our limit cut, the reference settles
            if not run["timed_out"]:
                return self._crashed(seen, f"seed {run['seed']}: the tool ended early: {run['stderr'][-300:]!r}")
            if not _service_was_slow(run, seen.facts["failures"]):
                cause = f"seed {run['seed']}: cut short after {run['seconds']:.0f} s, of which the service took "
                return self._crashed(seen, f"{cause}{run['waited_s']:.0f} s: what it answers, or this machine, is slow")
        sent = sum(run["requests"] for run in runs)
        if sent == 0:
            return self._crashed(seen, "no request was sent: nothing was measured")
        if not operations:
            said = next((error["message"] for run in runs for error in run["errors"]), "no answer at all")
            return self._crashed(seen, f"none of {sent} requests got an answer that could be read: {said[:300]}")
        return seen

    def _crashed(self, seen: Observation, cause: str) -> Observation:
        return Observation(seen.probe, seen.version, "crashed", {"service": seen.facts["service"]}, cause)


def _service_was_slow(run: Mapping[str, Any], failures: list[Mapping[str, Any]]) -> bool:
    silent = any(failure["check"] == "no_answer" for failure in failures)
    return silent or run["waited_s"] >= WAITING_SHARE * run["seconds"]


PROBE = ConformanceProbe()
