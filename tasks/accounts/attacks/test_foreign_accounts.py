"""One member goes for another's account and sessions (CWE-639, CWE-290, CWE-178, CWE-863)."""

import pytest
from folk import account_of, bearer, new_password, payload
from harness_probe import cannot_run, exploited


@pytest.mark.requirement("R15")
@pytest.mark.attack(cwe=639, severity="critical", title="End another member's session by its id")
def test_end_session(client, victim, attacker):
    """The id of a foreign session is enough to end it."""
    spare = victim.must_sign_in()
    client.delete(f"/sessions/{spare.get('id')}", headers=bearer(attacker.token))
    if account_of(client, spare["token"]).status_code == 401:
        exploited("the attacker ended the victim's session")
    if client.delete(f"/sessions/{spare.get('id')}", headers=bearer(victim.token)).status_code >= 300:
        cannot_run("control: the owner cannot end the session either")


@pytest.mark.requirement("R14", "R16", "R10")
@pytest.mark.attack(cwe=290, severity="critical", title="Become another member by a header, parameter or path")
def test_claimed_identity(client, victim, attacker, rng):
    """A request that names another member is believed."""
    account_id, session_id = str(victim.account.get("id")), victim.sessions(victim.token)[0]["id"]
    victim.ends = {str(victim.must_sign_in(ttl_s=rng.randint(301, 1499)).get("expires_at"))}
    names = ("id", "account_id", "user_id", "user", "email", "account", "as")
    for who in (account_id, victim.email, str(session_id)):
        claimed = {f"X-{name}": who for name in ("User", "User-Id", "Account-Id", "Forwarded-User", "Email", "Account")}
        claimed |= {"X-Role": "admin", "Cookie": f"user={who}; session={who}; account={who}"}
        for headers in ({**claimed, **bearer(attacker.token)}, claimed):
            for path in ("/accounts/me", "/sessions", f"/accounts/{who}", "/accounts"):
                response = client.get(path, headers=headers, params=dict.fromkeys(names, who))
                if victim.told_by(response):
                    exploited(f"GET {path} claiming to be {who} gave {response.text[:200]}")
            client.patch("/accounts/me", json={"display_name": "overwritten"}, headers=headers, params={"id": who})
    if victim.must_open(victim.token).get("display_name") == "overwritten":
        exploited("the victim's name was overwritten by naming the victim")


@pytest.mark.requirement("R18", "R19")
@pytest.mark.attack(cwe=863, severity="critical", title="Take over or remove an account without its password")
def test_credentials_of_another(client, victim, attacker, rng):
    """One's own password or token is enough to change or remove somebody else's account."""
    chosen = new_password(rng)
    mine = bearer(attacker.token)
    for given, headers in ((attacker.password, mine), (attacker.password, None), (" ", mine)):
        victim.change_password(chosen, given, headers)
        if victim.sign_in(chosen).status_code == 201:
            exploited(f"the victim's password was changed with {given!r} as the present one")
        victim.must_sign_in()
        victim.delete(given, headers)
        if account_of(client, victim.token).status_code == 401:
            exploited(f"the victim's account was removed with {given!r} as its password")
    if victim.change_password(chosen).status_code >= 300:
        cannot_run("control: the owner cannot change the password either")


@pytest.mark.requirement("R4")
@pytest.mark.attack(
    cwe=178, severity="critical", title="Take over an account by registering its address in another case"
)
def test_same_address(client, victim, attacker):
    """A second registration of the address replaces or opens the first account."""
    for email in (victim.email, victim.email.upper(), victim.email.title(), victim.email.swapcase()):
        attacker.email = email
        attacker.register(display_name="Taken over")
        response = attacker.sign_in()
        account = (
            payload(account_of(client, str(payload(response).get("token", "")))) if response.status_code == 201 else {}
        )
        if str(account.get("email", "")).lower() == victim.email:
            exploited(f"registering {email!r} gave the attacker an account of the victim's address: {account}")
        if victim.sign_in().status_code != 201:
            exploited(f"after registering {email!r} the victim's password does not work any more")
    if victim.must_open(victim.token).get("display_name") == "Taken over":
        exploited("registering the address again overwrote the victim's name")
