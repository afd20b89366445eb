"""Whose doing it is that a metric which claims name has no figure that could decide, in one scored trial.

Refuses to let a delivery gain by breaking what would measure it: what the submission itself kept from being measured is
told from what was lost by others, and from what this task or profile does not offer at all.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from harness.model.score import NotApplicable, Score, ScoreResult, Unmeasured
from harness.scorers.judgement import BREAKS_PROBE

Doing = Literal["submission", "others", "not_offered"]


def absences(scores: Iterable[ScoreResult]) -> dict[str, Doing]:
    """Metric -> whose doing, for metrics whose scorers gave nothing that could decide; the others are not in it."""
    by_name = {result.scorer: result for result in scores}
    coverage, load, soak = (by_name.get(name) for name in ("coverage", "load", "soak"))
    found = {
        "p95_ms": _silence(load) or _unless(load, "p95_ms"),
        "load_factor": _silence(load) or _step(load),
        "coverage_pct": _silence(coverage) or _unless(coverage, "statements"),
        "branch_coverage_pct": _silence(coverage) or _unless(coverage, "statements"),
        "request_success_pct": _silence(soak),
        "critical_vulnerabilities": _criticals(by_name),
    }
    return {metric: doing for metric, doing in found.items() if doing is not None}


def _silence(result: ScoreResult | None) -> Doing | None:
    """Why a scorer says nothing; None when it says something."""
    match result:
        case None | NotApplicable(because="task"):
            return "not_offered"
        case NotApplicable() | Unmeasured(blame="agent"):
            return "submission"
        case Unmeasured():
            return "others"
        case Score(flags=flags) if BREAKS_PROBE in flags:
            return "submission"
    return None


def _unless(result: ScoreResult | None, figure: str) -> Doing | None:
    """A score without the figure that stands for all: nothing was there to be measured, and that was delivered."""
    return None if isinstance(result, Score) and result.metrics.get(figure) else "submission"


def _step(load: ScoreResult | None) -> Doing | None:
    """Without a verdict the step was no part of this run."""
    return None if isinstance(load, Score) and load.metrics.get("step_verdict") else "not_offered"


def _criticals(by_name: Mapping[str, ScoreResult]) -> Doing | None:
    """A critical that was confirmed is known whatever else is silent; none confirmed needs every attack and a look."""
    attacks = by_name.get("attacks")
    if isinstance(attacks, Score) and attacks.metrics.get("confirmed_critical"):
        return None
    silence = _silence(attacks)
    if silence is not None:
        return silence
    if isinstance(attacks, Score) and (attacks.metrics.get("critical_untried") or not attacks.metrics.get("tried")):
        return "submission"
    return _silence(by_name.get("static"))
