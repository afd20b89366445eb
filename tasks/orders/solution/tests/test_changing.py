from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.ordering import BULB, LAMP, item, move, order_in, place

LATER = ["submitted", "paid", "shipped", "cancelled"]


def test_items_are_replaced(alice: TestClient) -> None:
    order = place(alice, LAMP, BULB, note="kept")
    response = alice.patch(f"/orders/{order['id']}", json={"version": 1, "items": [item(12000, sku="NEW")]})
    assert response.status_code == 200
    changed = response.json()
    assert changed["items"] == [{"sku": "NEW", "quantity": 1, "unit_price_cents": 12000, "line_total_cents": 12000}]
    assert (changed["subtotal_cents"], changed["discount_cents"], changed["total_cents"]) == (12000, 1200, 10800)
    assert (changed["note"], changed["version"], changed["created_at"]) == ("kept", 2, order["created_at"])
    assert changed["updated_at"] > order["updated_at"]
    assert alice.get(f"/orders/{order['id']}").json() == changed


def test_the_note_is_set_and_cleared(alice: TestClient) -> None:
    order = place(alice, LAMP)
    noted = alice.patch(f"/orders/{order['id']}", json={"version": 1, "note": "new"}).json()
    assert (noted["note"], noted["items"], noted["version"]) == ("new", order["items"], 2)
    cleared = alice.patch(f"/orders/{order['id']}", json={"version": 2, "note": None}).json()
    assert (cleared["note"], cleared["total_cents"], cleared["version"]) == (None, order["total_cents"], 3)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"note": "x"},
        {"version": 0},
        {"version": 1_000_000_001},
        {"version": "1"},
        {"version": 1, "items": []},
        {"version": 1, "items": None},
        {"version": 1, "status": "paid"},
    ],
)
def test_broken_changes_are_refused(alice: TestClient, body: Any) -> None:
    order = place(alice)
    assert alice.patch(f"/orders/{order['id']}", json=body).status_code == 422
    assert alice.get(f"/orders/{order['id']}").json() == order


@pytest.mark.parametrize("version", [2, 1_000_000_000])
def test_another_version_is_a_conflict(alice: TestClient, version: int) -> None:
    order = place(alice)
    response = alice.patch(f"/orders/{order['id']}", json={"version": version, "note": "x"})
    assert (response.status_code, response.json()) == (409, {"detail": "the order is at version 1 by now"})
    assert alice.get(f"/orders/{order['id']}").json() == order


def test_of_simultaneous_changes_one_succeeds(alice: TestClient) -> None:
    order = place(alice)
    path = f"/orders/{order['id']}"
    with ThreadPoolExecutor(4) as pool:
        changes = [pool.submit(alice.patch, path, json={"version": 1, "note": str(i)}) for i in range(8)]
        statuses = sorted(change.result().status_code for change in changes)
    assert statuses == [200] + [409] * 7
    assert alice.get(path).json()["version"] == 2


def test_a_draft_is_deleted(alice: TestClient) -> None:
    order = place(alice)
    response = alice.delete(f"/orders/{order['id']}")
    assert (response.status_code, response.content) == (204, b"")
    assert alice.get(f"/orders/{order['id']}").status_code == 404
    assert alice.get("/orders", params={"sku": "LAMP-3"}).json()["total"] == 0
    assert alice.delete(f"/orders/{order['id']}").status_code == 404


@pytest.mark.parametrize("status", LATER)
def test_only_drafts_are_changed_or_deleted(alice: TestClient, ops: TestClient, status: str) -> None:
    order = order_in(status, alice, ops)
    path = f"/orders/{order['id']}"
    refused = alice.patch(path, json={"version": order["version"], "note": "x"})
    assert (refused.status_code, refused.json()["detail"]) == (409, f"the order is {status}, no longer a draft")
    assert alice.delete(path).status_code == 409
    assert alice.get(path).json() == order


def test_others_neither_change_nor_delete(alice: TestClient, bob: TestClient, ops: TestClient) -> None:
    order = place(alice)
    path = f"/orders/{order['id']}"
    for client, status in ((bob, 404), (ops, 403)):
        assert client.patch(path, json={"version": 1, "note": "x"}).status_code == status
        assert client.delete(path).status_code == status
    assert alice.get(path).json() == order
    assert ops.delete(path).json() == {"detail": "only the owner edits or deletes an order"}


def test_the_operator_edits_own_drafts(ops: TestClient) -> None:
    order = place(ops)
    assert ops.patch(f"/orders/{order['id']}", json={"version": 1, "note": "x"}).json()["note"] == "x"


def test_the_whole_life(alice: TestClient, ops: TestClient) -> None:
    order = place(alice)
    for version, (client, status) in enumerate([(alice, "submitted"), (ops, "paid"), (ops, "shipped")], start=2):
        response = move(client, order, status)
        assert response.status_code == 200
        moved = response.json()
        assert (moved["status"], moved["version"]) == (status, version)
        assert moved["updated_at"] > order["updated_at"]
        assert alice.get(f"/orders/{order['id']}").json() == moved


def test_impossible_moves_are_conflicts(alice: TestClient, ops: TestClient) -> None:
    order = order_in("cancelled", alice, ops)
    response = move(ops, order, "paid")
    assert (response.status_code, response.json()) == (409, {"detail": "an order cannot go from cancelled to paid"})
    assert alice.get(f"/orders/{order['id']}").json() == order


def test_the_operators_moves_are_forbidden_to_owners(alice: TestClient, ops: TestClient) -> None:
    order = order_in("submitted", alice, ops)
    response = move(alice, order, "paid")
    assert (response.status_code, response.json()) == (403, {"detail": "this step is the operator's"})
    assert alice.get(f"/orders/{order['id']}").json() == order


def test_moving_orders_of_others(alice: TestClient, bob: TestClient) -> None:
    assert move(bob, place(alice), "submitted").status_code == 404


@pytest.mark.parametrize("body", [{}, {"to": "open"}, {"to": None}, {"to": ["paid"]}, {"to": "paid", "force": True}])
def test_broken_moves_are_refused(alice: TestClient, body: Any) -> None:
    order = place(alice)
    assert alice.post(f"/orders/{order['id']}/transitions", json=body).status_code == 422
