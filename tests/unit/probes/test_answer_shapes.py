"""What the load probes demand of answers is what the contract demands, and no more."""

from typing import Any

import pytest

from harness.probes.answer_shapes import with_answers


def demanded(schema: Any, *, path: str = "/things/7", method: str = "GET", **contract: Any) -> Any:
    """What is demanded of a 200 of GET /things/7 when the contract gives its body this schema."""
    response = {"description": "", "content": {"application/json": {"schema": schema}}}
    whole = {"paths": {"/things/{id}": {"get": {"responses": {"200": response}}}}, **contract}
    answers = with_answers({"mix": [{"method": method, "path": path}]}, whole)["mix"][0]["answers"]
    return answers.get("200")


def shape(types: list[str], required: list[str]) -> Any:
    return {"json": True, "types": types, "required": required}


TEXT = {"type": "string"}
THING = {"type": "object", "required": ["id", "name"], "properties": {"id": TEXT, "name": TEXT, "more": TEXT}}


def test_the_type_and_the_required_members() -> None:
    assert demanded(THING) == shape(["object"], ["id", "name"])
    assert demanded({"type": "array", "items": THING}) == shape(["array"], [])
    assert demanded({"type": ["object", "null"]}) == shape(["null", "object"], [])
    assert demanded({"type": "object", "nullable": True}) == shape(["null", "object"], [])


def test_references_and_all_of_are_followed() -> None:
    schemas = {
        "schemas": {"Thing": THING, "Dated": {"allOf": [{"$ref": "#/components/schemas/Thing"}, {"required": ["at"]}]}}
    }
    found = demanded({"$ref": "#/components/schemas/Dated"}, components=schemas)
    assert found == shape(["object"], ["id", "name", "at"])


def test_required_members_of_required_members() -> None:
    page = {"type": "object", "required": ["sums"], "properties": {"sums": THING}}
    assert demanded(page)["required"] == ["sums", "sums.id", "sums.name"]
    maybe = {"type": "object", "required": ["sums"], "properties": {"sums": {**THING, "type": ["object", "null"]}}}
    assert demanded(maybe)["required"] == ["sums"], "null has no members"


@pytest.mark.parametrize(
    "loose",
    [
        {},
        True,
        {"anyOf": [THING, {"type": "array"}]},
        {"oneOf": [THING]},
        {"properties": {"id": TEXT}},
        {"$ref": "#/none"},
    ],
)
def test_a_loose_schema_demands_no_more_than_json(loose: Any) -> None:
    assert demanded(loose) == shape([], [])


def test_what_is_only_written_is_not_demanded_back() -> None:
    secret = {**THING, "required": ["id", "key"], "properties": {"id": TEXT, "key": {**TEXT, "writeOnly": True}}}
    assert demanded(secret)["required"] == ["id"]


def test_a_schema_that_refers_to_itself_ends() -> None:
    node = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    found = demanded({"$ref": "#/components/schemas/Node"}, components={"schemas": {"Node": node}})
    assert found["required"][0] == "next"


def test_the_operation_is_found_by_method_and_path() -> None:
    assert demanded(THING, path="/things/{thing_id}?full=1") == shape(["object"], ["id", "name"])
    assert demanded(THING, path="/v1/things/{n}", servers=[{"url": "https://x/v1"}]) == shape(
        ["object"], ["id", "name"]
    )
    assert demanded(THING, path="/things/7/parts") is None
    assert demanded(THING, method="POST") is None


def test_the_most_literal_path_wins() -> None:
    def answers(media: dict[str, Any]) -> dict[str, Any]:
        return {"get": {"responses": {"200": {"content": media}, "default": {"content": {}}, 404: {}}}}

    mine, any_one = answers({"application/json": {"schema": THING}}), answers({"text/html": {}, "application/json": {}})
    contract = {"paths": {"/things/{id}": any_one, "/things/me": mine}}
    blocks = [{"method": "GET", "path": "/things/me"}, {"method": "GET", "path": "/things/{n}"}]
    me, other = (block["answers"] for block in with_answers({"setup": blocks}, contract)["setup"])
    assert me["200"] == shape(["object"], ["id", "name"])
    assert other["200"] == {"json": False, "types": [], "required": []}, "a choice of media types is free"
    assert other["default"]["json"] is False
    assert "404" not in other


def test_what_the_contract_lets_delete_is_removable() -> None:
    contract: dict[str, Any] = {
        "servers": [{"url": "http://localhost/v1"}],
        "paths": {"/notes/{id}": {"get": {}, "delete": {"responses": {"204": {}}}}, "/notes": {"get": {}, "post": {}}},
    }
    mix = [
        {"method": "GET", "path": "/v1/notes/{note_id}"},
        {"method": "GET", "path": "/v1/notes"},
        {"method": "PATCH", "path": "/v1/notes/{note_id}"},
    ]
    assert [block.get("removable", False) for block in with_answers({"mix": mix}, contract)["mix"]] == [
        True,
        False,
        False,
    ]
