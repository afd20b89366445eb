"""Probe `soak`: does the service go on answering while it is killed, and told to stop, and started again each time?

It refuses to judge, and to call an outage of our making the service's: it records when the port began to refuse and
when readiness came back, and every request with its times. It needs no quiet machine, so it is not exclusive: requests
have ten seconds. A database that pauses is not among the faults: no task has a database server of its own yet. The
driver is that of `load`. Facts of a measured observation; times are ms (samples) or s after readiness:

    operations  names of the mix, then "(witness)" and "(read back)"; outcomes: as in the probe `load`
    setup       {ok, sent, failed, first_failure, s}; when not ok nothing else happened
    outages     list of {kind, at_s, down_s, up_s}: planned time; null = not seen
    samples     arrays of equal length {due_ms, begun_ms, ended_ms, status, operation, outcome}, by begin
    read_back   list of {after, sent, lost, compared}: records acknowledged during the soak, a third of them changed
                or counted since and a third deleted, read again after each outage and at the end ("end"); lost =
                answered below 500, but not as in both looks at it before, or there again although it was gone;
                compared = how many had such looks. Empty: the profile reads no record
    examples    first failed exchanges outside of the outages, as in the probe `load`; leaks: the same
    requests    how many had to count; rate, window_s, grace_s, recovery_limit_s, user_agent, engine, service
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import TaskFault
from harness.model.probe import Fault, NotPlanned, Observation, ProbeCommand, ProbeOutput
from harness.model.task import Task
from harness.probes.answer_shapes import with_answers
from harness.probes.report_line import observe_report, void

TIMEOUT_S = 10.0  # one request: a soak asks whether, not how quickly
RECOVERY_LIMIT_S = 10.0  # an outage of our making excuses this much, counted from the moment the port refused
GRACE_S = 1.0  # after readiness is back: what was queued or half open in the outage has come to its end
ROOM_S = RECOVERY_LIMIT_S + GRACE_S + 3.0  # between two faults, so that each recovery is seen on its own
RECORDS = 100  # of each set-up block, at most: the data set is not what is measured
SETUP_FLOOR_S, SETUP_PER_RECORD_S = 5.0, 0.1
ARRAYS = ("due_ms", "begun_ms", "ended_ms", "status", "operation", "outcome")


@dataclass(frozen=True)
class Schedule:
    """Requests per second, and times in seconds after readiness; it ends sooner when everything has been seen."""

    rate: int
    setup_s: float
    faults: tuple[Fault, ...]
    end_s: float


@dataclass(frozen=True)
class SoakProbe:
    """See the module docstring."""

    name: str = "soak"
    version: int = 2

    def command(self, task: Task, profile: str) -> ProbeCommand | NotPlanned:
        """Raises TaskFault when load.toml has no such profile."""
        profiles = task.load.get("profiles", {})
        if profile not in profiles:
            known = ", ".join(sorted(profiles)) or "none"
            raise TaskFault("load_profile", f"{task.id}/load.toml: no [profiles.{profile}]; it has: {known}")
        requests = int(profiles[profile].get("soak_requests", 0))
        if not requests:
            return NotPlanned(f"the {profile} profile has no soak")
        plan = schedule(task, requests)
        return ProbeCommand(
            probe=self.name,
            image="load",
            parameters={
                "load": with_answers(task.load, task.contract),
                "soak": {
                    "requests": requests,
                    "rate": plan.rate,
                    "records": RECORDS,
                    "setup_s": plan.setup_s,
                    "end_s": plan.end_s,
                    "grace_s": GRACE_S,
                    "faults": [[fault.at_s, fault.kind] for fault in plan.faults],
                },
                "timeout_s": TIMEOUT_S,
                "recovery_limit_s": RECOVERY_LIMIT_S,
            },
            faults=plan.faults,
            timeout_s=plan.end_s + 6 * TIMEOUT_S,
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


def schedule(task: Task, requests: int) -> Schedule:
    """A kill after a third of the requests, SIGTERM and a new start after the second, at a rate between r0 and p95_rate
    (their geometric mean). Requests that an outage swallows are sent again later: `end_s` leaves room for that."""
    rate = max(1, round(math.sqrt(task.load["r0"] * task.load["p95_rate"])))
    records = sum(min(int(block["repeat"]), RECORDS) for block in task.load.get("setup", []))
    setup_s = SETUP_FLOOR_S + SETUP_PER_RECORD_S * records
    third_s = requests / rate / 3
    kill_s = setup_s + third_s
    restart_s = kill_s + max(third_s, ROOM_S)
    faults = (Fault(round(kill_s, 3), "kill"), Fault(round(restart_s, 3), "restart"))
    return Schedule(rate, setup_s, faults, round(restart_s + max(third_s, ROOM_S) + 2 * ROOM_S, 3))


def _malformed(facts: Mapping[str, Any]) -> str:
    """Why the report does not prove a measurement, "" when it does."""
    setup, samples, outages = facts.get("setup"), facts.get("samples"), facts.get("outages")
    if not isinstance(setup, Mapping) or not isinstance(samples, Mapping) or not isinstance(outages, list):
        return "the report lacks `setup`, `samples` or `outages`"
    lengths = {len(samples.get(name, ())) for name in ARRAYS}
    if len(lengths) != 1 or (setup.get("ok") and lengths == {0}):
        return f"`samples`: expected arrays of one equal length above 0, got {sorted(lengths)}"
    return "" if outages else "the report has no outage although faults were planned"


PROBE = SoakProbe()
