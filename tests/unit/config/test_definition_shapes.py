"""The many shapes of one definition: what surrounds it, what it refers to, how it names tools; and their twins."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.config.definition import read_definition
from harness.config.definition_documents import read_document
from harness.config.definition_markdown import drafts_of, unwrapped
from harness.config.definition_model import model_of
from harness.config.definition_tools import tool_rule
from harness.errors import UsageError
from harness.model.agent import AgentSpec

HEAD = "---\nname: dev\ndescription: Server side\n---\n"
BODY = "You write services.\n\n---\n\nTwo parts."


def load(folder: Path, text: str | bytes, name: str = "agent.md") -> AgentSpec:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_definition(path)


@pytest.mark.parametrize(
    "text",
    [
        HEAD + BODY,
        "\ufeff" + HEAD + BODY,
        "\n\n  \n" + HEAD + BODY,
        "<!-- made by a tool -->\n" + HEAD + BODY,
        "<!--\nname: not this\n-->\n\n<!-- nor this -->\n" + HEAD + BODY,
        (HEAD + BODY).replace("\n", "\r\n"),
        "```\n" + HEAD + BODY + "\n```",
        "```md\n" + HEAD + BODY + "\n```\n",
        "````markdown\n" + HEAD + BODY + "\n````",
        "~~~markdown\n" + HEAD + BODY + "\n~~~",
        "```markdown\n" + HEAD + BODY,
        "```markdown\n```markdown\n" + HEAD + BODY + "\n```\n```",
        '+++\nname = "dev"\ndescription = "Server side"\n+++\n' + BODY,
        '+++\ndate = 2026-01-02\ntitle = "Dev"\n+++\n' + HEAD + BODY,
        "---yaml\nname: dev\ndescription: Server side\n---\n" + BODY,
        "---\nname: dev\ndescription: Server side\n...\n" + BODY,
        "```yaml\nname: dev\ndescription: Server side\n```\n\n" + BODY,
        "Here is the agent you asked for:\n\n````markdown\n" + HEAD + BODY + "\n````\n\nTell me if it fits.",
    ],
    ids=range(18),
)
def test_what_surrounds_a_definition_is_no_part_of_it(tmp_path: Path, text: str) -> None:
    spec = load(tmp_path, text)
    assert (spec.name, spec.description, spec.body) == ("dev", "Server side", BODY)


def test_utf_16_as_windows_saves_it_is_read(tmp_path: Path) -> None:
    assert load(tmp_path, (HEAD + BODY).encode("utf-16")).body == BODY


@pytest.mark.parametrize(
    "body",
    [
        "```python\nx = 1\n```\n\nSome words.\n\n```sh\nmake\n```",
        "# Title\n\n---\n\nWords: many\n\n---\n\nMore",
        "Intro.\n\n---\nNote: read this\n---\n\nEnd.",
        "You are a developer. Example agent:\n\n```yaml\nname: x\ndescription: y\n```\n\nAnd so on, at some length.",
        "How to write agents, in many words. " * 20
        + "\n\n```markdown\n---\nname: x\ndescription: y\n---\nhello\n```\n",
        "[docs](https://x.example) are links, not JSON.",
        "{not json} but prose",
        "Rules:\n- one\n- two",
        "name: of the game",
    ],
)
def test_prose_stays_as_it_is(tmp_path: Path, body: str) -> None:
    spec = load(tmp_path, body)
    assert spec.body == body.strip("\n")
    assert {warning.split(":")[0] for warning in spec.warnings} == {"frontmatter_missing"}


@pytest.mark.parametrize(
    "name", ["AGENTS.md", "CLAUDE.md", "GEMINI.md", ".cursorrules", ".github/copilot-instructions.md"]
)
def test_instructions_need_no_front_matter(tmp_path: Path, name: str) -> None:
    assert load(tmp_path, "Be brief.", name).warnings == ()


@pytest.mark.parametrize(
    ("values", "rule", "tools", "denied"),
    [
        ({}, "unrestricted", (), ()),
        ({"tools": []}, "none", (), ()),
        ({"tools": "none"}, "none", (), ()),
        ({"tools": None}, "unrestricted", (), ()),
        ({"tools": ["*"]}, "unrestricted", (), ()),
        ({"tools": "All tools"}, "unrestricted", (), ()),
        ({"tools": "Read, Write"}, "listed", ("read", "write"), ()),
        ({"tools": ["Fly"]}, "listed", (), ()),
        ({"allowed-tools": "Read Grep Bash(git log:*)"}, "listed", ("read", "grep", "shell"), ()),
        ({"allowedTools": ["fs_write", "execute_bash"]}, "listed", ("write", "shell"), ()),
        ({"disallowedTools": "Bash, WebFetch"}, "unrestricted", (), ("shell", "web")),
        ({"tools": "Read, Write", "disallowedTools": ["Write"]}, "listed", ("read",), ("write",)),
        ({"tools": {"write": False, "edit": False}}, "unrestricted", (), ("write", "edit")),
        ({"tools": {"*": False, "read": True}}, "listed", ("read",), ()),
        ({"tools": {"*": False}}, "none", (), ()),
        ({"permission": {"edit": "deny", "bash": "ask"}}, "unrestricted", ("shell",), ("edit",)),
        ({"permission": {"bash": {"*": "deny", "ls *": "allow"}}}, "unrestricted", ("shell",), ()),
        ({"permission": {"bash": {"*": "deny"}}}, "unrestricted", (), ("shell",)),
        ({"permission": {"*": "deny", "read": "allow"}}, "listed", ("read",), ()),
        ({"permission": "deny"}, "none", (), ()),
        ({"permission": "allow"}, "unrestricted", (), ()),
        ({"groups": ["read", ["edit", {"fileRegex": "x"}]]}, "listed", ("read", "glob", "grep", "write", "edit"), ()),
        ({"groups": []}, "none", (), ()),
        ({"sandbox_mode": "read-only"}, "unrestricted", (), ("write", "edit")),
        ({"sandbox_mode": "workspace-write"}, "unrestricted", (), ()),
        ({"readonly": True}, "unrestricted", (), ("write", "edit")),
        ({"tools": ["mcp__github__search"]}, "listed", (), ()),
        ({"tools": ["edit/editFiles", "execute/runInTerminal"]}, "listed", ("edit", "shell"), ()),
        ({"tools": [{"name": "Read"}]}, "listed", ("read",), ()),
    ],
)
def test_none_all_and_some_tools_are_told_apart(
    values: dict[str, Any], rule: str, tools: tuple[str, ...], denied: tuple[str, ...]
) -> None:
    found = tool_rule(values)
    assert (found.rule, found.tools, found.denied) == (rule, tools, denied)


@pytest.mark.parametrize(
    ("values", "name", "warned"),
    [
        ({"model": "anthropic/claude-sonnet-4-5"}, "anthropic/claude-sonnet-4-5", False),
        ({"model": "inherit"}, None, False),
        ({"model": "Claude Sonnet 4 (copilot)"}, "Claude Sonnet 4", True),
        ({"model": "sonnet[1m]"}, "sonnet", True),
        ({"model": "claude-opus-4-8[effort=high]"}, "claude-opus-4-8", True),
        ({"model": ["gpt-5"]}, "gpt-5", False),
        ({"model": ["gpt-5", "o3"]}, None, True),
        ({"llm": "openai/gpt-4o"}, "openai/gpt-4o", False),
        ({"LLM": {"provider": "google", "config": {"model": "gemini-2.0-flash"}}}, "google/gemini-2.0-flash", False),
        ({"model": {"id": "gpt-5"}}, "gpt-5", False),
        ({"model": True}, None, False),
    ],
)
def test_models_are_read_without_the_marks_of_a_program(values: dict[str, Any], name: str | None, warned: bool) -> None:
    found, warnings = model_of(values)
    assert (found, bool(warnings)) == (name, warned)


def test_imports_end(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("A\n@b.md\n")
    (tmp_path / "b.md").write_text("B\n@a.md\n@agent.md\n")
    assert load(tmp_path, HEAD + "@a.md\n").body.split() == ["A", "B"]
    for n in range(9):
        (tmp_path / f"d{n}.md").write_text(f"D{n}\n@d{n + 1}.md\n")
    spec = load(tmp_path, HEAD + "@d0.md\n")
    assert "D4" in spec.body
    assert "D5" not in spec.body
    assert any("files deep" in warning for warning in spec.warnings)


def test_imports_are_few_and_small(tmp_path: Path) -> None:
    for n in range(60):
        (tmp_path / f"f{n}.md").write_text("x")
    spec = load(tmp_path, HEAD + "".join(f"@f{n}.md\n" for n in range(60)))
    assert len(spec.files) == 50
    assert any("one too many" in warning for warning in spec.warnings)
    (tmp_path / "big.md").write_text("y" * 1_000_001)
    assert any("too large" in warning for warning in load(tmp_path, HEAD + "@big.md\n").warnings)


@pytest.mark.parametrize("target", ["../secret.md", "/etc/passwd", "~/x.md", "sub/../../secret.md", "link.md"])
@pytest.mark.parametrize("form", ["@{}", "see [x]({})", "Read @{} first", "#file:{}"])
def test_nothing_outside_the_folder_is_read(tmp_path: Path, target: str, form: str) -> None:
    (tmp_path / "secret.md").write_text("the secret")
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link.md").symlink_to(tmp_path / "secret.md")
    spec = load(inner, HEAD + "You work.\n" + form.format(target))
    assert "the secret" not in spec.body
    assert "root:" not in spec.body
    assert spec.files == ()


@pytest.mark.parametrize(
    "target", ["@rules.md", "see [x](rules.md)", "[x](./rules.md#part)", "[x]: rules.md", "#file:rules.md"]
)
def test_what_lies_beside_is_part_of_the_prompt(tmp_path: Path, target: str) -> None:
    (tmp_path / "rules.md").write_text("---\ntitle: Rules\n---\nNames are nouns.")
    spec = load(tmp_path, HEAD + "You work.\n\n" + target)
    assert spec.body.count("Names are nouns.") == 1
    assert "title: Rules" not in spec.body
    assert (spec.files, spec.warnings) == (("rules.md",), ())


def test_words_with_an_at_sign_are_no_imports(tmp_path: Path) -> None:
    text = "Ask @backend-lead, use @app.get and @types/node, write to a@b.md, `@code.md`.\n\n```\n@x.md\n```"
    spec = load(tmp_path, HEAD + text)
    assert (spec.body, spec.warnings) == (text, ())


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        ('{"agent": {"build": {"mode": "primary"}}}', "opencode.json", "empty_definition"),
        ('{"agent": {"a": {"prompt": "{file:./gone.md}"}}}', "opencode.json", "prompt_file_missing"),
        ('{"name": "k", "prompt": "file:///etc/passwd"}', "k.json", "prompt_file_missing"),
        ("customModes: []\n", ".roomodes", None),
    ],
)
def test_a_prompt_that_is_not_there_is_told(tmp_path: Path, text: str, name: str, code: str | None) -> None:
    if code is None:
        assert any("unknown_format" in warning for warning in load(tmp_path, text, name).warnings)
        return
    with pytest.raises(UsageError) as error:
        load(tmp_path, text, name)
    assert error.value.code == code
    assert name in error.value.message


@pytest.mark.parametrize("ending", ["json", "yaml", "toml", "xml", "ini", "py", "ipynb"])
def test_structure_that_is_not_known_is_sent_with_a_word(tmp_path: Path, ending: str) -> None:
    texts = {"toml": "a = 1", "json": '{"a": 1}', "ipynb": '{"cells": []}'}
    spec = load(tmp_path, texts.get(ending, "a: 1"), f"x.{ending}")
    assert any(warning.startswith("unknown_format") for warning in spec.warnings)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("ab:-+[]{}`~<!>@#=\"'\n \t")), max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    drafts_of(unwrapped(f"---\nname: x\n{text}\n---\n{text}")[0])
    for kind in ("JSON", "YAML", "TOML"):
        read_document(text, kind)


def test_a_document_that_grows_is_no_definition(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    spec = load(tmp_path, "prompt: hi\n" + "\n".join(lines), "x.yaml")
    assert any("more than 50000 values" in warning for warning in spec.warnings)
