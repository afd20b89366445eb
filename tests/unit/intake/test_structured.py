"""The structured dialect: code by role, the follow-up turn that only asks for paths, and the fixed layout."""

import json
from typing import Any

import pytest

from harness.intake.follow_up import apply_follow_up
from harness.intake.parse import parse_reply
from harness.model.submission import NeedsFollowUp, Refusal, Submission

CODE = "from fastapi import FastAPI\napp = FastAPI()"
DOCUMENT: dict[str, Any] = {
    "summary": "items",
    "api_endpoints": [
        {
            "path": "/items/{id}.json",
            "method": "GET",
            "handler": "def get(): ...",
            "middleware": ["auth"],
            "tests": "def test_get(): ...",
        },
        {"path": "/items", "method": "POST", "handler": "def post(): ..."},
    ],
    "services": [{"name": "ItemService", "code": CODE, "dependencies": ["Database"]}],
    "models": [{"name": "Item", "schema": "class Item: ...", "validations": ["name is required"]}],
    "database": {"migrations": "CREATE TABLE items (id int);", "seeds": ""},
    "middleware": [{"name": "auth", "code": "def auth(): ..."}],
    "configuration": {"environment": "PORT=8000", "dependencies": ["fastapi==0.110", "uvicorn==0.29"]},
    "tests": {"unit": "def test_a(): ..."},
    "documentation": {"openapi": {"openapi": "3.1.0"}, "readme": "# Items"},
    "files_count": 9,
    "confidence": 90,
}


def with_files() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(DOCUMENT))
    for endpoint in document["api_endpoints"]:
        endpoint["file"] = "app/api.py"
    document["api_endpoints"][0]["tests_file"] = "tests/test_api.py"
    document["services"][0]["code"] = f"```python app/main.py\n{CODE}\n```"
    document["models"][0]["schema"] = "# app/models.py\nclass Item: ..."
    document["database"]["migrations"] = {"migrations/001.sql": "CREATE TABLE items (id int);"}
    document["middleware"][0]["file_path"] = "app/auth.py"
    document["tests"] = {"unit": "def test_a(): ...", "file": "tests/test_unit.py"}
    return document


def submitted(parsed: object) -> dict[str, str]:
    assert isinstance(parsed, Submission), parsed
    return {path: content.decode() for path, content in parsed.as_mapping().items()}


def test_paths_stated_in_any_form_need_no_follow_up() -> None:
    parsed = parse_reply(json.dumps(with_files()))
    files = submitted(parsed)
    assert set(files) == {
        "app/api.py",
        "app/main.py",
        "app/models.py",
        "app/auth.py",
        "migrations/001.sql",
        "requirements.txt",
        ".env.example",
        "openapi.json",
        "README.md",
        "tests/test_api.py",
        "tests/test_unit.py",
    }
    assert files["app/main.py"] == CODE + "\n"
    assert files["app/api.py"] == "def get(): ...\n\n\ndef post(): ...\n"
    assert files["requirements.txt"] == "fastapi==0.110\nuvicorn==0.29\n"
    assert isinstance(parsed, Submission)
    assert parsed.flags == ("joined_fragments",)


def test_code_without_a_path_asks_for_paths_only() -> None:
    parsed = parse_reply(f"```json\n{json.dumps(DOCUMENT)}\n```")
    assert isinstance(parsed, NeedsFollowUp)
    for pointer in ("/api_endpoints/0/handler", "/api_endpoints/0/tests", "/services/0/code", "/tests/unit"):
        assert f"\n- {pointer}" in parsed.message
    assert "/documentation" not in parsed.message, "a README has its conventional place"
    assert CODE not in parsed.message


ANSWER = {
    "files": [
        {"path": "app/api.py", "from": "/api_endpoints/0/handler"},
        {"path": "app/api.py", "from": "/api_endpoints/1/handler"},
        {"path": "tests/test_api.py", "from": ["/api_endpoints/0/tests", "/tests/unit"]},
        {"path": "app/main.py", "from": "#/services/0/code"},
        {"path": "app/models.py", "from": "/models/0/schema"},
        {"path": "migrations/001.sql", "from": "/database/migrations"},
        {"path": "app/auth.py", "from": "/middleware/0/code"},
    ]
}


def test_the_answer_places_every_piece_unchanged() -> None:
    parsed = apply_follow_up(json.dumps(DOCUMENT), f"Sure:\n```json\n{json.dumps(ANSWER)}\n```")
    files = submitted(parsed)
    assert files["app/main.py"] == CODE + "\n"
    assert files["tests/test_api.py"] == "def test_get(): ...\n\n\ndef test_a(): ...\n"
    assert isinstance(parsed, Submission)
    assert "layout_by_harness" not in parsed.flags


@pytest.mark.parametrize(
    "answer", ["", "I cannot.", "{}", '{"files": 3}', '{"files": [', '{"files": [{"path": "x.py"}]}']
)
def test_an_unusable_answer_falls_back_to_the_layout(answer: str) -> None:
    first = json.dumps(DOCUMENT)
    parsed = apply_follow_up(first, answer)
    files = submitted(parsed)
    assert set(files) >= {
        "app/api/get_items_id_json.py",
        "app/api/post_items.py",
        "app/services/item_service.py",
        "app/models/item.py",
        "app/middleware/auth.py",
        "migrations/migrations.sql",
        "tests/test_unit.py",
        "requirements.txt",
    }
    assert isinstance(parsed, Submission)
    assert "layout_by_harness" in parsed.flags
    assert parsed == apply_follow_up(first, answer)


def test_what_a_partial_answer_leaves_open_is_laid_out() -> None:
    answer = {
        "files": [
            {"path": "app/main.py", "from": "/services/0/code", "content": "evil()"},
            {"path": "x", "from": "/nope"},
        ]
    }
    parsed = apply_follow_up(json.dumps(DOCUMENT), json.dumps(answer))
    files = submitted(parsed)
    assert files["app/main.py"] == CODE + "\n"
    assert "app/models/item.py" in files
    assert isinstance(parsed, Submission)
    assert "layout_by_harness" in parsed.flags
    assert any("1 entries" in note for note in parsed.notes)


def test_an_answer_cannot_move_what_the_reply_placed_nor_escape() -> None:
    moved = {"files": [{"path": "elsewhere.py", "from": "/services/0/code"}]}
    assert "elsewhere.py" not in submitted(apply_follow_up(json.dumps(with_files()), json.dumps(moved)))
    escape = {"files": [{"path": "../x.py", "from": "/services/0/code"}]}
    parsed = apply_follow_up(json.dumps(DOCUMENT), json.dumps(escape))
    assert isinstance(parsed, Refusal)
    assert parsed.code == "path_escape"


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("const x = require('express')\nconst y = () => x", "src/services/item.js"),
        ("package main\nfunc main() {}\ntype A struct {}", "internal/services/item.go"),
        ("import os\ndef f(): ...", "app/services/item.py"),
    ],
)
def test_the_layout_follows_the_stack(code: str, path: str) -> None:
    first = json.dumps({"services": [{"name": "Item", "code": code}, {"name": "item", "code": f"{code}\n#2"}]})
    files = submitted(apply_follow_up(first, ""))
    stem, _, extension = path.rpartition(".")
    assert set(files) == {path, f"{stem}_2.{extension}"}


def test_a_structured_object_without_code_holds_no_files() -> None:
    parsed = parse_reply('{"api_endpoints": [], "services": [], "summary": "later"}')
    assert isinstance(parsed, Refusal)
    assert parsed.code == "no_files"


def test_the_url_of_an_endpoint_is_never_its_file() -> None:
    endpoint = {"path": "/openapi.json", "method": "GET", "handler": "def f(): ..."}
    assert isinstance(parse_reply(json.dumps({"api_endpoints": [endpoint]})), NeedsFollowUp)


def test_a_follow_up_to_something_else_is_refused() -> None:
    parsed = apply_follow_up("no json here", "{}")
    assert isinstance(parsed, Refusal)
    assert parsed.code == "invalid_output"
