"""A customer goes for somebody else's links (IDOR, CWE-639)."""

import pytest
from callers import must_lead_to, payload, target, visit, word
from harness_probe import cannot_run, exploited


@pytest.mark.requirement("R18")
@pytest.mark.attack(cwe=639, severity="critical", title="Read another customer's link by its slug")
def test_read(victim, attacker, rng):
    """The slug of a foreign link is enough to read what only its owner may see."""
    secret = word(rng)
    link = victim.link(target(rng, secret), max_visits=77)
    victim.read(link["slug"])
    for slug in (link["slug"], link["slug"].upper(), f"{link['slug']}/"):
        response = attacker.request("GET", f"/links/{slug}")
        if secret in response.text:
            exploited(f"{attacker.name} read {victim.name}'s link: {response.text[:300]}")


@pytest.mark.requirement("R18", "R24")
@pytest.mark.attack(cwe=639, severity="critical", title="Read another customer's statistics")
def test_stats(client, victim, attacker, rng):
    """The slug of a foreign link is enough to see how often it was visited."""
    link = victim.link(target(rng))
    visits = rng.randint(3, 7)
    for _ in range(visits):
        must_lead_to(client, link["slug"], link["target_url"])
    victim.stats(link["slug"], visits)
    for slug in (link["slug"], link["slug"].upper()):
        response = attacker.request("GET", f"/links/{slug}/stats")
        found = payload(response)
        if response.status_code == 200 and isinstance(found, dict) and found.get("visits") == visits:
            exploited(f"{attacker.name} read {victim.name}'s statistics: {response.text[:300]}")


@pytest.mark.requirement("R18", "R22")
@pytest.mark.attack(cwe=639, severity="critical", title="Send another customer's visitors elsewhere")
def test_change(client, victim, attacker, rng):
    """The slug of a foreign link is enough to change its target or to switch it off."""
    link = victim.link(target(rng))
    must_lead_to(client, link["slug"], link["target_url"])
    evil = target(rng, "evil")
    for method, path in (("PATCH", link["slug"]), ("PATCH", link["slug"].upper()), ("PUT", link["slug"])):
        attacker.request(method, f"/links/{path}", json={"target_url": evil})
    attacker.request("POST", "/links", json={"target_url": evil, "slug": link["slug"]})
    arrived = visit(client, link["slug"]).headers.get("location")
    if arrived == evil:
        exploited(f"visitors of {victim.name}'s link now arrive at {evil}")
    attacker.request("PATCH", f"/links/{link['slug']}", json={"disabled": True})
    if visit(client, link["slug"]).status_code == 410:
        exploited(f"{attacker.name} switched {victim.name}'s link off")


@pytest.mark.requirement("R18", "R23")
@pytest.mark.attack(cwe=639, severity="critical", title="Delete another customer's link")
def test_delete(client, victim, attacker, rng):
    """The slug of a foreign link is enough to delete it."""
    link = victim.link(target(rng))
    must_lead_to(client, link["slug"], link["target_url"])
    for slug in (link["slug"], link["slug"].upper()):
        attacker.request("DELETE", f"/links/{slug}")
        if visit(client, link["slug"]).status_code in (404, 410):
            exploited(f"{attacker.name} deleted {victim.name}'s link")


@pytest.mark.requirement("R19", "R20", "R21")
@pytest.mark.attack(cwe=639, severity="critical", title="List another customer's links")
def test_list(victim, attacker, rng):
    """Lists, however filtered or paged, show foreign links; a foreign cursor carries foreign rights."""
    tag, secret = word(rng), word(rng)  # the one is asked for, and may be repeated by a refusal; the other never sent
    for _ in range(3):
        victim.link(f"{target(rng, tag)}/{secret}")
    attacker.link(target(rng))
    first = payload(victim.request("GET", "/links", params={"q": tag, "limit": 1}))
    if not isinstance(first, dict) or not isinstance(first.get("next_cursor"), str):
        cannot_run("control: the owner's first page has no next_cursor")
    hints = [{"q": tag}, {"q": tag, "state": "active"}, {"limit": 100}, {"state": "active", "limit": 100}]
    hints += [{name: victim.name, "limit": 100} for name in ("owner", "user", "customer", "as")]
    hints += [
        {"all": "true", "limit": 100},
        {"cursor": first["next_cursor"]},
        {"q": tag, "cursor": first["next_cursor"]},
    ]
    for params in hints:
        response = attacker.request("GET", "/links", params=params)
        if secret in response.text:
            exploited(f"{attacker.name} found {victim.name}'s links in the list with {params}")
        found = payload(response)
        if params == {"q": tag} and isinstance(found, dict) and found.get("total"):
            exploited(f"{attacker.name} was told how many links of {victim.name} match")
