"""Mass assignment (CWE-915) and money set by the caller (CWE-472)."""

import pytest
from callers import items, payload
from harness_probe import cannot_run, exploited

FORGED = {
    "status": "paid",
    "total_cents": 1,
    "subtotal_cents": 1,
    "discount_cents": 999_999,
    "version": 4242,
    "id": "chosen-by-the-caller",
    "created_at": "1999-01-01T00:00:00Z",
}


def forged_fields(order, before):
    """The server's fields that took over the caller's value."""
    return {name: order[name] for name, value in FORGED.items() if order.get(name) == value != before.get(name)}


def what_was_taken(attacker, victim, order):
    """What of the attacker's order now has the caller's value; its owner too."""
    response = attacker.request("GET", f"/orders/{order['id']}")
    if response.status_code == 404 and victim.request("GET", f"/orders/{order['id']}").status_code == 200:
        return {"customer": victim.name}
    after = payload(response) if response.status_code == 200 else None
    if not isinstance(after, dict):
        return {}
    taken = forged_fields(after, order)
    return {**taken, "customer": victim.name} if after.get("customer") == victim.name else taken


@pytest.mark.requirement("R7", "R5")
@pytest.mark.attack(cwe=915, severity="high", title="Set server fields when creating an order")
def test_create(victim, attacker, rng):
    """status, totals, owner or id sent by the caller are taken over."""
    lines = items(rng)
    plain = attacker.order(lines)
    bodies = [{"items": lines, name: value} for name, value in FORGED.items()]
    bodies += [{"items": lines, name: victim.name} for name in ("customer", "owner", "user")]
    bodies.append({"items": [{**lines[0], "line_total_cents": 1, "total_cents": 1}]})
    for body in bodies:
        response = attacker.request("POST", "/orders", json=body)
        order = payload(response)
        if response.status_code >= 300 or not isinstance(order, dict):
            continue
        taken = forged_fields(order, plain)
        if order.get("customer") != attacker.name:
            taken["customer"] = order.get("customer")
        if order.get("total_cents") != plain.get("total_cents"):
            taken["total_cents"] = order.get("total_cents")
        if taken:
            exploited(f"creating with {body} gave {taken}")


@pytest.mark.requirement("R7", "R16")
@pytest.mark.attack(cwe=915, severity="high", title="Set server fields when changing an order")
def test_change(victim, attacker, rng):
    """The same through a change; the order is then read anew, by both customers."""
    extras = [*FORGED.items(), *((name, victim.name) for name in ("customer", "owner"))]
    for name, value in extras:
        if name == "version":
            continue
        order = attacker.order(items(rng))
        body = {"version": order.get("version", 1), "note": "with an extra", name: value}
        attacker.request("PATCH", f"/orders/{order['id']}", json=body)
        taken = what_was_taken(attacker, victim, order)
        if taken:
            exploited(f"changing with {name}={value!r} gave {taken}")
    control = attacker.order(items(rng))
    body = {"version": control.get("version", 1), "note": "legitimate"}
    if attacker.request("PATCH", f"/orders/{control['id']}", json=body).status_code != 200:
        cannot_run("control: a legitimate change is not accepted")


@pytest.mark.requirement("R7", "R22")
@pytest.mark.attack(cwe=915, severity="high", title="Set server fields while moving an order")
def test_transition(victim, attacker, rng):
    """Extra fields beside `to` are taken over."""
    for name, value in (*FORGED.items(), ("customer", victim.name)):
        order = attacker.order(items(rng))
        attacker.request("POST", f"/orders/{order['id']}/transitions", json={"to": "submitted", name: value})
        taken = what_was_taken(attacker, victim, order)
        if taken:
            exploited(f"moving with {name}={value!r} gave {taken}")
    attacker.must_move(attacker.order(items(rng))["id"], "submitted")


@pytest.mark.requirement("R6", "R5")
@pytest.mark.attack(cwe=472, severity="high", title="Lower the price with negative numbers")
def test_negative_money(attacker, rng):
    """A negative quantity or price makes an order cheaper."""
    good = items(rng)[0]
    attacker.order([good])
    for bad in ({"quantity": -5}, {"unit_price_cents": -500}, {"quantity": -5.0}, {"unit_price_cents": "-500"}):
        response = attacker.request("POST", "/orders", json={"items": [good, {**good, **bad}]})
        order = payload(response)
        if response.status_code < 300 and isinstance(order, dict):
            exploited(f"a line with {bad} was accepted; total_cents is {order.get('total_cents')}")
