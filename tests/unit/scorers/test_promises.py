"""From scores to figures for promises: names, intervals, and reasons for what is missing."""

from typing import Any

import pytest

from harness.claims.extract import extract
from harness.model.agent import AgentSpec
from harness.model.score import NotApplicable, Score, ScoreResult, Unmeasured
from harness.scorers.promises import measured_from, promises

LOAD = {
    "samples": 2500, "failed": 0, "baseline_samples": 600, "baseline_failed": 0,
    "p95_ms": 40.0, "p95_low_ms": 38.0, "p95_high_ms": 43.0, "step_verdict": "pass",
}  # fmt: skip
SOAK = {"samples": 3100, "failed": 0}
ATTACKS = {"tried": 30, "confirmed_critical": 0, "critical_untried": 0}
BODY = """- p95 response time < 100 ms
- coverage > 80 %
- uptime > 99.9 %
- handle 10x load
- zero critical vulnerabilities
- at most 30 files
- finish the task within 10 minutes
- at most 5 iterations
"""
MEASURES = (
    *("p95_ms", "coverage_pct", "request_success_pct", "load_factor"),
    *("critical_vulnerabilities", "files", "wall_time_min"),
)


def score(name: str, **metrics: Any) -> Score:
    return Score(name, 1, 1.0, 1, 1, "x", metrics=metrics)


def results(*scores: ScoreResult, files: int | None = 12, wall_s: float | None = None) -> dict[str, tuple[str, str]]:
    claims = extract(AgentSpec("a", "", BODY, "0" * 64, "a.md"))
    return {r.claim.metric: (r.verdict, r.why) for r in promises(claims, scores, MEASURES, files, wall_s)}


def good(soak: dict[str, Any] | None = None, **load: Any) -> tuple[ScoreResult, ...]:
    soak = soak or {}
    return (
        score("load", **{**LOAD, **load}),
        score("soak", **{**SOAK, **soak}),
        score("coverage", covered_statements=90, statements=100),
        score("attacks", **ATTACKS),
        score("static", critical_unconfirmed=0),
    )


def test_a_good_trial_keeps_what_was_measured() -> None:
    found = results(*good(), wall_s=300.0)
    assert {m for m, (v, _) in found.items() if v == "kept"} == set(MEASURES)
    assert found["iterations"] == ("not_measured", "this task does not measure iterations")
    assert "0 of 3100 requests failed in the test window" in found["request_success_pct"][1]


def test_a_small_sample_cannot_prove_three_nines() -> None:
    verdict, why = results(*good({"samples": 500}))["request_success_pct"]
    assert verdict == "not_measured"
    assert "inconclusive interval" in why


@pytest.mark.parametrize(("failed", "verdict"), [(0, "not_measured"), (50, "broken")])
def test_without_a_soak_the_load_can_break_the_uptime_and_never_keep_it(failed: int, verdict: str) -> None:
    scores = (score("load", **{**LOAD, "failed": failed}), NotApplicable("soak", 1, "the smoke profile has no soak"))
    found, why = results(*scores)["request_success_pct"]
    assert found == verdict
    assert "the smoke profile has no soak" in why
    only = results(NotApplicable("soak", 1, "the smoke profile has no soak"))["request_success_pct"]
    assert only[0] == "not_measured"
    assert "the smoke profile has no soak" in only[1]


@pytest.mark.parametrize(
    ("metric", "load"),
    [
        ("p95_ms", {"p95_ms": 150.0, "p95_low_ms": 140.0, "p95_high_ms": 160.0}),
        ("request_success_pct", {"soak": {"failed": 50}}),
        ("load_factor", {"step_verdict": "fail"}),
    ],
)
def test_broken_promises(metric: str, load: dict[str, Any]) -> None:
    assert results(*good(**load))[metric][0] == "broken"


def test_missing_scores_say_why() -> None:
    found = results(Unmeasured("load", 1, "infrastructure", "the generator was late"))
    assert found["p95_ms"] == ("not_measured", "load was not measured: the generator was late")
    assert "not part of this run" in found["coverage_pct"][1]
    assert found["wall_time_min"] == ("not_measured", "a recorded reply has no run time")
    assert found["files"][0] == "kept"


@pytest.mark.parametrize(
    ("attacks", "unconfirmed", "verdict"),
    [
        ({"confirmed_critical": 1}, 0, "broken"),
        ({"tried": 0}, 0, "not_measured"),
        ({"critical_untried": 1}, 0, "not_measured"),
        ({}, 2, "not_measured"),
        ({}, 0, "kept"),
    ],
)
def test_zero_criticals_needs_attacks_tried_and_nothing_left_to_review(
    attacks: dict[str, Any], unconfirmed: int, verdict: str
) -> None:
    scores = (score("attacks", **{**ATTACKS, **attacks}), score("static", critical_unconfirmed=unconfirmed))
    assert results(*scores)["critical_vulnerabilities"][0] == verdict


def test_coverage_of_exactly_the_bound_does_not_exceed_it() -> None:
    assert results(score("coverage", covered_statements=80, statements=100))["coverage_pct"][0] == "broken"
    figures = measured_from([score("coverage", covered_statements=0, statements=0)], None, None)
    assert figures["coverage_pct"].value is None
