"""Secrets and internals in answers (CWE-200, CWE-209)."""

import pytest
from callers import must_lead_to, target, tokens
from harness_probe import cannot_run, exploited
from harness_probe.attacks import leaks

JSON = {"Content-Type": "application/json"}


def provoked(client, caller, slug):
    """Answers to requests that make careless services talk."""
    auth = {"Authorization": f"Bearer {caller.token}"}
    bodies = [
        "{",
        '{"target_url": 7}',
        '{"target_url": {}}',
        '{"target_url": "http://["}',
        "[[[[",
        '"\\ud800"',
        "\xff",
        "",
    ]
    bodies += [
        '{"target_url": "http://example.com:99999999/"}',
        '{"target_url": "http://[::1"}',
        '{"disabled": {"a": []}}',
        "null",
    ]
    bodies += [
        '{"target_url": "http://example.com/", "ttl_s": 1e999}',
        '{"target_url": "http://example.com/", "expires_at": "9999"}',
    ]
    for body in bodies:
        yield client.post("/links", content=body, headers={**auth, **JSON})
        yield client.patch(f"/links/{slug}", content=body, headers={**auth, **JSON})
    for name in ("state", "q", "limit", "cursor"):
        for value in ("'", "\x00", "99999999999999999999", "[]", "{{7*7}}", "%", "é"):
            yield client.get("/links", params={name: value}, headers=auth)
    for path in (
        "/r/%27",
        "/r/%00",
        "/r/%FF",
        "/links/%00",
        "/nothing/here",
        "/r/" + "9" * 300,
        "/r/..%2f..%2fetc",
        "/%2e%2e/etc",
    ):
        yield client.get(path, headers=auth)
    yield client.get(f"/r/{slug}?preview=nonsense")
    yield client.get(f"/r/{slug}", headers={"X-Visitor": "'\"\xff"})
    yield client.put("/links", headers=auth)
    yield client.get("/links", headers={"Authorization": "Bearer \xff\xfe"})
    yield client.get("/links", headers={"Authorization": "Bearer"})


@pytest.mark.requirement("R27")
@pytest.mark.attack(cwe=209, severity="medium", title="Make an error tell stack traces, SQL or paths")
def test_internals(client, attacker, rng):
    """Malformed requests are answered with the service's insides."""
    link = attacker.link(target(rng))
    must_lead_to(client, link["slug"], link["target_url"])
    for response in provoked(client, attacker, link["slug"]):
        found = leaks.internal(response)
        if found:
            exploited(f"an answer with status {response.status_code} shows {found!r}: {response.text[:300]}")


@pytest.mark.requirement("R27")
@pytest.mark.attack(cwe=200, severity="critical", title="Find a token in an answer")
def test_tokens_in_answers(client, env, victim, attacker, rng):
    """Some answer, right or wrong, repeats somebody's token."""
    link = victim.link(target(rng))
    if client.get("/health").status_code != 200:
        cannot_run("control: /health does not answer")
    answers = [client.get(path) for path in ("/health", "/", "/docs", "/openapi.json", "/debug", "/env", "/metrics")]
    answers += [client.get(path) for path in ("/.env", "/config", "/app.db", "/data/app.db", "/../data/app.db")]
    for caller in (victim, attacker):
        paths = ("/links", f"/links/{link['slug']}", f"/links/{link['slug']}/stats", f"/r/{link['slug']}")
        answers += [caller.request("GET", path) for path in paths]
    answers += provoked(client, attacker, link["slug"])
    for response in answers:
        shown = f"{response.text} {dict(response.headers)}"
        leaked = [name for name, token in tokens(env).items() if token in shown]
        if leaked:
            exploited(f"the token of {leaked[0]} is in an answer with status {response.status_code}")
