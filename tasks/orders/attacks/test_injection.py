"""SQL injection (CWE-89) into every text a caller can send."""

import pytest
from callers import items, new_sku, payload
from harness_probe import cannot_run, exploited
from harness_probe.attacks import Call, injection, quoted, wildcards


def listing(**params):
    return Call("GET", "/orders", {"params": params})


def foreign(victim, rng):
    """A mark in an order that only the victim may see."""
    mark = new_sku(rng)
    victim.order(items(rng), note=mark)
    return (mark,)


@pytest.mark.requirement("R24", "R11")
@pytest.mark.attack(cwe=89, severity="critical", title="SQL injection in the sku filter")
def test_sku_filter(victim, attacker, rng):
    """The sku goes into the query as text."""
    sku = new_sku(rng)
    own = attacker.order(items(rng, sku))["id"]
    if [order.get("id") for order in attacker.listed(sku=sku)] != [own]:
        cannot_run("control: the sku filter does not find the attacker's own order")
    injection.text(attacker.request, lambda text: listing(sku=text), sku, foreign(victim, rng))


@pytest.mark.requirement("R24", "R11")
@pytest.mark.attack(cwe=89, severity="critical", title="SQL injection in the status filter")
def test_status_filter(victim, attacker, rng):
    """The status goes into the query as text."""
    sku = new_sku(rng)
    own = attacker.order(items(rng, sku))["id"]
    if [order.get("id") for order in attacker.listed(status="draft", sku=sku)] != [own]:
        cannot_run("control: the status filter does not find the attacker's own draft")
    injection.text(attacker.request, lambda text: listing(status=text, sku=sku), "draft", foreign(victim, rng))


@pytest.mark.requirement("R24", "R12")
@pytest.mark.attack(cwe=89, severity="critical", title="SQL injection in sort, limit or cursor")
def test_sort_limit_cursor(victim, attacker, rng):
    """A place for a name or number takes an expression."""
    others = foreign(victim, rng)
    for _ in range(3):
        attacker.order(items(rng))
    page = attacker.request("GET", "/orders", params={"limit": 1})
    cursor = page.json().get("next_cursor") if page.status_code == 200 else None
    if not isinstance(cursor, str):
        cannot_run(f"control: the first of several pages has no next_cursor: {page!r}")
    for name, value, fixed in (("sort", "total_cents", {}), ("limit", "2", {}), ("cursor", cursor, {"limit": 1})):
        place = lambda text, name=name, fixed=fixed: listing(**{name: text}, **fixed)  # noqa: E731
        injection.expression(attacker.request, place, value, others)


@pytest.mark.requirement("R24", "R11")
@pytest.mark.attack(cwe=155, severity="medium", title="Wildcards in the sku filter")
def test_sku_wildcards(attacker, rng):
    """The sku is matched as a pattern, not as a text."""
    sku = new_sku(rng)
    attacker.order(items(rng, sku))

    def found(answer):
        page = payload(answer)
        orders = (page.get("orders") or []) if isinstance(page, dict) else []
        return sum(sku in str(order.get("items")) for order in orders if isinstance(order, dict))

    wildcards.widened(attacker.request, lambda text: listing(sku=text, limit=100), sku, found)


@pytest.mark.requirement("R24", "R9")
@pytest.mark.attack(cwe=89, severity="critical", title="SQL injection in the order id")
def test_order_id(victim, attacker, rng):
    """The id in the path goes into the query as text."""
    own = attacker.order(items(rng))["id"]
    injection.text(attacker.request, lambda text: Call("GET", f"/orders/{quoted(text)}"), own, foreign(victim, rng))


@pytest.mark.requirement("R24", "R4")
@pytest.mark.attack(cwe=89, severity="critical", title="SQL injection in a stored text")
def test_stored_text(victim, attacker, rng):
    """note (on creation and change) goes into a statement as text."""
    kept = victim.order(items(rng), note="kept")
    drafts = iter([attacker.order(items(rng), note="plain") for _ in range(20)])

    def created(text):
        return Call("POST", "/orders", {"json": {"items": items(rng), "note": text}})

    def changed(text):
        draft = next(drafts)
        return Call("PATCH", f"/orders/{draft['id']}", {"json": {"version": draft.get("version", 1), "note": text}})

    for write in (created, changed):
        injection.stored(attacker.request, write, lambda answer: Call("GET", f"/orders/{answer.json()['id']}"), rng)
    own = attacker.order(items(rng), note="plain")
    for trick in ("x', status = 'paid', note = 'y", "x'; DELETE FROM orders; -- ", "x'), ('y"):
        body = {"version": attacker.read(own["id"]).get("version", 1), "note": trick}
        attacker.request("PATCH", f"/orders/{own['id']}", json=body)
        if attacker.read(own["id"]).get("status") != "draft":
            exploited(f"the note {trick!r} changed the order's status")
    if victim.request("GET", f"/orders/{kept['id']}").status_code == 404:
        exploited("a note deleted another customer's order")
