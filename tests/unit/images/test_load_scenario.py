"""Load profiles become the same requests for the same seed, and wrong ones are named."""

import importlib
import itertools
import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest

LOAD = Path(__file__).parents[3] / "harness" / "images" / "load"
if str(LOAD) not in sys.path:
    sys.path.insert(0, str(LOAD))
scenario = importlib.import_module("scenario")

ENV = {"API_TOKENS": "alice:t1,bob:t:2", "KEY": "k"}
USERS = {"pool": "users", "env": "API_TOKENS", "split": ",", "fields": "name:token"}
CREATE: dict[str, Any] = {
    "pool": "orders", "from": "users", "repeat": 3, "method": "POST", "path": "/orders/{name}",
    "headers": {"Authorization": "Bearer {token}", "X-Key": "{env:KEY}"},
    "json": {"n": "{int:1:9}", "who": "{name}", "list": ["{word}", {"h": "{hex:6}"}], "text": "n={int:5:5}!", "f": 1.5},
    "expect": [201], "save": {"order_id": "data.0.id"},
}  # fmt: skip
READ = {"name": "read", "weight": 3, "pool": "orders", "method": "GET", "path": "/orders/{order_id}"}
LIST = {"name": "list", "weight": 1, "method": "GET", "path": "/orders?limit={int:1:5}", "expect": [200]}


def pools() -> Any:
    return scenario.record_pools([USERS], ENV)


def test_records_come_from_the_environment() -> None:
    assert pools() == {"users": [{"name": "alice", "token": "t1"}, {"name": "bob", "token": "t:2"}]}
    with pytest.raises(scenario.ScenarioError, match="'NOPE'"):
        scenario.record_pools([{**USERS, "env": "NOPE"}], ENV)


def test_a_setup_request_inherits_and_saves() -> None:
    request, record = scenario.setup_request(CREATE, "create", 0, pools(), ENV, seed=1)
    assert request.path == f"/orders/{record['name']}"
    assert request.headers["Authorization"] == f"Bearer {record['token']}"
    assert request.headers["X-Key"] == "k"
    assert request.headers["Content-Type"] == "application/json"
    body = json.loads(request.body)
    assert isinstance(body["n"], int)
    assert 1 <= body["n"] <= 9
    assert body["who"] == record["name"]
    assert body["text"] == "n=5!"
    assert body["f"] == 1.5
    assert len(body["list"][1]["h"]) == 6
    assert request.expect == (201,)
    grown = scenario.saved(CREATE, record, {"data": [{"id": 42}]})
    assert grown == {**record, "order_id": 42}
    with pytest.raises(KeyError, match=r"data\.0\.id"):
        scenario.saved(CREATE, record, {"data": []})


def test_the_same_seed_sends_the_same_requests() -> None:
    def plan(seed: str) -> Any:
        return scenario.plan_mix([READ, LIST], {"orders": [{"order_id": n} for n in range(9)]}, ENV, {}, 200, seed)

    assert plan("1") == plan("1")
    assert plan("1") != plan("2")
    reads = sum(request.operation == "read" for request in plan("1"))
    assert 120 < reads < 180, "weights 3:1"


def test_identity_is_echoed_only_where_the_path_ends_with_it() -> None:
    echo = {"order_id": "id"}
    record = {"order_id": 7}
    render = scenario.render
    assert render(READ, "read", random.Random(1), record, ENV, echo).echo == ("id", "7")
    below = {**READ, "path": "/orders/{order_id}/items"}
    assert render(below, "read", random.Random(1), record, ENV, echo).echo is None
    assert render(READ, "read", random.Random(1), record, ENV, {}).echo is None


def test_values_cannot_break_out_of_a_path_segment() -> None:
    request = scenario.render(READ, "read", random.Random(1), {"order_id": "a/../b?c=d e"}, ENV)
    assert request.path == "/orders/a%2F..%2Fb%3Fc%3Dd%20e"


@pytest.mark.parametrize("bad", ["{nothing}", "{int:a:b}", "{int:1}", "{hex:}", "{env:NOPE}", "{word:3}", "{int:9:1}"])
def test_a_placeholder_that_cannot_be_filled_is_named(bad: str) -> None:
    with pytest.raises(scenario.ScenarioError, match="read: cannot fill"):
        scenario.render({**READ, "path": f"/x/{bad}"}, "read", random.Random(1), {"order_id": 1}, ENV)


def test_an_empty_pool_is_named() -> None:
    with pytest.raises(scenario.ScenarioError, match="pool 'orders' has no records"):
        scenario.plan_mix([READ], {}, ENV, {}, 1, "s")


def test_arrivals_keep_the_rate_in_every_window_and_are_not_a_clock() -> None:
    due = scenario.arrivals(500, 100.0, 5, "s")
    assert due == sorted(due)
    assert [sum(window <= moment < window + 1 for moment in due) for window in range(5)] == [100] * 5
    gaps = [b - a for a, b in itertools.pairwise(due)]
    spread = (sum((gap - 0.01) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert 0.008 < spread < 0.012, "exponential gaps: standard deviation equals the mean"
    assert scenario.arrivals(500, 100.0, 5, "t") != due
    assert len(scenario.arrivals(503, 100.0, 5, "s")) == 503


@pytest.mark.parametrize("value", ["a\ud800", "x" * 9_000])
def test_a_value_that_no_request_can_carry_is_a_bad_answer(value: str) -> None:
    with pytest.raises(scenario.UnusableValue, match=r"'data\.0\.id'"):
        scenario.saved(CREATE, {}, {"data": [{"id": value}]})


def test_what_the_contract_demands_travels_with_the_request() -> None:
    answers = {"200": {"json": True, "types": [], "required": ["id"]}}
    assert scenario.render({**LIST, "answers": answers}, "list", random.Random(1), {}, ENV).answers == answers
    assert scenario.render(LIST, "list", random.Random(1), {}, ENV).answers == {}
