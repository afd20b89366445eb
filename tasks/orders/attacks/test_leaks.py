"""Secrets and internals in answers (CWE-200, CWE-209)."""

import pytest
from callers import items, tokens
from harness_probe.attacks import Call, leaks

LISTING = Call("GET", "/orders")


def calls(order):
    """Ordinary requests, and broken ones that make careless services talk."""
    path = f"/orders/{order['id']}"
    writing = [Call("POST", "/orders"), Call("PATCH", path), Call("POST", f"{path}/transitions")]
    odd = ['{"items": 7}', '{"items": [null]}', '{"items": [{"sku": {}}]}', '{"to": {"a": []}}']
    odd += ['{"items": [{"sku": "A", "quantity": 1e999, "unit_price_cents": 1}]}']
    found = [Call(call.method, call.path, {"content": body, "headers": leaks.JSON}) for call in writing for body in odd]
    params = {"/orders": ("status", "sku", "sort", "limit", "cursor")}
    found += leaks.provoking(writing, params, ("/orders/{}", "/nothing/{}"))
    found += [Call("GET", path), Call("GET", "/summary"), Call("PUT", "/orders"), *leaks.usual()]
    return found + [Call("GET", "/orders", {"headers": {"Authorization": v}}) for v in ("Bearer", "Bearer \xff\xfe")]


@pytest.mark.requirement("R25")
@pytest.mark.attack(cwe=209, severity="medium", title="Make an error tell stack traces, SQL or paths")
def test_internals(attacker, rng):
    """Malformed requests are answered with the service's insides."""
    leaks.internals(attacker.request, LISTING, calls(attacker.order(items(rng))))


@pytest.mark.requirement("R25")
@pytest.mark.attack(cwe=200, severity="critical", title="Find a token in an answer")
def test_tokens_in_answers(client, env, victim, attacker, ops, rng):
    """Some answer, right or wrong, repeats somebody's token."""
    named = {f"the token of {name}": token for name, token in tokens(env).items()}
    order = victim.order(items(rng))
    for caller in (attacker, victim, ops):
        leaks.secrets(caller.request, LISTING, calls(order) if caller is attacker else [Call("GET", "/summary")], named)
    leaks.secrets(client.request, Call("GET", "/health"), list(leaks.usual()), named)
