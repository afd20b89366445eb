import itertools
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from orders import create_app

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


def order_in(status, owner, ops):
    order = owner.order()
    return ops.move(order, *ROUTES[status]).json if ROUTES[status] else order


def ids(page):
    return [order["id"] for order in page["orders"]]


def walk(caller, **params):
    page = caller.listed(**params)
    pages = [ids(page)]
    while page["next_cursor"]:
        page = caller.listed(**params, cursor=page["next_cursor"])
        pages.append(ids(page))
    return pages


def test_health_is_open_and_the_rest_is_not(app):
    client = app.test_client()
    assert client.get("/health").json == {"status": "ok"}
    for value in ("", "Bearer", "Bearer x", "Basic a", "a", "Bearer a ", "Bearer é"):
        response = client.get("/orders", headers={"Authorization": value})
        assert (response.status_code, response.json["error"]["code"]) == (401, 401), value
    assert client.get("/summary").status_code == 401


def test_unknown_paths_and_methods_are_json(alice):
    assert alice("GET", "/nothing").json == {"error": {"code": 404, "message": "Not Found"}}
    assert alice("PUT", "/orders").json["error"]["code"] == 405


def test_creating_and_reading(alice, bob, ops):
    order = alice.order(4000, 4000, 2009, note="hello")
    assert (order["subtotal_cents"], order["discount_cents"], order["total_cents"]) == (10009, 1000, 9009)
    assert [item["line_total_cents"] for item in order["items"]] == [4000, 4000, 2009]
    assert (order["customer"], order["status"], order["version"], order["note"]) == ("alice", "draft", 1, "hello")
    path = f"/orders/{order['id']}"
    assert alice("GET", path).json == ops("GET", path).json == order
    assert bob("GET", path).status_code == alice("GET", "/orders/none").status_code == 404
    assert alice.order(9999)["discount_cents"] == 0
    assert alice.order(10000)["discount_cents"] == 1000


@pytest.mark.parametrize("body", [{}, {"items": []}, {"items": [], "id": "x"}, {"note": "x"}, []])
def test_broken_orders_are_refused(alice, body):
    response = alice("POST", "/orders", body)
    assert (response.status_code, response.json["error"]["code"]) == (400, 400)
    assert alice.listed()["total"] == 0


def test_filters_and_scopes(alice, bob, ops):
    made = [alice.order(1, 2), alice.order(2), bob.order(2)]
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
    "params", [{"status": "x"}, {"sort": "x"}, {"limit": "0"}, {"cursor": "x"}, {"sku": "s" * 65}, {"cursor": ""}]
)
def test_unknown_parameters_are_refused(alice, params):
    assert alice("GET", "/orders", query_string=params).status_code == 400


def test_changing(alice):
    order = alice.order(5, note="old")
    path = f"/orders/{order['id']}"
    items = [{"sku": "N", "quantity": 3, "unit_price_cents": 5000}]
    changed = alice("PATCH", path, {"version": 1, "items": items}).json
    assert (changed["total_cents"], changed["note"], changed["version"]) == (13500, "old", 2)
    assert [item["sku"] for item in changed["items"]] == ["N"]
    assert changed["updated_at"] > order["updated_at"]
    noted = alice("PATCH", path, {"version": 2, "note": None}).json
    assert (noted["note"], noted["items"], noted["version"]) == (None, changed["items"], 3)
    assert alice("PATCH", path, {"version": 2, "note": "stale"}).status_code == 409
    for bad in ({"note": "x"}, {"version": 0}, {"version": 3, "items": []}, {"version": 3, "status": "paid"}):
        assert alice("PATCH", path, bad).status_code == 400
    assert alice("GET", path).json == noted


def test_deleting(alice, bob, ops):
    order = alice.order(5)
    path = f"/orders/{order['id']}"
    for caller, status in ((bob, 404), (ops, 403)):
        assert caller("DELETE", path).status_code == status
        assert caller("PATCH", path, {"version": 1, "note": "x"}).status_code == status
    assert alice("GET", path).json == order
    assert (alice("DELETE", path).status_code, alice("DELETE", path).status_code) == (204, 404)
    assert alice.listed(sku="S5")["total"] == 0


@pytest.mark.parametrize("status", STATUSES[1:])
def test_only_drafts_change(alice, ops, status):
    order = order_in(status, alice, ops)
    path = f"/orders/{order['id']}"
    assert alice("PATCH", path, {"version": order["version"], "note": "x"}).status_code == 409
    assert alice("DELETE", path).status_code == 409
    assert alice("GET", path).json == order


@pytest.mark.parametrize(("status", "wanted"), list(itertools.product(STATUSES, STATUSES)))
def test_moves(alice, bob, ops, status, wanted):
    order = order_in(status, alice, ops)
    assert bob.move(order, wanted).status_code == 404
    expected = 200 if (status, wanted) in OWNER else 403 if (status, wanted) in OPERATOR else 409
    moved = alice.move(order, wanted)
    assert moved.status_code == expected
    if expected == 200:
        assert (moved.json["status"], moved.json["version"]) == (wanted, order["version"] + 1)
    else:
        assert alice("GET", f"/orders/{order['id']}").json == order
        assert ops.move(order, wanted).status_code == (200 if expected == 403 else 409)


def test_moves_to_nowhere(alice):
    order = alice.order()
    for bad in ({}, {"to": "open"}, {"to": "submitted", "x": 1}):
        assert alice("POST", f"/orders/{order['id']}/transitions", bad).status_code == 400


def test_of_simultaneous_changes_one_succeeds(alice):
    path = f"/orders/{alice.order()['id']}"
    with ThreadPoolExecutor(4) as pool:
        changes = [pool.submit(alice, "PATCH", path, {"version": 1, "note": str(i)}) for i in range(8)]
        assert sorted(change.result().status_code for change in changes) == [200] + [409] * 7


def test_summary(alice, bob, ops):
    for status in ("draft", "draft", "shipped", "cancelled"):
        order_in(status, alice, ops)
    bob.order(1)
    mine = alice("GET", "/summary").json
    assert (mine["orders"], mine["total_cents"]) == (4, 2100)
    assert mine["by_status"]["draft"] == {"count": 2, "total_cents": 1400}
    assert mine["by_status"]["cancelled"] == {"count": 1, "total_cents": 700}
    assert mine["by_status"]["paid"] == {"count": 0, "total_cents": 0}
    assert ops("GET", "/summary").json["total_cents"] == 2101
    assert bob("GET", "/summary").json["orders"] == 1


def test_a_failed_change_is_undone(app, alice):
    order = alice.order()
    storage = app.extensions["orders.storage"]
    with pytest.raises(RuntimeError), storage.change() as connection:
        connection.execute("DELETE FROM orders")
        raise RuntimeError
    assert alice("GET", f"/orders/{order['id']}").json == order


def test_orders_survive_a_restart(alice, tmp_path):
    order = alice.order()
    again = create_app(str(tmp_path / "app.db"), {"t": "alice"}).test_client()
    assert again.get(f"/orders/{order['id']}", headers={"Authorization": "Bearer t"}).json == order


def test_the_environment_sets_it_up(monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/env.db")
    monkeypatch.setenv("API_TOKENS", "alice:x:y, ops:z")
    from orders import wsgi

    client = wsgi.from_environment(os.environ).test_client()
    assert client.get("/summary", headers={"Authorization": "Bearer x:y"}).json["orders"] == 0
    assert client.get("/summary", headers={"Authorization": "Bearer z"}).status_code == 200
    assert (tmp_path / "env.db").exists()
