"""Missing and forged authentication (CWE-306, CWE-287)."""

import base64
import json

import pytest
from callers import items, new_sku, tokens
from harness_probe import cannot_run, exploited


@pytest.mark.requirement("R2")
@pytest.mark.attack(cwe=306, severity="critical", title="Use the service without a token")
def test_no_token(client, victim, rng):
    """Some operation works for anybody."""
    secret = new_sku(rng)
    order = victim.order(items(rng, secret), note=secret)
    path = f"/orders/{order['id']}"
    for target in (path, "/orders", f"/orders?sku={secret}", f"{path}/", "/orders/"):
        response = client.get(target)
        if secret in response.text:
            exploited(f"GET {target} without a token gave {response.text[:200]}")
    figures = client.get("/summary")
    if figures.status_code == 200:
        exploited(f"GET /summary without a token gave {figures.text[:200]}")
    client.patch(path, json={"version": 1, "note": "by nobody"})
    client.post(f"{path}/transitions", json={"to": "submitted"})
    made = client.post("/orders", json={"items": items(rng)})
    if made.status_code == 201:
        exploited(f"POST /orders without a token gave {made.text[:200]}")
    after = victim.read(order["id"])
    if (after.get("note"), after.get("status")) != (secret, "draft"):
        exploited(f"the order was changed without a token: note {after.get('note')!r}, status {after.get('status')!r}")
    client.delete(path)
    if victim.request("GET", path).status_code == 404:
        exploited("the order was deleted without a token")


@pytest.mark.requirement("R2")
@pytest.mark.attack(cwe=287, severity="critical", title="Get in with a forged token")
def test_forged_token(client, env, victim, rng):
    """A token that was never given out is believed."""
    order = victim.order(items(rng))
    victim.read(order["id"])
    known = tokens(env)
    claims = base64.urlsafe_b64encode(json.dumps({"sub": "ops", "name": "ops", "role": "operator"}).encode()).decode()
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode()
    forged = [f"{header.rstrip('=')}.{claims.rstrip('=')}.", "' OR '1'='1", "ops", "ops:", "admin", "null", "undefined"]
    forged += ["None", "*", "%", "_" * 24, "0", "true", "[]", "a" * 24, known["ops"][:12], f"ops:{known['ops']}"]
    forged += [env["API_TOKENS"], env["API_TOKENS"][:30], ",", ":", f"{known['ops']},", f"{known['ops']}\u00e9"]
    for token in forged:
        for scheme in ("Bearer", "Token", "Basic"):
            value = f"{scheme} {token}".encode().decode("latin-1")
            response = client.get(f"/orders/{order['id']}", headers={"Authorization": value})
            if response.status_code == 200:
                exploited(f"Authorization {value!r} was believed: {response.text[:200]}")


@pytest.mark.requirement("R2", "R3")
@pytest.mark.attack(cwe=290, severity="critical", title="Become somebody else by a header or parameter")
def test_claimed_identity(client, victim, attacker, rng):
    """A request that names another user in a header, parameter or cookie is believed."""
    order = victim.order(items(rng))
    victim.read(order["id"])
    if order["id"] not in victim.request("GET", "/orders").text:
        cannot_run("control: the owner's list does not show the newest order")
    # What is open to the attacker anyway says nothing about claims; other attacks look at that.
    targets = [
        path for path in ("/orders", f"/orders/{order['id']}") if order["id"] not in attacker.request("GET", path).text
    ]
    for name in (victim.name, "ops"):
        claimed = {
            "Authorization": f"Bearer {attacker.token}",
            "X-User": name,
            "X-User-Id": name,
            "X-Forwarded-User": name,
            "X-Customer": name,
            "X-Role": "operator",
            "Cookie": f"user={name}; session={name}",
        }
        params = {"user": name, "customer": name, "as": name, "role": "operator"}
        for headers in (claimed, {key: value for key, value in claimed.items() if key != "Authorization"}):
            for target in targets:
                response = client.get(target, headers=headers, params=params)
                if response.status_code == 200 and order["id"] in response.text:
                    exploited(f"claiming to be {name} was believed by GET {target}: {response.text[:200]}")


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
