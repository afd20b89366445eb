"""Secrets and internals in answers (CWE-200, CWE-209)."""

import re

import pytest
from callers import items, tokens
from harness_probe import cannot_run, exploited

INTERNALS = re.compile(
    r"Traceback \(most recent call last\)|File \"/|\.py\", line \d+|sqlite3?\.\w*Error|OperationalError|IntegrityError"
    r"|SELECT .{0,200} FROM |INSERT INTO |UPDATE \w+ SET |/app/app|/data/|/opt/env|site-packages|at Object\.<anonymous>"
    r"|node_modules|goroutine \d+"
)
JSON = {"Content-Type": "application/json"}


def provoked(client, caller, order_id):
    """Answers to requests that make careless services talk."""
    auth = {"Authorization": f"Bearer {caller.token}"}
    bodies = ["{", '{"items": 7}', '{"items": [null]}', '{"items": [{"sku": {}}]}', "[[[[", '"\\ud800"', "\xff", ""]
    bodies += ['{"items": [{"sku": "A", "quantity": 1e999, "unit_price_cents": 1}]}', '{"to": {"a": []}}', "null"]
    for body in bodies:
        yield client.post("/orders", content=body, headers={**auth, **JSON})
        yield client.patch(f"/orders/{order_id}", content=body, headers={**auth, **JSON})
        yield client.post(f"/orders/{order_id}/transitions", content=body, headers={**auth, **JSON})
    for name in ("status", "sku", "sort", "limit", "cursor"):
        for value in ("'", "\x00", "99999999999999999999", "[]", "{{7*7}}", "%", "é"):
            yield client.get("/orders", params={name: value}, headers=auth)
    for path in ("/orders/%27", "/orders/%00", "/orders/%FF", "/nothing/here", "/orders/" + "9" * 300, "/%2e%2e/etc"):
        yield client.get(path, headers=auth)
    yield client.put("/orders", headers=auth)
    yield client.get("/orders", headers={"Authorization": "Bearer \xff\xfe"})
    yield client.get("/orders", headers={"Authorization": "Bearer"})


@pytest.mark.requirement("R25")
@pytest.mark.attack(cwe=209, severity="medium", title="Make an error tell stack traces, SQL or paths")
def test_internals(client, attacker, rng):
    """Malformed requests are answered with the service's insides."""
    order = attacker.order(items(rng))
    for response in provoked(client, attacker, order["id"]):
        found = INTERNALS.search(response.text)
        if found:
            exploited(f"an answer with status {response.status_code} shows {found.group(0)!r}: {response.text[:300]}")


@pytest.mark.requirement("R25")
@pytest.mark.attack(cwe=200, severity="critical", title="Find a token in an answer")
def test_tokens_in_answers(client, env, victim, attacker, ops, rng):
    """Some answer, right or wrong, repeats somebody's token."""
    order = victim.order(items(rng))
    if client.get("/health").status_code != 200:
        cannot_run("control: /health does not answer")
    answers = [client.get(path) for path in ("/health", "/", "/docs", "/openapi.json", "/debug", "/env", "/metrics")]
    answers += [client.get(path) for path in ("/.env", "/config", "/app.db", "/data/app.db", "/../data/app.db")]
    for caller in (victim, attacker, ops):
        answers += [caller.request("GET", path) for path in ("/orders", "/summary", f"/orders/{order['id']}")]
    answers += provoked(client, attacker, order["id"])
    for response in answers:
        shown = f"{response.text} {dict(response.headers)}"
        leaked = [name for name, token in tokens(env).items() if token in shown]
        if leaked:
            exploited(f"the token of {leaked[0]} is in an answer with status {response.status_code}")
