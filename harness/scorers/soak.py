"""Scorer `soak`: the share of requests that succeeded while the service was killed and started again.

It refuses to extrapolate: the figure is for this test window. Accounting: a request that overlaps an outage of our
making is left out, whether it succeeded or failed; that outage lasts from the planned fault until readiness is back
and a grace of one second, but ends at the latest ten seconds after the port began to refuse: what fails then is the
service's own. Reading back what was acknowledged before counts as a request like any other, so lost data are failures,
and so are records that come back with other values than they had. A fault that showed no effect, or a generator that
was late itself, leaves no measurement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.claims.interval import lower_share, upper_share
from harness.model.probe import Observation
from harness.model.score import Evidence, NotApplicable, Score, ScoreResult, Unmeasured
from harness.model.task import Task
from harness.scorers.evidence import curl_line, exchange_text, printable, where
from harness.scorers.latency import percentile

LAG_LIMIT_MS = 500.0  # p95 of the generator's own lag: beyond it, timeouts tell of the machine and not of the service
OK = 0  # index of the outcome "ok"


@dataclass(frozen=True)
class Outage:
    """One outage of our making; seconds after readiness. `up_s` None = the service never answered again."""

    kind: str
    at_s: float
    down_s: float
    up_s: float | None

    @property
    def recovery_s(self) -> float | None:
        """From the first refusal to readiness, the engine's own restart included."""
        return None if self.up_s is None else self.up_s - self.down_s

    def excuses(self, begun_s: float, ended_s: float, grace_s: float, limit_s: float) -> bool:
        """Whether a request overlaps the part of the outage that is ours."""
        end_s = self.down_s + limit_s
        if self.up_s is not None:
            end_s = min(end_s, self.up_s + grace_s)
        return ended_s >= self.at_s and begun_s <= end_s


@dataclass(frozen=True)
class Count:
    """Requests that count, those of them that failed, and those left out."""

    samples: int
    failed: int
    excused: int


@dataclass(frozen=True)
class SoakScorer:
    """value = succeeded / counted requests; metrics: see `_metrics`."""

    name: str = "soak"
    version: int = 2
    probes: tuple[str, ...] = ("soak",)

    def score(
        self, task: Task, observations: Mapping[str, Observation], reference: Mapping[str, Observation]
    ) -> ScoreResult:
        seen = observations["soak"]
        if seen.status == "not_planned":
            return NotApplicable(self.name, self.version, seen.cause)
        if seen.status != "measured":
            return Unmeasured(self.name, self.version, seen.facts.get("blame", "infrastructure"), seen.cause)
        facts = seen.facts
        if not facts["setup"]["ok"]:
            # The scorer `load` builds the same data set and holds it against the reference.
            first = (facts["setup"].get("first_failure") or {}).get("detail", "?")
            cause = f"the data set could not be built: {facts['setup']['failed']} requests failed; first: {first}"
            return Unmeasured(self.name, self.version, "agent", printable(cause)[:600])
        problem = _invalid(facts)
        if problem:
            return Unmeasured(self.name, self.version, "infrastructure", problem)
        outages = outages_of(facts)
        count = count_of(facts, outages)
        if not count.samples:
            return Unmeasured(self.name, self.version, "infrastructure", "no request was sent outside of the outages")
        good = count.samples - count.failed
        return Score(
            self.name,
            self.version,
            good / count.samples,
            good,
            count.samples,
            _basis(count),
            _evidence(facts, outages, count),
            _flags(facts, outages),
            _metrics(facts, outages, count),
        )


def outages_of(facts: Mapping[str, Any]) -> tuple[Outage, ...]:
    """Every outage that was seen."""
    return tuple(Outage(**outage) for outage in facts["outages"] if outage["down_s"] is not None)


def count_of(facts: Mapping[str, Any], outages: Sequence[Outage]) -> Count:
    """The accounting of the module docstring."""
    samples, grace_s, limit_s = facts["samples"], facts["grace_s"], facts["recovery_limit_s"]
    counted = failed = excused = 0
    for begun, ended, outcome in zip(samples["begun_ms"], samples["ended_ms"], samples["outcome"], strict=True):
        if any(outage.excuses(begun / 1000, ended / 1000, grace_s, limit_s) for outage in outages):
            excused += 1
            continue
        counted += 1
        failed += outcome != OK
    return Count(counted, failed, excused)


def _invalid(facts: Mapping[str, Any]) -> str:
    """Why nothing can be said, "" when something can."""
    unseen = [outage["kind"] for outage in facts["outages"] if outage["down_s"] is None]
    if unseen:
        return f"planned faults showed no effect: {', '.join(unseen)}"
    samples = facts["samples"]
    lag_ms = percentile([b - d for b, d in zip(samples["begun_ms"], samples["due_ms"], strict=True)], 0.95)
    return (
        f"the generator was late: lag p95 {lag_ms:.0f} ms, allowed {LAG_LIMIT_MS:g} ms" if lag_ms > LAG_LIMIT_MS else ""
    )


def _basis(count: Count) -> str:
    text = f"requests in the test window ({count.excused} in outages of our making left out)"
    if count.failed:
        return text
    return f"{text}; 0 failed in {count.samples}: failure rate < {min(1.0, 3 / count.samples):.2g} at 95 %"


def _metrics(facts: Mapping[str, Any], outages: Sequence[Outage], count: Count) -> dict[str, Any]:
    good = count.samples - count.failed
    checks = facts.get("read_back") or []
    return {
        "samples": count.samples,
        "failed": count.failed,
        "excused": count.excused,
        "requests_asked": facts["requests"],
        "rate": facts["rate"],
        "window_s": facts["window_s"],
        "success_pct": 100 * good / count.samples,
        "success_low_pct": 100 * lower_share(good, count.samples),
        "success_high_pct": 100 * upper_share(good, count.samples),
        "recovery_s": {o.kind: None if o.recovery_s is None else round(o.recovery_s, 3) for o in outages},
        "read_back": sum(check["sent"] for check in checks),
        "read_back_compared": sum(check.get("compared", 0) for check in checks),
        "records_lost": sum(check["lost"] for check in checks),
        "cut_off_at_sigterm": _cut_off(facts, outages),
    }


def _cut_off(facts: Mapping[str, Any], outages: Sequence[Outage]) -> int:
    """Requests under way when the service was told to stop, and failed: shown, not counted."""
    samples = facts["samples"]
    rows = list(zip(samples["begun_ms"], samples["ended_ms"], samples["outcome"], strict=True))
    asked = [outage for outage in outages if outage.kind == "restart"]
    return sum(outcome != OK and begun <= 1000 * o.at_s <= ended for o in asked for begun, ended, outcome in rows)


def _evidence(facts: Mapping[str, Any], outages: Sequence[Outage], count: Count) -> tuple[Evidence, ...]:
    found = []
    limit_s = facts["recovery_limit_s"]
    for check in facts.get("read_back") or []:
        if check["lost"]:
            title = f"{check['lost']} of {check['sent']} acknowledged records were gone, changed or back"
            title += f" after: {check['after']}"
            detail = "they had been answered with a success before"
            found.append(Evidence("request", title, detail, status="lost"))
    for outage in outages:
        if outage.recovery_s is None or outage.recovery_s > limit_s:
            took = "never answered again" if outage.recovery_s is None else f"took {outage.recovery_s:.1f} s"
            title = f"the service {took} after: {outage.kind}"
            found.append(Evidence("log", title, f"{limit_s:g} s are allowed; requests after that count as failed"))
    if count.failed:
        examples = facts.get("examples") or [{}]
        shown = examples[0]
        detail = f"{count.failed} of {count.samples} counted requests failed"
        if shown:
            detail += f"\nfor example ({shown['outcome']}: {shown['detail']}):\n{exchange_text(shown)}"
        points = count.failed / count.samples
        found.append(Evidence("request", "requests failed", printable(detail), where(shown), curl_line(shown), points))
    for leak in (facts.get("leaks") or [])[:1]:
        title = printable(f"an answer repeats {leak['leak']}")
        found.append(Evidence("request", title, printable(exchange_text(leak)), where(leak), curl_line(leak)))
    if (facts.get("service") or {}).get("state") == "exited":
        found.append(
            Evidence("log", "the service was dead at the end", f"exit code {facts['service'].get('exit_code')!r}")
        )
    return tuple(found)


def _flags(facts: Mapping[str, Any], outages: Sequence[Outage]) -> tuple[str, ...]:
    lost = any(check["lost"] for check in facts.get("read_back") or [])
    slow = any(o.recovery_s is None or o.recovery_s > facts["recovery_limit_s"] for o in outages)
    died = (facts.get("service") or {}).get("state") == "exited"
    leaks = bool(facts.get("leaks"))
    named = (("data_lost", lost), ("slow_recovery", slow), ("service_died", died), ("secret_in_answer", leaks))
    return tuple(name for name, applies in named if applies)


SCORER = SoakScorer()
