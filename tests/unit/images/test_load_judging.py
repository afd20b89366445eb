"""Under load an answer is held to its status, to what the contract demands of it, and to the record asked for."""

import importlib
import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.probes.answer_shapes import with_answers

LOAD = Path(__file__).parents[3] / "harness" / "images" / "load"
if str(LOAD) not in sys.path:
    sys.path.insert(0, str(LOAD))
judging = importlib.import_module("judging")
scenario = importlib.import_module("scenario")
ORDER = {"200": {"json": True, "types": ["object"], "required": ["id", "sums", "sums.net"]}}
FREE = {"200": {"json": False, "types": [], "required": []}}


def outcome(
    status: int,
    body: bytes = b"",
    *,
    is_json: bool = True,
    problem: str = "",
    echo: bool = True,
    location: str = "/there",
    method: str = "GET",
    answers: Any = None,
) -> str:
    request: Any = scenario.Request(
        operation="getOrder",
        method=method,
        path="/orders/7",
        headers={},
        body=None,
        expect=(200, 204, 302, 409),
        echo=("id", "7") if echo else None,
        answers=answers or {},
    )
    index, _ = judging.judge(request, judging.Answer(status, body, problem, is_json, location))
    return str(judging.OUTCOMES[index])


def test_the_record_that_was_asked_for_is_right() -> None:
    assert outcome(200, b'{"id": 7}') == "ok"
    assert outcome(200, b'{"id": "8"}') == "bad_body"
    assert outcome(200, b"<p>7</p>", is_json=False) == "bad_body"
    assert outcome(200, b"<p>a list</p>", is_json=False, echo=False) == "ok"


@pytest.mark.parametrize("body", [b"{}", b"", b"null", b'{"name": "ada"}', b"[]"])
def test_an_answer_about_one_record_shows_it(body: bytes) -> None:
    assert outcome(200, body) == "bad_body"
    assert outcome(200, body, answers=ORDER) == "bad_body"
    assert outcome(200, body, answers=ORDER, echo=False) == "bad_body"


def test_a_contract_that_does_not_say_demands_nothing() -> None:
    assert outcome(200, b'{"name": "ada"}', answers=FREE) == "ok"
    assert outcome(200, b"ada", is_json=False, answers=FREE) == "ok"
    assert outcome(204, b"", method="DELETE") == "ok"
    assert outcome(200, b'{"done": true}', method="PATCH") == "ok"
    assert outcome(200, b"", echo=False) == "ok"


def test_what_the_contract_requires_must_be_there() -> None:
    whole = {"id": 7, "sums": {"net": None}, "more": 1}
    assert outcome(200, json.dumps(whole).encode(), answers=ORDER) == "ok"
    assert outcome(200, json.dumps(whole).encode(), answers=ORDER, is_json=False) == "ok", "the body is what counts"
    assert outcome(200, json.dumps({**whole, "sums": {}}).encode(), answers=ORDER) == "bad_body"
    assert outcome(200, json.dumps([whole]).encode(), answers=ORDER, echo=False) == "bad_body"
    assert outcome(409, b"{}", answers=ORDER) == "ok"


@pytest.mark.parametrize("status", [302, 409])
def test_the_body_of_a_refusal_or_redirect_is_free(status: int) -> None:
    assert outcome(status, b"the order is submitted", is_json=False) == "ok"
    assert outcome(status, b'{"detail": "no", "id": "another thing"}') == "ok"


def test_a_redirect_leads_somewhere() -> None:
    assert outcome(302, b"", location="") == "bad_body"
    assert outcome(409, b"", location="") == "ok"


def test_what_calls_itself_json_is_json_whatever_its_status() -> None:
    assert outcome(409, b"{") == "bad_body"
    assert outcome(200, b"[" * 100_000) == "bad_body"


def test_status_and_transport_come_first() -> None:
    assert outcome(404, b'{"id": 7}') == "bad_status"
    assert outcome(0) == "no_answer"
    assert outcome(200, b'{"id": 7}', problem="compressed") == "bad_body"


def test_the_contract_speaks_to_the_driver_through_the_load_profile() -> None:
    """From openapi.yaml to a verdict: what one side writes, the other reads."""
    thing = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    answer = {"description": "", "content": {"application/json": {"schema": thing}}}
    contract = {"paths": {"/things/{id}": {"get": {"responses": {"200": answer}}}}}
    read = {"name": "read", "method": "GET", "path": "/things/{n}", "weight": 1}
    block = with_answers({"mix": [read]}, contract)["mix"][0]
    request = scenario.render(block, "read", random.Random(1), {"n": "a"}, {}, {"n": "id"})
    for body, expected in ((b'{"id": "a"}', "ok"), (b'{"id": "b"}', "bad_body"), (b"{}", "bad_body")):
        assert judging.OUTCOMES[judging.judge(request, judging.Answer(200, body, "", True))[0]] == expected
