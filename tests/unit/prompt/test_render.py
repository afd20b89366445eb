"""The prompt: what stands in it, what never does, and that it is a pure function of definition and task."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UsageError
from harness.intake.fences import scan_fences, split_lines
from harness.intake.labels import from_info
from harness.model.agent import AgentSpec
from harness.model.task import Limits, Requirements, Task
from harness.prompt.contract_text import CHAT_DELIVERY, JSON_DELIVERY, PLACEHOLDER, TEST_TOOLS
from harness.prompt.render import render, requirement_lines

TASK = Task(
    id="items",
    title="Items",
    family="items",
    digest="0" * 64,
    languages=("python", "node"),
    capabilities=("rest",),
    readiness_path="/health",
    limits=Limits(start_timeout_s=20, memory_mb=256, cpus=0.5),
    requirements=Requirements(1.0, 0, 100, 0.01, 40),
    environment={"API_TOKENS": "alice:{hex:24}"},
    instruction=f"# Items\n\n**R1.** Keep items.\n\n{PLACEHOLDER}\n",
    contract={"openapi": "3.1.0"},
    contract_yaml=b"openapi: 3.1.0\ninfo:\n  description: 'has ``` in it'\n",
    load={"p95_rate": 80, "mix": [{"name": "hidden-mix"}]},
    starter={},
    solution={"app/main.py": b"hidden-solution"},
    acceptance_tests={"test_a.py": b"hidden-test"},
    attacks={"test_b.py": b"hidden-attack"},
    variants={},
    mutants=(),
    template_schema={"project": {"name": "shop"}, "languages": [{"name": "python", "frameworks": ["fastapi"]}]},
)


def spec(body: str = "You write backends.", **changes: Any) -> AgentSpec:
    return AgentSpec("a", "", body, "0" * 64, "agents/a.md", **changes)


def test_the_system_message_is_the_definition_and_nothing_else() -> None:
    assert render(spec("Body with {{ braces }} and {% raw %}."), TASK).system == "Body with {{ braces }} and {% raw %}."


def test_everything_that_is_scored_is_told() -> None:
    user = render(spec(), TASK).user
    for words in (
        "**R1.** Keep items.",
        "`PORT=8000`",
        "`API_TOKENS`",
        "Python or Node.js",
        "20 s to answer, 256 MB of",
        "GET /health answers",
        "All of the acceptance tests",
        "At most 0 critical",
        "at 80 requests/s is at most 100 ms",
        "At most 1.00% of the requests",
        "at most 40 files",
    ):
        assert words in user
    assert PLACEHOLDER not in user


def test_nothing_hidden_is_told() -> None:
    prompt = render(spec(), TASK)
    assert "hidden-" not in prompt.user + prompt.system


def test_the_contract_stands_in_a_fence_that_its_own_text_cannot_close() -> None:
    fences = list(scan_fences(split_lines(render(spec(), TASK, "none").user)))
    assert [(f.info, f.content.encode()) for f in fences] == [("yaml openapi.yaml", TASK.contract_yaml)]


@pytest.mark.parametrize("rule", [b"x-harness-auth: {use: hidden-rule}\n", b"x-harness-auth:\n  use: hidden-rule\n"])
def test_how_we_log_in_to_test_is_no_part_of_the_contract_shown(rule: bytes) -> None:
    task = dataclasses.replace(TASK, contract_yaml=b"openapi: 3.1.0\n" + rule + b"paths: {}\n")
    user = render(spec(), task, "none").user
    assert "hidden-rule" not in user
    assert "openapi: 3.1.0\npaths: {}\n" in user


def test_starter_files_are_given_with_their_paths() -> None:
    task = dataclasses.replace(TASK, starter={"app/b.py": b"b = 1\n", "Procfile": b"web: x\n"})
    fences = list(scan_fences(split_lines(render(spec(), task, "none").user)))
    assert {from_info(f.info): f.content for f in fences[1:]} == {"Procfile": "web: x\n", "app/b.py": "b = 1\n"}
    assert "existing project" in render(spec(), task).user


def test_an_instruction_without_the_placeholder_still_gets_the_contract() -> None:
    task = dataclasses.replace(TASK, instruction="# Items")
    assert "read-only and the working directory" in render(spec(), task).user


@pytest.mark.parametrize(
    ("replies_json", "delivery", "suffix"),
    [
        (False, "auto", CHAT_DELIVERY),
        (True, "auto", JSON_DELIVERY),
        (True, "chat", CHAT_DELIVERY),
        (False, "json", JSON_DELIVERY),
        (True, "none", None),
    ],
)
def test_the_delivery_suffix_follows_the_dialect(replies_json: bool, delivery: Any, suffix: str | None) -> None:
    user = render(spec(replies_json=replies_json), TASK, delivery).user
    assert [text for text in (CHAT_DELIVERY, JSON_DELIVERY) if user.endswith(text)] == ([suffix] if suffix else [])


def test_services_of_the_task_change_the_contract() -> None:
    user = render(spec(), dataclasses.replace(TASK, capabilities=("postgres", "redis"))).user
    assert "postgresql://" in user
    assert "`REDIS_URL`" in user
    assert "sqlite" not in user


def test_only_stated_requirements_are_told() -> None:
    lines = list(requirement_lines(dataclasses.replace(TASK, requirements=Requirements(acceptance_share=0.9))))
    assert len(lines) == 2
    assert "At least 90.0% of the acceptance tests" in lines[1]


def test_the_digest_tells_prompts_apart_and_is_stable() -> None:
    prompt = render(spec(), TASK)
    assert prompt == render(spec(), TASK)
    others = [
        render(spec("Other."), TASK),
        render(spec(), TASK, "none"),
        render(spec(), dataclasses.replace(TASK, starter={"a": b"1"})),
    ]
    assert len({prompt.digest, *(other.digest for other in others)}) == 4


def test_a_template_sees_the_tasks_schema() -> None:
    loop = "{% for l in schema.languages %} {{ l.name|title }} {{ l.frameworks|join }}{% endfor %}"
    body = "For {{ schema.project.name }}:" + loop + "\n"
    assert render(spec(body, template=True), TASK).system == "For shop: Python fastapi\n"


@pytest.mark.parametrize(
    "body",
    [
        "{{ schema.nothing }}",
        "{{ schema.project.name.upper }} {{ other }}",
        "{% for x in schema.languages %}",
        "{{ schema.__class__.__mro__ }}",
        "{{ 'a' * 1000000000 }} {{ schema.project }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ 'a'|center(1000000000) }}",
        "{% for a in range(1000000) %}x{% endfor %}",
        "{% include '/etc/passwd' %}",
        "{{ schema.languages[7].name }}",
        "{{ schema.project.name / 2 }}",
    ],
)
def test_a_template_that_reaches_further_is_a_usage_error(body: str) -> None:
    with pytest.raises(UsageError) as error:
        render(spec(body, template=True), TASK)
    assert error.value.code == "template_error"
    assert "agents/a.md" in error.value.message


def test_a_python_task_does_not_describe_other_languages() -> None:
    user = render(spec(), dataclasses.replace(TASK, languages=("python",))).user
    for words in ("Python 3.11", "/bin/sh -c", "release: COMMAND", "URLs, version control", "pip install -e ."):
        assert words in " ".join(user.split()), words
    assert not [words for words in ("Node", "npm", "go.mod", "go test", "Go 1") if words in user]


def test_every_allowed_language_has_its_start_and_its_tests() -> None:
    user = render(spec(), dataclasses.replace(TASK, languages=("python", "node", "go"))).user
    for words in ("Python or Node.js or Go", "`package.json`", "`npm start`", "`go test ./...`", "Node 20", "Go 1.21"):
        assert words in user, words


def test_the_test_tools_that_are_told_are_the_pinned_ones() -> None:
    lock = (Path(__file__).parents[3] / "harness/images/coverage/requirements.lock").read_text()
    pinned = dict(re.findall(r"^([a-z]+)==([\d.]+)", lock, re.MULTILINE))
    assert f"pytest {pinned['pytest']} and coverage {pinned['coverage']}" == TEST_TOOLS
    assert TEST_TOOLS in render(spec(), TASK).user
