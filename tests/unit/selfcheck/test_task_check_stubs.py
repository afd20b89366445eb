"""The stubs answer what the contract promises, for any contract, and nothing else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.config.task import load_task
from harness.model.task import Task
from harness.selfcheck.stubs.canned import application, rows
from harness.selfcheck.task_check_stubs import echo, stubs, synthesise

ROOT = Path(__file__).parents[3]
SCHEMAS: list[dict[str, Any]] = [
    {"type": "object", "required": ["id", "n"], "properties": {"id": {"type": "string"}, "n": {"type": "integer"}}},
    {"type": "array", "minItems": 2, "items": {"type": "number", "exclusiveMinimum": 3}},
    {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    {"type": "string", "minLength": 12},
    {"type": "string", "maxLength": 2},
    {"type": "string", "format": "date-time"},
    {"type": ["string", "null"], "maxLength": 5},
    {"allOf": [{"type": "object", "properties": {"a": {"const": 1}}}, {"type": "object", "required": ["a"]}]},
    {"oneOf": [{"enum": ["x", "y"]}, {"type": "integer"}]},
    {"type": "boolean"},
]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_synthesised_value_meets_its_schema(schema: dict[str, Any]) -> None:
    jsonschema.validate(synthesise({}, schema), schema)


def test_a_schema_that_contains_itself_ends() -> None:
    tree: dict[str, Any] = {"type": "object", "properties": {"child": {"$ref": "#/Tree"}}}
    assert "child" in synthesise({"Tree": tree}, tree)
    assert synthesise({}, {"$ref": "#/nowhere"}) == {}


def test_an_answer_is_the_lowest_success_with_its_example() -> None:
    media = {"examples": {"one": {"value": {"id": 7}}}, "schema": {"type": "object"}}
    responses = {"404": {}, "202": {"description": "later"}, "201": {"content": {"application/json": media}}}
    contract = {"paths": {"/things/{id}": {"parameters": [], "put": {"responses": responses}}}}
    assert list(echo(contract)) == [
        {"method": "PUT", "path": "/things/{id}", "status": 201, "type": "application/json", "body": '{"id": 7}'}
    ]


def call(files: dict[str, bytes], method: str, path: str) -> tuple[str, bytes]:
    said: list[str] = []
    body = application(rows(files["answers.json"].decode()))(
        {"REQUEST_METHOD": method, "PATH_INFO": path}, lambda status, headers: said.append(status)
    )
    return said[0], b"".join(body)


def test_doing_nothing_answers_readiness_and_404(sample_task: Callable[..., Task]) -> None:
    files = stubs(sample_task(readiness_path="/ready"))["do-nothing"]
    assert call(files, "GET", "/ready") == ("200 OK", b"ok")
    assert call(files, "POST", "/ready")[0] == "404 Not Found"
    assert call(files, "GET", "/health")[0] == "404 Not Found"
    assert files["requirements.txt"] == b""


def test_echoing_answers_readiness_even_when_the_contract_does_not_name_it(sample_task: Callable[..., Task]) -> None:
    assert call(stubs(sample_task(readiness_path="/ready"))["schema-echo"], "GET", "/ready")[0] == "200 OK"


def test_a_fixed_path_is_not_taken_for_a_parameter(sample_task: Callable[..., Task]) -> None:
    paths = {
        "/a/{id}": {"get": {"responses": {"200": {"content": {"text/plain": {"example": "any"}}}}}},
        "/a/best": {"get": {"responses": {"200": {"content": {"text/plain": {"example": "best"}}}}}},
    }
    files = stubs(sample_task(contract={"paths": paths}))["schema-echo"]
    assert call(files, "GET", "/a/best")[1] == b"best"
    assert call(files, "GET", "/a/other")[1] == b"any"
    assert call(files, "GET", "/a/b/c")[0] == "404 Not Found"


def test_the_benchmarks_contracts_are_echoed_whole() -> None:
    folders = [path.parent for path in (ROOT / "tasks").glob("*/anchors.lock.json")] or [ROOT / "tasks/orders"]
    for folder in folders:
        task = load_task(folder)
        answers = json.loads(stubs(task)["schema-echo"]["answers.json"])
        operations = sum(
            method in item for item in task.contract["paths"].values() for method in ("get", "post", "put")
        )
        assert len(answers) >= operations
        assert all(200 <= answer["status"] < 300 for answer in answers)
