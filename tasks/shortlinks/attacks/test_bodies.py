"""Fields that a caller may not set (mass assignment, CWE-915), told by reading the link anew."""

import pytest
from callers import REDIRECTS, instant, must_lead_to, payload, target, visit, word
from harness_probe import cannot_run, exploited

FORGED = {"visits": 9999, "created_at": "2001-01-01T00:00:00Z", "deleted": True, "seq": 1, "id": 1}


def forged_fields(link, plain):
    """Fields of the answer that took over a forged value."""
    return {
        name: link.get(name) for name in ("visits", "created_at") if link.get(name) == FORGED[name] != plain.get(name)
    }


@pytest.mark.requirement("R12", "R3")
@pytest.mark.attack(cwe=915, severity="high", title="Set server fields when creating a link")
def test_create(victim, attacker, rng):
    """Owner, counters or times of a new link are the caller's to choose."""
    plain = attacker.link(target(rng))
    bodies = [{name: value} for name, value in FORGED.items()]
    bodies += [{name: victim.name} for name in ("owner", "user", "customer", "name")]
    for extra in bodies:
        tag = word(rng)
        response = attacker.request("POST", "/links", json={"target_url": target(rng, tag), **extra})
        link = payload(response)
        if response.status_code >= 300 or not isinstance(link, dict):
            continue
        taken = forged_fields(link, plain)
        if link.get("owner") == victim.name or victim.listed(q=tag):
            taken["owner"] = victim.name
        if taken:
            exploited(f"creating with {extra} gave {taken}")


@pytest.mark.requirement("R12", "R22")
@pytest.mark.attack(cwe=915, severity="high", title="Set server fields when changing a link")
def test_change(client, victim, attacker, rng):
    """The same through a change, also of limits and slug; the link is then read anew, by both customers."""
    extras = [*FORGED.items(), *((name, victim.name) for name in ("owner", "user")), ("slug", "")]
    extras += [("max_visits", 1_000_000), ("max_visits", None), ("expires_at", None)]
    for name, value in extras:
        link = attacker.link(target(rng), max_visits=1, ttl_s=600)
        value = word(rng) if name == "slug" else value
        path = f"/links/{link['slug']}"
        if victim.request("GET", path).status_code == 200:
            cannot_run("control: others read the link even before the change")
        attacker.request("PATCH", path, json={"disabled": False, name: value})
        own = attacker.request("GET", path)
        found = payload(own) if own.status_code == 200 else None
        if not isinstance(found, dict):
            exploited(f"changing with {name}={value!r} made the link vanish from its owner")
        if (found.get("owner") == victim.name) or victim.request("GET", path).status_code == 200:
            exploited(f"changing with {name}={value!r} gave the link to {victim.name}")
        taken = forged_fields(found, link)
        taken |= {each: found.get(each) for each in ("slug", "max_visits") if found.get(each) != link.get(each)}
        if instant(found.get("expires_at")) != instant(link.get("expires_at")):
            taken["expires_at"] = found.get("expires_at")
        if taken:
            exploited(f"changing with {name}={value!r} gave {taken}")
    control = attacker.link(target(rng))
    if attacker.request("PATCH", f"/links/{control['slug']}", json={"disabled": True}).status_code != 200:
        cannot_run("control: a legitimate change is not accepted")


@pytest.mark.requirement("R15")
@pytest.mark.attack(cwe=840, severity="medium", title="Use up a victim's visits without visiting")
def test_use_up(client, victim, rng):
    """Requests that are not redirected count against max_visits."""
    link = victim.link(target(rng), max_visits=9)
    redirected = 0  # what `preview` means with another value is the service's choice: a redirect is a visit
    for params in ({"preview": "true"}, {"preview": "nonsense"}):
        for _ in range(3):
            redirected += visit(client, link["slug"], params=params).status_code in REDIRECTS
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        redirected += client.request(method, f"/r/{link['slug']}").status_code in REDIRECTS
    for number in range(redirected, 9):
        if visit(client, link["slug"]).status_code == 410:
            exploited(f"after {number} of 9 visits the link is exhausted")
    control = victim.link(target(rng))
    must_lead_to(client, control["slug"], control["target_url"])
