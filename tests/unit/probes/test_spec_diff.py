"""The differ on known cases: each edit of a description yields exactly the difference it makes."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from harness.probes.spec_diff import compare_specs, covered
from harness.probes.spec_outline import operations

CONTRACT: dict[str, Any] = {
    "openapi": "3.1.0",
    "security": [{"bearer": []}],
    "paths": {
        "/items/{item_id}": {
            "parameters": [{"name": "item_id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}},
                    "4XX": {"description": "refused"},
                },
            },
            "put": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}},
                "responses": {"204": {"description": "done"}},
            },
        }
    },
    "components": {
        "schemas": {
            "Item": {
                "type": "object",
                "properties": {"id": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}},
            },
            "New": {"type": "object", "required": ["name"], "properties": {"name": {"type": ["string", "null"]}}},
        }
    },
}
GET = CONTRACT["paths"]["/items/{item_id}"]["get"]


def edited(edit: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    changed = copy.deepcopy(CONTRACT)
    edit(changed)
    return changed


def item(spec: dict[str, Any]) -> dict[str, Any]:
    found = spec["paths"]["/items/{item_id}"]
    assert isinstance(found, dict)
    return found


def fields(spec: dict[str, Any], name: str) -> dict[str, Any]:
    found = spec["components"]["schemas"][name]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("edit", "kind", "breaking"),
    [
        (lambda s: item(s).pop("put"), "missing_operation", True),
        (lambda s: s["paths"].update({"/more": {"get": {}}}), "extra_operation", False),
        (lambda s: item(s)["get"].pop("parameters"), "missing_parameter", True),
        (lambda s: item(s)["get"]["parameters"][0].update(schema={"type": "string"}), "parameter", True),
        (lambda s: item(s)["get"]["parameters"][0].update(required=True), "parameter", True),
        (lambda s: item(s)["put"]["responses"].clear(), "missing_answer", True),
        (lambda s: item(s)["get"]["responses"].pop("4XX"), "missing_answer", False),
        (lambda s: fields(s, "Item")["properties"].pop("tags"), "missing_field", True),
        (lambda s: fields(s, "Item")["properties"].update(id={"type": "integer"}), "field", True),
        (lambda s: fields(s, "New").update(properties={}), "missing_request_field", True),
        (lambda s: s.pop("security"), "security", True),
    ],
)
def test_one_edit_one_kind_of_difference(edit: Callable[[dict[str, Any]], object], kind: str, breaking: bool) -> None:
    found = compare_specs(CONTRACT, edited(edit))
    assert {(d.kind, d.breaking) for d in found} == {(kind, breaking)}


def test_an_extra_required_field_is_seen() -> None:
    def edit(spec: dict[str, Any]) -> None:
        fields(spec, "New")["properties"]["code"] = {"type": "string"}
        fields(spec, "New")["required"].append("code")

    assert [d.kind for d in compare_specs(CONTRACT, edited(edit))] == ["extra_required_field"]


@pytest.mark.parametrize(
    "edit",
    [
        lambda s: None,
        lambda s: s.update(info={"title": "other"}),
        lambda s: item(s)["get"]["responses"].update({"404": {}, "422": {}}),
        lambda s: s["paths"].update({"/items/{id}/": s["paths"].pop("/items/{item_id}")}),
        lambda s: fields(s, "Item")["properties"].update(extra={"type": "string"}),
        lambda s: fields(s, "Item").update(required=["id"]),
        lambda s: fields(s, "New")["properties"].update(name={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        lambda s: item(s)["get"]["responses"].update({"404": item(s)["get"]["responses"].pop("4XX")}),
    ],
)
def test_equivalent_descriptions_have_no_differences(edit: Callable[[dict[str, Any]], object]) -> None:
    assert compare_specs(CONTRACT, edited(edit)) == ()


def test_a_map_describes_each_of_its_entries_and_a_missing_object_is_reported_once() -> None:
    count = {"type": "object", "properties": {"n": {"type": "integer"}}}
    states = {"type": "object", "properties": {"draft": count, "paid": count}}
    contract = edited(lambda s: fields(s, "Item")["properties"].update(by_state=states))
    as_map = {"type": "object", "additionalProperties": count}
    published = edited(lambda s: fields(s, "Item")["properties"].update(by_state=as_map))
    assert compare_specs(contract, published) == ()
    found = compare_specs(contract, CONTRACT)
    assert [d.what for d in found] == ["answer 200: field by_state is not described"]
    wrong = edited(
        lambda s: fields(s, "Item")["properties"].update(
            by_state={"type": "object", "additionalProperties": {"properties": {"n": {"type": "string"}}}}
        )
    )
    assert {d.kind for d in compare_specs(contract, wrong)} == {"field"}


def test_covered_maps_the_contract_to_the_published_names() -> None:
    published: dict[str, Any] = {"paths": {"/items/{id}": {"get": {}}}}
    assert operations(CONTRACT) == ("GET /items/{item_id}", "PUT /items/{item_id}")
    assert covered(CONTRACT, published) == {"GET /items/{item_id}": "GET /items/{id}"}


def test_a_description_that_explodes_is_cut_off() -> None:
    schemas = {
        f"S{n}": {"type": "object", "properties": {k: {"$ref": f"#/components/schemas/S{n + 1}"} for k in "abcdefghij"}}
        for n in range(8)
    }
    schemas["S8"] = {"$ref": "#/components/schemas/S8"}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S0"}}}}
    bomb = {"paths": {"/x": {"get": {"responses": {"200": body}}}}, "components": {"schemas": schemas}}
    assert {d.kind for d in compare_specs(CONTRACT, bomb)} == {"missing_operation", "extra_operation"}
