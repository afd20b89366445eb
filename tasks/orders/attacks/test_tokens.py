"""Missing and forged authentication (CWE-306, CWE-287)."""

import pytest
from callers import items, new_sku, tokens
from harness_probe import cannot_run, exploited
from harness_probe.attacks import Call, forged, idor


def one(order):
    return Call("GET", f"/orders/{order['id']}")


@pytest.mark.requirement("R2")
@pytest.mark.attack(cwe=306, severity="critical", title="Read or create without a token")
def test_no_token(client, victim, rng):
    """Some reading, or creating, works for anybody."""
    secret = new_sku(rng)
    order = victim.order(items(rng), note=secret)
    create = Call("POST", "/orders", {"json": {"items": items(rng)}})
    forged.missing(
        victim.request, client.request, [one(order), Call("GET", "/orders"), Call("GET", "/summary"), create]
    )
    more = [Call("GET", f"/orders/{order['id']}/"), Call("GET", "/orders/")]
    idor.reading(victim.request, client.request, secret, [one(order)], more)


@pytest.mark.requirement("R2")
@pytest.mark.attack(cwe=306, severity="critical", title="Change, move or delete without a token")
def test_no_token_writing(client, victim, rng):
    """Some change works for anybody."""
    verbs = {
        "changing": lambda o: Call(
            "PATCH", f"/orders/{o['id']}", {"json": {"version": o.get("version", 1), "note": "x"}}
        ),
        "moving": lambda o: Call("POST", f"/orders/{o['id']}/transitions", {"json": {"to": "submitted"}}),
        "deleting": lambda o: Call("DELETE", f"/orders/{o['id']}"),
    }
    idor.writing(victim.request, client.request, lambda: victim.order(items(rng)), one, verbs)


@pytest.mark.requirement("R2")
@pytest.mark.attack(cwe=287, severity="critical", title="Get in with a forged token")
def test_forged_token(client, env, victim, rng):
    """A token that was never given out is believed."""
    known = tokens(env)
    guesses = ["ops", "ops:", f"ops:{known['ops']}", env["API_TOKENS"], env["API_TOKENS"][:30]]
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJvcHMiLCJyb2xlIjoib3BlcmF0b3IifQ."  # JWT: ops, alg none
    order = victim.order(items(rng))
    forged.believed(victim.request, client.request, one(order), list(known.values()), [*guesses, unsigned])


@pytest.mark.requirement("R2", "R3")
@pytest.mark.attack(cwe=290, severity="critical", title="Become somebody else by a header or parameter")
def test_claimed_identity(client, victim, attacker, rng):
    """A request that names another user in a header, parameter or cookie is believed."""
    secret = new_sku(rng)
    order = victim.order(items(rng), note=secret)
    calls = [one(order), Call("GET", "/orders", {"params": {"limit": 100, "sort": "-created_at"}})]
    forged.claimed(attacker.request, client.request, victim.request, calls, secret, [victim.name, "ops"])


@pytest.mark.requirement("R3", "R19", "R9")
@pytest.mark.attack(cwe=863, severity="high", title="Edit or delete a customer's order as the operator")
def test_operator_overreach(victim, ops, rng):
    """The operator may look and advance, not edit."""
    order = victim.order(items(rng), note="the customer's words")
    if ops.request("GET", f"/orders/{order['id']}").status_code != 200:
        cannot_run("control: the operator cannot even read the order")
    ops.request("PATCH", f"/orders/{order['id']}", json={"version": order.get("version", 1), "note": "rewritten"})
    if victim.read(order["id"]).get("note") != "the customer's words":
        exploited("the operator rewrote a customer's order")
    ops.request("DELETE", f"/orders/{order['id']}")
    if victim.request("GET", f"/orders/{order['id']}").status_code == 404:
        exploited("the operator deleted a customer's order")
