import itertools
import json

import pytest
from starlette.testclient import TestClient

from service.api import LARGEST, create_app, from_environment, read_cursor, write_cursor
from service.orders import Refusal, money

STATUSES = ("draft", "submitted", "paid", "shipped", "cancelled")
ROUTES = {
    "draft": (),
    "submitted": ("submitted",),
    "paid": ("submitted", "paid"),
    "shipped": ("submitted", "paid", "shipped"),
    "cancelled": ("cancelled",),
}
OWNER = {("draft", "submitted"), ("draft", "cancelled"), ("submitted", "cancelled")}
OPERATOR = {("submitted", "paid"), ("paid", "shipped"), ("paid", "cancelled")}
ITEM = {"sku": "A.b_c-1", "quantity": 2, "unit_price_cents": 5}


def order_in(status, owner, ops):
    order = owner.order()
    for step in ROUTES[status]:
        order = ops.move(order, step).json()
    return order


def ids(page):
    return [order["id"] for order in page["orders"]]


def walk(caller, **params):
    page = caller.listed(**params)
    pages = [ids(page)]
    while page["next_cursor"]:
        page = caller.listed(**params, cursor=page["next_cursor"])
        pages.append(ids(page))
    return pages


def test_health_is_open_and_the_rest_is_not(client):
    assert client.get("/health").json() == {"status": "ok"}
    for value in ("", "Bearer", "Bearer x", "Basic a", "a", "Bearer  a"):
        response = client.get("/orders", headers={"Authorization": value})
        assert response.status_code == 401, value
        assert response.json() == {"status": 401, "title": "A valid token is needed"}
        assert response.headers["WWW-Authenticate"] == "Bearer"
    for method, path in (("POST", "/orders"), ("GET", "/orders/x"), ("PATCH", "/orders/x"), ("DELETE", "/orders/x")):
        assert client.request(method, path).status_code == 401
    assert client.get("/summary").status_code == client.post("/orders/x/transitions").status_code == 401


def test_problems_are_problems(alice):
    response = alice("GET", "/nothing")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json() == {"status": 404, "title": "Not Found"}
    assert "WWW-Authenticate" not in response.headers
    assert alice("PUT", "/orders").status_code == 405


@pytest.mark.parametrize(
    ("subtotal", "discount"), [(0, 0), (9999, 0), (10000, 1000), (10009, 1000), (10010, 1001), (99999, 9999)]
)
def test_money(subtotal, discount):
    lines = [{"line_total_cents": subtotal - subtotal // 3}, {"line_total_cents": subtotal // 3}]
    assert money(lines) == {"subtotal_cents": subtotal, "discount_cents": discount, "total_cents": subtotal - discount}


def test_creating_and_reading(alice, bob, ops):
    order = alice.order(4000, 4000, 2009, note="hello")
    assert (order["subtotal_cents"], order["discount_cents"], order["total_cents"]) == (10009, 1000, 9009)
    assert [item["line_total_cents"] for item in order["items"]] == [4000, 4000, 2009]
    assert (order["customer"], order["status"], order["version"], order["note"]) == ("alice", "draft", 1, "hello")
    assert "number" not in order
    path = f"/orders/{order['id']}"
    assert alice("GET", path).json() == ops("GET", path).json() == order
    assert bob("GET", path).status_code == alice("GET", "/orders/none").status_code == 404
    two = alice("POST", "/orders", {"items": [{**ITEM, "quantity": 3.0}]}).json()
    assert (two["subtotal_cents"], two["note"]) == (15, None)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"items": []},
        {"items": None},
        {"items": [ITEM] * 51},
        {"items": [ITEM], "note": 7},
        {"items": [ITEM], "note": "n" * 501},
        {"items": [ITEM], "customer": "bob"},
        {"items": [ITEM], "é": 1},
        {"items": [{**ITEM, "line_total_cents": 1}]},
        *({"items": [{**ITEM, "quantity": bad}]} for bad in (0, 1001, "1", True, None, 1.5)),
        *({"items": [{**ITEM, "unit_price_cents": bad}]} for bad in (-1, 10_000_001, "1")),
        *({"items": [{**ITEM, "sku": bad}]} for bad in ("", "-", "a b", "a\n", "é", "x" * 65, 5)),
    ],
)
def test_broken_orders_are_refused(alice, body):
    response = alice("POST", "/orders", body)
    assert (response.status_code, response.json()["status"]) == (422, 422)
    assert alice.listed()["total"] == 0


def test_the_limits_are_allowed(alice):
    edges = [{"sku": "x" * 64, "quantity": 1000, "unit_price_cents": 10_000_000}, {**ITEM, "quantity": 1}]
    body = {"items": [*edges, {**ITEM, "unit_price_cents": 0}, *[ITEM] * 47], "note": "n" * 500}
    assert alice("POST", "/orders", body).status_code == 201


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused(alice, content):
    response = alice("POST", "/orders", content=content)
    assert (response.status_code, response.json()["title"]) == (400, "The body is not JSON")


def test_filters_and_scopes(alice, bob, ops):
    made = [alice.order(1, 2), alice.order(2, 2), bob.order(2)]
    alice.move(made[1], "submitted")
    assert ids(alice.listed(sku="S2")) == [made[1]["id"], made[0]["id"]]
    assert ids(alice.listed(sku="S2", status="draft")) == ids(alice.listed(sku="S1")) == [made[0]["id"]]
    assert ids(ops.listed(sku="S2", sort="created_at")) == [order["id"] for order in made]
    assert ids(bob.listed()) == [made[2]["id"]]
    assert alice.listed(sku="' OR 1=1 --")["total"] == 0


def test_paging(alice):
    made = [alice.order(price)["id"] for price in (5, 9, 5, 1, 5)]
    by_total = [made[3], made[0], made[2], made[4], made[1]]
    for sort, expected in (
        ("created_at", made),
        ("-created_at", made[::-1]),
        ("total_cents", by_total),
        ("-total_cents", by_total[::-1]),
    ):
        for limit, sizes in ((2, [2, 2, 1]), (5, [5]), (100, [5])):
            pages = walk(alice, sort=sort, limit=limit)
            assert [len(page) for page in pages] == sizes
            assert [order_id for page in pages for order_id in page] == expected
    assert alice.listed(limit=1)["total"] == 5
    for _ in range(16):
        alice.order()
    assert [len(page) for page in walk(alice)] == [20, 1]


@pytest.mark.parametrize(
    "params",
    [
        {"status": "x"},
        {"sort": "x"},
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "x"},
        {"cursor": "x"},
        {"cursor": "0" * 513},
        {"sku": "s" * 65},
    ],
)
def test_unknown_parameters_are_refused(alice, params):
    assert alice("GET", "/orders", params=params).status_code in (400, 422)


def test_cursors():
    place = (LARGEST, 0)
    assert read_cursor("total_cents", write_cursor("total_cents", place)) == place
    bad = [None, 7, {}, ["created_at", 1], ["created_at", 1, 2, 3], ["total_cents", 1, 2], ["created_at", "1", 2]]
    bad += [["created_at", 1, 2.0], ["created_at", -1, 2], ["created_at", 1, LARGEST + 1], ["created_at", True, True]]
    for value in bad:
        with pytest.raises(Refusal, match="not given out"):
            read_cursor("created_at", json.dumps(value).encode().hex())
    for text in ("zz", "é", (b"[" * 100_000).hex()):
        with pytest.raises(Refusal, match="not given out"):
            read_cursor("created_at", text)


def test_changing(alice):
    order = alice.order(5, note="old")
    path = f"/orders/{order['id']}"
    items = [{"sku": "N", "quantity": 3, "unit_price_cents": 5000}]
    changed = alice("PATCH", path, {"version": 1, "items": items}).json()
    assert (changed["total_cents"], changed["note"], changed["version"]) == (13500, "old", 2)
    assert changed["items"] == [{**items[0], "line_total_cents": 15000}]
    assert changed["updated_at"] > order["updated_at"]
    assert (alice.listed(sku="N")["total"], alice.listed(sku="S5")["total"]) == (1, 0)
    noted = alice("PATCH", path, {"version": 2, "note": None}).json()
    assert (noted["note"], noted["items"], noted["version"]) == (None, changed["items"], 3)
    assert alice("PATCH", path, {"version": 2, "note": "stale"}).status_code == 409
    for bad in ({"note": "x"}, {"version": 0}, {"version": 3, "items": []}, {"version": 3, "status": "paid"}):
        assert alice("PATCH", path, bad).status_code == 422
    assert alice("GET", path).json() == noted


def test_deleting(alice, bob, ops):
    order = alice.order(5)
    path = f"/orders/{order['id']}"
    for caller, status in ((bob, 404), (ops, 403)):
        assert caller("DELETE", path).status_code == status
        assert caller("PATCH", path, {"version": 1, "note": "x"}).status_code == status
    assert alice("GET", path).json() == order
    response = alice("DELETE", path)
    assert (response.status_code, response.content) == (204, b"")
    assert alice("DELETE", path).status_code == 404
    assert alice.listed(sku="S5")["total"] == 0


@pytest.mark.parametrize("status", STATUSES[1:])
def test_only_drafts_change(alice, ops, status):
    order = order_in(status, alice, ops)
    path = f"/orders/{order['id']}"
    assert alice("PATCH", path, {"version": order["version"], "note": "x"}).status_code == 409
    assert alice("DELETE", path).status_code == 409
    assert alice("GET", path).json() == order


@pytest.mark.parametrize(("status", "wanted"), list(itertools.product(STATUSES, STATUSES)))
def test_moves(alice, bob, ops, status, wanted):
    order = order_in(status, alice, ops)
    assert bob.move(order, wanted).status_code == 404
    expected = 200 if (status, wanted) in OWNER else 403 if (status, wanted) in OPERATOR else 409
    moved = alice.move(order, wanted)
    assert moved.status_code == expected
    if expected == 200:
        assert (moved.json()["status"], moved.json()["version"]) == (wanted, order["version"] + 1)
    else:
        assert alice("GET", f"/orders/{order['id']}").json() == order
        assert ops.move(order, wanted).status_code == (200 if expected == 403 else 409)


def test_moves_to_nowhere(alice):
    order = alice.order()
    for bad in ({}, {"to": "open"}, {"to": ["paid"]}, {"to": "submitted", "x": 1}):
        assert alice("POST", f"/orders/{order['id']}/transitions", bad).status_code == 422


def test_summary(alice, bob, ops):
    for status in ("draft", "draft", "shipped", "cancelled"):
        order_in(status, alice, ops)
    bob.order(1)
    mine = alice("GET", "/summary").json()
    assert (mine["orders"], mine["total_cents"]) == (4, 2100)
    assert mine["by_status"]["draft"] == {"count": 2, "total_cents": 1400}
    assert mine["by_status"]["cancelled"] == {"count": 1, "total_cents": 700}
    assert mine["by_status"]["paid"] == {"count": 0, "total_cents": 0}
    assert ops("GET", "/summary").json()["total_cents"] == 2101
    assert bob("GET", "/summary").json()["orders"] == 1


def test_orders_survive_a_restart(alice, url):
    order = alice.order()
    with TestClient(create_app(url, {"t": "alice"})) as again:
        assert again.get(f"/orders/{order['id']}", headers={"Authorization": "Bearer t"}).json() == order


def test_the_environment_sets_it_up(monkeypatch, url):
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("API_TOKENS", "alice:x:y, ops:z")
    with TestClient(from_environment()) as client:
        assert client.get("/summary", headers={"Authorization": "Bearer x:y"}).json()["orders"] == 0
        assert client.get("/summary", headers={"Authorization": "Bearer z"}).status_code == 200
