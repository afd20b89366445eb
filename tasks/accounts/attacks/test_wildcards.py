"""Wildcards of the query's language (CWE-155) in an address, an id or a token that is to be taken literally."""

import pytest
from folk import Person, account_of, bearer, word
from harness_probe import cannot_run, exploited


@pytest.mark.requirement("R4", "R19", "R22")
@pytest.mark.attack(cwe=155, severity="critical", title="Reach another's account by a pattern of its address")
def test_address(client, rng):
    """`_` in one's own address stands for any character in a query: what one does to oneself happens to others."""
    left, right = word(rng, 6), word(rng, 6)
    victim, twin = Person(client, rng), Person(client, rng)
    victim.email, twin.email = f"{left}x{right}@pattern.example.net", f"{left}_{right}@pattern.example.net"
    victim.must_register()
    victim.token = victim.must_sign_in()["token"]
    answer = twin.register()
    if answer.status_code != 201:
        cannot_run(f"control: an address with an underscore is not accepted: {answer!r}")
    twin.must_sign_in()
    if twin.sign_in(victim.password).status_code == 201:
        exploited(f"the password of {victim.email} opens {twin.email}")
    if twin.delete().status_code >= 300:
        cannot_run("control: leaving is not accepted")
    if account_of(client, victim.token).status_code == 401:
        exploited(f"removing {twin.email} removed or signed out {victim.email}")
    victim.must_sign_in()


@pytest.mark.requirement("R10", "R15", "R22")
@pytest.mark.attack(cwe=155, severity="critical", title="Use or end a session by a pattern of its token or id")
def test_session(client, victim):
    """`%` stands for any text in a query."""
    spare = victim.must_sign_in()
    token, own = spare["token"], str(spare.get("id"))
    for text in ("%", "_" * len(token), f"{token[:8]}%", f"{token[:-1]}_", "*", f"{token[:8]}*"):
        if account_of(client, text).status_code == 200:
            exploited(f"the token {text!r} opens an account")
        client.post("/sessions/revocation", json={"token": text})
        if account_of(client, token).status_code == 401:
            exploited(f"revoking the token {text!r} ended a session")
    for text in ("%25", "_" * len(own), f"{own[:-1]}_", f"{own[:-1]}%25", "*"):
        client.delete(f"/sessions/{text}", headers=bearer(victim.token))
        if account_of(client, token).status_code == 401:
            exploited(f"DELETE /sessions/{text} ended a session")
    if client.delete(f"/sessions/{own}", headers=bearer(victim.token)).status_code >= 300:
        cannot_run("control: ending one's own session is not accepted")
