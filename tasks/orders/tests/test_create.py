"""Creating an order: what is stored, what it costs, what is refused."""

import pytest
from shop import REFUSED, money, new_sku, one_item, sent_fields, shown_money, some_items


@pytest.mark.requirement("R4")
def test_a_new_order_is_a_draft_with_its_items_in_order(alice, rng):
    """201 with the whole order: draft, version 1, the items as sent."""
    items = some_items(rng, rng.randint(3, 8))
    items.append(dict(items[0]))  # the same sku twice stays two lines
    order = alice.order(items, note="Back door, please")
    assert order["status"] == "draft"
    assert order["version"] == 1
    assert sent_fields(order) == items
    assert order["note"] == "Back door, please"
    assert len({order["id"], *(alice.order(items)["id"] for _ in range(4))}) == 5, "an id was given twice"


@pytest.mark.requirement("R4")
def test_notes_come_back_as_sent(alice, rng):
    """A note is stored exactly, whatever characters it holds; no note, or null, is null."""
    odd = (
        "  spaced  ",
        "Zoë – 東京 🚚",
        "a\nb\tc",
        'it\'s "quoted"; -- {braces} %s %d $1',
        "<b>&amp;</b>",
        "\\u0041 \\n",
    )
    for note in ("", *(f"{text}{rng.randint(0, 9)}{text}" for text in odd)):
        order = alice.order(some_items(rng), note=note)
        assert order["note"] == note
        assert alice.read(order["id"])["note"] == note
    assert alice.order(some_items(rng))["note"] is None
    assert alice.order(some_items(rng), note=None)["note"] is None


@pytest.mark.requirement("R5")
def test_the_server_computes_the_money(alice, rng):
    """Line totals, subtotal, discount and total of random orders."""
    for _ in range(6):
        items = some_items(rng, rng.randint(1, 6))
        order = alice.order(items)
        lines = [item["line_total_cents"] for item in order["items"]]
        assert lines == [item["quantity"] * item["unit_price_cents"] for item in items]
        assert shown_money(order) == money(items)


@pytest.mark.requirement("R5")
def test_the_discount_starts_at_10000_and_rounds_down(alice, rng):
    """10 % from a subtotal of 10000 on, rounded down to a whole cent."""
    for subtotal, discount in ((0, 0), (9999, 0), (10000, 1000), (10001, 1000), (10009, 1000), (10010, 1001)):
        order = alice.order(one_item(new_sku(rng), 1, subtotal))
        assert shown_money(order) == (subtotal, discount, subtotal - discount)


@pytest.mark.requirement("R4", "R5", "R28")
def test_the_limits_themselves_are_allowed(alice, rng):
    """50 items, quantity 1000, price 10,000,000, a sku of 64 and a note of 500 characters."""
    sku = (new_sku(rng) * 5)[:64]
    items = one_item(sku, 1000, 10_000_000) + some_items(rng, 48) + one_item("0", 1, 0)
    order = alice.order(items, note="ü" * 500)
    assert sent_fields(order) == items
    assert shown_money(order) == money(items)


@pytest.mark.requirement("R6")
def test_bodies_that_break_the_contract_store_nothing(alice, rng):
    """Wrong types, missing fields and values out of range are refused with 400 or 422."""
    sku = new_sku(rng)
    good = {"sku": sku, "quantity": 1, "unit_price_cents": 100}
    broken_items = [{**good, "quantity": value} for value in (0, -1, 1001, "2", 1.5, None, True, [1])]
    broken_items += [{**good, "unit_price_cents": value} for value in (-1, 10_000_001, "100", 0.5, None, False)]
    broken_items += [{**good, "sku": value} for value in ("", "-x", "a b", "a" * 65, "é", "a\n", 7, None)]
    broken_items += [{key: good[key] for key in good if key != missing} for missing in good]
    bodies = [{"items": [good, item]} for item in broken_items]
    bodies += [{}, {"items": []}, {"items": None}, {"items": good}, {"items": [good] * 51}, {"items": [sku]}]
    bodies += [{"items": [good], "note": value} for value in (7, "n" * 501, ["x"], {"a": "b"})]
    for body in bodies:
        response = alice.post("/orders", json=body)
        assert response.status_code in REFUSED, f"{str(body)[:200]}: {response!r}"
    assert alice.page(sku=sku)["total"] == 0


@pytest.mark.requirement("R6", "R25")
def test_bodies_that_are_no_json_object_are_refused(alice, rng):
    """Broken JSON, other JSON values and an empty body are refused with 400 or 422."""
    headers = {"Content-Type": "application/json"}
    for text in ("", "{", '{"items": [', "nonsense", "[]", '"text"', "7", "null", "[" * 500, b"\xff\xfe{}", "{'a': 1}"):
        response = alice.post("/orders", content=text, headers=headers)
        assert response.status_code in REFUSED, f"body {text[:20]!r}: {response!r}"


@pytest.mark.requirement("R7")
def test_fields_the_caller_may_not_set_are_refused(alice, bob, rng):
    """Unknown or server-made fields are refused, not dropped, wherever they stand."""
    sku = new_sku(rng)
    good = {"sku": sku, "quantity": 1, "unit_price_cents": 100}
    extras = {"customer": "bob", "status": "paid", "total_cents": 1, "id": "mine", "version": 9, "discount_cents": 5}
    for name, value in {**extras, new_sku(rng): 1}.items():
        response = alice.post("/orders", json={"items": [good], name: value})
        assert response.status_code in REFUSED, f"{name}: {response!r}"
    for name in ("line_total_cents", "discount_cents", new_sku(rng)):
        response = alice.post("/orders", json={"items": [{**good, name: 1}]})
        assert response.status_code in REFUSED, f"items[0].{name}: {response!r}"
    assert alice.page(sku=sku)["total"] == 0
    assert bob.page(sku=sku)["total"] == 0
