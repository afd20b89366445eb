from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.ordering import BULB, LAMP, ids, item, order_in, place


def listed(client: TestClient, **params: Any) -> dict[str, Any]:
    response = client.get("/orders", params=params)
    assert response.status_code == 200, response.text
    return dict(response.json())


def walked(client: TestClient, **params: Any) -> list[list[str]]:
    pages, page = [], listed(client, **params)
    while True:
        pages.append(ids(page))
        if page["next_cursor"] is None:
            return pages
        page = listed(client, **params, cursor=page["next_cursor"])


def test_owner_and_operator_read_an_order(alice: TestClient, ops: TestClient) -> None:
    order = place(alice, LAMP, BULB)
    assert alice.get(f"/orders/{order['id']}").json() == order
    assert ops.get(f"/orders/{order['id']}").json() == order


def test_orders_of_others_do_not_exist(alice: TestClient, bob: TestClient) -> None:
    order = place(alice)
    assert bob.get(f"/orders/{order['id']}").status_code == 404
    assert bob.get("/orders/unknown").json() == bob.get(f"/orders/{order['id']}").json() == {"detail": "no such order"}
    assert listed(bob) == {"orders": [], "total": 0, "next_cursor": None}


def test_the_operator_lists_everybody(alice: TestClient, bob: TestClient, ops: TestClient) -> None:
    made = [place(client)["id"] for client in (alice, bob, ops)]
    assert ids(listed(ops)) == made[::-1]
    assert ids(listed(alice)) == made[:1]


def test_filters(alice: TestClient, ops: TestClient) -> None:
    draft = place(alice, item(1, sku="A"), item(1, sku="B"), item(2, sku="A"))
    paid = order_in("paid", alice, ops)
    place(alice, item(1, sku="AB"))
    assert ids(listed(alice, sku="A")) == ids(listed(alice, sku="B", status="draft")) == [draft["id"]]
    assert ids(listed(alice, status="paid")) == ids(listed(ops, status="paid", sku="LAMP-3")) == [paid["id"]]
    assert listed(alice, status="paid", sku="A")["total"] == 0
    assert listed(alice, status="draft")["total"] == 2
    assert listed(alice, sku="a")["total"] == listed(alice, sku="' OR 1=1 --")["total"] == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "open"),
        ("sort", "id"),
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "x"),
        ("sku", "s" * 65),
        ("cursor", "x" * 513),
        ("cursor", "nonsense"),
    ],
)
def test_unknown_values_are_refused(alice: TestClient, name: str, value: str) -> None:
    response = alice.get("/orders", params={name: value})
    assert response.status_code == 422
    assert isinstance(response.json()["detail"], str)


def test_long_values_within_the_limit_are_not_refused(alice: TestClient) -> None:
    assert listed(alice, sku="s" * 64, limit=100)["orders"] == []


def test_sorts(alice: TestClient) -> None:
    made = [place(alice, item(price))["id"] for price in (300, 20, 1000, 20)]
    by_total = [made[1], made[3], made[0], made[2]]
    assert ids(listed(alice)) == ids(listed(alice, sort="-created_at")) == made[::-1]
    assert ids(listed(alice, sort="created_at")) == made
    assert ids(listed(alice, sort="total_cents")) == by_total
    assert ids(listed(alice, sort="-total_cents")) == by_total[::-1]


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "total_cents", "-total_cents"])
def test_pages_follow_each_other(alice: TestClient, sort: str) -> None:
    for price in (5, 5, 9, 5, 7, 5):
        place(alice, item(price))
    everything = ids(listed(alice, sort=sort))
    pages = walked(alice, sort=sort, limit=2)
    assert [len(page) for page in pages] == [2, 2, 2]
    assert [order_id for page in pages for order_id in page] == everything
    assert [len(page) for page in walked(alice, sort=sort, limit=4)] == [4, 2]


def test_newcomers_shift_nothing(alice: TestClient) -> None:
    made = [place(alice)["id"] for _ in range(4)]
    first = listed(alice, limit=2)
    place(alice)
    second = listed(alice, limit=2, cursor=first["next_cursor"])
    assert ids(first) + ids(second) == made[::-1]
    assert first["total"] == 4


def test_a_page_has_20_orders_unless_asked(alice: TestClient) -> None:
    for _ in range(21):
        place(alice)
    assert [len(page) for page in walked(alice)] == [20, 1]


def test_a_cursor_of_another_sort_is_refused(alice: TestClient) -> None:
    place(alice)
    place(alice)
    cursor = listed(alice, limit=1)["next_cursor"]
    assert alice.get("/orders", params={"limit": 1, "sort": "total_cents", "cursor": cursor}).status_code == 422


def test_the_summary(alice: TestClient, bob: TestClient, ops: TestClient) -> None:
    for status in ("draft", "draft", "paid", "cancelled"):
        order_in(status, alice, ops)
    place(bob, item(1))
    zero = {"count": 0, "total_cents": 0}
    by_status = {
        "draft": {"count": 2, "total_cents": 10396},
        "submitted": zero,
        "paid": {"count": 1, "total_cents": 5198},
        "shipped": zero,
        "cancelled": {"count": 1, "total_cents": 5198},
    }
    assert alice.get("/summary").json() == {"orders": 4, "total_cents": 15594, "by_status": by_status}
    assert bob.get("/summary").json()["orders"] == 1
    assert (ops.get("/summary").json()["orders"], ops.get("/summary").json()["total_cents"]) == (5, 15595)
