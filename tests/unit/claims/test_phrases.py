"""Sentences of definitions nobody here wrote, each with what a careful reader holds: all of them must come out."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.claims.extract import extract
from harness.claims.hold import enforceable
from harness.model.agent import AgentSpec

CORPUS = Path(__file__).parent / "corpus"


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CORPUS / name).read_text(encoding="utf-8").splitlines()]


def held(body: str, front_matter: dict[str, object] | None = None, description: str = "") -> list[str]:
    spec = AgentSpec("a", description, body, "0" * 64, "a.md", front_matter=front_matter or {})
    return sorted(f"{c.metric}{c.op}{c.value:g}" for c in enforceable(extract(spec)))


@pytest.mark.parametrize("row", rows("phrases.jsonl"), ids=lambda row: row["text"][:60])
def test_phrases_seen_in_the_field(row: dict[str, Any]) -> None:
    assert held(row["text"], row["front_matter"]) == sorted(row["held"])


@pytest.mark.parametrize("row", rows("sentences.jsonl"), ids=lambda row: row["text"][:60])
def test_their_relatives(row: dict[str, Any]) -> None:
    assert held(row["text"]) == sorted(row["held"])


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ({"maxTurns": 25}, ["turns<=25"]),
        ({"max_turns": 20}, ["turns<=20"]),
        ({"max-turns": "15"}, ["turns<=15"]),
        ({"timeout_mins": 10}, ["wall_time_min<=10"]),
        ({"steps": 40}, ["iterations<=40"]),
        ({"maxSteps": 40}, ["iterations<=40"]),
        ({"max_iter": 15}, ["iterations<=15"]),
        ({"max_execution_time": 300}, ["wall_time_min<=5"]),
        ({"max_tool_calls": 120}, ["tool_calls<=120"]),
        ({"max_runtime_minutes": 10}, ["wall_time_min<=10"]),
        ({"limits": {"max_turns": 12, "max_files": 5}}, ["files<=5", "turns<=12"]),
        ({"limits": {"turns": 12}}, ["turns<=12"]),
        ({"budget": {"max_tool_calls": 50, "max_tokens": 8000}}, ["tokens<=8000", "tool_calls<=50"]),
        ({"max_tokens": 4096, "max_retries": 3, "temperature": 0.2, "max_rpm": 10}, []),
        ({"context": {"max_context_tokens": 50000}}, []),
        ({"iteration": {"enabled": True, "maxIterations": 12}}, ["iterations<=12"]),
        ({"behavior": {"max_turns": 30, "temperature": 0.1}}, ["turns<=30"]),
        ({"retry": {"maxIterations": 3}, "mcp": {"max_tool_calls": 9}, "loop": {"steps": 4}}, []),
        ({"steps": ["a", "b"], "maxTurns": True, "max_iter": -1, "timeout_mins": "soon"}, []),
    ],
)
def test_limits_that_the_real_command_lines_know(front: dict[str, object], expected: list[str]) -> None:
    assert held("x", front) == expected


def test_spans_count_in_the_text_as_written() -> None:
    body = "Intro.\r\n\r\n- **覆盖率**：≥ **８５％**，且 p95 &lt;= `200 ms`。\r\nKeep at\r\nleast 99.9% uptime.\r\n"
    claims = [c for c in extract(AgentSpec("a", "", body, "0" * 64, "a.md")) if c.value is not None]
    assert [(c.text, body[slice(*c.span)].replace("\r\n", " "), c.line) for c in claims] == [
        ("coverage_pct >= 85", "≥ **８５％", 3),
        ("p95_ms <= 200", "&lt;= `200 ms", 3),
        ("request_success_pct >= 99.9", "at least 99.9%", 4),
    ]


def test_a_definition_without_line_breaks_is_read_in_reasonable_time() -> None:
    assert held("Coverage of the tests and the p95 latency matter, " * 2000 + "coverage > 80%") == ["coverage_pct>80"]
