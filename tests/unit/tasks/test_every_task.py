"""Every task is whole: its files agree with each other before anything is run.

Refuses to start a service: what references and mutants do is for `harness task check`.
"""

import ast
import difflib
import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from harness.config.mutants import patches_of
from harness.config.task import list_tasks, load_task
from harness.model.agent import AgentSpec
from harness.model.task import Task
from harness.prompt.render import render

TASKS = Path(__file__).parents[3] / "tasks"
METHODS = ("get", "post", "put", "patch", "delete")
SCORERS = {"acceptance", "conformance", "attacks", "static", "coverage", "load"}
MEASURED = "## Measured qualities"  # rules below this heading are measured by other scorers than the hidden tests
LIBRARY = "harness_probe.attacks"  # its exploits have a control and a proof of their own, held by its own tests
LINES_OF_A_DEFECT = 60


@pytest.fixture(scope="module", params=list_tasks(TASKS))
def task(request: pytest.FixtureRequest) -> Task:
    return load_task(TASKS / str(request.param))


parsed = functools.cache(ast.parse)  # a task's tests are looked at from many sides


def rules(text: str) -> list[str]:
    return re.findall(r"^\*\*(R\d+)\.\*\*", text, re.MULTILINE)


def hidden_tests(files: Mapping[str, bytes]) -> Iterator[tuple[str, ast.FunctionDef, dict[str, ast.Call]]]:
    """(file, function, {marker: call}) of every test in a folder of hidden tests."""
    for name, content in files.items():
        for node in parsed(content).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                calls = [mark for mark in node.decorator_list if isinstance(mark, ast.Call)]
                yield name, node, {mark.func.attr: mark for mark in calls if isinstance(mark.func, ast.Attribute)}


def backed(files: Mapping[str, bytes]) -> set[str]:
    """Rules named by requirement markers."""
    marks = [found["requirement"] for _, _, found in hidden_tests(files) if "requirement" in found]
    return {str(ast.literal_eval(argument)) for mark in marks for argument in mark.args}


@functools.cache
def named_in(node: ast.AST) -> set[str]:
    """Functions and methods that are called, or handed on, inside a node."""
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return names | {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}


def leading_to(files: Mapping[str, bytes], name: str) -> set[str]:
    """`name` and every function of these files that comes to it, directly, through others or through our library."""
    every = [node for text in files.values() for node in ast.walk(parsed(text))]
    functions = [node for node in every if isinstance(node, ast.FunctionDef)]
    library = [n for n in every if isinstance(n, ast.ImportFrom) and str(n.module).startswith(LIBRARY)]
    found = {name} | {imported.asname or imported.name for node in library for imported in node.names}
    while more := {f.name for f in functions if f.name not in found and named_in(f) & found}:
        found |= more
    return found


def operations(contract: Mapping[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
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


def resolve(contract: Mapping[str, Any], pointer: str) -> Any:
    found: Any = contract
    for part in pointer.removeprefix("#/").split("/"):
        found = found[part]
    return found


def valid(contract: Mapping[str, Any], value: Any, schema: Mapping[str, Any]) -> None:
    whole = {**schema, "components": contract["components"]}
    jsonschema.validate(value, whole, jsonschema.Draft202012Validator)


def test_rules_are_numbered_without_gaps(task: Task) -> None:
    found = rules(task.instruction)
    assert found == [f"R{number}" for number in range(1, len(found) + 1)]
    assert task.instruction.count("{{submission_contract}}") == 1
    assert task.instruction.rstrip().endswith("{{submission_contract}}")


def without_ours(value: Any) -> Any:
    """A contract without the keys by which we steer our own tools."""
    if isinstance(value, dict):
        ours = ("x-harness", "x-schemathesis")
        return {key: without_ours(child) for key, child in value.items() if not str(key).startswith(ours)}
    return [without_ours(child) for child in value] if isinstance(value, list) else value


def test_an_agent_reads_no_word_of_how_it_is_tested(task: Task) -> None:
    spec = AgentSpec("a", "", "You build backends.", "0" * 64, "a.md")
    user = render(spec, task).user
    found = re.findall(r"(?i).*\b(?:harness|schemathesis|fuzz\w*|mutants?|hidden|contract tests?|probes?)\b.*", user)
    assert not found
    shown = user.split("```yaml openapi.yaml\n")[1].split("\n```")[0]
    assert yaml.safe_load(shown) == without_ours(yaml.safe_load(task.contract_yaml))


def test_what_is_left_open_is_said(task: Task) -> None:
    """Liberties stand below their own heading, without a number: nothing there is checked."""
    left = task.instruction.split("## What is left to you\n")[1].split("\n## ")[0]
    assert not rules(left)
    for open_point in (
        "wrong in several ways",
        "media type",
        "too large",
        "`2.0`",
        "`bearer`",
        "lone surrogate",
        "`HEAD`",
    ):
        assert open_point in left, open_point


def test_every_rule_is_backed_by_a_hidden_test_or_is_measured(task: Task) -> None:
    stated = rules(task.instruction.split(MEASURED)[0])
    named = backed(task.acceptance_tests) | backed(task.attacks)
    assert len(stated) >= 20
    assert not set(stated) - named, "rules without a test"
    assert not named - set(rules(task.instruction)), "tests that name no rule"


def test_every_acceptance_test_says_what_it_checks_and_why(task: Task) -> None:
    found = list(hidden_tests(task.acceptance_tests))
    assert 25 <= len(found) <= 65
    for name, function, marks in found:
        assert "requirement" in marks, f"{name}: {function.name} names no rule"
        assert marks["requirement"].args, f"{name}: {function.name} names no rule"
        assert ast.get_docstring(function), f"{name}: {function.name} has no docstring"


def test_every_attack_has_weakness_severity_title_and_control(task: Task) -> None:
    found = list(hidden_tests(task.attacks))
    assert len(found) >= 15
    controls, proofs = leading_to(task.attacks, "cannot_run"), leading_to(task.attacks, "exploited")
    titles = []
    for name, function, marks in found:
        said = {keyword.arg: ast.literal_eval(keyword.value) for keyword in marks["attack"].keywords}
        assert set(said) == {"cwe", "severity", "title"}, f"{name}: {function.name}"
        assert isinstance(said["cwe"], int)
        assert said["severity"] in {"critical", "high", "medium", "low"}
        titles.append(said["title"])
        assert "requirement" in marks
        assert named_in(function) & controls, f"{name}: {function.name} has no control that ends in cannot_run"
        assert named_in(function) & proofs, f"{name}: {function.name} cannot succeed"
    assert len(set(titles)) == len(titles)


def test_the_contract_holds_together(task: Task) -> None:
    contract = task.contract
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
    contract = task.contract
    for name, (_, path, operation) in operations(contract).items():
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
    found = operations(task.contract)
    answers = [answer for _, _, operation in found.values() for answer in operation["responses"].values()]
    links = [link for answer in answers for link in answer.get("links", {}).values()]
    for link in links:
        _, path, operation = found[link["operationId"]]
        known = {p.get("name") for p in operation.get("parameters", [])} | set(re.findall(r"{(\w+)}", path))
        assert set(link.get("parameters", {})) <= known
        if "requestBody" in link:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            assert set(link["requestBody"]) <= set(resolve(task.contract, schema["$ref"])["properties"])
    with_id = {name for name, (_, path, _) in found.items() if "{" in path}
    assert with_id <= {link["operationId"] for link in links}, "operations that no link reaches only ever answer 404"


def operation_of(task: Task, request: Mapping[str, Any]) -> dict[str, Any]:
    """The operation of the contract that a request of the load profile is for; a path without parameters wins."""
    place = str(request["path"]).split("?")[0]
    matching = [
        (path.count("{"), operation)
        for method, path, operation in operations(task.contract).values()
        if method.upper() == request["method"] and re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), place)
    ]
    assert matching, f"{request['method']} {place} is not in the contract"
    return min(matching, key=lambda found: found[0])[1]


def test_the_load_uses_operations_of_the_contract(task: Task) -> None:
    for request in (*task.load["setup"], *task.load["mix"]):
        operation = operation_of(task, request)
        declared = set(operation["responses"])
        assert all(str(code) in declared or f"{code // 100}XX" in declared for code in request["expect"])
    assert task.load["p95_limit_ms"] == task.requirements.p95_ms
    assert task.load["error_limit"] == task.requirements.error_share
    pools = {each["pool"] for each in (*task.load.get("records", []), *task.load["setup"])}
    assert {request["pool"] for request in task.load["mix"] if "pool" in request} <= pools
    assert f"{task.load['p95_rate']} requests per second" in task.instruction
    assert f"{10 * task.load['r0']} requests per second" in task.instruction


def test_solutions_are_complete_and_pinned(task: Task) -> None:
    assert len(task.variants) >= 1
    assert task.requirements.max_files is not None
    for name, files in {"solution": task.solution, **task.variants}.items():
        assert len(files) <= task.requirements.max_files, name
        lines = files["requirements.txt"].decode().splitlines()
        pins = [line for line in lines if line and not line.startswith("#")]
        assert pins, name
        assert all(re.fullmatch(r"[a-z0-9_-]+(\[[a-z,]+\])?==[0-9.]+", line) for line in pins), name
        assert any(path.startswith("tests/test_") for path in files), name
        for path, content in files.items():
            if path.endswith(".py"):
                ast.parse(content, f"{name}/{path}")
        assert "Procfile" in files or "app/main.py" in files, name


def defect_lines(folder: Path) -> int:
    """Lines that a mutant's patch takes from files of the reference or puts into them."""
    hunks = [hunk for patch in patches_of(folder) if not patch.added for hunk in patch.hunks]
    changes = (difflib.ndiff(hunk.old, hunk.new) for hunk in hunks)
    return sum(line[:1] in "+-" for lines in changes for line in lines)


def test_mutants_are_small_and_spread_over_the_scorers(task: Task) -> None:
    assert len(task.mutants) >= 8
    assert {mutant.expected_scorer for mutant in task.mutants} == SCORERS
    for mutant in task.mutants:
        assert set(mutant.also_allowed) <= SCORERS - {mutant.expected_scorer}, mutant.name
        assert mutant.cwe is not None or mutant.defect_class != "security", f"{mutant.name}: no CWE"
        added = [name for name in mutant.overlay if name not in task.solution]
        assert all(name.startswith("tests/") for name in added), f"{mutant.name}: {added} is not in the reference"
        lines = defect_lines(TASKS / task.id / "mutants" / mutant.name)
        assert lines <= LINES_OF_A_DEFECT, f"{mutant.name}: {lines} lines are more than one defect"
        for name, content in mutant.overlay.items():
            ast.parse(content, f"{mutant.name}/{name}")
