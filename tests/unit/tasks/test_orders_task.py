"""The task `orders` is whole: its files agree with each other before anything is run.

Refuses to start a service: what the reference and the mutants do is for `harness task check`.
"""

import ast
import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.config.task import load_task
from harness.model.task import MutantSpec, Task

FOLDER = Path(__file__).parents[3] / "tasks" / "orders"
METHODS = ("get", "post", "put", "patch", "delete")
SCORERS = {"acceptance", "conformance", "attacks", "static", "coverage", "load"}
MEASURED = "## Measured qualities"  # rules below this heading are measured by other scorers than the hidden tests
LIBRARY = re.compile(r"\b(injection|idor|forged|mass_assignment|traversal|ssrf|leaks)\.\w+\(|\btaken_over\(")
LINES_OF_A_DEFECT = 60  # a mutant that differs in more has drifted away from the reference


@pytest.fixture(scope="module")
def task() -> Task:
    return load_task(FOLDER)


def rules(text: str) -> list[str]:
    return re.findall(r"^\*\*(R\d+)\.\*\*", text, re.MULTILINE)


def hidden_tests(files: dict[str, bytes]) -> Iterator[tuple[str, ast.FunctionDef, dict[str, ast.Call]]]:
    """(file, function, {marker: call}) of every test in a folder of hidden tests."""
    for name, content in files.items():
        for node in ast.parse(content).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                calls = [mark for mark in node.decorator_list if isinstance(mark, ast.Call)]
                yield name, node, {mark.func.attr: mark for mark in calls if isinstance(mark.func, ast.Attribute)}


def backed(files: dict[str, bytes]) -> set[str]:
    """Rules named by requirement markers."""
    marks = [found["requirement"] for _, _, found in hidden_tests(files) if "requirement" in found]
    return {str(ast.literal_eval(argument)) for mark in marks for argument in mark.args}


def operations(contract: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """operationId -> (method, path, operation)."""
    return {
        path_item[method]["operationId"]: (method, path, path_item[method])
        for path, path_item in contract["paths"].items()
        for method in METHODS
        if method in path_item
    }


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(child)


def resolve(contract: dict[str, Any], pointer: str) -> Any:
    found: Any = contract
    for part in pointer.removeprefix("#/").split("/"):
        found = found[part]
    return found


def valid(contract: dict[str, Any], value: Any, schema: dict[str, Any]) -> None:
    whole = {**schema, "components": contract["components"]}
    jsonschema.validate(value, whole, jsonschema.Draft202012Validator)


def test_rules_are_numbered_without_gaps(task: Task) -> None:
    found = rules(task.instruction)
    assert found == [f"R{number}" for number in range(1, len(found) + 1)]
    assert task.instruction.count("{{submission_contract}}") == 1


def test_every_rule_is_backed_by_a_hidden_test_or_is_measured(task: Task) -> None:
    stated = rules(task.instruction.split(MEASURED)[0])
    named = backed(dict(task.acceptance_tests)) | backed(dict(task.attacks))
    assert len(stated) >= 20
    assert not set(stated) - named, "rules without a test"
    assert not named - set(rules(task.instruction)), "tests that name no rule"


def test_every_acceptance_test_says_what_it_checks_and_why(task: Task) -> None:
    found = list(hidden_tests(dict(task.acceptance_tests)))
    assert 25 <= len(found) <= 65
    for name, function, marks in found:
        assert "requirement" in marks, f"{name}: {function.name} names no rule"
        assert marks["requirement"].args, f"{name}: {function.name} names no rule"
        assert ast.get_docstring(function), f"{name}: {function.name} has no docstring"


def test_every_attack_has_weakness_severity_title_and_control(task: Task) -> None:
    found = list(hidden_tests(dict(task.attacks)))
    assert len(found) >= 15
    titles = []
    for name, function, marks in found:
        said = {keyword.arg: ast.literal_eval(keyword.value) for keyword in marks["attack"].keywords}
        assert set(said) == {"cwe", "severity", "title"}, f"{name}: {function.name}"
        assert isinstance(said["cwe"], int)
        assert said["severity"] in {"critical", "high", "medium", "low"}
        titles.append(said["title"])
        assert "requirement" in marks
        source = ast.unparse(function)
        if LIBRARY.search(source):
            continue  # each exploit of the library has its control, see harness_probe.attacks
        # `order`, `read` and `must_move` end in cannot_run when the legitimate request fails.
        assert re.search(r"cannot_run|\.order\(|\.read\(|must_move", source), f"{function.name}: no control"
        assert "exploited(" in source, f"{function.name}: cannot succeed"
    assert len(set(titles)) == len(titles)


def test_the_contract_holds_together(task: Task) -> None:
    contract = dict(task.contract)
    assert contract["openapi"].startswith("3.1.")
    for node in nodes(contract):
        if "$ref" in node:
            assert str(node["$ref"]).startswith("#/")
            assert resolve(contract, node["$ref"]) is not None
    for name, schema in contract["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        if "example" in schema:
            valid(contract, schema["example"], {"$ref": f"#/components/schemas/{name}"})
    assert contract["components"]["schemas"]["Error"] == {"type": "object"}, "errors are to stay loose"


def test_operations_name_their_answers(task: Task) -> None:
    contract = dict(task.contract)
    found = operations(contract)
    assert 6 <= len(found) <= 8
    for name, (_, path, operation) in found.items():
        answers = operation["responses"]
        assert sum(code.startswith("2") for code in answers) == 1, name
        if operation.get("security") != []:
            assert {"401", "4XX"} <= set(answers), name
        for media in nodes(operation.get("requestBody", {})):
            for example in media.get("examples", {}).values():
                valid(contract, example["value"], media["schema"])
        declared = [*contract["paths"][path].get("parameters", []), *operation.get("parameters", [])]
        names = {(resolve(contract, p["$ref"]) if "$ref" in p else p)["name"] for p in declared}
        assert set(re.findall(r"{(\w+)}", path)) <= names, name


def test_links_lead_to_operations_and_parameters(task: Task) -> None:
    contract = dict(task.contract)
    found = operations(contract)
    links = [link for node in nodes(contract) for link in node.get("links", {}).values()]
    for link in links:
        _, path, operation = found[link["operationId"]]
        known = {p.get("name") for p in operation.get("parameters", [])} | set(re.findall(r"{(\w+)}", path))
        assert set(link.get("parameters", {})) <= known
        if "requestBody" in link:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            assert set(link["requestBody"]) <= set(resolve(contract, schema["$ref"])["properties"])
    with_id = {name for name, (_, path, _) in found.items() if "{" in path}
    assert with_id <= {link["operationId"] for link in links}, "operations that no link reaches only ever answer 404"


def test_the_load_uses_operations_of_the_contract(task: Task) -> None:
    found = operations(dict(task.contract))
    by_place = {(method.upper(), path): operation for method, path, operation in found.values()}
    for request in (*task.load["setup"], *task.load["mix"]):
        path = str(request["path"]).split("?")[0]
        operation = by_place[request["method"], path]
        assert str(request.get("name", operation["operationId"])).startswith(operation["operationId"])
        assert {str(code) for code in request["expect"]} - {"409"} <= set(operation["responses"])
    assert task.load["p95_limit_ms"] == task.requirements.p95_ms
    assert task.load["error_limit"] == task.requirements.error_share
    pools = {each["pool"] for each in (*task.load["records"], *task.load["setup"])}
    assert {request["pool"] for request in task.load["mix"]} <= pools
    assert f"{task.load['p95_rate']} requests per second" in task.instruction
    assert f"{10 * task.load['r0']} requests per second" in task.instruction


@pytest.mark.parametrize("solution", ["solution", "variants/flask", "variants/starlette"])
def test_solutions_are_complete_and_pinned(task: Task, solution: str) -> None:
    files = {
        path.relative_to(FOLDER / solution).as_posix(): path
        for path in (FOLDER / solution).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert task.requirements.max_files is not None
    assert len(files) <= task.requirements.max_files
    lines = files["requirements.txt"].read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert pins
    assert all(re.fullmatch(r"[a-z0-9_-]+==[0-9.]+", line) for line in pins)
    assert any(name.startswith("tests/test_") for name in files)
    for name, path in files.items():
        if name.endswith(".py"):
            ast.parse(path.read_text(encoding="utf-8"), name)
    assert "Procfile" in files or "app/main.py" in files


def defect_lines(task: Task, mutant: MutantSpec) -> int:
    """Lines in which a mutant's replaced files differ from the reference."""
    changed = 0
    for name, content in mutant.overlay.items():
        if name in task.solution:
            before, after = task.solution[name].decode().splitlines(), content.decode().splitlines()
            changed += sum(line[:1] in "+-" for line in difflib.unified_diff(before, after, n=0, lineterm=""))
    return changed


def test_mutants_are_small_and_spread_over_the_scorers(task: Task) -> None:
    assert len(task.mutants) >= 8
    assert {mutant.expected_scorer for mutant in task.mutants} == SCORERS
    for mutant in task.mutants:
        assert set(mutant.also_allowed) <= SCORERS - {mutant.expected_scorer}, mutant.name
        assert (mutant.cwe is not None) == (mutant.defect_class == "security"), mutant.name
        added = [name for name in mutant.overlay if name not in task.solution]
        assert all(name.startswith("tests/") for name in added), f"{mutant.name}: {added} is not in the reference"
        assert defect_lines(task, mutant) <= LINES_OF_A_DEFECT, f"{mutant.name} has drifted away from the reference"
        for name, content in mutant.overlay.items():
            ast.parse(content, f"{mutant.name}/{name}")
