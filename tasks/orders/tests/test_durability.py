"""What was answered with a 2xx is still there after the service was killed and started again (R26).

Each kind of change is the last thing before a kill of its own: a later change might write it along.
"""

import pytest
from shop import contract_part, money, new_sku, order_in, sent_fields, shown_money, some_items


def everything(alice, ops, mark):
    """All that alice and the operator are shown of the orders with an item `mark`, and alice's figures."""
    pages = alice.pages(sku=mark, sort="created_at", limit=100)
    listed = [contract_part(order) for page in pages for order in page["orders"]]
    summary = alice.summary()
    figures = [summary[name] for name in ("orders", "total_cents", "by_status")]
    return listed, ops.page(sku=mark, limit=100)["total"], figures


@pytest.mark.requirement("R26", "R4", "R12")
def test_creation(alice, ops, rng, restart):
    """A new order outlives a kill; later ones come after it and have other ids."""
    mark = new_sku(rng)
    made = [alice.order(some_items(rng, sku=mark), note=note) for note in ("first", None)]
    before = everything(alice, ops, mark)
    restart()
    assert everything(alice, ops, mark) == before, "orders, or the figures over them, changed with the kill"
    assert [alice.read(order["id"]) for order in made] == made
    made += [alice.order(some_items(rng, sku=mark)) for _ in range(2)]
    assert len({order["id"] for order in made}) == len(made), "an id was given out again after the kill"
    listed = [order["id"] for page in alice.pages(sku=mark, sort="created_at") for order in page["orders"]]
    assert listed == [order["id"] for order in made], "orders created after the kill do not come last"


@pytest.mark.requirement("R26", "R16", "R17", "R5")
def test_change(alice, ops, rng, restart):
    """Changed items, a changed note and a cleared one outlive a kill; so does the version that changes build on."""
    mark = new_sku(rng)
    cleared = alice.order(some_items(rng), note="to be cleared")
    cleared = alice.patch(f"/orders/{cleared['id']}", json={"version": cleared["version"], "note": None}).json()
    order = alice.order(some_items(rng), note="old")
    items = some_items(rng, 3, mark)
    body = {"version": order["version"], "items": items, "note": "new"}
    answer = alice.patch(f"/orders/{order['id']}", json=body)
    assert answer.status_code == 200, f"changing a draft: {answer!r}"
    restart()
    kept = alice.read(order["id"])
    assert kept == contract_part(answer.json()), "the order is not as the last change answered it"
    assert (sent_fields(kept), kept["note"], shown_money(kept)) == (items, "new", money(items))
    assert alice.read(cleared["id"])["note"] is None, "the note that was cleared came back"
    assert alice.patch(f"/orders/{order['id']}", json=body).status_code == 409, "the old version is accepted again"
    again = alice.patch(f"/orders/{order['id']}", json={"version": kept["version"], "note": "newer"})
    assert again.status_code == 200, f"changing it once more after the kill: {again!r}"
    assert again.json()["version"] == kept["version"] + 1
    assert alice.page(sku=mark)["total"] == 1


@pytest.mark.requirement("R26", "R20", "R21", "R15")
@pytest.mark.parametrize("status", ["submitted", "paid", "shipped", "cancelled"])
def test_move(alice, ops, rng, restart, status):
    """A move to another status outlives a kill."""
    mark = new_sku(rng)
    order = order_in(status, alice, ops, some_items(rng, sku=mark))
    restart()
    assert alice.read(order["id"]) == order, "the order is not as the last move answered it"
    assert [found["id"] for found in alice.page(status=status, sku=mark)["orders"]] == [order["id"]]
    assert ops.move(order["id"], status).status_code == 409, "the move works a second time"


@pytest.mark.requirement("R26", "R18")
def test_deletion(alice, ops, rng, restart):
    """A deleted draft stays away after a kill."""
    mark = new_sku(rng)
    kept, gone = (alice.order(some_items(rng, sku=mark)) for _ in range(2))
    answer = alice.delete(f"/orders/{gone['id']}")
    assert answer.status_code == 204, f"deleting a draft: {answer!r}"
    before = everything(alice, ops, mark)
    restart()
    assert alice.get(f"/orders/{gone['id']}").status_code == 404, "the deleted order came back"
    assert everything(alice, ops, mark) == before
    assert alice.read(kept["id"]) == kept
