"""Secrets and internals in answers (CWE-200, CWE-209)."""

import re

import pytest
from folk import bearer, new_password
from harness_probe import cannot_run, exploited
from harness_probe.attacks import leaks

# A whole hash, not the name of a function: a published description may say which one is used.
HASH = re.compile(
    r"\$argon2(?:id|i|d)\$v=|\$2[aby]\$\d\d\$[./A-Za-z0-9]{22}|scrypt:\d+:\d+:\d+\$|\$scrypt\$\w*="
    r"|pbkdf2[:_][\w:-]+\$[^\s\"]{16}|pass(?:word)?_?hash\"?\s*[:=]\s*\"?[\w$+/=.-]{16}"
)
BODIES = (
    "{",
    '{"email": 7}',
    '{"email": {}}',
    "[[[[",
    '"\\ud800"',
    "\xff",
    "",
    "null",
    '{"token": []}',
    '{"ttl_s": 1e999}',
)


def answers(client, person):
    """What a member and a stranger are told, right and wrong."""
    auth = bearer(person.token)
    credentials = {"email": person.email, "password": person.password}
    yield person.register()
    yield client.get("/accounts/me", headers=auth)
    yield client.get("/sessions", headers=auth)
    yield client.patch("/accounts/me", json={"display_name": "A name"}, headers=auth)
    yield client.patch("/accounts/me", json={"display_name": ["x"]}, headers=auth)
    yield client.post("/accounts", json={**credentials, "display_name": 5, "role": "admin"})
    yield client.post("/accounts", json={**credentials, "email": "no address", "display_name": "x"})
    yield client.post("/sessions", json={**credentials, "ttl_s": "x"})
    yield client.post("/sessions", json={**credentials, "password": [person.password]})
    yield client.post("/accounts/password-change", json={**credentials, "new_password": person.password})
    yield client.post("/accounts/password-change", json={**credentials, "new_password": "short"})
    yield client.post("/sessions/revocation", json={"token": [person.token]})
    yield client.post("/sessions/revocation", json={"token": f"{person.token}x"})
    for body in BODIES:
        for path in (
            "/accounts",
            "/sessions",
            "/sessions/revocation",
            "/accounts/deletion",
            "/accounts/password-change",
        ):
            yield client.post(path, content=body, headers={"Content-Type": "application/json"})
        yield client.patch("/accounts/me", content=body, headers={**auth, "Content-Type": "application/json"})
    for path in (
        "/sessions/%27",
        "/sessions/%00",
        "/sessions/%FF",
        "/nothing/here",
        "/%2e%2e/etc",
        "/sessions/" + "9" * 300,
    ):
        yield client.delete(path, headers=auth)
    yield client.get("/accounts/me", headers={"Authorization": "Bearer \xff\xfe"})
    yield client.put("/accounts", headers=auth)


@pytest.mark.requirement("R23")
@pytest.mark.attack(cwe=209, severity="medium", title="Make an error tell stack traces, SQL or paths")
def test_internals(client, attacker):
    """Malformed requests are answered with the service's insides."""
    for response in answers(client, attacker):
        found = leaks.internal(response)
        if found:
            exploited(f"an answer with status {response.status_code} shows {found!r}: {response.text[:300]}")


@pytest.mark.requirement("R23", "R12")
@pytest.mark.attack(cwe=200, severity="high", title="Find a password, a hash or a token in an answer")
def test_secrets(client, env, victim, attacker, rng):
    """Some answer, right or wrong, repeats what nobody should see."""
    if client.get("/health").status_code != 200:
        cannot_run("control: /health does not answer")
    asked = [client.get(path) for path in ("/health", "/", "/docs", "/openapi.json", "/debug", "/env", "/metrics")]
    asked += [client.get(path) for path in ("/.env", "/config", "/app.db", "/data/app.db", "/accounts", "/users")]
    asked += [*answers(client, attacker), attacker.sign_in(new_password(rng))]
    secrets = {
        "TOKEN_SECRET": env["TOKEN_SECRET"],
        "the victim's password": victim.password,
        "the victim's token": victim.token,
    }
    secrets |= {"one's own password": attacker.password, "one's own token": attacker.token}
    for response in asked:
        shown = f"{response.text} {dict(response.headers)}"
        for what, secret in secrets.items():
            if secret in shown:
                exploited(f"{what} is in an answer with status {response.status_code}: {response.text[:200]}")
        if found := HASH.search(shown):
            exploited(f"a password's hash is in an answer with status {response.status_code}: {found.group(0)}…")
