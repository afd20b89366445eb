"""Reads a probe's stdout: the `ready` line, the final `report` line, and what their absence means.

It refuses to guess: a report counts only on a line of its own, with this run's nonce, as one JSON object without NaN.
Everything else becomes status not_ready (the service never answered) or crashed (no valid report), with the cause.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from harness.model.jsontypes import JsonObject
from harness.model.probe import Observation, ProbeOutput

TAIL = 400  # characters of stderr quoted in a cause
LISTENS = 300  # characters of what is said to listen in the pod of a service that never answered


def observe_report(probe: str, version: int, output: ProbeOutput, needs_service: bool = True) -> Observation:
    """An Observation whose facts are the report as sent, plus `service` (what the sandbox saw of it).

    status `measured` here means only that a valid report arrived; the probe's own module still has to check that the
    report proves work was done.
    """
    ready_after_s = ready_line(output)
    report, problem = report_object(output)
    service = _service_facts(output, ready_after_s)
    if report is not None and report.get("ready") is False:
        waited = report.get("waited_s")
        listens = str(report.get("listens") or "")[:LISTENS]
        otherwise = f"the service did not answer on its readiness path within {waited!r} s"
        cause = _not_ready_cause(output, f"{otherwise}; {listens}" if listens else otherwise)
        return Observation(probe, version, "not_ready", {"service": service, "listens": listens}, cause)
    if needs_service and ready_after_s is None:
        never_answered = output.service.state == "exited" or (output.exit_code is None and report is None)
        if never_answered and report is None:
            cause = _not_ready_cause(output, "the service never answered on its readiness path")
            return Observation(probe, version, "not_ready", {"service": service}, cause)
        return Observation(probe, version, "crashed", {"service": service}, _crash_cause(output, "no ready line"))
    if report is None:
        return Observation(probe, version, "crashed", {"service": service}, _crash_cause(output, problem))
    return Observation(probe, version, "measured", {**report, "service": service})


def ready_line(output: ProbeOutput) -> float | None:
    """Seconds on the first `ready <nonce> <s>` line, None when there is none that parses."""
    prefix = f"ready {output.nonce} "
    for line in output.stdout.decode("utf-8", "replace").splitlines():
        if line.startswith(prefix):
            try:
                seconds = float(line[len(prefix) :])
            except ValueError:
                return None
            return seconds if math.isfinite(seconds) and seconds >= 0 else None
    return None


def report_object(output: ProbeOutput) -> tuple[dict[str, Any] | None, str]:
    """(report, "") from the last non-empty line, or (None, what is wrong with it)."""
    lines = [line for line in output.stdout.decode("utf-8", "replace").splitlines() if line.strip()]
    if not lines or not lines[-1].startswith("report "):
        return None, "stdout was cut at its cap before the report" if output.stdout_truncated else "no report line"
    words = lines[-1].split(" ", 2)
    if len(words) != 3 or words[1] != output.nonce:
        return None, "the report line carries another nonce"
    if output.stdout_truncated:
        return None, "stdout was cut at its cap"
    try:
        value = json.loads(words[2], parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return None, f"the report is not valid JSON: {error}"
    return (value, "") if isinstance(value, dict) else (None, "the report is not a JSON object")


def void(observation: Observation, blame: str, cause: str) -> Observation:
    """The same facts, declared invalid; scorers read `facts["blame"]` (infrastructure | task | harness)."""
    facts: JsonObject = {**observation.facts, "blame": blame}
    return Observation(observation.probe, observation.version, "void", facts, cause)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _service_facts(output: ProbeOutput, ready_after_s: float | None) -> Mapping[str, Any]:
    fate = output.service
    return {
        "state": fate.state,
        "exit_code": fate.exit_code,
        "oom_killed": fate.oom_killed,
        "limits_hit": list(fate.limits_hit),
        "ready_after_s": fate.ready_after_s if fate.ready_after_s is not None else ready_after_s,
    }


def _not_ready_cause(output: ProbeOutput, otherwise: str) -> str:
    fate = output.service
    if fate.state != "exited":
        return otherwise
    return f"the service exited with code {fate.exit_code!r} before it answered{limits_told(fate.limits_hit)}"


def limits_told(names: Sequence[str]) -> str:
    """A clause for the limits that a service ran into; empty when it ran into none."""
    return f"; it hit its limit of {', '.join(names)}" if names else ""


def _crash_cause(output: ProbeOutput, problem: str) -> str:
    if output.timed_out:
        how = f"the probe was stopped after {output.wall_s:.1f} s"
    elif output.oom_killed:
        how = f"the probe ran out of memory (exit code {output.exit_code!r})"
    else:
        how = f"the probe ended with exit code {output.exit_code!r}"
    tail = output.stderr[-4 * TAIL :].decode("utf-8", "replace").strip()[-TAIL:]
    return f"{problem}; {how}" + (f"; stderr ends: {tail!r}" if tail else "")
