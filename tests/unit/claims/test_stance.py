"""Sentences with numbers that promise nothing, or less than they seem to: no false claim is read from them."""

import pytest

from harness.claims.conflicts import conflicts
from harness.claims.extract import extract
from harness.claims.hold import enforceable, hold
from harness.model.agent import AgentSpec
from harness.model.claim import Claim, Measured


def claims(body: str) -> tuple[Claim, ...]:
    return extract(AgentSpec("a", "", body, "0" * 64, "a.md"))


def held(body: str) -> list[str]:
    return [claim.text for claim in enforceable(claims(body))]


@pytest.mark.parametrize(
    "sentence",
    [
        "Reject any code whose coverage is below 80%",
        "Never deliver with coverage below 80%",
        "If coverage is below 80%, add tests",
        "Alert when p95 latency exceeds 500 ms",
        "Alert if error rate is above 1%",
        "Log slow queries (> 100ms)",
        "Refactor when a package has over 20 files",
        "Write at least 3 files per module",
        "Handle at most 10x load",
        "80% coverage max",
        "当 p95 响应时间超过 500 ms 时告警",
        "测试覆盖率低于 80% 时拒绝",
    ],
)
def test_a_bound_against_the_good_direction_is_no_promise(sentence: str) -> None:
    assert held(sentence) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Improve latency by at least 20 ms",
        "Reduce the error rate by up to 50%",
        "Increase coverage by 10%",
        "Increase coverage at least 10%",
        "Coverage drop of at most 2%",
        "Coverage must not decrease more than 2%",
        "A latency regression of less than 5 ms",
        "At most 2% coverage drop",
        "p95 latency 20 ms faster",
        "Improve throughput 2x",
        "覆盖率提升 10%",
    ],
)
def test_a_change_is_no_level(sentence: str) -> None:
    assert held(sentence) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "If p95 latency is below 100 ms, stop optimising",
        "When tests pass and coverage exceeds 80%, deploy",
        "Coverage above 80% if possible",
        "Ignore queries faster than 10 ms",
        "Is p95 latency < 100 ms?",
        "At most 3 files per module",
        "When you see p95 latency: 900 ms, investigate",
    ],
)
def test_a_condition_a_wish_and_a_question_are_no_promises(sentence: str) -> None:
    assert held(sentence) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "We do not promise a p95 latency below 100 ms",
        "We don't guarantee uptime above 99.9%",
        "Not a promise: p95 latency < 100 ms",
        "p95 < 100ms is not guaranteed",
        "p95 < 100ms is **not** guaranteed",
        "There is no guarantee that coverage exceeds 80%",
        "80% coverage is not required",
        "We do not promise zero critical vulnerabilities",
        "We do not promise that\np95 latency stays below 100 ms",
        "The service keeps p95 < 100 ms,\nwhich is not guaranteed under load",
        "## Non-goals\n- p95 latency < 10 ms",
        "p95 latency < 100 ms. This is not guaranteed.",
        "不保证 p95 响应时间 < 100 ms",
    ],
)
def test_what_is_denied_is_no_promise(sentence: str) -> None:
    assert held(sentence) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "The old version had a p95 latency of 900 ms",
        "Coverage was 40% last year",
        "Currently 40% coverage",
        "We measured a p95 latency of 40 ms",
    ],
)
def test_what_was_is_no_promise(sentence: str) -> None:
    assert held(sentence) == []


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Coverage never below 80%", ["coverage_pct >= 80"]),
        ("Coverage must not drop below 80%", ["coverage_pct >= 80"]),
        ("Queries must not take longer than 100 ms at p95", ["p95_ms <= 100"]),
        ("p95 latency can't exceed 100 ms", ["p95_ms <= 100"]),
        ("Increase coverage to at least 80%", ["coverage_pct >= 80"]),
        ("Reduce p95 latency to under 100 ms", ["p95_ms < 100"]),
        ("Deliver only when coverage exceeds 80%", ["coverage_pct > 80"]),
        ("When under load, p95 latency stays below 100 ms", ["p95_ms < 100"]),
        ("Never compromise on quality: coverage above 80%", ["coverage_pct > 80"]),
        ("Coverage above 80%\nNot guaranteed: p95 latency < 100 ms", ["coverage_pct > 80"]),
        ("handles a 10x load increase without errors", ["load_factor >= 10"]),
        ("测试覆盖率 不低于 80%", ["coverage_pct >= 80"]),
    ],
)
def test_what_looks_like_one_of_these_and_is_a_promise(sentence: str, expected: list[str]) -> None:
    assert held(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Handle up to 10x load increase", ["load_factor >= 10"]),
        ("up to 80% test coverage", ["coverage_pct >= 80"]),
        ("up to 99.9% uptime", ["request_success_pct >= 99.9"]),
        ("an error rate of up to 1%", ["request_success_pct >= 99"]),
        ("up to 10 files per delivery", ["files <= 10"]),
    ],
)
def test_up_to_is_no_ceiling_where_more_is_better(sentence: str, expected: list[str]) -> None:
    assert held(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("99,9 % uptime", ["request_success_pct >= 99.9"]),
        ("99.999% uptime", ["request_success_pct >= 99.999"]),
        ("p95 < 1,5 s", ["p95_ms < 1500"]),
        ("p95 < 0,25 s", ["p95_ms < 250"]),
        ("at most 1,000 tool calls", ["tool_calls <= 1000"]),
        ("p95 < 1.500 ms", []),
        ("p95 < 1 500 ms", []),
        ("p95 < 1'500 ms", []),
        ("coverage between 80% and 90%", ["coverage_pct >= 80"]),
        ("coverage of 80-90 %", ["coverage_pct >= 80"]),
        ("p95 latency between 100 and 200 ms", ["p95_ms <= 200"]),
        ("coverage grew from 60% to 90%", []),
        ("about 80% coverage", []),
    ],
)
def test_numbers_are_read_as_written_or_not_at_all(sentence: str, expected: list[str]) -> None:
    assert held(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("p95/p99 latency under 200/500 ms", ["p95_ms < 200", "p99_ms < 500"]),
        ("p95/p99 latency under 200 ms", ["p95_ms < 200", "p99_ms < 200"]),
        ("p95 and p99 latency under 200 and 500 ms", []),
        ("p50/p95/p99 latency under 200/500 ms", []),
        ("p95 < 200 ms (p99 < 500 ms)", ["p95_ms < 200", "p99_ms < 500"]),
        ("99% of requests have response times < 300ms", ["p99_ms < 300"]),
        ("90% of endpoints respond within 200 ms", []),
        ("Response times under 200ms (p95) and 500ms (p99)", ["p95_ms < 200", "p99_ms <= 500"]),
        ("p999 latency < 500 ms", ["p99.9_ms < 500"]),
        ("Median response time < 50 ms", ["p50_ms < 50"]),
        ("Average response time < 50 ms", ["mean_ms < 50"]),
    ],
)
def test_each_number_gets_the_percentile_it_was_stated_for(sentence: str, expected: list[str]) -> None:
    assert held(sentence) == expected


@pytest.mark.parametrize(
    "body",
    [
        "1. Like this:\n\n    - so:\n\n      ```\n      coverage > 80%\n      ```\n",
        "- ```\n  coverage > 80%\n  ```\n",
        "> ```\n> coverage > 80%\n> ```\n",
        "<!-- coverage > 80% -->\n",
        "<!--\ncoverage > 80%\n\np95 < 10 ms\n-->\n",
        "<!-- never closed\ncoverage > 80%\n",
    ],
)
def test_code_and_comments_promise_nothing(body: str) -> None:
    assert held(body) == []
    assert held(body) == [] == [c.text for c in claims(body)]


def test_what_stands_beside_code_and_comments_is_read() -> None:
    body = (
        "Uptime > 99% <!-- was: p95 < 10 ms --> for all.\n> ```\n> x\n\nCoverage > 80%\n"
        "```\n<!-- no comment\n```\nat most 9 files"
    )
    found = [c for c in claims(body) if c.value is not None]
    assert [c.text for c in found] == ["request_success_pct > 99", "coverage_pct > 80", "files <= 9"]
    assert [body[slice(*c.span)] for c in found] == ["> 99%", "> 80%", "at most 9 files"]


@pytest.mark.parametrize(
    "body",
    [
        "Example: p95 latency < 10 ms",
        "Bad example: p95 latency < 10 ms",
        "**Example**: p95 latency < 10 ms",
        "## Examples\n- p95 latency < 10 ms",
        "<example>\nUser: p95 latency < 10 ms\n</example>",
        "例如: p95 latency < 10 ms",
    ],
)
def test_an_example_by_name_is_one(body: str) -> None:
    assert [(c.text, c.modality) for c in claims(body)] == [("p95_ms < 10", "example")]


def test_a_bad_example_excuses_nothing() -> None:
    found = claims("Coverage > 80%.\nBad example: coverage < 20%")
    assert [(c.text, c.modality) for c in found] == [("coverage_pct > 80", "promise"), ("coverage_pct < 20", "example")]
    assert conflicts(found) == ()
    (result,) = hold(found, {"coverage_pct": Measured("coverage_pct", 10, 10, 10)})
    assert result.verdict == "broken"
