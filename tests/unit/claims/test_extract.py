"""The claims grammar: what counts as a claim, what must not, and where it stands."""

from dataclasses import replace

import pytest

from harness.claims.conflicts import conflicts
from harness.claims.extract import extract, union
from harness.model.agent import AgentSpec
from harness.model.claim import Claim


def spec(body: str, **more: object) -> AgentSpec:
    fields: dict[str, object] = {"name": "a", "description": "", "sha256": "0" * 64, "source": "a.md", **more}
    return AgentSpec(body=body, **fields)  # type: ignore[arg-type]


def numbers(body: str, **more: object) -> list[str]:
    return [c.text for c in extract(spec(body, **more)) if c.value is not None]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Query optimization for performance under 100ms p95 response times", ["p95_ms < 100"]),
        ("Maintain test coverage exceeding 80% with comprehensive test suites", ["coverage_pct > 80"]),
        ("- **Performance**: Response time < 200ms for APIs", ["p95_ms < 200"]),
        ("- **Reliability**: Uptime > 99.9%", ["request_success_pct > 99.9"]),
        ("- **Scalability**: Handle 10x load increase", ["load_factor >= 10"]),
        ("- **Security**: Zero critical vulnerabilities", ["critical_vulnerabilities <= 0"]),
        ("- Maximum 10 files per response", ["files <= 10"]),
        ("- End after 5 iterations of refinement", ["iterations <= 5"]),
        ("Coverage above 80%, uptime above 99.9%", ["coverage_pct > 80", "request_success_pct > 99.9"]),
        ("over 80% test coverage and 99.9% uptime", ["coverage_pct > 80", "request_success_pct >= 99.9"]),
        (
            "Branch coverage of at least 70 % beside 80 % line coverage",
            ["branch_coverage_pct >= 70", "coverage_pct >= 80"],
        ),
        ("p99 latency must not exceed 1.5 s", ["p99_ms <= 1500"]),
        ("latency: 250 ms or less", ["p95_ms <= 250"]),
        ("80%+ coverage", ["coverage_pct >= 80"]),
        ("keep the error rate below 0.1%", ["request_success_pct > 99.9"]),
        ("never more than 1,000 tool calls", ["tool_calls <= 1000"]),
        ("finish the task within 15 minutes", ["wall_time_min <= 15"]),
        ("sustains 500 requests per second", ["throughput_rps >= 500"]),
        ("| p95 latency | < 200 ms |", ["p95_ms < 200"]),
        ("- 测试覆盖率 > 80%,p95 响应时间 < 100 ms。", ["coverage_pct > 80", "p95_ms < 100"]),
    ],
)
def test_numeric_claims(sentence: str, expected: list[str]) -> None:
    assert numbers(sentence) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "Prevent common security vulnerabilities (OWASP Top 10)",
        "Listen on port 8000 and answer 200 or 404",
        "Use OAuth2, SHA-256 and HTTP/2",
        "Access tokens expire within 15 minutes",
        "Upload at most 10 files per request",
        "Retry at most 3 times with a back-off of 200 ms",
        "Request timeout: at most 5 s",
        "Rate limiting: 100 requests per second and key",
        "Cache responses for at most 60 seconds",
        "Graceful shutdown within 10 s of response time",
        "Passwords have at least 12 words",
        "Write 3 files",
        "Response times matter",
        "Zero trust architecture",
        "Pages hold at most 100 records",
    ],
)
def test_sentences_that_claim_nothing(sentence: str) -> None:
    assert numbers(sentence) == []


def test_a_claim_knows_its_place() -> None:
    body = "You are careful.\n\n## Promises\n- p95 response time < 100 ms.\n"
    (claim,) = (c for c in extract(spec(body)) if c.metric == "p95_ms")
    assert body[slice(*claim.span)] == "< 100 ms"
    assert claim.line == 4
    assert claim.quote == "- p95 response time < 100 ms."
    assert claim.note == ""


def test_an_unstated_percentile_is_assumed_and_said() -> None:
    (claim,) = extract(spec("Response time < 200ms"))
    assert claim.metric == "p95_ms"
    assert "p95 assumed" in claim.note


def test_ids_survive_edits_elsewhere() -> None:
    before = {c.id for c in extract(spec("Coverage > 80%"))}
    after = {c.id for c in extract(spec("A new first line.\n\nCoverage > 80%"))}
    assert before == after


def test_front_matter_limits_also_when_read_leniently() -> None:
    front = {
        "max_runtime_minutes": 10,
        "max_tool_calls": "120",
        "checkpoint_frequency": 5,
        "temperature": 1,
        "max_x": True,
    }
    claims = extract(spec("x", front_matter=front))
    assert [c.text for c in claims] == ["wall_time_min <= 10", "tool_calls <= 120", "checkpoint_frequency = 5"]
    assert {c.modality for c in claims} == {"limit"}
    assert {c.part for c in claims} == {"front_matter"}


def test_fences_and_examples_are_not_promises() -> None:
    body = '## Response format\n```json\n{"files_count": 15, "confidence": 90}\n```\nFor example, coverage > 50%.\n'
    found = {c.text: c.modality for c in extract(spec(body))}
    assert found["files = 15"] == "example"
    assert found["confidence = 90"] == "example"
    assert found["coverage_pct > 50"] == "example"
    assert found["reply_json_keys = 2"] == "promise"


def test_an_unclosed_fence_runs_to_the_end() -> None:
    assert numbers("```\ncoverage > 80%\n") == []


def test_section_lists_count_only_under_an_output_heading() -> None:
    items = "\n".join(f"{n}. **Part {n}** – text" for n in range(1, 8))
    assert "reply_sections = 7" in numbers(f"### Output Structure\n{items}\n")
    assert numbers(f"## What You Prioritize\n{items}\n") == []
    assert numbers(f"## Core Responsibilities\n{items}\n") == []
    assert numbers("**6. Deliverables**\n- **Code** — x\n- **Docs** — y\n") == ["deliverables = 2"]


def test_skills_are_not_promises() -> None:
    claims = extract(
        spec("You have deep expertise in Node.js 18+ and Python 3.11+.\n## Core Expertise\n### APIs\n- GraphQL\n")
    )
    assert {c.metric: c.modality for c in claims} == {
        "version.node": "skill",
        "version.python": "skill",
        "capability.graphql": "skill",
    }
    assert [c.value for c in claims if c.metric == "version.python"] == [3.11]


def test_capabilities_and_behaviours_prefer_the_promise() -> None:
    claims = extract(spec("## Skills\n- JWT\n## Rules\n- Use JWT.\nDo NOT delegate tasks back.\n"))
    assert {c.metric: c.modality for c in claims} == {"capability.jwt": "promise", "behaviour.no_delegation": "promise"}


def test_conflicts_inside_a_definition() -> None:
    claims = extract(spec('Maximum 10 files per response\n```json\n{"files_count": 15}\n```\n'))
    (finding,) = conflicts(claims)
    assert finding.code == "definition_conflict"
    assert set(finding.claims) == {c.id for c in claims if c.metric == "files"}
    strict, lax = extract(spec("Coverage > 80%. Coverage > 60%."))
    assert conflicts((strict, replace(lax, op="<"))) != ()
    assert conflicts(extract(spec("Coverage > 80%. Coverage > 60%."))) == ()


def test_union_holds_each_claim_once() -> None:
    a, b = extract(spec("Coverage > 80%")), extract(spec("Coverage > 80%\nUptime > 99%"))
    assert [c.text for c in union(a, b)] == ["coverage_pct > 80", "request_success_pct > 99"]
    assert len({c.id for c in union(a, b)}) == 2


def test_claims_of_the_description_name_their_part() -> None:
    (claim,) = extract(spec("x", description="APIs with p95 < 50 ms. Examples: <example>coverage > 10%</example>"))
    assert (claim.text, claim.part) == ("p95_ms < 50", "description")
    assert isinstance(claim, Claim)
