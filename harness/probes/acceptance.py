"""Probe `acceptance`: the task's hidden pytest files, run as a black box over HTTP.

It refuses to judge. Facts of a measured observation (everything the driver reported, plus `service`):

    tests            list of {id, title, requirements, outcome, message, where, duration_s, sent, answered, exchanges};
                     outcome: passed | failed | error | skipped | not_run; exchanges (of tests that did not pass): the
                     last ones, each {method, target, headers, body, status, response_headers, response_body, error, ms}
    collected        number of tests; collect_errors: files that could not be imported (the task's fault)
    user_agent, seconds, pytest_exit, ready_after_s
    refused_tests    ids of tests whose last exchange found nothing listening: the service was gone
    leaks            exchanges whose answer repeats a secret in force, each with `leak`: what; a test in which that
                     happened has failed
    service          {state, exit_code, oom_killed, ready_after_s} as the sandbox saw it
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.model.probe import Observation, ProbeCommand, ProbeOutput
from harness.model.task import Task
from harness.probes.report_line import observe_report, void

TOTAL_S = 90.0
RESTARTS_S = 60.0  # for the restarts that tests ask for, which count in no limit of a test
KNOWN_OUTCOMES = frozenset({"passed", "failed", "error", "skipped", "not_run", "exploited", "cannot_run"})


@dataclass(frozen=True)
class AcceptanceProbe:
    """See the module docstring."""

    name: str = "acceptance"
    version: int = 1

    def command(self, task: Task, profile: str) -> ProbeCommand:
        """The profile changes nothing: every hidden test runs in each."""
        return ProbeCommand(
            probe=self.name,
            image="acceptance",
            parameters={"total_s": TOTAL_S},
            files={f"tests/{path}": content for path, content in task.acceptance_tests.items()},
            timeout_s=TOTAL_S + RESTARTS_S + task.limits.start_timeout_s + 15,
            on_request=("kill",),
        )

    def observe(self, output: ProbeOutput) -> Observation:
        return observe_tests(observe_report(self.name, self.version, output))


def observe_tests(seen: Observation) -> Observation:
    """Check that the report proves tests ran, and add `refused_tests`. Shared by all probes on hidden pytest files."""
    if seen.status != "measured":
        return seen
    tests = seen.facts.get("tests")
    if not isinstance(tests, list) or not all(_well_formed(test) for test in tests):
        cause = "the report's `tests` is not a list of test records"
        return Observation(seen.probe, seen.version, "crashed", {"service": seen.facts["service"]}, cause)
    errors = seen.facts.get("collect_errors")
    if errors:
        return void(seen, "task", f"hidden test files could not be imported: {str(errors[0])[:500]}")
    if not tests:
        return void(seen, "task", "no hidden test was collected: expected at least one file test_*.py")
    refused = [test["id"] for test in tests if _refused(test)]
    return Observation(seen.probe, seen.version, "measured", {**seen.facts, "refused_tests": refused})


def _well_formed(test: Any) -> bool:
    return isinstance(test, Mapping) and isinstance(test.get("id"), str) and test.get("outcome") in KNOWN_OUTCOMES


def _refused(test: Mapping[str, Any]) -> bool:
    exchanges = test.get("exchanges") or []
    return bool(exchanges) and str(exchanges[-1].get("error", "")).startswith("refused")


PROBE = AcceptanceProbe()
