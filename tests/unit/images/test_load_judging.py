"""Under load an answer is held to its status and to the record asked for; a refusal or redirect to no body."""

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

LOAD = Path(__file__).parents[3] / "harness" / "images" / "load"
if str(LOAD) not in sys.path:
    sys.path.insert(0, str(LOAD))
judging = importlib.import_module("judging")
scenario = importlib.import_module("scenario")


def outcome(status: int, body: bytes = b"", *, is_json: bool = True, problem: str = "", echo: bool = True) -> str:
    request: Any = scenario.Request(
        operation="getOrder",
        method="GET",
        path="/orders/7",
        headers={},
        body=None,
        expect=(200, 302, 409),
        echo=("id", "7") if echo else None,
    )
    index, _ = judging.judge(request, judging.Answer(status, body, problem, is_json))
    return str(judging.OUTCOMES[index])


def test_the_record_that_was_asked_for_is_right() -> None:
    assert outcome(200, b'{"id": 7}') == "ok"
    assert outcome(200, b'{"id": "8"}') == "bad_body"
    assert outcome(200, b"<p>7</p>", is_json=False) == "bad_body"
    assert outcome(200, b"<p>a list</p>", is_json=False, echo=False) == "ok"


@pytest.mark.parametrize("status", [302, 409])
def test_the_body_of_a_refusal_or_redirect_is_free(status: int) -> None:
    assert outcome(status, b"the order is submitted", is_json=False) == "ok"
    assert outcome(status, b'{"detail": "no", "id": "another thing"}') == "ok"


def test_what_calls_itself_json_is_json_whatever_its_status() -> None:
    assert outcome(409, b"{") == "bad_body"
    assert outcome(200, b"[" * 100_000) == "bad_body"


def test_status_and_transport_come_first() -> None:
    assert outcome(404, b'{"id": 7}') == "bad_status"
    assert outcome(0) == "no_answer"
    assert outcome(200, b'{"id": 7}', problem="compressed") == "bad_body"
