"""Definitions in the formats that people have: what is the prompt, which tools, which model, what is said about it."""

from pathlib import Path
from typing import Any

import pytest

from harness.config.definition import read_definition
from harness.errors import UsageError

FIXTURES = Path(__file__).parents[3] / "fixtures" / "definitions"
# definition -> (start of the body, what else must hold, codes of the warnings)
READ: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "fenced.md": (
        "You build APIs.",
        {"name": "fenced-backend", "tools": ("read", "write"), "tool_rule": "listed"},
        {"wrapped_in_fence"},
    ),
    "fenced-chatagent.agent.md": (
        "You own the service layer.",
        {"name": "fenced-chatagent", "tools": ("grep", "edit", "write", "shell", "memory"), "unknown_tools": ()},
        {"wrapped_in_fence", "tool_unavailable", "model_setting"},
    ),
    "comment-first.md": (
        "You write server side code.",
        {"name": "comment-backend", "model": "anthropic/claude-sonnet-4-5", "tool_rule": "unrestricted"},
        {"preamble"},
    ),
    "heading-first.md": (
        "# Backend engineer\n\nYou write",
        {"name": "heading-backend", "tools": ("read", "write", "shell")},
        {"preamble"},
    ),
    "toml-front.md": (
        "You write server side code.",
        {"name": "toml-backend", "tools": ("read", "edit")},
        set(),
    ),
    "team.md#backend-coder": (
        "You write services.",
        {"name": "backend-coder", "model": "openai/gpt-5", "tool_rule": "unrestricted"},
        set(),
    ),
    "team.md#Test Writer": ("You write tests.", {"tool_rule": "none"}, set()),
    "team.md#test_writer": ("You write tests.", {"name": "Test Writer"}, set()),
    "opencode/opencode.json#service": (
        "You implement services.\n\n<file",
        {"denied_tools": ("web",), "files": ("prompts/service.md", "house-rules.md"), "tool_rule": "unrestricted"},
        set(),
    ),
    "opencode/opencode.json#checker": (
        "You check services",
        {"denied_tools": ("write", "edit", "shell"), "model": "openrouter/qwen/qwen3-coder"},
        set(),
    ),
    "opencode/service.md": (
        "You implement services.",
        {"tools": ("read", "edit", "shell"), "tool_rule": "listed"},
        set(),
    ),
    "roo/.roomodes#service-dev": (
        "You are Roo, who builds services.\n\nAnswer under 200 ms at p95.",
        {"tools": ("read", "glob", "grep", "write", "edit", "shell"), "format": "Roo modes (YAML)"},
        {"tool_unavailable"},
    ),
    "roo/.roomodes#reader": ("You are Roo, who reads.", {"tool_rule": "none"}, set()),
    "roo/modes.json": ("You are Roo, alone.", {"name": "solo-dev"}, {"tool_unavailable"}),
    "crew/agents.yaml#backend_engineer": (
        "You are Backend engineer for {product}. You have run services for ten years.\nYour personal goal is: Deliver",
        {"model": "gemini/gemini-2.5-pro", "unknown_tools": ("FileWriterTool",), "denied_tools": ("delegate",)},
        {"placeholders", "unknown_tools"},
    ),
    "codex/agents/backend-developer.toml": (
        "# Backend developer",
        {"model": "gpt-5.3-codex", "denied_tools": ("write", "edit"), "format": "Codex agent (TOML)"},
        set(),
    ),
    "codex/config.toml": (
        "# Backend developer",
        {"name": "coder", "description": "Codes", "model": "gpt-5.3-codex"},
        set(),
    ),
    "kiro/backend.json": (
        "You write services.\n\n<file",
        {"files": ("prompts/service.md",), "tools": ("read", "glob", "grep", "write", "edit", "shell")},
        {"tool_unavailable"},
    ),
    "kiro/near.json": ("Services log in JSON.", {"format": "Kiro agent (JSON)"}, set()),
    "cursor/.cursor/rules/backend.mdc": (
        "You write Python.",
        {"name": "backend", "files": ("naming.md",)},
        {"frontmatter_invalid_yaml"},
    ),
    "cursor/.cursorrules": ("You write Python services.", {"name": "cursorrules"}, set()),
    "copilot/.github/agents/service.agent.md": (
        "You implement services.",
        {"name": "Service", "tools": ("read", "glob", "grep", "write", "edit", "shell", "todo")},
        {"tool_unavailable", "model_setting"},
    ),
    "copilot/.github/chatmodes/plan.chatmode.md": (
        "You plan, then build.",
        {"name": "plan", "unknown_tools": (), "tools": ("grep", "edit", "write", "shell", "web", "todo")},
        {"tool_unavailable"},
    ),
    "copilot/.github/copilot-instructions.md": ("# House rules", {"format": "Copilot instructions"}, set()),
    "copilot/.github#service": (
        "You implement services.",
        {"name": "Service"},
        {"instructions_apart", "tool_unavailable", "model_setting"},
    ),
    "gemini/backend.md": (
        "You write services.",
        {"model": "google/gemini-2.5-pro", "tools": ("read", "write", "grep", "glob", "shell")},
        {"tool_unavailable"},
    ),
    "claude/.claude#backend": (
        "You write services.",
        {"model": "sonnet", "denied_tools": ("web",), "files": ("house.md",)},
        {"instructions_apart", "tool_unavailable", "model_setting"},
    ),
    "list.yaml#coder": ("You code.", {"tools": ("read", "edit"), "model": "gpt-5-mini"}, set()),
    "unknown.json": ("{", {}, {"unknown_format", "frontmatter_missing"}),
    "unknown.xml": ("<?xml", {}, {"unknown_format", "frontmatter_missing"}),
}


@pytest.mark.parametrize("name", READ)
def test_each_format_is_read(name: str) -> None:
    start, holds, warned = READ[name]
    spec = read_definition(FIXTURES / name)
    assert spec.body.startswith(start)
    assert {key: getattr(spec, key) for key in holds} == holds
    assert {warning.split(":")[0] for warning in spec.warnings} == warned


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("team.md", "several_agents", ("'api-designer', 'backend-coder', 'Test Writer'", "team.md#api-designer")),
        ("team.md#nobody", "no_such_agent", ("'nobody'", "'backend-coder'")),
        ("team.md#only-an-example", "no_such_agent", ("'only-an-example'",)),
        ("opencode/opencode.json", "several_agents", ("'service', 'checker'",)),
        ("opencode/opencode.json#build", "no_such_agent", ("'service', 'checker'",)),
        ("roo/.roomodes", "several_agents", ("'service-dev', 'reader'",)),
        ("crew/agents.yaml", "several_agents", ("'backend_engineer', 'qa_engineer'",)),
        ("claude/.claude", "several_agents", ("'backend', 'reviewer'", ".claude#backend")),
        ("kiro/far.json", "prompt_file_missing", ("Kiro", "file://", "outside")),
        ("fenced.md#other", "no_such_agent", ("'fenced-backend'",)),
    ],
)
def test_what_cannot_be_one_agent_is_told_by_name(name: str, code: str, says: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as error:
        read_definition(FIXTURES / name)
    assert error.value.code == code
    assert all(words in error.value.message for words in says), error.value.message


def test_what_stands_beside_the_prompt_reaches_the_claims_nested_too() -> None:
    assert read_definition(FIXTURES / "toml-front.md").front_matter["limits"] == {"max_turns": 12}
    assert read_definition(FIXTURES / "codex/agents/backend-developer.toml").front_matter["limits"] == {"max_turns": 30}
    crew = read_definition(FIXTURES / "crew/agents.yaml#backend_engineer").front_matter
    assert (crew["max_iter"], crew["max_execution_time"]) == (15, 600)
    assert read_definition(FIXTURES / "opencode/opencode.json#service").front_matter["steps"] == 25
    assert read_definition(FIXTURES / "claude/.claude#backend").front_matter["maxTurns"] == 40
    assert "developer_instructions" not in read_definition(FIXTURES / "codex/config.toml").front_matter


def test_agents_of_one_file_are_told_apart() -> None:
    one, other = (read_definition(FIXTURES / f"team.md#{name}") for name in ("api-designer", "backend-coder"))
    assert one.sha256 != other.sha256
    assert (one.stem, other.stem) == ("team#api-designer", "team#backend-coder")
    assert one.sha256 == read_definition(FIXTURES / "team.md#API Designer").sha256


def test_any_file_of_a_folder_makes_another_version(tmp_path: Path) -> None:
    folder = tmp_path / ".claude"
    (folder / "agents").mkdir(parents=True)
    (folder / "skills").mkdir()
    (folder / "agents" / "a.md").write_text("---\nname: a\n---\nYou are a.\n")
    (folder / "skills" / "x.py").write_bytes(b"print(1)\n")
    before = read_definition(folder)
    assert before.name == "a"
    assert read_definition(Path(f"{folder}#a")).sha256 == before.sha256
    (folder / "skills" / "x.py").write_bytes(b"print(2)\n")
    assert read_definition(folder).sha256 != before.sha256


def test_an_imported_file_makes_another_version(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("---\nname: a\n---\n@b.md\n")
    (tmp_path / "b.md").write_text("Be brief.")
    before = read_definition(path)
    assert before.body == "Be brief."
    (tmp_path / "b.md").write_text("Be long.")
    assert read_definition(path).sha256 != before.sha256


@pytest.mark.parametrize("name", ["agents", "agent", "chatmodes", "."])
@pytest.mark.parametrize("ending", ["md", "toml", "json", "mdc"])
def test_folders_of_every_program(tmp_path: Path, name: str, ending: str) -> None:
    texts = {"toml": 'name = "one"\ndeveloper_instructions = "You are one."', "json": '{"prompt": "You are one."}'}
    (tmp_path / name).mkdir(exist_ok=True)
    (tmp_path / name / f"one.{ending}").write_text(texts.get(ending, "You are one."))
    (tmp_path / "README.md").write_text("# About")
    (tmp_path / "settings.json").write_text("{}")
    spec = read_definition(tmp_path)
    assert (spec.name, spec.body) == ("one", "You are one.")


def test_a_file_whose_name_holds_a_hash_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "a#b.md").write_text("---\nname: x\n---\nBody")
    assert read_definition(tmp_path / "a#b.md").name == "x"
