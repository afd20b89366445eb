"""Measured figures for promises: what the scores of a trial say about each metric that a claim can name.

Refuses to judge (claims/hold does) and to fill a gap: a score that is missing leaves `why_not`. Intervals are two-sided
90 %, so that each side alone is a 95 % bound; exact counts (files, statements) have no width.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.claims.hold import hold
from harness.claims.interval import lower_share, upper_share
from harness.model.claim import Claim, Measured, PromiseResult
from harness.model.score import NotApplicable, Score, ScoreResult, Unmeasured

STEP = 10.0  # the load step is ten times the task's baseline rate


def promises(
    claims: Sequence[Claim],
    scores: Sequence[ScoreResult],
    measures: Sequence[str],
    files: int | None,
    wall_s: float | None,
) -> tuple[PromiseResult, ...]:
    """Every enforceable claim held against this trial; `measures` is the task's list of claim metrics."""
    return hold(claims, measured_from(scores, files, wall_s), measures)


def measured_from(scores: Sequence[ScoreResult], files: int | None, wall_s: float | None) -> dict[str, Measured]:
    """Metric -> figure with interval. files: of the submission; wall_s: of the agent's run, None for a recording."""
    by_name = {result.scorer: result for result in scores}
    figures = (
        *_latency(by_name),
        _coverage("coverage_pct", "covered_statements", "statements", by_name),
        _coverage("branch_coverage_pct", "covered_branches", "branches", by_name),
        _success(by_name),
        _load_factor(by_name),
        _criticals(by_name),
        _exact("files", files, "files of the submission", "the submission's files were not counted"),
        _exact(
            "wall_time_min", None if wall_s is None else wall_s / 60, "agent's run", "a recorded reply has no run time"
        ),
    )
    return {figure.metric: figure for figure in figures}


def _metrics(name: str, by_name: Mapping[str, ScoreResult]) -> tuple[Mapping[str, Any], str]:
    """(metrics, "") of a score, or ({}, why there is none)."""
    match by_name.get(name):
        case Score(metrics=metrics):
            return metrics, ""
        case Unmeasured(cause=cause):
            return {}, f"{name} was not measured: {cause}"
        case NotApplicable(reason=reason):
            return {}, f"{name} does not apply: {reason}"
    return {}, f"scorer {name} is not part of this run"


def _absent(metric: str, why: str) -> Measured:
    return Measured(metric, None, why_not=why)


def _exact(metric: str, value: float | None, basis: str, why_not: str) -> Measured:
    return _absent(metric, why_not) if value is None else Measured(metric, value, value, value, basis)


def _latency(by_name: Mapping[str, ScoreResult]) -> tuple[Measured, ...]:
    metrics, why = _metrics("load", by_name)
    basis = f"{metrics.get('samples', '?')} requests from their intended start, in the test window"
    found = []
    for name in ("p50_ms", "p95_ms", "p99_ms"):
        value, low, high = (
            metrics.get(name),
            metrics.get(name.replace("_ms", "_low_ms")),
            metrics.get(name.replace("_ms", "_high_ms")),
        )
        if value is None or low is None or high is None:
            found.append(_absent(name, why or f"load gives no interval for {name}"))
        else:
            found.append(Measured(name, float(value), float(low), float(high), basis))
    return tuple(found)


def _coverage(metric: str, part: str, whole: str, by_name: Mapping[str, ScoreResult]) -> Measured:
    metrics, why = _metrics("coverage", by_name)
    total = int(metrics.get(whole) or 0)
    if not total:
        return _absent(metric, why or f"there are no {whole}")
    share = 100 * int(metrics[part]) / total
    return Measured(metric, share, share, share, f"{metrics[part]} of {total} {whole}")


def _success(by_name: Mapping[str, ScoreResult]) -> Measured:
    """Request success in the soak's window: zero failures of n bound the rate by about 3/n, nothing is extrapolated.

    Without a soak the requests of the load can break the promise and never keep it: nothing was killed beside them.
    The 10x step is left out: it answers another claim, and overload is not the service's everyday.
    """
    soak, why_no_soak = _metrics("soak", by_name)
    if soak:
        return _share("request_success_pct", int(soak["samples"]), int(soak["failed"]), "of the soak under faults")
    metrics, why = _metrics("load", by_name)
    sent, failed = (
        sum(int(metrics.get(prefix + key) or 0) for prefix in ("", "baseline_")) for key in ("samples", "failed")
    )
    if not sent:
        return _absent("request_success_pct", f"{why_no_soak}; {why or 'no request was sent'}")
    seen = _share("request_success_pct", sent, failed, f"of the load; {why_no_soak}")
    return replace(seen, value=None, low=0.0)


def _share(metric: str, sent: int, failed: int, where: str) -> Measured:
    good = sent - failed
    low, high = 100 * lower_share(good, sent), 100 * upper_share(good, sent)
    basis = f"{failed} of {sent} requests failed in the test window {where}"
    return Measured(metric, 100 * good / sent, low, high, basis)


def _load_factor(by_name: Mapping[str, ScoreResult]) -> Measured:
    """A passed step bears ten times the load or more; a failed one less than ten times."""
    metrics, why = _metrics("load", by_name)
    match metrics.get("step_verdict"):
        case "pass":
            return Measured("load_factor", STEP, STEP, None, "10x step held its limits")
        case "fail":
            return Measured("load_factor", None, 0.0, STEP * (1 - 1e-9), "10x step broke its limits")
        case verdict:
            return _absent("load_factor", why or f"the 10x step ended {verdict!r}")


def _criticals(by_name: Mapping[str, ScoreResult]) -> Measured:
    """Confirmed criticals; none confirmed counts as zero only in the attacks tried, with nothing left to review."""
    attacks, why = _metrics("attacks", by_name)
    if not attacks:
        return _absent("critical_vulnerabilities", why)
    confirmed, tried = int(attacks.get("confirmed_critical") or 0), int(attacks.get("tried") or 0)
    if confirmed:
        return Measured("critical_vulnerabilities", confirmed, confirmed, None, f"of {tried} attacks tried")
    untried = int(attacks.get("critical_untried") or 0)
    if not tried or untried:
        why = f"{untried} critical attacks could not be tried" if untried else "no attack could be tried"
        return _absent("critical_vulnerabilities", why)
    static, why_static = _metrics("static", by_name)
    if not static:
        return _absent("critical_vulnerabilities", f"0 of {tried} attacks succeeded, but {why_static}")
    review = int(static.get("critical_unconfirmed") or 0)
    if review:
        return Measured(
            "critical_vulnerabilities", None, 0.0, float(review), f"{review} unconfirmed findings need review"
        )
    return Measured(
        "critical_vulnerabilities", 0.0, 0.0, 0.0, f"0 of {tried} attacks tried succeeded, no static finding"
    )
