"""Scorer `load`: three checks on raw samples, each pass, fail or inconclusive: p95, failed requests, the 10x step.

Only an interval wholly on one side of a limit decides, widened by the generator's own lateness (see lateness.py). An
inconclusive check leaves the denominator and is printed; when nothing is decided, or lateness alone keeps the p95 open,
the result is Unmeasured. A limit that the reference misses on this very host decides nothing against a submission.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.model.probe import Observation
from harness.model.score import Blame, Evidence, NotApplicable, Score, ScoreResult, Unmeasured
from harness.model.task import Task
from harness.probes.report_line import limits_told
from harness.scorers import lateness
from harness.scorers.evidence import curl_line, exchange_text, printable, where
from harness.scorers.growth import growing, told
from harness.scorers.latency import Interval, verdict
from harness.scorers.load_reading import Figures, Reading, read

STEP_ERROR_LIMIT = 0.01
STEP_BASELINE_FACTOR = 2.0


@dataclass(frozen=True)
class Limits:
    """What the checks hold against: ms, share of failed requests."""

    p95_ms: float
    error_share: float


@dataclass(frozen=True)
class Check:
    """One check's verdict (pass | fail | inconclusive) and the sentence that explains it."""

    name: str
    verdict: str
    detail: str


@dataclass(frozen=True)
class LoadScorer:
    """value = passed / decided checks; metrics: see `_metrics`."""

    name: str = "load"
    version: int = 3
    probes: tuple[str, ...] = ("load",)

    def score(
        self, task: Task, observations: Mapping[str, Observation], reference: Mapping[str, Observation]
    ) -> ScoreResult:
        if not task.load:
            return NotApplicable(self.name, self.version, "the task has no load profile")
        seen = observations["load"]
        if seen.status != "measured":
            return Unmeasured(self.name, self.version, seen.facts.get("blame", "infrastructure"), seen.cause)
        limits, yardstick = limits_of(task), _reading_of(reference.get("load"))
        mine = read(seen.facts)
        if mine is None:
            return self._no_data_set(seen.facts, reference.get("load"))
        checks = checks_of(mine, yardstick, limits, seen.facts)
        decided = [check for check in checks if check.verdict != "inconclusive"]
        why = _undecided(mine, yardstick, limits, seen.facts, checks)
        if why is not None:
            return Unmeasured(self.name, self.version, *why)
        passed = sum(check.verdict == "pass" for check in decided)
        quiet = mine.p95.enough and yardstick is not None and yardstick.p95.enough
        grown = list(growing(seen.facts, reference["load"].facts)) if quiet else []
        return Score(
            self.name,
            self.version,
            passed / len(decided),
            passed,
            len(decided),
            _basis(checks, len(decided)),
            (*_evidence(checks, len(decided), seen.facts), *told(grown)),
            _flags(checks, seen.facts),
            {**_metrics(mine, yardstick, checks, limits), "grows_with_data": [name for name, _ in grown]},
        )

    def _no_data_set(self, facts: Mapping[str, Any], reference: Observation | None) -> ScoreResult:
        setup = facts["setup"]
        problem = setup.get("first_failure") or {}
        cause = f"{setup['failed']} of {setup['sent']} set-up requests failed; first: {problem.get('detail', '?')}"
        fine = reference is not None and reference.status == "measured" and reference.facts["setup"]["ok"]
        if not fine:
            blame: Blame = "infrastructure" if reference is None or reference.status != "measured" else "task"
            return Unmeasured(self.name, self.version, blame, f"{cause}; the reference did not build it either")
        lost = Evidence(
            "request", "the data set for the load could not be built", printable(cause), where(problem), points=1.0
        )
        verdicts = {"p95_verdict": "fail", "error_verdict": "fail", "step_verdict": "fail"}
        return Score(self.name, self.version, 0.0, 0, 3, "load checks (none could start)", (lost,), (), verdicts)


def _undecided(
    mine: Reading, yardstick: Reading | None, limits: Limits, facts: Mapping[str, Any], checks: list[Check]
) -> tuple[Blame, str] | None:
    """Why nothing can be said, and whose fault that is; None when something can."""
    if not mine.p95.enough and checks[0].verdict == "inconclusive" and not any(c.verdict == "fail" for c in checks):
        # Nothing speaks against the submission, and what is open may close in a quieter moment: tried again.
        cause = lateness.told(mine.p95, facts["lag_limit_ms"])
        if lateness.is_own(mine.p95, yardstick.p95 if yardstick is not None else None):
            cause += "; beside the reference it was in time; if that repeats, this service's answers keep it busy"
        return "infrastructure", cause
    if any(check.verdict != "inconclusive" for check in checks):
        return None
    cause = "every check is inconclusive: " + "; ".join(check.detail for check in checks)
    if yardstick is not None and all(c.verdict == "pass" for c in checks_of(yardstick, None, limits, {})):
        return "agent", f"{cause}; the reference surely passes each beside it"
    return "infrastructure", cause


def limits_of(task: Task) -> Limits:
    """The task's requirements, which every agent is shown; load.toml's limits where it requires none."""
    needs, load = task.requirements, task.load
    return Limits(
        float(load["p95_limit_ms"] if needs.p95_ms is None else needs.p95_ms),
        float(load["error_limit"] if needs.error_share is None else needs.error_share),
    )


def checks_of(mine: Reading, yardstick: Reading | None, limits: Limits, facts: Mapping[str, Any]) -> list[Check]:
    """p95, errors and, when it was run, step."""
    checks = [_p95_check(mine, yardstick, limits), _error_check(mine, yardstick, limits, facts)]
    if mine.step is not None:
        checks.append(_step_check(mine, yardstick, limits))
    return checks


def _p95_check(mine: Reading, yardstick: Reading | None, limits: Limits) -> Check:
    found, beside = mine.p95, yardstick.p95 if yardstick is not None else None
    text = f"p95 {_ms(found.p95_ms)} at {found.rate:g}/s, limit {limits.p95_ms:g} ms, {found.count} requests"
    text += lateness.clause(found)
    result = lateness.pace(found, beside, limits.p95_ms, limits.p95_ms)
    if beside is not None:
        text += f"; reference beside it {_ms(beside.p95_ms)}"
        theirs = lateness.pace(beside, None, limits.p95_ms, limits.p95_ms)
        if result == "fail" and lateness.excuses(beside, theirs, found):
            return Check("p95", "inconclusive", f"{text}: the reference does not surely keep the limit here either")
    elif result == "fail" and not found.enough:
        return Check("p95", "inconclusive", f"{text}; no reference beside it tells whether the host was that slow")
    return Check("p95", result, text)


def _error_check(mine: Reading, yardstick: Reading | None, limits: Limits, facts: Mapping[str, Any]) -> Check:
    found = mine.p95
    text = f"failed requests {_share(found.errors)} of {found.count}, limit {limits.error_share:.2%}"
    leaks = facts.get("leaks") or []
    if leaks:
        return Check("errors", "fail", f"{text}; the answer to {leaks[0]['operation']} repeats {leaks[0]['leak']}")
    broken = [check for check in facts.get("after") or [] if not check["ok"]]
    if broken:
        names = ", ".join(str(check["operation"]) for check in broken)
        return Check("errors", "fail", f"{text}; after the load these operations no longer work: {names}")
    result = verdict(_errors(found), limits.error_share)
    if result == "fail" and yardstick is not None and verdict(_errors(yardstick.p95), limits.error_share) != "pass":
        theirs = _share(_errors(yardstick.p95))
        return Check("errors", "inconclusive", f"{text}; of the reference's requests beside it {theirs} failed")
    return Check("errors", result, text)


def _errors(found: Figures) -> Interval:
    return found.errors if found.enough else found.errors_in_all


def _step_check(mine: Reading, yardstick: Reading | None, limits: Limits) -> Check:
    assert mine.step is not None
    beside = yardstick.step if yardstick is not None else None
    result, text = _step_verdict(mine, beside, limits)
    if result != "fail":
        return Check("step", result, text)
    if yardstick is not None and beside is not None:
        theirs, theirs_text = _step_verdict(yardstick, None, limits)
        if lateness.excuses(beside, theirs, mine.step):
            return Check("step", "inconclusive", f"{text}; the reference does not pass here either: {theirs_text}")
    elif not mine.step.enough and verdict(mine.step.errors, STEP_ERROR_LIMIT) != "fail":
        return Check("step", "inconclusive", f"{text}; no reference beside it tells whether the host was that slow")
    return Check("step", result, text)


def _step_verdict(reading: Reading, beside: Figures | None, limits: Limits) -> tuple[str, str]:
    step = reading.step
    assert step is not None
    keeps, breaks = _step_allowed_ms(reading, limits)
    text = f"10x step at {step.rate:g}/s: p95 {_ms(step.p95_ms)}, allowed {keeps:.4g} ms; "
    text += f"failed {_share(step.errors)} of {step.count}, limit {STEP_ERROR_LIMIT:.0%}{lateness.clause(step)}"
    parts = (lateness.pace(step, beside, keeps, breaks), verdict(step.errors, STEP_ERROR_LIMIT))
    return ("fail" if "fail" in parts else "inconclusive" if "inconclusive" in parts else "pass"), text


def _step_allowed_ms(reading: Reading, limits: Limits) -> tuple[float, float]:
    """Kept at most, broken above: the limit, or twice the baseline, as far as a late generator let it be known."""
    base = reading.baseline
    if base is None:
        return limits.p95_ms, limits.p95_ms
    known = (base.p95_ms.value, base.p95_ms.value) if base.enough else (base.floor_ms.value, base.ceiling_ms.value)
    return tuple(max(limits.p95_ms, STEP_BASELINE_FACTOR * ms) for ms in known)  # type: ignore[return-value]


def _reading_of(observation: Observation | None) -> Reading | None:
    """The reference's figures, if they are worth comparing with."""
    if observation is None or observation.status != "measured":
        return None
    return read(observation.facts)


def _basis(checks: list[Check], decided: int) -> str:
    open_ones = [check.name for check in checks if check.verdict == "inconclusive"]
    text = f"load checks decided ({decided} of {len(checks)})"
    return f"{text}; inconclusive: {', '.join(open_ones)}" if open_ones else text


def _evidence(checks: list[Check], decided: int, facts: Mapping[str, Any]) -> tuple[Evidence, ...]:
    examples, leaks = facts.get("examples") or [], facts.get("leaks") or []
    service = facts.get("service") or {}
    found = []
    for check in checks:
        if check.verdict == "pass":
            continue
        shown = (leaks if leaks and check.name == "errors" else [*examples, {}])[0] if check.name != "p95" else {}
        detail = check.detail
        if shown:
            detail += f"\nfirst failed request ({shown['outcome']}: {shown['detail']}):\n{exchange_text(shown)}"
        title = f"{check.name}: {'not kept' if check.verdict == 'fail' else 'inconclusive'}"
        points = 1 / decided if check.verdict == "fail" else 0.0
        found.append(
            Evidence("latency", title, printable(detail), where(shown), curl_line(shown), points, status=check.verdict)
        )
    if service.get("state") == "exited":
        hit = limits_told(service.get("limits_hit") or ())
        found.append(Evidence("log", "the service died under load", f"exit code {service.get('exit_code')!r}{hit}"))
    return tuple(found)


def _flags(checks: list[Check], facts: Mapping[str, Any]) -> tuple[str, ...]:
    died = (facts.get("service") or {}).get("state") == "exited"
    open_ones = any(check.verdict == "inconclusive" for check in checks)
    named = (("service_died", died), ("secret_in_answer", bool(facts.get("leaks"))), ("inconclusive", open_ones))
    return tuple(name for name, applies in named if applies)


def _metrics(mine: Reading, yardstick: Reading | None, checks: list[Check], limits: Limits) -> dict[str, Any]:
    found = mine.p95
    metrics: dict[str, Any] = {f"{check.name.replace('errors', 'error')}_verdict": check.verdict for check in checks}
    metrics |= _named(found) | {
        "p95_floor_ms": round(found.floor_ms.value, 3),
        "limit_ms": limits.p95_ms,
        "error_limit": limits.error_share,
        "windows": found.windows,
        "windows_void": found.windows_void,
        "in_time": found.enough and (yardstick is None or yardstick.p95.enough),
        "blocks": mine.blocks,
        "lag_p95_ms": round(found.lag_p95_ms, 3),
        "by_operation_p95_ms": dict(found.by_operation_p95_ms),
        "requests": mine.requests,
        "requests_failed": mine.requests_failed,
    }
    for name, figures in (("baseline", mine.baseline), ("step", mine.step)):
        if figures is not None:
            metrics |= {f"{name}_{key}": value for key, value in _named(figures).items()}
    if yardstick is not None:
        theirs = yardstick.p95.p95_ms.value
        metrics |= {"reference_p95_ms": round(theirs, 3), "ratio_to_reference": round(found.p95_ms.value / theirs, 4)}
    return metrics


def _named(found: Figures) -> dict[str, Any]:
    return {
        "rate": found.rate,
        "samples": found.count,
        "failed": found.failed,
        "p50_ms": round(found.p50_ms, 3),
        "p95_ms": round(found.p95_ms.value, 3),
        "p95_low_ms": round(min(found.p95_ms.low, found.sure_ms.low), 3),
        "p95_high_ms": round(max(found.p95_ms.high, found.sure_ms.high), 3),
        "p99_ms": round(found.p99_ms, 3),
        "error_share": found.errors.value,
        "error_low": found.errors.low,
        "error_high": found.errors.high,
    }


def _ms(found: Interval) -> str:
    return f"{found.value:.1f} ms ({found.low:.1f}–{found.high:.1f})"


def _share(found: Interval) -> str:
    return f"{found.value:.2%} ({found.low:.2%}–{found.high:.2%})"


SCORER = LoadScorer()
