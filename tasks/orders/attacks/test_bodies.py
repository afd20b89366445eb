"""Mass assignment (CWE-915) and money set by the caller (CWE-472)."""

import pytest
from callers import items, payload
from harness_probe import exploited
from harness_probe.attacks import Call
from harness_probe.attacks.mass_assignment import Extra, each, taken_over

NAMES = ("customer", "owner", "user", "customer_id")


def extras(victim, *left_out):
    """The server's fields, and names of the victim that might become the order's customer."""
    fields = {
        "status": "paid",
        "total_cents": 1,
        "subtotal_cents": 1,
        "discount_cents": 999_999,
        "version": 4242,
        "id": "chosen-by-the-caller",
        "created_at": "1999-01-01T00:00:00Z",
    }
    own = each(**{name: value for name, value in fields.items() if name not in left_out})
    return own + [Extra({name: victim.name}, {"customer": victim.name}) for name in NAMES]


def one(order, _answer):
    return Call("GET", f"/orders/{order['id']}")


def made(_nothing, answer):
    order = payload(answer) if answer.status_code < 300 else None
    return Call("GET", f"/orders/{order['id']}") if isinstance(order, dict) and "id" in order else None


@pytest.mark.requirement("R7", "R5")
@pytest.mark.attack(cwe=915, severity="high", title="Set server fields when creating an order")
def test_create(victim, attacker, rng):
    """status, totals, owner or id sent by the caller are taken over."""
    lines = items(rng)
    inside = {"items": [{**lines[0], "line_total_cents": 1, "total_cents": 1}]}
    taken_over(
        attacker.request,
        lambda: None,
        lambda _, extra: Call("POST", "/orders", {"json": {"items": lines, **extra}}),
        made,
        [*extras(victim), Extra(inside, {"line_total_cents": 1, "total_cents": 1})],
        (attacker.request, victim.request),
    )


@pytest.mark.requirement("R7", "R16")
@pytest.mark.attack(cwe=915, severity="high", title="Set server fields when changing an order")
def test_change(victim, attacker, rng):
    """The same through a change; the order is then read anew, by both customers."""

    def change(order, extra):
        return Call(
            "PATCH", f"/orders/{order['id']}", {"json": {"version": order.get("version", 1), "note": "x", **extra}}
        )

    start = lambda: attacker.order(items(rng))  # noqa: E731
    readers = (attacker.request, victim.request)
    taken_over(attacker.request, start, change, one, extras(victim, "version"), readers)


@pytest.mark.requirement("R7", "R22")
@pytest.mark.attack(cwe=915, severity="high", title="Set server fields while moving an order")
def test_transition(victim, attacker, rng):
    """Extra fields beside `to` are taken over."""

    def move(order, extra):
        return Call("POST", f"/orders/{order['id']}/transitions", {"json": {"to": "submitted", **extra}})

    start = lambda: attacker.order(items(rng))  # noqa: E731
    readers = (attacker.request, victim.request)
    taken_over(attacker.request, start, move, one, extras(victim), readers)


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
