"""SQL injection (CWE-89) into every text a caller can send, told by its effects: no timing involved."""

import urllib.parse

import pytest
from folk import Person, account_of, bearer, new_password, payload, word
from harness_probe import cannot_run, exploited

TAUTOLOGIES = (
    "' OR '1'='1",
    "' OR 1=1 -- ",
    "') OR ('1'='1",
    "') OR 1=1 -- ",
    '" OR "1"="1',
    "' OR '1'='1' -- ",
    "x' OR email LIKE '%",
)


def differ(broken, mended):
    """One quote breaks the statement, two mend it."""
    return broken.status_code >= 500 > mended.status_code


@pytest.mark.requirement("R22", "R8")
@pytest.mark.attack(cwe=89, severity="critical", title="SQL injection when signing in")
def test_sign_in(client, victim, rng):
    """Address or password go into the query as text: a session without a password."""
    nobody = Person(client, rng)
    bodies = []
    for trick in TAUTOLOGIES:
        bodies.append({"email": nobody.email, "password": f"{word(rng, 4)}{trick}"})
        bodies += [{"email": email, "password": new_password(rng)} for email in (f"{nobody.email}{trick}", trick)]
        bodies.append({"email": f"{victim.email}{trick}", "password": new_password(rng)})
    bodies.append({"email": f"{victim.email}' -- ", "password": new_password(rng)})
    for body in bodies:
        response = client.post("/sessions", json=body)
        if response.status_code == 201:
            account = account_of(client, str(payload(response).get("token", "")))
            exploited(f"signing in with {body} opened an account: {account.text[:200]}")
    for name, value in (("email", nobody.email), ("password", nobody.password)):
        plain = {"email": nobody.email, "password": nobody.password}
        one, two = (client.post("/sessions", json={**plain, name: value + quote}) for quote in ("'", "''"))
        if differ(one, two):
            exploited(f"{name}: one quote breaks the query ({one.status_code}), two mend it ({two.status_code})")
    victim.must_sign_in()


@pytest.mark.requirement("R22", "R10", "R13")
@pytest.mark.attack(cwe=89, severity="critical", title="SQL injection in the token")
def test_token(client, victim):
    """The token goes into the query as text."""
    for trick in TAUTOLOGIES:
        for text in (trick, f"x{trick}", f"x{trick.replace('1=1', 'TRUE')}"):
            response = client.get("/accounts/me", headers={"Authorization": f"Bearer {text}"})
            if response.status_code == 200:
                exploited(f"the token {text!r} opened an account: {response.text[:200]}")
            client.post("/sessions/revocation", json={"token": text})
            if account_of(client, victim.token).status_code == 401:
                exploited(f"revoking the token {text!r} ended the victim's session")
    one, two = (client.get("/accounts/me", headers={"Authorization": f"Bearer x{quote}"}) for quote in ("'", "''"))
    if differ(one, two):
        exploited(f"token: one quote breaks the query ({one.status_code}), two mend it ({two.status_code})")
    victim.must_open(victim.token)


@pytest.mark.requirement("R22", "R15")
@pytest.mark.attack(cwe=89, severity="critical", title="SQL injection in the session's id")
def test_session_id(client, victim, attacker):
    """The id in the path goes into the statement as text."""
    spare = attacker.must_sign_in()
    own = str(spare.get("id"))
    for trick in TAUTOLOGIES:
        path = f"/sessions/{urllib.parse.quote(own[:-1] + trick, safe='')}"
        client.delete(path, headers=bearer(attacker.token))
        if account_of(client, victim.token).status_code == 401:
            exploited(f"DELETE {path} ended the victim's session")
        if account_of(client, spare["token"]).status_code == 401:
            exploited(f"DELETE {path}, the id of no session, ended one: a condition inside the text is evaluated")
    paths = [f"/sessions/{own[:-1]}{quote}" for quote in ("%27", "%27%27")]
    one, two = (client.delete(path, headers=bearer(attacker.token)) for path in paths)
    if differ(one, two):
        exploited(f"session id: one quote breaks the statement ({one.status_code}), two mend it ({two.status_code})")
    if client.delete(f"/sessions/{own}", headers=bearer(attacker.token)).status_code >= 300:
        cannot_run("control: ending one's own session is not accepted")


@pytest.mark.requirement("R22", "R3", "R17")
@pytest.mark.attack(cwe=89, severity="critical", title="SQL injection in a stored text")
def test_stored_text(client, victim, attacker, rng):
    """The name, when registering or changing it, goes into a statement as text."""
    tricks = [
        "x' || (SELECT 7*191) || 'y",
        "x', role = 'admin', email = 'y",
        "x' WHERE 1=1 -- ",
        "x'), ('y",
        "x'; DELETE FROM accounts; -- ",
    ]
    before = victim.must_open(victim.token)
    for trick in tricks:
        made = Person(client, rng).register(display_name=trick)
        changed = client.patch("/accounts/me", json={"display_name": trick}, headers=bearer(attacker.token))
        for what, response in (("registering", made), ("changing", changed)):
            name = payload(response).get("display_name")
            if response.status_code < 300 and isinstance(name, str) and "x1337y" in name:
                exploited(f"{what}: the name {trick!r} was evaluated to {name!r}")
            if response.status_code >= 500:
                mended = Person(client, rng).register(display_name=trick.replace("'", "''"))
                if mended.status_code < 500:
                    exploited(f"{what}: the name {trick!r} breaks the statement, doubled quotes mend it")
        account = payload(account_of(client, attacker.token))
        if account.get("role", "member") != "member" or account.get("email", attacker.email) != attacker.email:
            exploited(f"the name {trick!r} changed other fields: {account}")
        after = payload(account_of(client, victim.token))
        if after.get("display_name") != before.get("display_name"):
            exploited(f"the name {trick!r} changed or removed the victim's account: {after}")
    if not 200 <= changed.status_code < 300:
        cannot_run(f"control: changing the name was answered {changed!r}")
