"""Who is calling: health and visits are open, everything else needs a token."""

import pytest
from links import go, target, word

OPERATIONS = (
    ("POST", "/links"),
    ("GET", "/links"),
    ("GET", "/links/{slug}"),
    ("PATCH", "/links/{slug}"),
    ("DELETE", "/links/{slug}"),
    ("GET", "/links/{slug}/stats"),
)


@pytest.mark.requirement("R1")
def test_health_and_visits_are_open(client, alice, rng):
    """The service says that it is up, and redirects, without a token."""
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}
    link = alice.link(target(rng))
    assert go(client, link["slug"]) == link["target_url"]


@pytest.mark.requirement("R2")
def test_no_token_no_answer(client, alice, rng):
    """Each operation on links answers 401 without a token, and does nothing."""
    link, tag = alice.link(target(rng)), word(rng)
    bodies = {"POST": {"json": {"target_url": target(rng, tag)}}, "PATCH": {"json": {"disabled": True}}}
    for method, path in OPERATIONS:
        response = client.request(method, path.format(slug=link["slug"]), **bodies.get(method, {}))
        assert response.status_code == 401, f"{method} {path}: {response!r}"
    assert alice.read(link["slug"]) == link
    assert alice.page(q=tag)["total"] == 0


@pytest.mark.requirement("R2")
def test_only_the_whole_token_in_the_right_place_counts(client, alice, rng):
    """Other schemes, parts of a token, a name, or a token elsewhere are worth nothing."""
    token = alice.token
    wrong = [f"Bearer {token[:-1]}", f"Bearer {token}0", f"Bearer {''.join(rng.choices('0123456789abcdef', k=24))}"]
    wrong += ["Bearer alice", f"Bearer alice:{token}", f"Basic {token}", f"Token {token}", token, "Bearer", ""]
    for value in wrong:
        response = client.get("/links", headers={"Authorization": value})
        assert response.status_code == 401, f"Authorization {value!r}: {response!r}"
    elsewhere = client.get("/links", params={"token": token, "access_token": token}, headers={"X-Api-Key": token})
    assert elsewhere.status_code == 401


@pytest.mark.requirement("R2", "R3", "R19")
def test_the_token_names_the_owner(alice, bob, carol, rng):
    """A link belongs to whoever sent the token, and is in nobody else's list."""
    tag = word(rng)
    for caller in (alice, bob, carol):
        link = caller.link(target(rng, tag))
        assert link["owner"] == caller.name
        assert [found["slug"] for found in caller.page(q=tag)["links"]] == [link["slug"]]
