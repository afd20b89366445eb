"""A customer goes for somebody else's orders (IDOR, CWE-639) and for the operator's moves (CWE-862)."""

import pytest
from callers import differences, items, new_sku, payload
from harness_probe import cannot_run, exploited


@pytest.mark.requirement("R9")
@pytest.mark.attack(cwe=639, severity="critical", title="Read another customer's order by its id")
def test_read(victim, attacker, rng):
    """The id of a foreign order is enough to read it."""
    secret = new_sku(rng)
    order = victim.order(items(rng), note=secret)
    victim.read(order["id"])
    response = attacker.request("GET", f"/orders/{order['id']}")
    if secret in response.text:
        exploited(f"{attacker.name} read {victim.name}'s order: {response.text[:300]}")


@pytest.mark.requirement("R10", "R11")
@pytest.mark.attack(cwe=639, severity="critical", title="List another customer's orders")
def test_list(victim, attacker, rng):
    """Lists, however filtered, sorted or paged, show foreign orders."""
    sku = new_sku(rng)
    order = victim.order(items(rng, sku))
    attacker.order(items(rng))
    if not victim.listed(sku=sku):
        cannot_run("control: the owner does not find the order by its sku")
    hints = [{"sku": sku}, {"status": "draft", "limit": 100}, {"sort": "created_at", "limit": 100}, {"limit": 100}]
    hints += [{name: victim.name, "limit": 100} for name in ("customer", "owner", "user", "customer_id")]
    hints += [{"all": "true", "limit": 100}, {"sku": sku, "admin": "1"}]
    for params in hints:
        response = attacker.request("GET", "/orders", params=params)
        if order["id"] in response.text:
            exploited(f"{attacker.name} found {victim.name}'s order in the list with {params}")


@pytest.mark.requirement("R9", "R13")
@pytest.mark.attack(cwe=639, severity="critical", title="Page through another customer's orders with their cursor")
def test_cursor(victim, attacker, rng):
    """A cursor taken from the victim carries the victim's rights."""
    sku = new_sku(rng)
    made = {victim.order(items(rng, sku))["id"] for _ in range(3)}
    first = payload(victim.request("GET", "/orders", params={"sku": sku, "limit": 1}))
    if not isinstance(first, dict) or not isinstance(first.get("next_cursor"), str):
        cannot_run("control: the owner's first page has no next_cursor")
    for params in ({"sku": sku}, {}, {"limit": 100}):
        response = attacker.request("GET", "/orders", params={**params, "cursor": first["next_cursor"]})
        if any(order_id in response.text for order_id in made):
            exploited(f"{attacker.name} paged into {victim.name}'s orders with a foreign cursor")


@pytest.mark.requirement("R9")
@pytest.mark.attack(cwe=639, severity="critical", title="Change another customer's order")
def test_update(victim, attacker, rng):
    """The id of a foreign draft is enough to change it."""
    order = victim.order(items(rng), note="untouched")
    body = {"version": order.get("version", 1), "note": "changed by a stranger", "items": items(rng)}
    attacker.request("PATCH", f"/orders/{order['id']}", json=body)
    after = victim.read(order["id"])
    if (after.get("note"), after.get("items")) != (order.get("note"), order.get("items")):
        exploited(f"{attacker.name} changed {victim.name}'s order: {differences(order, after)}")


@pytest.mark.requirement("R9")
@pytest.mark.attack(cwe=639, severity="critical", title="Delete another customer's order")
def test_delete(victim, attacker, rng):
    """The id of a foreign draft is enough to delete it."""
    order = victim.order(items(rng))
    victim.read(order["id"])
    attacker.request("DELETE", f"/orders/{order['id']}")
    response = victim.request("GET", f"/orders/{order['id']}")
    if response.status_code == 404:
        exploited(f"{attacker.name} deleted {victim.name}'s order")


@pytest.mark.requirement("R9", "R22")
@pytest.mark.attack(cwe=639, severity="critical", title="Submit or cancel another customer's order")
def test_transition(victim, attacker, rng):
    """The id of a foreign order is enough to move it."""
    for wanted in ("submitted", "cancelled"):
        order = victim.order(items(rng))
        attacker.move(order["id"], wanted)
        status = victim.read(order["id"]).get("status")
        if status != "draft":
            exploited(f"{attacker.name} moved {victim.name}'s draft to {status}")
    control = victim.order(items(rng))
    victim.must_move(control["id"], "submitted")


@pytest.mark.requirement("R22")
@pytest.mark.attack(cwe=862, severity="critical", title="Mark an order as paid or shipped without being the operator")
def test_operators_moves(victim, attacker, ops, rng):
    """A customer makes the operator's moves, on an own or a foreign order."""
    for owner in (attacker, victim):
        order = owner.order(items(rng))
        owner.must_move(order["id"], "submitted")
        for wanted, before in (("paid", "submitted"), ("shipped", "paid")):
            attacker.move(order["id"], wanted)
            status = owner.read(order["id"]).get("status")
            if status != before:
                exploited(f"{attacker.name}, a customer, moved {owner.name}'s order from {before} to {status}")
            ops.must_move(order["id"], wanted)


@pytest.mark.requirement("R15")
@pytest.mark.attack(cwe=639, severity="high", title="See another customer's figures in the summary")
def test_summary(victim, attacker, rng):
    """The attacker's summary grows with the victim's orders."""
    before = payload(attacker.request("GET", "/summary"))
    own = payload(victim.request("GET", "/summary"))
    victim.order(items(rng))
    if payload(victim.request("GET", "/summary")) == own:
        cannot_run("control: the victim's own summary did not change with a new order")
    after = payload(attacker.request("GET", "/summary"))
    if before != after:
        exploited(f"{attacker.name}'s summary changed with {victim.name}'s order: {before} -> {after}")
