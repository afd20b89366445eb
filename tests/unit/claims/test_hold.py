"""Claims against figures: the interval decides, and a missing figure is neither kept nor broken."""

import pytest

from harness.claims.extract import extract
from harness.claims.hold import figure, hold, tally_promises
from harness.claims.interval import lower_share, upper_share, wilson
from harness.model.agent import AgentSpec
from harness.model.claim import Claim, Measured, PromiseResult


def claims(body: str) -> tuple[Claim, ...]:
    return extract(AgentSpec("a", "", body, "0" * 64, "a.md"))


def result(body: str, *measured: Measured) -> PromiseResult:
    (found,) = hold(claims(body), {m.metric: m for m in measured})
    return found


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(80.0, 99.0, "kept"), (80.0, 100.0, "not_measured"), (99.0, 101.0, "not_measured"), (100.0, 120.0, "broken")],
)
def test_the_whole_interval_decides(low: float, high: float, verdict: str) -> None:
    found = result("p95 latency < 100 ms", Measured("p95_ms", (low + high) / 2, low, high, "500 requests"))
    assert found.verdict == verdict
    assert "100" in found.why


@pytest.mark.parametrize(
    ("low", "high", "verdict"), [(10.0, None, "kept"), (0.0, 9.9, "broken"), (5.0, None, "not_measured")]
)
def test_open_intervals(low: float, high: float | None, verdict: str) -> None:
    assert result("Handle 10x load", Measured("load_factor", None, low, high)).verdict == verdict


def test_equality_inside_an_interval_is_open() -> None:
    body = "**Deliverables**\n- **A** x\n- **B** y\n"
    assert result(body, Measured("deliverables", 2, 1, 3)).verdict == "not_measured"
    assert result(body, Measured("deliverables", 2, 2, 2)).verdict == "kept"
    assert result(body, Measured("deliverables", 5, 4, 6)).verdict == "broken"


def test_what_was_not_measured_says_why() -> None:
    assert "no probe" in result("Coverage > 80%").why
    assert result("Coverage > 80%", Measured("coverage_pct", None, why_not="no tests")).why == "no tests"
    (found,) = hold(
        claims("Coverage > 80%"), {"coverage_pct": Measured("coverage_pct", 99, 99, 99)}, measures=("p95_ms",)
    )
    assert found.verdict == "not_measured"
    assert "does not measure coverage_pct" in found.why


def test_only_numbers_of_promises_and_limits_are_held() -> None:
    body = "Use JWT. Deep expertise in Go 1.21+. For example, coverage > 50%.\nUptime > 99%."
    assert [r.claim.metric for r in hold(claims(body), {})] == ["request_success_pct"]


@pytest.mark.parametrize(("files", "verdict"), [(10, "kept"), (15, "not_measured"), (16, "broken")])
def test_between_a_limit_and_the_definitions_own_example_lies_a_conflict(files: int, verdict: str) -> None:
    body = 'Maximum 10 files per response\n```json\n{"files_count": 15}\n```\n'
    found = result(body, Measured("files", files, files, files))
    assert found.verdict == verdict
    assert ("definition_conflict" in found.why) == (verdict == "not_measured")


def test_the_tally_adds_up() -> None:
    found = hold(
        claims("Coverage > 80%\nUptime > 99%\np95 < 10 ms"), {"coverage_pct": Measured("coverage_pct", 90, 90, 90)}
    )
    tally = tally_promises(found)
    assert (tally.kept, tally.broken, tally.not_measured, tally.total) == (1, 0, 2, 3)


@pytest.mark.parametrize("n", [10, 100, 3000])
def test_zero_of_n_is_bounded_by_the_rule_of_three(n: int) -> None:
    assert upper_share(0, n) == pytest.approx(1 - 0.05 ** (1 / n), rel=1e-6)
    assert upper_share(0, n) < 3 / n
    assert lower_share(n, n) == pytest.approx(1 - upper_share(0, n))


def test_exact_bounds_agree_with_scipy() -> None:
    from scipy.stats import beta

    for k, n in ((1, 20), (7, 50), (499, 500)):
        assert upper_share(k, n) == pytest.approx(beta.ppf(0.95, k + 1, n - k), abs=1e-9)
    assert upper_share(5, 5) == 1.0
    with pytest.raises(ValueError, match="trials"):
        upper_share(0, 0)


def test_wilson_agrees_with_published_values() -> None:
    low, high = wilson(0, 35)  # 0 misses of 35: at least .901 of them are caught
    assert low == 0.0
    assert high == pytest.approx(1 - 0.901, abs=0.001)
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (Measured("m", 93.1, 91.0, 95.2, "of 2500 requests"), "93.1 [91, 95.2] (of 2500 requests)"),
        (Measured("m", 19.0, 19.0, 19.0), "19"),
        (Measured("m", 2.0, 2.0, None), "at least 2"),
        (Measured("m", None, None, 9.5), "at most 9.5"),
        (Measured("m", None, 0.0, 100.0), "somewhere in [0, 100]"),
        (Measured("m", 5.0, 4.0, None), "5 [4, inf]"),
    ],
)
def test_a_figure_says_no_more_than_is_known(found: Measured, text: str) -> None:
    assert figure(found) == text
