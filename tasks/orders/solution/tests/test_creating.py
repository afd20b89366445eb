import json
from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.ordering import BULB, LAMP, item, place


def test_a_new_order(alice: TestClient) -> None:
    order = place(alice, LAMP, BULB, LAMP, note="Ring twice")
    assert len(order.pop("id")) == 32
    created, updated = order.pop("created_at"), order.pop("updated_at")
    assert created == updated
    assert datetime.fromisoformat(created).utcoffset() is not None
    assert order == {
        "customer": "alice",
        "status": "draft",
        "items": [
            {**LAMP, "line_total_cents": 5198},
            {**BULB, "line_total_cents": 5490},
            {**LAMP, "line_total_cents": 5198},
        ],
        "note": "Ring twice",
        "subtotal_cents": 15886,
        "discount_cents": 1588,
        "total_cents": 14298,
        "version": 1,
    }


@pytest.mark.parametrize("note", [None, "", " ü\n'\"; DROP TABLE orders", "n" * 500])
def test_notes_are_kept(alice: TestClient, note: str | None) -> None:
    order = place(alice, note=note)
    assert alice.get(f"/orders/{order['id']}").json()["note"] == note


def test_the_limits_are_allowed(alice: TestClient) -> None:
    order = place(alice, item(10_000_000, 1000, "s" * 64), *[item(0, 1)] * 49)
    assert order["subtotal_cents"] == 10_000_000_000
    assert len(order["items"]) == 50


def test_a_whole_number_may_have_a_fraction_of_zero(alice: TestClient) -> None:
    response = alice.post("/orders", json={"items": [{"sku": "X", "quantity": 2.0, "unit_price_cents": 1e2}]})
    assert response.json()["subtotal_cents"] == 200


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"items": []},
        {"items": None},
        {"items": [LAMP] * 51},
        {"items": [LAMP], "note": 7},
        {"items": [LAMP], "note": "n" * 501},
        {"items": [LAMP], "note": "\ud800"},
        {"items": [LAMP], "customer": "bob"},
        {"items": [LAMP], "\ud800": 1},
        {"items": [{**LAMP, "line_total_cents": 1}]},
        *({"items": [{**LAMP, "quantity": value}]} for value in (0, -1, 1001, "2", 1.5, True, None, 1e400)),
        *({"items": [{**LAMP, "unit_price_cents": value}]} for value in (-1, 10_000_001, "2", 0.1, False, None)),
        *({"items": [{**LAMP, "sku": value}]} for value in ("", "-a", "a b", "a\n", "s" * 65, "é", 5, None)),
    ],
)
def test_broken_bodies_store_nothing(alice: TestClient, body: Any) -> None:
    content = json.dumps(body).encode()
    response = alice.post("/orders", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert response.json()["detail"] == "the request breaks the contract"
    assert alice.get("/orders").json()["total"] == 0


def test_broken_json_is_refused(alice: TestClient) -> None:
    response = alice.post("/orders", content=b"{", headers={"Content-Type": "application/json"})
    assert response.status_code == 422


def test_problems_name_the_place_not_the_value(alice: TestClient) -> None:
    body = {"items": [{**LAMP, "sku": "se cret"}], "x" * 300: 1, "é": 2}
    problems = alice.post("/orders", json=body).json()["problems"]
    assert [problem["where"] for problem in problems] == ["body.items.0.sku", f"body.{'x' * 195}", "body.?"]
    assert "se cret" not in str(problems)


def test_at_most_twenty_problems_are_listed(alice: TestClient) -> None:
    response = alice.post("/orders", json={"items": [LAMP], **{f"f{i}": 1 for i in range(30)}})
    assert len(response.json()["problems"]) == 20
