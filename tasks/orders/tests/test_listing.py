"""Reading: one order, filtered lists, and paging that neither repeats nor forgets."""

import itertools

import pytest
from shop import REFUSED, STATUSES, contract_part, never_given, new_sku, one_item, order_in, some_items

SORTS = ("created_at", "-created_at", "total_cents", "-total_cents")


def ids(orders):
    return [order["id"] for order in orders]


@pytest.mark.requirement("R8")
def test_an_order_is_read_by_owner_and_operator(alice, ops, rng):
    """Reading equals what the last change answered, for both."""
    order = alice.order(some_items(rng), note="first")
    assert alice.read(order["id"]) == order
    assert ops.read(order["id"]) == order
    changed = alice.patch(f"/orders/{order['id']}", json={"version": 1, "items": some_items(rng)}).json()
    assert alice.read(order["id"]) == contract_part(changed)
    moved = contract_part(ops.move(order["id"], "submitted").json())
    assert alice.read(order["id"]) == ops.read(order["id"]) == moved


@pytest.mark.requirement("R9")
def test_orders_of_others_do_not_exist(alice, bob, rng):
    """Somebody else's order answers 404 to everything, exactly as an id never given out."""
    order = alice.order(some_items(rng))
    for order_id in (order["id"], never_given(order["id"], rng)):
        path = f"/orders/{order_id}"
        assert bob.get(path).status_code == 404
        assert bob.patch(path, json={"version": 1, "note": "mine now"}).status_code == 404
        assert bob.delete(path).status_code == 404
        assert bob.move(order_id, "submitted").status_code == 404
    assert alice.read(order["id"]) == order


@pytest.mark.requirement("R10")
def test_total_counts_all_matches(alice, bob, rng):
    """`total` is the number of matches, not of orders on the page or of everybody's."""
    sku, count = new_sku(rng), rng.randint(4, 7)
    for _ in range(count):
        alice.order(some_items(rng, sku=sku))
    bob.order(some_items(rng, sku=sku))
    for page in alice.pages(sku=sku, limit=3):
        assert page["total"] == count


@pytest.mark.requirement("R11")
def test_the_status_filter(alice, ops, rng):
    """Each status finds exactly the orders in it; together with a sku, both must hold."""
    sku = new_sku(rng)
    made = {s: [order_in(s, alice, ops, some_items(rng, sku=sku))["id"] for _ in range(2)] for s in STATUSES}
    alice.order(some_items(rng))
    for status, expected in made.items():
        for caller in (alice, ops):
            page = caller.page(status=status, sku=sku)
            assert sorted(ids(page["orders"])) == sorted(expected), status
            assert page["total"] == 2
        assert {order["status"] for order in alice.page(status=status, limit=100)["orders"]} == {status}


@pytest.mark.requirement("R11")
def test_the_sku_filter_is_exact(alice, rng):
    """Neither a part, nor another case, nor a pattern matches; any line of the order does."""
    sku = f"a{new_sku(rng)}.b_c"
    last = alice.order([*some_items(rng, 3), *one_item(sku, 1, 5), *one_item(sku, 2, 7)])
    alice.order(one_item(sku + "x", 1, 5) + one_item("x" + sku, 1, 5))
    page = alice.page(sku=sku)
    assert ids(page["orders"]) == [last["id"]]
    assert page["total"] == 1, "an order with the sku on two lines counts once"
    for other in (sku[:-1], sku[1:], sku.swapcase(), sku.replace("_", "%"), "%", "*", f"{sku} ", new_sku(rng)):
        assert alice.page(sku=other)["total"] == 0, f"sku {other!r}"


@pytest.mark.requirement("R11", "R12", "R13")
def test_unknown_filter_values_are_refused(alice):
    """A status, sort or limit that does not exist is refused with 400 or 422."""
    wrong = [("status", value) for value in ("Draft", "open", "draft,paid", "'")]
    wrong += [("sort", value) for value in ("total", "+created_at", "--total_cents", "id", "total_cents desc")]
    wrong += [("limit", value) for value in (0, -1, 101, 10**30, "ten", "5.5")]
    for name, value in wrong:
        response = alice.get("/orders", params={name: value})
        assert response.status_code in REFUSED, f"{name}={value!r}: {response!r}"


@pytest.mark.requirement("R12")
def test_sorted_by_creation(alice, rng):
    """Newest first unless asked otherwise, even for orders created in quick succession."""
    sku = new_sku(rng)
    made = [alice.order(some_items(rng, sku=sku))["id"] for _ in range(8)]
    assert ids(alice.page(sku=sku)["orders"]) == made[::-1]
    assert ids(alice.page(sku=sku, sort="-created_at")["orders"]) == made[::-1]
    assert ids(alice.page(sku=sku, sort="created_at")["orders"]) == made


@pytest.mark.requirement("R12")
def test_sorted_by_total(alice, rng):
    """By number, not by text, over page borders too."""
    sku = new_sku(rng)
    prices = [5, 90, 1000, 20, 100, 9, 30000, 10500]
    rng.shuffle(prices)
    totals = sorted(alice.order(one_item(sku, 1, price))["total_cents"] for price in prices)
    for sort, expected in (("total_cents", totals), ("-total_cents", totals[::-1])):
        found = [o["total_cents"] for page in alice.pages(sku=sku, sort=sort, limit=3) for o in page["orders"]]
        assert found == expected, sort


@pytest.mark.requirement("R13")
def test_pages_are_full_until_the_last(alice, rng):
    """`limit` orders a page; the last has the rest and next_cursor null, also when the rest is a full page."""
    sku = new_sku(rng)
    made = [alice.order(some_items(rng, 1, sku))["id"] for _ in range(7)]
    for limit, sizes in ((3, [3, 3, 1]), (7, [7]), (6, [6, 1]), (100, [7]), (1, [1] * 7)):
        pages = list(alice.pages(sku=sku, limit=limit, sort="created_at"))
        assert [len(page["orders"]) for page in pages] == sizes, f"limit {limit}"
        assert [i for page in pages for i in ids(page["orders"])] == made, f"limit {limit}"


@pytest.mark.requirement("R13")
def test_a_page_has_20_orders_by_default(bob, rng):
    """Without a limit, 20."""
    sku = new_sku(rng)
    for _ in range(21):
        bob.order(one_item(sku, 1, 1))
    assert [len(page["orders"]) for page in bob.pages(sku=sku)] == [20, 1]


@pytest.mark.requirement("R13")
def test_foreign_cursors_are_refused(alice, rng):
    """A cursor that cannot have been given out here is refused with 400 or 422."""
    sku = new_sku(rng)
    for _ in range(3):
        alice.order(some_items(rng, 1, sku))
    for cursor in ("nonsense", "!!!", "' OR 1=1 --", "é", "null", "A" * 512, "e30=", "W10"):
        response = alice.get("/orders", params={"sku": sku, "limit": 1, "cursor": cursor})
        assert response.status_code in REFUSED, f"cursor {cursor!r}: {response!r}"


@pytest.mark.requirement("R14")
def test_equal_totals_neither_repeat_nor_vanish(alice, rng):
    """Paging over ties shows each order exactly once."""
    sku = new_sku(rng)
    made = [alice.order(one_item(sku, 1, price))["id"] for price in (500, 500, 500, 700, 500, 500, 700)]
    for sort in SORTS:
        found = [i for page in alice.pages(sku=sku, sort=sort, limit=2) for i in ids(page["orders"])]
        assert sorted(found) == sorted(made), sort


@pytest.mark.requirement("R14")
def test_paging_is_stable_while_orders_arrive(alice, rng):
    """Orders created between two pages neither push a seen order onto the next page nor hide one."""
    for sort in SORTS:
        sku = new_sku(rng)
        made = [alice.order(one_item(sku, 1, rng.randint(400, 600)))["id"] for _ in range(7)]
        newcomers = iter([rng.randint(300, 700) for _ in range(6)])  # few, so that ascending walks end

        def arrive(sku=sku, newcomers=newcomers):
            for price in itertools.islice(newcomers, 1):
                alice.order(one_item(sku, 1, price))

        found = [i for page in alice.pages(arrive, sku=sku, sort=sort, limit=2) for i in ids(page["orders"])]
        assert len(found) == len(set(found)), f"{sort}: an order was shown twice"
        assert set(made) <= set(found), f"{sort}: an order that existed at the start was not shown"
