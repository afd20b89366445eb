"""The dialects seen in the field, end to end: each fixture definition loads, renders, and says what was understood."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.config.definition import read_definition
from harness.intake.parse import parse_reply
from harness.model.agent import AgentVersion
from harness.model.submission import NeedsFollowUp
from harness.model.task import Limits, Requirements, Task
from harness.prompt.contract_text import CHAT_DELIVERY, JSON_DELIVERY
from harness.prompt.render import render

FIXTURES = Path(__file__).parents[2] / "fixtures"
AGENTS = FIXTURES / "agents"
TASK = Task(
    id="t",
    title="T",
    family="f",
    digest="0" * 64,
    languages=("python",),
    capabilities=(),
    readiness_path="/health",
    limits=Limits(),
    requirements=Requirements(),
    environment={},
    instruction="# T",
    contract={},
    contract_yaml=b"openapi: 3.1.0\n",
    load={},
    starter={},
    solution={},
    acceptance_tests={},
    attacks={},
    variants={},
    mutants=(),
    template_schema={"project": {"name": "shop"}, "languages": [{"name": "python", "frameworks": ["fastapi"]}]},
)
ALL_TOOLS = ("delegate", "read", "write", "glob", "grep", "shell", "edit", "web", "memory", "todo")
EXPECTED: dict[str, dict[str, Any]] = {
    "plain-list.md": {
        "name": "plain-backend",
        "tools": ALL_TOOLS,
        "unknown_tools": ("paint_picture",),
        "warned": {"unknown_tools", "tool_unavailable"},
    },
    "comma-tools.md": {
        "name": "comma-backend",
        "tools": ("read", "shell", "edit", "grep", "web"),
        "model": "sonnet",
        "warned": {"tool_unavailable"},
    },
    "invalid-yaml.md": {
        "name": "example-backend",
        "tools": ("read", "write"),
        "model": "opus",
        "warned": {"frontmatter_invalid_yaml"},
    },
    "structured-json.md": {
        "name": "structured-backend",
        "tools": ("read", "grep", "glob"),
        "replies_json": True,
        "warned": {"mojibake"},
    },
    "jinja-template.md": {
        "name": "template-backend",
        "tools": ("web", "grep", "shell", "edit"),
        "template": True,
        "warned": {"tool_unavailable", "unresolved_link"},
    },
    "chinese.md": {"name": "后端工程师", "tools": ("read", "write", "shell"), "warned": set()},
    "no-front-matter.md": {"name": "no-front-matter", "tools": (), "warned": {"frontmatter_missing"}},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_dialect_is_understood(name: str) -> None:
    spec = read_definition(AGENTS / name)
    expected = {"model": None, "unknown_tools": (), "template": False, "replies_json": False, **EXPECTED[name]}
    warned = expected.pop("warned")
    assert {key: getattr(spec, key) for key in expected} == expected
    assert {warning.split(":")[0] for warning in spec.warnings} == warned


@pytest.mark.parametrize("path", sorted(AGENTS.glob("*.md")), ids=lambda path: path.name)
def test_each_definition_renders(path: Path) -> None:
    spec = read_definition(path)
    prompt = render(spec, TASK)
    assert prompt.system
    assert prompt.user.endswith(JSON_DELIVERY if spec.replies_json else CHAT_DELIVERY)
    if not spec.template:
        assert prompt.system == spec.body


def test_the_template_dialect_leaves_no_braces() -> None:
    system = render(read_definition(AGENTS / "jinja-template.md"), TASK).system
    assert "- **Python**: fastapi" in system
    assert "for shop" in system
    assert "{" not in system


def test_the_example_of_the_structured_dialect_is_what_intake_reads() -> None:
    body = read_definition(AGENTS / "structured-json.md").body
    example = body.split("```json\n", 1)[1].split("```", 1)[0]
    assert isinstance(parse_reply(example), NeedsFollowUp)
    assert json.loads(example)["confidence"] == 80


def test_two_versions_of_one_definition_are_told_apart() -> None:
    first, second = (read_definition(AGENTS / f"careful-v{n}.md") for n in (1, 2))
    assert first.name == second.name == "careful-backend"
    assert first.sha256 != second.sha256
    promises = [spec.body.split("## Quality promises")[1] for spec in (first, second)]
    assert promises[0] == promises[1], "the versions differ in their checks, not in what they promise"
    for words in (
        "p95 response time < 100 ms",
        "coverage > 80 %",
        "10x",
        "zero critical",
        "> 99.9 %",
        "at most 30 files",
    ):
        assert words in promises[0]


@pytest.mark.parametrize("path", sorted((FIXTURES / "hostile" / "agents").glob("*.md")), ids=lambda path: path.name)
def test_a_hostile_name_is_kept_as_text_and_safe_in_folder_names(path: Path) -> None:
    spec = read_definition(path)
    assert spec.name in ("<b>x</b>", "=1+1")
    label = AgentVersion(spec, "replay", "ab" * 32).label
    assert label.endswith("@abababab")
    assert not set(label) & set("<>/=+ ")
