"""Creating a link: what is stored, its slug, its limits, what is refused."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from links import REFUSED, at_once, from_now, go, instant, target, visit, word

RESERVED = ("admin", "api", "health", "help", "links", "login", "logout", "root", "static", "stats", "support", "www")
JSON = {"Content-Type": "application/json"}


@pytest.mark.requirement("R3")
def test_a_new_link(alice, rng):
    """201 with the whole link: active, never visited, without limits; null counts as not sent."""
    nothing = {"slug": None, "expires_at": None, "ttl_s": None, "max_visits": None}
    for optional in ({}, nothing, {rng.choice(sorted(nothing)): None}):
        url = target(rng)
        link = alice.link(url, **optional)
        expected = {"target_url": url, "owner": "alice", "state": "active", "disabled": False, "visits": 0}
        expected |= {"max_visits": None, "expires_at": None}
        assert {name: link[name] for name in expected} == expected
        assert abs(instant(link["created_at"]) - datetime.now(UTC)) < timedelta(minutes=5)
        assert alice.read(link["slug"]) == link


@pytest.mark.requirement("R6")
def test_slugs_that_the_service_makes(alice, bob, rng):
    """8 to 32 lower-case letters and digits, another one each time, for the same target too."""
    url = target(rng)
    made = [caller.link(url)["slug"] for caller in (alice, bob) for _ in range(15)]
    assert len(set(made)) == len(made)
    for slug in made:
        assert 8 <= len(slug) <= 32, slug
        assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789"), slug


@pytest.mark.requirement("R7")
def test_slugs_of_ones_own(client, alice, rng):
    """All allowed forms; shown in lower case and found in any."""
    tag = word(rng, 8)
    for wish in (f"Ab-{tag}_9", f"{rng.randint(0, 9)}{tag}".upper(), f"{tag}-_-", (tag * 4)[:32], tag.title()):
        link = alice.link(target(rng), slug=wish)
        assert link["slug"] == wish.lower()
        for spelling in (wish, wish.lower(), wish.upper(), wish.swapcase()):
            assert go(client, spelling) == link["target_url"]
            assert alice.read(spelling)["slug"] == link["slug"]
    assert alice.link(target(rng), slug=word(rng, 3))["state"] == "active"


@pytest.mark.requirement("R7")
def test_malformed_and_reserved_slugs_are_refused(alice, rng):
    """Too short, too long, other characters, other beginnings, reserved words in any case."""
    tag = word(rng, 6)
    wrong = ["", "ab", (tag * 6)[:33], f"-{tag}", f"_{tag}", f"{tag} x", f" {tag}", f"{tag}\n", f"{tag}.x", f"{tag}/x"]
    wrong += [
        f"é{tag}",
        f"{tag}\u212a",
        f"{tag}\u017f",
        f"{tag}%20",
        f"../{tag}",
        f"{tag}?",
        f"\uff41{tag}",
        12345,
        True,
        [tag],
    ]
    wrong += [spelling for name in RESERVED for spelling in (name, name.upper(), name.title())]
    for slug in wrong:
        response = alice.post("/links", json={"target_url": target(rng, tag), "slug": slug})
        assert response.status_code in REFUSED, f"slug {slug!r}: {response!r}"
    assert alice.page(q=tag)["total"] == 0


@pytest.mark.requirement("R8")
def test_a_taken_slug_is_a_conflict(client, alice, bob, rng):
    """409 in any case of letters, for oneself and others, also for slugs the service made; nothing changes."""
    tag = word(rng, 9)
    mine = alice.link(target(rng), slug=tag)
    made = alice.link(target(rng))
    for caller in (alice, bob):
        for slug in (tag, tag.upper(), tag.title(), made["slug"]):
            response = caller.post("/links", json={"target_url": target(rng), "slug": slug})
            assert response.status_code == 409, f"slug {slug!r}: {response!r}"
    assert go(client, tag) == mine["target_url"]
    assert alice.read(made["slug"]) == made


@pytest.mark.requirement("R8", "R23")
def test_the_slug_of_a_deleted_link_stays_taken(client, alice, bob, rng):
    """Nobody gets it again, the former owner neither."""
    for slug in (alice.link(target(rng), slug=word(rng))["slug"], alice.link(target(rng))["slug"]):
        assert alice.delete(f"/links/{slug}").status_code == 204
        for caller in (bob, alice):
            for spelling in (slug, slug.upper()):
                response = caller.post("/links", json={"target_url": target(rng), "slug": spelling})
                assert response.status_code == 409, f"slug {spelling!r} of a deleted link: {response!r}"
        assert visit(client, slug).status_code == 404


@pytest.mark.requirement("R8")
def test_of_simultaneous_wishes_one_succeeds(client, alice, bob, rng):
    """Eight requests for one slug at once: one 201, seven 409."""
    for _ in range(5):
        slug = word(rng)
        wishes = [
            partial(caller.post, "/links", json={"target_url": target(rng), "slug": rng.choice([slug, slug.upper()])})
            for caller in (alice, bob) * 4
        ]
        responses = at_once(wishes)
        assert sorted(response.status_code for response in responses) == [201] + [409] * 7
        winner = next(response.json() for response in responses if response.status_code == 201)
        assert go(client, slug) == winner["target_url"]


@pytest.mark.requirement("R9")
def test_expires_at_is_understood(alice, rng):
    """Offsets, fractions and ttl_s are turned into the same moment in UTC."""
    base = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=rng.randint(5000, 99999))
    plus = base.astimezone().strftime("%Y-%m-%dT%H:%M:%S")
    forms = [
        base.strftime("%Y-%m-%dT%H:%M:%SZ"),
        base.strftime("%Y-%m-%dT%H:%M:%S.000+00:00"),
        f"{plus}{_offset(base)}",
    ]
    forms.append((base + timedelta(hours=5, minutes=30)).strftime("%Y-%m-%dT%H:%M:%S+05:30"))
    forms.append((base - timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%S.0-08:00"))
    for text in forms:
        link = alice.link(target(rng), expires_at=text)
        assert instant(link["expires_at"]) == base, text
        assert link["expires_at"].upper().endswith(("Z", "+00:00")), "expires_at is not shown in UTC"
        assert link["state"] == "active"
    ttl = rng.randint(100, 31536000)
    link = alice.link(target(rng), ttl_s=ttl)
    left = instant(link["expires_at"]) - instant(link["created_at"])
    assert abs(left - timedelta(seconds=ttl)) < timedelta(seconds=2)
    assert alice.link(target(rng), ttl_s=31536000)["state"] == "active"


def _offset(moment):
    text = moment.astimezone().strftime("%z")
    return f"{text[:3]}:{text[3:]}"


@pytest.mark.requirement("R9", "R10", "R11")
def test_limits_that_make_no_sense_are_refused(alice, rng):
    """Moments that are past or malformed, both ends at once, numbers out of range or of the wrong type."""
    tag = word(rng)
    past = (datetime.now(UTC) - timedelta(seconds=rng.randint(1, 99))).isoformat()
    wrong = [
        {"expires_at": value}
        for value in (past, "2020-01-01T00:00:00Z", "tomorrow", "2035-01-01", "", 2051222400, True)
    ]
    wrong += [
        {"expires_at": value}
        for value in ("2035-01-01T00:00:00", "2035-13-01T00:00:00Z", "2035-02-30T00:00:00Z", "20350101T000000Z")
    ]
    wrong += [{"expires_at": from_now(3600), "ttl_s": 3600}]
    wrong += [{"ttl_s": value} for value in (0, -1, 31536001, "60", 1.5, True, [60])]
    wrong += [{"max_visits": value} for value in (0, -1, 1000001, "5", 2.5, True, {"a": 1})]
    for fields in wrong:
        response = alice.post("/links", json={"target_url": target(rng, tag), **fields})
        assert response.status_code in REFUSED, f"{fields}: {response!r}"
    assert alice.page(q=tag)["total"] == 0
    assert alice.link(target(rng), max_visits=1000000)["max_visits"] == 1000000


@pytest.mark.requirement("R11", "R27")
def test_bodies_that_break_the_contract_are_refused(alice, rng):
    """No target, a target that is no text, broken JSON, other JSON values, no body at all."""
    for body in (
        {},
        {"slug": word(rng)},
        {"target_url": None},
        {"target_url": 5},
        {"target_url": [target(rng)]},
        {"url": target(rng)},
    ):
        response = alice.post("/links", json=body)
        assert response.status_code in REFUSED, f"{body}: {response!r}"
    for text in (
        "",
        "{",
        '{"target_url": ',
        "nonsense",
        "[]",
        '"text"',
        "7",
        "null",
        "[" * 500,
        b"\xff\xfe{}",
        "{'a': 1}",
    ):
        response = alice.post("/links", content=text, headers=JSON)
        assert response.status_code in REFUSED, f"body {text[:20]!r}: {response!r}"


@pytest.mark.requirement("R12")
def test_fields_the_caller_may_not_set_are_refused(alice, bob, rng):
    """Refused, not dropped, when creating and when changing."""
    tag = word(rng)
    link = alice.link(target(rng))
    extras = {
        "owner": "bob",
        "visits": 5,
        "state": "active",
        "created_at": "2020-01-01T00:00:00Z",
        "id": 1,
        word(rng): 1,
    }
    for name, value in {**extras, "disabled": True}.items():
        response = alice.post("/links", json={"target_url": target(rng, tag), name: value})
        assert response.status_code in REFUSED, f"creating with {name}: {response!r}"
    for name, value in {**extras, "slug": word(rng), "max_visits": 9, "expires_at": from_now(99), "ttl_s": 5}.items():
        response = alice.patch(f"/links/{link['slug']}", json={"target_url": target(rng, tag), name: value})
        assert response.status_code in REFUSED, f"changing with {name}: {response!r}"
    assert alice.page(q=tag)["total"] == bob.page(q=tag)["total"] == 0
    assert alice.read(link["slug"]) == link
