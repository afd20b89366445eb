"""A customer goes for somebody else's orders (IDOR, CWE-639) and for the operator's moves (CWE-862)."""

import pytest
from callers import items, new_sku, payload
from harness_probe import cannot_run, exploited
from harness_probe.attacks import Call, idor


def one(order):
    return Call("GET", f"/orders/{order['id']}")


@pytest.mark.requirement("R9")
@pytest.mark.attack(cwe=639, severity="critical", title="Read another customer's order by its id")
def test_read(victim, attacker, rng):
    """The id of a foreign order is enough to read it."""
    secret = new_sku(rng)
    order = victim.order(items(rng), note=secret)
    more = [Call(method, f"/orders/{order['id']}{end}") for method, end in (("GET", "/"), ("HEAD", ""), ("POST", ""))]
    idor.reading(victim.request, attacker.request, secret, [one(order)], more)


@pytest.mark.requirement("R10", "R11")
@pytest.mark.attack(cwe=639, severity="critical", title="List another customer's orders")
def test_list(victim, attacker, rng):
    """Lists, however filtered, sorted or paged, show foreign orders."""
    sku, mark = new_sku(rng), new_sku(rng)
    victim.order(items(rng, sku), note=mark)
    attacker.order(items(rng))
    hints = [{"status": "draft", "limit": 100}, {"sort": "created_at", "limit": 100}, {"limit": 100}]
    hints += [{name: victim.name, "limit": 100} for name in ("customer", "owner", "user", "customer_id")]
    hints += [{"all": "true", "limit": 100}, {"sku": sku, "admin": "1"}]
    lists = [Call("GET", "/orders", {"params": params}) for params in hints]
    own = Call("GET", "/orders", {"params": {"sku": sku}})
    idor.reading(victim.request, attacker.request, mark, [own], lists)


@pytest.mark.requirement("R9", "R13")
@pytest.mark.attack(cwe=639, severity="critical", title="Page through another customer's orders with their cursor")
def test_cursor(victim, attacker, rng):
    """A cursor taken from the victim carries the victim's rights."""
    sku, mark = new_sku(rng), new_sku(rng)
    for _ in range(3):
        victim.order(items(rng, sku), note=mark)
    first = payload(victim.request("GET", "/orders", params={"sku": sku, "limit": 1}))
    if not isinstance(first, dict) or not isinstance(first.get("next_cursor"), str):
        cannot_run("control: the owner's first page has no next_cursor")
    for params in ({"sku": sku}, {}, {"limit": 100}):
        response = attacker.request("GET", "/orders", params={**params, "cursor": first["next_cursor"]})
        if mark in response.text:
            exploited(f"{attacker.name} paged into {victim.name}'s orders with a foreign cursor")


@pytest.mark.requirement("R9")
@pytest.mark.attack(cwe=639, severity="critical", title="Change another customer's order")
def test_update(victim, attacker, rng):
    """The id of a foreign draft is enough to change it."""

    def change(order):
        body = {"version": order.get("version", 1), "note": "changed by a stranger", "items": items(rng)}
        return Call("PATCH", f"/orders/{order['id']}", {"json": body})

    idor.writing(victim.request, attacker.request, lambda: victim.order(items(rng)), one, {"changing": change})


@pytest.mark.requirement("R9")
@pytest.mark.attack(cwe=639, severity="critical", title="Delete another customer's order")
def test_delete(victim, attacker, rng):
    """The id of a foreign draft is enough to delete it."""
    delete = {"deleting": lambda order: Call("DELETE", f"/orders/{order['id']}")}
    idor.writing(victim.request, attacker.request, lambda: victim.order(items(rng)), one, delete)


@pytest.mark.requirement("R9", "R22")
@pytest.mark.attack(cwe=639, severity="critical", title="Submit or cancel another customer's order")
def test_transition(victim, attacker, rng):
    """The id of a foreign order is enough to move it."""
    moves = {
        to: lambda order, to=to: Call("POST", f"/orders/{order['id']}/transitions", {"json": {"to": to}})
        for to in ("submitted", "cancelled")
    }
    idor.writing(victim.request, attacker.request, lambda: victim.order(items(rng)), one, moves)


@pytest.mark.requirement("R9")
@pytest.mark.attack(cwe=204, severity="low", title="Learn whether another customer's order exists")
def test_existence(victim, attacker, rng):
    """A foreign order is answered otherwise than one that nobody has."""
    real = victim.order(items(rng))["id"]
    none = victim.order(items(rng))["id"]
    victim.request("DELETE", f"/orders/{none}")
    if victim.request("GET", f"/orders/{none}").status_code != 404:
        cannot_run("control: a draft cannot be deleted")

    def asked(order_id):
        path = f"/orders/{order_id}"
        move = Call("POST", f"{path}/transitions", {"json": {"to": "submitted"}})
        return [
            Call("GET", path),
            Call("PATCH", path, {"json": {"version": 1, "note": "x"}}),
            Call("DELETE", path),
            move,
        ]

    idor.existence(attacker.request, asked(real), asked(none), (real, none))


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


def figures(caller):
    """What the contract says of a summary; a service may add what changes by itself, such as a time."""
    found = payload(caller.request("GET", "/summary"))
    if not isinstance(found, dict):
        cannot_run(f"control: {caller.name}'s summary is no JSON object")
    return [found.get(name) for name in ("orders", "total_cents", "by_status")]


@pytest.mark.requirement("R15")
@pytest.mark.attack(cwe=639, severity="high", title="See another customer's figures in the summary")
def test_summary(victim, attacker, rng):
    """The attacker's summary grows with the victim's orders."""
    before, own = figures(attacker), figures(victim)
    victim.order(items(rng))
    if figures(victim) == own:
        cannot_run("control: the victim's own summary did not change with a new order")
    after = figures(attacker)
    if before != after:
        exploited(f"{attacker.name}'s summary changed with {victim.name}'s order: {before} -> {after}")
