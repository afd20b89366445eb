"""Reading definitions: every dialect loads, every liberty is a warning, and only nonsense is refused."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.config.definition import read_definition
from harness.config.definition_imports import links_in
from harness.config.definition_tools import CANONICAL, canonical_tools
from harness.config.definition_traits import is_template, looks_mojibake, wants_json_reply
from harness.config.front_matter import read_front_matter, split_front_matter
from harness.errors import UsageError
from harness.model.agent import AgentSpec


def load(folder: Path, text: str | bytes) -> AgentSpec:
    path = folder / "agent.md"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_definition(path)


def test_the_body_and_the_digest_are_the_files_own(tmp_path: Path) -> None:
    raw = b"\xef\xbb\xbf---\r\nname: x\r\n---\r\n\r\nBody\r\n\r\n--- \r\nmore\r\n"
    spec = load(tmp_path, raw)
    assert spec.body == "Body\n\n--- \nmore"
    assert spec.sha256 == hashlib.sha256(raw).hexdigest()
    assert spec.source == str(tmp_path / "agent.md")


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"", "empty_definition", "empty"),
        (b" \n\t\n", "empty_definition", "empty"),
        (b"---\nname: x\n---\n\n", "empty_definition", "front matter"),
        (b"caf\xe9", "unreadable", "not UTF-8 at byte 3"),
        (b"a\0b", "unreadable", "NUL"),
        (b"x" * 1_000_001, "too_large", "1000000 bytes"),
    ],
)
def test_what_is_no_definition_is_refused_by_name(tmp_path: Path, content: bytes, code: str, says: str) -> None:
    with pytest.raises(UsageError) as error:
        load(tmp_path, content)
    assert error.value.code == code
    assert says in error.value.message
    assert "agent.md" in error.value.message


def test_a_missing_file_or_a_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.md", tmp_path):
        with pytest.raises(UsageError, match=str(path)) as error:
            read_definition(path)
        assert error.value.code == "unreadable"


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("Just a prompt", "frontmatter_missing"),
        ("---\nname: x\nno end", "frontmatter_unclosed"),
        ("---\nname: a: b\n---\nBody", "frontmatter_invalid_yaml"),
        ("---\n- a\n- b\n---\nBody", "frontmatter_invalid_yaml"),
        ("---\na: &x [1]\nb: *x\n---\nBody", "frontmatter_invalid_yaml"),
        ("---\na: !!python/object:os.system x\n---\nBody", "frontmatter_invalid_yaml"),
        ("---\na: " + "[" * 18_000 + "\n---\nBody", "frontmatter_invalid_yaml"),
        ("---\nname: x\n" + "# filler\n" * 10_000 + "---\nBody", "frontmatter_too_large"),
        ("---\nname: x\ntools: 5\n---\nBody", "tools_unreadable"),
        ("---\nname: x\ntools: [Fly]\n---\nBody", "unknown_tools"),
        ("---\nname: x\n---\nsee [a](../b.md)", "unresolved_link"),
        ("---\nname: x\n---\nrocket ðŸš€", "mojibake"),
        ("---\nname: x\n---\n{% for a in schema.x %}", "template_invalid"),
    ],
    ids=lambda text: text[:30] if isinstance(text, str) else None,
)
def test_a_liberty_is_a_warning(tmp_path: Path, text: str, warning: str) -> None:
    assert [w.split(":")[0] for w in load(tmp_path, text).warnings] == [warning]


def test_line_reading_understands_what_the_clis_do() -> None:
    head = 'name: x\ndescription: use it: "now"\n  and later\ntools:\n  - Read\n  - "Write"\n'
    head += "max: 12\nready: true\nlist: [a, \"b\"]\nq: 'z'\nurl:x"
    values, warnings = read_front_matter(head)
    assert warnings[0].startswith("frontmatter_invalid_yaml: ")
    assert "line 3" in warnings[0]
    assert values == {
        "name": "x",
        "description": 'use it: "now" and later',
        "tools": ["Read", "Write"],
        "max": 12,
        "ready": True,
        "list": ["a", "b"],
        "q": "z",
        "url": "x",
    }


def test_front_matter_can_be_stored_as_json() -> None:
    values, _ = read_front_matter("a: 2026-01-02\nb: .nan\nc: {1: [x, 1.5]}\nd: !!set {y}\ne: !!binary aGk=\nf: ~")
    assert json.loads(json.dumps(values, allow_nan=False)) == {
        "a": "2026-01-02",
        "b": "nan",
        "c": {"1": ["x", 1.5]},
        "d": ["y"],
        "e": "b'hi'",
        "f": None,
    }


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("ab:-[]{}&*!|>'\"#,%@`\n \t0?")), max_size=60))
def test_no_front_matter_breaks_the_reader(head: str) -> None:
    values, _ = read_front_matter(head)
    json.dumps(values, allow_nan=False)
    split_front_matter(f"---\n{head}\n---\nBody")


@pytest.mark.parametrize(
    ("value", "known", "unknown"),
    [
        (None, (), ()),
        (["task", "read_file", "todo_write"], ("delegate", "read", "todo"), ()),
        ("githubRepo, search, terminal", ("web", "grep", "shell"), ()),
        ("[Read, Grep]", ("read", "grep"), ()),
        ({"write": True, "bash": False}, ("write",), ()),
        ("Bash(git add:*, git commit:*), Read", ("shell", "read"), ()),
        (["Read, Write"], ("read", "write"), ()),
        ("*", (), ()),
        (["Fly", "Read", 7], ("read",), ("Fly", "7")),
        ("", (), ()),
    ],
)
def test_tools_of_every_shape(value: object, known: tuple[str, ...], unknown: tuple[str, ...]) -> None:
    assert canonical_tools(value)[:2] == (known, unknown)


def test_no_tool_name_has_two_meanings() -> None:
    folded = [alias.casefold() for aliases in CANONICAL.values() for alias in set(map(str.casefold, aliases))]
    assert len(folded) == len(set(folded))


@pytest.mark.parametrize(
    ("model", "expected"), [("sonnet", "sonnet"), ("inherit", None), ("", None), ("[a, b]", None), ("4.5", "4.5")]
)
def test_the_model_is_a_name_or_the_callers_choice(tmp_path: Path, model: str, expected: str | None) -> None:
    assert load(tmp_path, f"---\nname: x\nmodel: {model}\n---\nBody").model == expected


def test_names_that_would_hurt_elsewhere_are_kept_as_text(tmp_path: Path) -> None:
    assert load(tmp_path, '---\nname: "=1+1"\n---\nBody').name == "=1+1"
    assert load(tmp_path, "---\nname: 12\n---\nBody").name == "12"
    assert load(tmp_path, "---\nname: [a]\n---\nBody").name == "agent"


@pytest.mark.parametrize(
    ("body", "template"),
    [
        ("{{ schema.project.name }}", True),
        ("{% for l in schema.languages %}x{% endfor %}", True),
        ("{{ schema['project'] }}", True),
        ("{{ user.name }}", False),
        ("the schema. {{ }}", False),
        ("const a = {schema.x}", False),
        ("database schema. Use { } and {% raw %}", False),
    ],
)
def test_only_a_template_over_schema_is_one(body: str, template: bool) -> None:
    assert is_template(body)[0] is template


ASK = "## Response format\n\nReply with JSON:\n\n"


@pytest.mark.parametrize(
    ("body", "wants"),
    [
        (ASK + '```json\n{"services": [], "models": []}\n```', True),
        (ASK + '```json\n{"files": [{"path": "a", "content": "b"}, ...]}\n```', True),
        (ASK + '```json\n{"error": {"code": 1}}\n```', False),
        ('An example of a config:\n```json\n{"services": {}, "models": {}}\n```', False),
        ("Return JSON from every endpoint.", False),
    ],
)
def test_a_structured_reply_is_asked_for_and_shown(body: str, wants: bool) -> None:
    assert wants_json_reply(body) is wants


def test_links_and_damaged_characters() -> None:
    assert links_in("[a](../x.md#y) [b](https://x/y) [c](#z) [d](mailto:a@b) [e](/abs) [a](../x.md)") == ["../x.md"]
    assert looks_mojibake("cafÃ©")
    assert not looks_mojibake("café ÀÉ naïve 🚀 后端 — “quoted”")
