"""Missing, forged, stolen and outlived tokens (CWE-306, CWE-287, CWE-347, CWE-613, CWE-330, CWE-384)."""

import base64
import hashlib
import hmac
import json
import math
import time

import pytest
from folk import Person, account_of, bearer, new_password, payload, word
from harness_probe import cannot_run, exploited

GUESSED_KEYS = (
    "",
    "secret",
    "changeme",
    "change-me",
    "your-secret-key",
    "supersecret",
    "dev",
    "test",
    "key",
    "password",
)
GUESSED_KEYS += ("jwt-secret", "my-secret-key", "secret-key", "SECRET_KEY", "TOKEN_SECRET", "None")


def encoded(value):
    data = json.dumps(value, separators=(",", ":")).encode() if isinstance(value, dict) else value
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text):
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def opens(client, token, person):
    """Whether a text is taken for a token of this person."""
    try:
        response = account_of(client, token)
    except ValueError:  # cannot be sent in a header
        return False
    return response.status_code == 200 and payload(response).get("email") == person.email


@pytest.mark.requirement("R10")
@pytest.mark.attack(cwe=306, severity="critical", title="Use the guarded operations without a token")
def test_no_token(client, victim, rng):
    """Some operation works for anybody."""
    victim.ends = {str(victim.must_sign_in(ttl_s=rng.randint(301, 1499)).get("expires_at"))}
    for path in (
        "/accounts/me",
        "/sessions",
        f"/accounts/{victim.account.get('id')}",
        "/accounts",
        "/accounts/",
        "/users",
    ):
        response = client.get(path)
        if victim.told_by(response):
            exploited(f"GET {path} without a token gave {response.text[:200]}")
    spare = victim.must_sign_in()
    client.delete(f"/sessions/{spare.get('id')}")
    if account_of(client, spare["token"]).status_code == 401:
        exploited("a session was ended without a token")
    for options in ({"headers": {"Authorization": "Bearer"}}, {"headers": {"Authorization": ""}}, {}):
        client.patch("/accounts/me", json={"display_name": "changed by nobody"}, **options)
    if victim.must_open(victim.token).get("display_name") == "changed by nobody":
        exploited("the account was changed without a token")


@pytest.mark.requirement("R10", "R12")
@pytest.mark.attack(cwe=287, severity="critical", title="Get in with a forged token")
def test_forged(client, victim, rng):
    """A token that was never given out is believed."""
    session = victim.sessions(victim.token)[0]
    account_id = str(victim.account.get("id"))
    forged = [
        "null",
        "undefined",
        "None",
        "*",
        "%",
        "0",
        "1",
        "true",
        "[]",
        "admin",
        victim.email,
    ]
    forged += [
        account_id,
        str(session.get("id")),
        f"{account_id}:{victim.email}",
        f"{victim.email}:",
        victim.token[:-1],
    ]
    forged += [encoded(text.encode()) for text in (victim.email, account_id, f"{victim.email}:{account_id}")]
    forged += [hashlib.new(name, victim.email.encode()).hexdigest() for name in ("md5", "sha1", "sha256")]
    for token in forged:
        for scheme in ("Bearer", "Token", "Basic"):
            response = client.get("/accounts/me", headers={"Authorization": f"{scheme} {token}"})
            if response.status_code == 200:
                exploited(f"Authorization {scheme} {token!r} was believed: {response.text[:200]}")


def made_over(claims, others):
    """Every claim that names the attacker, as text or as a number, names the other instead."""
    if isinstance(claims, dict):
        return {name: made_over(value, others) for name, value in claims.items()}
    if isinstance(claims, list):
        return [made_over(value, others) for value in claims]
    theirs = {str(mine): other for mine, other in others.items()}.get(str(claims))
    if theirs is None or isinstance(claims, bool):
        return claims
    return int(theirs) if isinstance(claims, int) and str(theirs).isdigit() else theirs


def claims_for(victim, attacker, own):
    """The attacker's claims, made over to the victim; or the usual ones when there are none to copy."""
    if own is not None:
        changed = made_over(own, {attacker.email: victim.email, attacker.account.get("id"): victim.account.get("id")})
        return [changed, {**changed, "exp": int(time.time()) + 9999}]
    base = {"iat": int(time.time()), "exp": int(time.time()) + 9999}
    subjects = (victim.account.get("id"), victim.email)
    return [{**base, "sub": who, "email": victim.email, "account_id": victim.account.get("id")} for who in subjects]


@pytest.mark.requirement("R12")
@pytest.mark.attack(cwe=347, severity="critical", title="Rewrite a signed token to another account")
def test_rewritten(client, victim, attacker):
    """Claims are believed without a signature, with the old one, or with one made with a guessable key."""
    parts = attacker.token.split(".")
    own = next((found for part in parts if (found := decoded(part)) is not None and "alg" not in found), None)
    for claims in claims_for(victim, attacker, own):
        body = encoded(claims)
        tokens = [f"{encoded({'alg': name, 'typ': 'JWT'})}.{body}." for name in ("none", "None", "NONE")]
        tokens += [f"{body}.{parts[-1]}", body, f"{parts[0]}.{body}.{parts[-1]}", f"{body}."]
        for key in (*GUESSED_KEYS, victim.email, attacker.email, str(attacker.account.get("id"))):
            signed = f"{encoded({'alg': 'HS256', 'typ': 'JWT'})}.{body}"
            tokens.append(f"{signed}.{encoded(hmac.digest(key.encode(), signed.encode(), 'sha256'))}")
            tokens.append(f"{body}.{encoded(hmac.digest(key.encode(), body.encode(), 'sha256'))}")
            tokens.append(f"{body}.{hmac.new(key.encode(), body.encode(), 'sha256').hexdigest()}")
        for token in tokens:
            if opens(client, token, victim):
                exploited(f"the made-up token {token[:300]!r} opens the victim's account")


@pytest.mark.requirement("R11")
@pytest.mark.attack(cwe=613, severity="high", title="Use a token after it has expired")
def test_expired(client, victim):
    """A session that was to last a second goes on."""
    token = victim.must_sign_in(ttl_s=1)["token"]
    if not opens(client, token, victim):
        cannot_run("control: a new short session does not open its account")
    deadline = time.monotonic() + 1.3
    while time.monotonic() < deadline:
        account_of(client, token)  # used all the time: that must not prolong it
        time.sleep(0.2)
    if opens(client, token, victim):
        exploited("a token with ttl_s 1 opens the account after 1.3 seconds")


@pytest.mark.requirement("R13", "R15")
@pytest.mark.attack(cwe=613, severity="high", title="Use a token after its session was ended")
def test_signed_out(client, victim):
    """Signing out, or ending the session from another one, is for show."""
    revoked, ended = victim.must_sign_in(), victim.must_sign_in()
    if client.post("/sessions/revocation", json={"token": revoked["token"]}).status_code >= 300:
        cannot_run("control: signing out is not accepted")
    if client.delete(f"/sessions/{ended.get('id')}", headers=bearer(victim.token)).status_code >= 300:
        cannot_run("control: ending a session is not accepted")
    for how, session in (("revoked", revoked), ("ended", ended)):
        if opens(client, session["token"], victim):
            exploited(f"the token of a {how} session still opens the account")


@pytest.mark.requirement("R18")
@pytest.mark.attack(cwe=613, severity="high", title="Use a stolen token after the password was changed")
def test_password_changed(client, victim, rng):
    """The owner changes the password because a phone was stolen; the phone stays signed in."""
    if victim.change_password(new_password(rng)).status_code >= 300:
        cannot_run("control: changing the password is not accepted")
    if opens(client, victim.token, victim):
        exploited("a token from before the change of the password still opens the account")


@pytest.mark.requirement("R19")
@pytest.mark.attack(
    cwe=613, severity="critical", title="Use old tokens or passwords on an address that was registered anew"
)
def test_left_and_registered_anew(client, victim, rng):
    """Who had the address before gets into the account of who has it now."""
    if victim.delete().status_code >= 300:
        cannot_run("control: deleting the account is not accepted")
    if account_of(client, victim.token).status_code == 200:
        exploited("a token still works after its account was deleted")
    heir = Person(client, rng)
    heir.email = victim.email
    heir.must_register()
    if opens(client, victim.token, heir):
        exploited("the token of a deleted account opens the new account of the same address")
    if victim.sign_in().status_code == 201:
        exploited("the password of a deleted account opens the new account of the same address")
    heir.must_sign_in()


@pytest.mark.requirement("R12")
@pytest.mark.attack(cwe=330, severity="high", title="Predict the tokens of others from one's own")
def test_predictable(client, attacker):
    """Tokens vary in a few places only, or are made of what is known."""
    tokens = [attacker.must_sign_in()["token"] for _ in range(24)]
    if len(set(tokens)) < len(tokens):
        exploited("two sessions have the same token")
    places = zip(*(token.ljust(max(map(len, tokens))) for token in tokens), strict=True)
    bits = sum(math.log2(len(set(place))) for place in places)
    if bits < 60:
        exploited(f"24 tokens differ from each other in some {bits:.0f} bits: {tokens[:3]}")
    known = [attacker.email, str(attacker.account.get("id")), attacker.password]
    known += [str(int(time.time()) - back) for back in range(60)]
    known += [f"{attacker.email}{text}" for text in known] + [f"{attacker.email}:{text}" for text in known]
    made = {hashlib.new(name, text.encode()).hexdigest() for name in ("md5", "sha1", "sha256") for text in known}
    if made.intersection(tokens):
        exploited("a token is a digest of what everybody knows")


@pytest.mark.requirement("R12", "R8", "R7")
@pytest.mark.attack(cwe=384, severity="high", title="Choose the token of somebody else's session beforehand")
def test_fixation(client, victim, rng):
    """A token brought along when signing in becomes the session's."""
    planted = word(rng, 43)
    credentials = {"email": victim.email, "password": victim.password}
    places = [{"headers": {"Cookie": f"{name}={planted}"}} for name in ("session", "token", "sessionid", "sid")]
    places += [{"headers": bearer(planted)}, {"headers": {"X-Session-Token": planted}}, {"params": {"token": planted}}]
    for place in places:
        client.post("/sessions", json=credentials, **place)
        if opens(client, planted, victim):
            exploited(f"the token planted by {place} opens the victim's account")
    for name in ("token", "id", "session", "session_id"):
        client.post("/sessions", json={**credentials, name: planted})
        if opens(client, planted, victim):
            exploited(f"the token planted as field {name!r} opens the victim's account")
    victim.must_sign_in()
