"""Mass assignment (CWE-915) and lifetimes of one's own choice (CWE-613)."""

import time
from datetime import datetime

import pytest
from folk import Person, account_of, bearer, payload, word
from harness_probe import cannot_run, exploited

RIGHTS = {"role": "admin", "roles": ["admin"], "is_admin": True, "admin": True}


def taken_over(account, before, name, value):
    return name in account and account[name] == value != before.get(name)


@pytest.mark.requirement("R7", "R3")
@pytest.mark.attack(cwe=915, severity="high", title="Become an administrator when registering")
def test_register(client, victim, rng):
    """role, id or creation time sent by the caller are taken over."""
    for name, value in {**RIGHTS, "id": word(rng, 20), "created_at": "1999-01-01T00:00:00Z"}.items():
        person = Person(client, rng)
        response = person.register(**{name: value})
        if response.status_code != 201:
            continue
        token = str(payload(person.sign_in()).get("token", ""))
        account = payload(response) | payload(account_of(client, token))
        if taken_over(account, victim.account, name, value):
            exploited(f"registering with {name}={value!r} gave {account}")


@pytest.mark.requirement("R7", "R17")
@pytest.mark.attack(cwe=915, severity="high", title="Set protected fields in a change of the profile")
def test_change(client, victim, attacker, rng):
    """role, address, id or password hash sent by the caller are taken over."""
    before = attacker.must_open(attacker.token)
    extras = {**RIGHTS, "id": word(rng, 20), "email": f"{word(rng)}@example.net", "created_at": "1999-01-01T00:00:00Z"}
    for name, value in {**extras, "password": "chosen by the caller", "password_hash": "x"}.items():
        for body in ({"display_name": "with an extra", name: value}, {name: value}):
            client.patch("/accounts/me", json=body, headers=bearer(attacker.token))
            response = account_of(client, attacker.token)
            if response.status_code == 200 and taken_over(payload(response), before, name, value):
                exploited(f"a change with {name}={value!r} gave {payload(response)}")
        if name.startswith("password") and attacker.sign_in().status_code != 201:
            exploited(f"a change with {name}={value!r} changed the password without asking for the present one")
    client.patch("/accounts/me", json={"display_name": "x", "email": victim.email}, headers=bearer(attacker.token))
    if payload(account_of(client, attacker.token)).get("email") == victim.email:
        exploited("a change of the profile took over the victim's address")
    response = client.patch("/accounts/me", json={"display_name": "plain"}, headers=bearer(attacker.token))
    if response.status_code != 200:
        cannot_run(f"control: a legitimate change was answered {response!r}")


@pytest.mark.requirement("R11", "R7")
@pytest.mark.attack(cwe=613, severity="medium", title="Get a session that outlives TOKEN_TTL_S")
def test_lifetime(env, attacker):
    """A long ttl_s, or an expires_at of one's own, is taken over."""
    longest = time.time() + int(env["TOKEN_TTL_S"]) + 60
    for fields in (
        {"ttl_s": 86400},
        {"ttl_s": 10**9},
        {"ttl_s": 1e300},
        {"ttl_s": -1},
        {"expires_at": "2199-01-01T00:00:00Z"},
    ):
        response = attacker.sign_in(**fields)
        try:
            ends = datetime.fromisoformat(str(payload(response).get("expires_at")).replace("Z", "+00:00")).timestamp()
        except ValueError:
            continue
        if response.status_code == 201 and ends > longest:
            exploited(f"signing in with {fields} gave a session until {payload(response).get('expires_at')}")
