"""Who is calling: health is open, everything else needs a token."""

import pytest
from shop import new_sku, one_item, order_in, some_items

OPERATIONS = (
    ("POST", "/orders"),
    ("GET", "/orders"),
    ("GET", "/orders/{id}"),
    ("PATCH", "/orders/{id}"),
    ("DELETE", "/orders/{id}"),
    ("POST", "/orders/{id}/transitions"),
    ("GET", "/summary"),
)


def bodies(method, path, sku):
    if path.endswith("transitions"):
        return {"json": {"to": "submitted"}}
    if method == "POST":
        return {"json": {"items": one_item(sku, 1, 100)}}
    return {"json": {"version": 1, "note": "changed"}} if method == "PATCH" else {}


@pytest.mark.requirement("R1")
def test_health_is_open(client):
    """The service says that it is up, without a token."""
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.requirement("R2")
def test_no_token_no_answer(client, alice, ops, rng):
    """Each operation answers 401 without a token, and does nothing."""
    order, sku = alice.order(some_items(rng)), new_sku(rng)
    for method, path in OPERATIONS:
        response = client.request(method, path.format(id=order["id"]), **bodies(method, path, sku))
        assert response.status_code == 401, f"{method} {path}: {response!r}"
    assert alice.read(order["id"]) == order
    assert ops.page(sku=sku)["total"] == 0


@pytest.mark.requirement("R2")
def test_only_the_whole_token_in_the_right_place_counts(client, alice, rng):
    """Other schemes, parts of a token, a name, or a token elsewhere are worth nothing."""
    token = alice.token
    wrong = [
        f"Bearer {token[:-1]}",
        f"Bearer {token}0",
        f"Bearer {''.join(rng.choice('0123456789abcdef') for _ in range(24))}",
        "Bearer alice",
        f"Bearer alice:{token}",
        f"Basic {token}",
        f"Token {token}",
        token,
        "Bearer",
        "",
    ]
    for value in wrong:
        response = client.get("/orders", headers={"Authorization": value})
        assert response.status_code == 401, f"Authorization {value!r}: {response!r}"
    elsewhere = client.get("/orders", params={"token": token, "access_token": token}, headers={"X-Api-Key": token})
    assert elsewhere.status_code == 401


@pytest.mark.requirement("R2", "R4")
def test_the_token_names_the_owner(alice, bob, carol, ops, rng):
    """An order belongs to whoever sent the token."""
    for caller in (alice, bob, carol, ops):
        assert caller.order(some_items(rng))["customer"] == caller.name


@pytest.mark.requirement("R3", "R10")
def test_only_ops_is_the_operator(alice, bob, carol, ops, rng):
    """ops finds everybody's orders; a customer finds their own only."""
    sku = new_sku(rng)
    made = {caller.name: order_in("draft", caller, ops, some_items(rng, sku=sku))["id"] for caller in (alice, bob)}
    assert {order["id"] for order in ops.page(sku=sku)["orders"]} == set(made.values())
    for caller in (alice, bob, carol):
        page = caller.page(sku=sku)
        own = [made[caller.name]] if caller.name in made else []
        assert [order["id"] for order in page["orders"]] == own
        assert page["total"] == len(own)
