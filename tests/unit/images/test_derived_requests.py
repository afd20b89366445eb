"""Bodies that a contract rules out, and how one comes by a thing to try them on: derived from the three contracts."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[3]
CONFORMANCE = ROOT / "harness" / "images" / "conformance"
if str(CONFORMANCE) not in sys.path:
    sys.path.insert(0, str(CONFORMANCE))
negatives, targets = importlib.import_module("negatives"), importlib.import_module("targets")

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["version"],
    "properties": {
        "version": {"type": "integer", "minimum": 1},
        "items": {
            "type": "array",
            "minItems": 1,
            "maxItems": 3,
            "items": {
                "type": "object",
                "required": ["sku"],
                "properties": {"sku": {"type": "string", "pattern": "^[A-Z]{1,9}$"}},
            },
        },
        "note": {"type": ["string", "null"], "maxLength": 5},
        "state": {"enum": ["on", "off"]},
        "either": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
    },
}
GOOD = {"version": 1, "items": [{"sku": "LAMP"}], "state": "on"}


def test_one_member_at_a_time_is_wrong() -> None:
    found = list(negatives.broken_bodies({}, SCHEMA, GOOD))
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert [what for what, body in found if validator.is_valid(body)] == [], "each is ruled out beyond doubt"
    bodies = [json.dumps(body) for _, body in found]
    for wanted in (
        {**GOOD, "items": []},
        {**GOOD, "items": None},
        {**GOOD, "items": [{"sku": ""}]},
        {**GOOD, "items": [{}]},
        {**GOOD, "items": [{"sku": "LAMP"}] * 4},
        {**GOOD, "note": "a" * 6},
        {**GOOD, "version": 0},
        {**GOOD, "state": "no-such-word"},
        {"items": GOOD["items"], "state": "on"},
        {**GOOD, negatives.UNKNOWN: 1},
        None,
    ):
        assert json.dumps(wanted) in bodies, wanted


@pytest.mark.parametrize("value", ["2", 2.0, True])
def test_what_many_take_for_a_number_is_left_to_the_tasks(value: Any) -> None:
    bodies = [body for _, body in negatives.broken_bodies({}, SCHEMA, GOOD) if isinstance(body, dict)]
    found = [body.get("version") for body in bodies]
    assert not any(type(version) is type(value) and version == value for version in found)


def test_null_and_alternatives_that_are_allowed_are_not_broken() -> None:
    broken = [what for what, _ in negatives.broken_bodies({}, SCHEMA, GOOD)]
    assert "'note' is null" not in broken
    assert not [what for what in broken if "either" in what]


def contract(task: str) -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "tasks" / task / "openapi.yaml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("task", sorted(path.parent.name for path in (ROOT / "tasks").glob("*/openapi.yaml")))
def test_every_change_of_a_task_can_be_tried(task: str) -> None:
    """A contract that gives no example, or no way to a thing of one's own, would leave its changes untried."""
    spec = contract(task)
    for operation in targets.operations_of(spec).values():
        if operation.method in ("PATCH", "PUT"):
            assert operation.refuses
            assert operation.example is not None or any(link.body is not None for link in operation.links)
            makers = [link for link in operation.links if not targets.operations_of(spec)[link.maker].parameters]
            assert makers or not operation.parameters, f"{operation.label}: no answer links to it"


def test_a_link_is_filled_from_the_answer() -> None:
    template = {"version": "$response.body#/version", "items": [{"sku": "$response.body#/items/0/sku"}], "plain": "$x"}
    answer = {"version": 3, "items": [{"sku": "A"}]}
    assert targets.filled(template, answer) == {"version": 3, "items": [{"sku": "A"}], "plain": "$x"}
