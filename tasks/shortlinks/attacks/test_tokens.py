"""Missing and forged authentication (CWE-306, CWE-287, CWE-290)."""

import base64
import json

import pytest
from callers import must_lead_to, target, tokens, visit, word
from harness_probe import cannot_run, exploited


@pytest.mark.requirement("R2")
@pytest.mark.attack(cwe=306, severity="critical", title="Manage links without a token")
def test_no_token(client, victim, rng):
    """Some operation works for anybody."""
    tag, secret = word(rng), word(rng)  # the one is asked for, and may be repeated by a refusal; the other never sent
    link = victim.link(f"{target(rng, tag)}/{secret}")
    must_lead_to(client, link["slug"], link["target_url"])
    path = f"/links/{link['slug']}"
    for wanted in (path, "/links", f"/links?q={tag}", f"{path}/", "/links/", f"/links/{link['slug'].upper()}"):
        response = client.get(wanted)
        if secret in response.text:
            exploited(f"GET {wanted} without a token gave {response.text[:200]}")
    figures = client.get(f"{path}/stats")
    if figures.status_code == 200:
        exploited(f"GET {path}/stats without a token gave {figures.text[:200]}")
    made = client.post("/links", json={"target_url": target(rng)})
    if made.status_code == 201:
        exploited(f"POST /links without a token gave {made.text[:200]}")
    client.patch(path, json={"target_url": target(rng, "evil")})
    if "evil" in visit(client, link["slug"]).headers.get("location", ""):
        exploited("the target was changed without a token")
    client.delete(path)
    if visit(client, link["slug"]).status_code in (404, 410):
        exploited("the link was deleted without a token")


@pytest.mark.requirement("R2")
@pytest.mark.attack(cwe=287, severity="critical", title="Get in with a forged token")
def test_forged_token(client, env, victim, rng):
    """A token that was never given out is believed."""
    link = victim.link(target(rng))
    victim.read(link["slug"])
    known = tokens(env)
    claims = base64.urlsafe_b64encode(json.dumps({"sub": victim.name, "name": victim.name}).encode()).decode()
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode()
    own = known[victim.name]
    forged = [
        f"{header.rstrip('=')}.{claims.rstrip('=')}.",
        "' OR '1'='1",
        victim.name,
        f"{victim.name}:",
        "admin",
        "null",
    ]
    forged += ["undefined", "None", "*", "%", "_" * 24, "0", "true", "[]", "a" * 24, own[:12], f"{victim.name}:{own}"]
    forged += [
        env["API_TOKENS"],
        env["API_TOKENS"][:30],
        ",",
        ":",
        f"{own},",
        f"{own}\u00e9",
        own.upper() if own.upper() != own else "x",
    ]
    for token in forged:
        for scheme in ("Bearer", "Token", "Basic"):
            value = f"{scheme} {token}".encode().decode("latin-1")
            response = client.get(f"/links/{link['slug']}", headers={"Authorization": value})
            if response.status_code == 200:
                exploited(f"Authorization {value!r} was believed: {response.text[:200]}")


@pytest.mark.requirement("R2", "R18")
@pytest.mark.attack(cwe=290, severity="critical", title="Become somebody else by a header or parameter")
def test_claimed_identity(client, victim, attacker, rng):
    """A request that names another user in a header, parameter or cookie is believed."""
    secret = word(rng)
    link = victim.link(target(rng, secret))
    if link["slug"] not in victim.listed():
        cannot_run("control: the owner's list does not show the newest link")
    # What is open to the attacker anyway says nothing about claims; other attacks look at that.
    paths = [p for p in ("/links", f"/links/{link['slug']}") if secret not in attacker.request("GET", p).text]
    names = ("X-User", "X-User-Id", "X-Forwarded-User", "X-Owner", "X-Customer", "Remote-User")
    claimed = dict.fromkeys(names, victim.name) | {"Cookie": f"user={victim.name}; session={victim.name}"}
    params = dict.fromkeys(("user", "owner", "as", "name"), victim.name)
    for headers in (claimed, {**claimed, "Authorization": f"Bearer {attacker.token}"}):
        for path in paths:
            response = client.get(path, headers=headers, params=params)
            if response.status_code == 200 and secret in response.text:
                exploited(f"claiming to be {victim.name} was believed by GET {path}: {response.text[:200]}")
