"""Probe `load`: a seeded open-loop load on a fresh service, measured alone, every sample kept raw.

It refuses to judge and to average. Facts of a measured observation:

    operations  names of the mix; outcomes: ok | bad_status | timeout | no_answer | bad_body, in index order
    setup       {ok, sent, failed, first_failure, s}; when not ok, `phases` is empty
    phases      list of {name, rate, block, windows, s, planned_s, intended_us, lag_us, latency_us, status, operation,
                outcome}; name: warmup | p95 (one to three blocks) | baseline | step (and a longer one, where a
                short one leaves open whether it is held). The last six are arrays of equal length, one entry a
                request, in order of intended start: microseconds from the phase's start; how late
                the generator itself was; from the INTENDED start to the end of the answer; HTTP status or 0; indices
    after       list of {operation, ok, detail}: each operation once more, alone, after the load
    examples    first failed exchanges {operation, outcome, detail, method, target, headers, body, status,
                response_body}
    growth      {records: [few, all], reads: name -> [ms, ms]}: the quickest of several, one after the other, with few
                records and with all; {} when the data set could not be built
    leaks       exchanges whose answer repeats a secret in force, as in `examples`, each with `leak`: what
    limit_ms, lag_limit_ms, timeout_s   the parameters it ran with; user_agent, engine, service
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import TaskFault
from harness.model.probe import Observation, ProbeCommand, ProbeOutput
from harness.model.task import Task
from harness.probes.answer_shapes import with_answers
from harness.probes.report_line import observe_report, void

TIMEOUT_S = 2.0  # one request, from its real start; at least four times the limit
SETUP_S = 75.0  # allowance for the data set
LONGER_S = 20.0  # allowance for the records that a longer step begins with
LAG_FLOOR_MS = 2.5
LAG_SHARE = 0.02  # of the limit
ARRAYS = ("intended_us", "lag_us", "latency_us", "status", "operation", "outcome")
BLOCKS = 3  # at most: one, and two more while the limit lies inside the interval


@dataclass(frozen=True)
class LoadProbe:
    """See the module docstring."""

    name: str = "load"
    version: int = 2

    def command(self, task: Task, profile: str) -> ProbeCommand:
        """Raises TaskFault when load.toml has no such profile."""
        profiles = task.load.get("profiles", {})
        if profile not in profiles:
            known = ", ".join(sorted(profiles)) or "none"
            raise TaskFault("load_profile", f"{task.id}/load.toml: no [profiles.{profile}]; it has: {known}")
        sizes = profiles[profile]
        limit_ms = limit_of(task)
        timeout_s = max(TIMEOUT_S, 4 * limit_ms / 1000)
        longest = max(profiles.values(), key=lambda other: float(other["step_s"]))
        blocks_s = BLOCKS * sizes["samples"] / task.load["p95_rate"]
        steps_s = 2 * sizes["step_s"] + longest["step_s"] + LONGER_S
        phases_s = sizes["warmup_s"] + blocks_s + steps_s + 6 * (timeout_s + 1)
        return ProbeCommand(
            probe=self.name,
            image="load",
            parameters={
                "load": with_answers(task.load, task.contract),
                "profile": dict(sizes),
                "longest": dict(longest),
                "limit_ms": limit_ms,
                "lag_limit_ms": max(LAG_FLOOR_MS, LAG_SHARE * limit_ms),
                "timeout_s": timeout_s,
            },
            exclusive=True,
            timeout_s=task.limits.start_timeout_s + SETUP_S + phases_s + 30,
        )

    def observe(self, output: ProbeOutput) -> Observation:
        seen = observe_report(self.name, self.version, output)
        if seen.status != "measured":
            return seen
        if "task_error" in seen.facts:
            return void(seen, "task", str(seen.facts["task_error"]))
        problem = _malformed(seen.facts)
        if problem:
            return Observation(self.name, self.version, "crashed", {"service": seen.facts["service"]}, problem)
        return seen


def limit_of(task: Task) -> float:
    """The p95 limit in ms: the task's requirement, which every agent is shown, else load.toml's."""
    limit = task.requirements.p95_ms
    return float(task.load["p95_limit_ms"] if limit is None else limit)


def _malformed(facts: Mapping[str, Any]) -> str:
    """Why the report does not prove a measurement, "" when it does."""
    setup, phases = facts.get("setup"), facts.get("phases")
    if not isinstance(setup, Mapping) or not isinstance(phases, list):
        return "the report lacks `setup` or `phases`"
    if setup.get("ok") and not any(phase.get("name") == "p95" for phase in phases):
        return "the report has no p95 phase although the data set was built"
    for phase in phases:
        lengths = {len(phase.get(name, ())) for name in ARRAYS}
        if len(lengths) != 1 or lengths == {0}:
            return f"phase {phase.get('name')!r}: expected arrays of one equal length above 0, got {sorted(lengths)}"
    return ""


PROBE = LoadProbe()
