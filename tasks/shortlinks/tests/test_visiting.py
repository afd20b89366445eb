"""Visits: redirected, refused, and counted exactly."""

import time
from datetime import UTC, datetime
from functools import partial

import pytest
from links import REDIRECTS, at_once, from_now, go, target, visit, word

MANY, THREADS, ROUNDS = 60, 12, 3


@pytest.mark.requirement("R13")
def test_a_visit_is_always_redirected_alike(client, alice, rng):
    """302 or 307, the same for all links and visits, whatever else the query holds."""
    seen = set()
    for fields in ({}, {"ttl_s": 600}, {"max_visits": 50}, {"slug": word(rng)}):
        link = alice.link(target(rng), **fields)
        for params in ({}, {"preview": "false"}, {"utm": "x"}):
            response = visit(client, link["slug"], params=params)
            assert response.headers.get("location") == link["target_url"]
            seen.add(response.status_code)
    assert seen in ({302}, {307})


@pytest.mark.requirement("R14")
def test_unknown_slugs_are_404(client, alice, rng):
    """Never given out, malformed or deleted; with and without preview; no Location."""
    deleted = alice.link(target(rng))["slug"]
    assert alice.delete(f"/links/{deleted}").status_code == 204
    for slug in (
        word(rng),
        word(rng).upper(),
        deleted,
        "x",
        "a" * 300,
        "a.b",
        "-",
        "%20",
        "%27",
        "%F0%9F%9A%9A",
        "admin",
    ):
        for params in ({}, {"preview": "true"}):
            response = visit(client, slug, params=params)
            assert response.status_code == 404, f"slug {slug!r}: {response!r}"
            assert "location" not in response.headers


@pytest.mark.requirement("R14", "R17", "R22")
def test_a_disabled_link_is_410_until_it_is_enabled(client, alice, rng):
    """It takes effect with the next visit, both ways."""
    link = alice.link(target(rng))
    for _ in range(2):
        off = alice.change(link["slug"], disabled=True)
        assert (off["disabled"], off["state"], off["target_url"]) == (True, "disabled", link["target_url"])
        for params in ({}, {"preview": "true"}):
            response = visit(client, link["slug"], params=params)
            assert response.status_code == 410, repr(response)
            assert "location" not in response.headers
        assert alice.read(link["slug"])["state"] == "disabled"
        assert alice.change(link["slug"], disabled=False)["state"] == "active"
        assert go(client, link["slug"]) == link["target_url"]


@pytest.mark.requirement("R9", "R14", "R17", "R20")
def test_links_expire(client, alice, rng):
    """Redirected until the moment, 410 from then on, by ttl_s and by expires_at; `disabled` comes first."""
    for life in (1, 4, 16):  # a longer one where everything is too slow to be seen within the short one
        tag, started = word(rng), time.monotonic()
        by_ttl = alice.link(target(rng, tag), ttl_s=life)
        made = alice.post(
            "/links", json={"target_url": target(rng, tag), "expires_at": from_now(life), "max_visits": 1}
        )
        off = alice.link(target(rng, tag), ttl_s=life)
        alice.change(off["slug"], disabled=True)
        stays = alice.link(target(rng, tag), ttl_s=600)
        visits = [visit(client, link["slug"]) for link in (by_ttl, made.json()) if "slug" in link]
        if time.monotonic() < started + life:
            break
    assert made.status_code == 201, f"a link that expires in {life} s: {made!r}"
    by_moment = made.json()
    for link, answer in zip((by_ttl, by_moment), visits, strict=True):
        assert answer.status_code in REDIRECTS, repr(answer)
        assert answer.headers.get("location") == link["target_url"]
    time.sleep(life + 0.25)
    for link in (by_ttl, by_moment, off):
        response = visit(client, link["slug"])
        assert response.status_code == 410, f"expired {link['expires_at']}: {response!r}"
        assert visit(client, link["slug"], params={"preview": "true"}).status_code == 410
    assert go(client, stays["slug"]) == stays["target_url"]
    states = {link["slug"]: alice.read(link["slug"])["state"] for link in (by_ttl, by_moment, off, stays)}
    assert list(states.values()) == ["expired", "expired", "disabled", "active"]
    for state, count in (("expired", 2), ("disabled", 1), ("active", 1), ("exhausted", 0)):
        assert alice.page(q=tag, state=state)["total"] == count, state
    assert alice.read(by_ttl["slug"])["visits"] == 1


@pytest.mark.requirement("R10", "R14", "R15", "R17")
def test_max_visits_are_redirected_and_no_more(client, alice, rng):
    """Exactly that many, then 410; what is refused does not count."""
    for limit in (1, 2, rng.randint(3, 6)):
        link = alice.link(target(rng), max_visits=limit)
        assert link["max_visits"] == limit
        answers = [visit(client, link["slug"]).status_code for _ in range(limit + 3)]
        assert all(status in REDIRECTS for status in answers[:limit]), answers
        assert answers[limit:] == [410] * 3, f"max_visits {limit}: {answers}"
        assert visit(client, link["slug"], params={"preview": "true"}).status_code == 410
        alice.counted(link["slug"], limit)
        assert alice.read(link["slug"])["state"] == "exhausted"


@pytest.mark.requirement("R15", "R16")
def test_previews_and_refusals_are_not_counted(client, alice, rng):
    """Previews, which show slug and target to anybody, refusals and the owner's own looks are no visits."""
    link = alice.link(target(rng), slug=word(rng).title())
    expected = {"slug": link["slug"], "target_url": link["target_url"]}
    visits = 0
    for _ in range(3):
        for _ in range(rng.randint(1, 4)):
            go(client, link["slug"])
            visits += 1
        shown = visit(client, rng.choice([link["slug"], link["slug"].upper()]), "m", params={"preview": "true"})
        assert shown.status_code == 200, repr(shown)
        assert {name: shown.json()[name] for name in ("slug", "target_url")} == expected
        assert "location" not in shown.headers
        alice.change(link["slug"], disabled=True)
        assert visit(client, link["slug"], "m").status_code == 410
        alice.change(link["slug"], disabled=False)
        alice.counted(link["slug"], visits, visitors=0)


@pytest.mark.requirement("R15")
def test_no_visit_is_lost_when_many_arrive_at_once(client, alice, rng):
    """Every one of many simultaneous redirects is in the figures, once."""
    for _ in range(ROUNDS):
        link = alice.link(target(rng))
        answers = at_once([partial(visit, client, link["slug"], f"m{number}") for number in range(MANY)], THREADS)
        assert {answer.headers.get("location") for answer in answers} == {link["target_url"]}
        alice.counted(link["slug"], MANY, visitors=MANY)


@pytest.mark.requirement("R10", "R15")
def test_max_visits_are_exact_when_many_arrive_at_once(client, alice, rng):
    """Of simultaneous visits exactly max_visits are redirected."""
    for _ in range(ROUNDS):
        limit = rng.randint(5, MANY // 3)
        link = alice.link(target(rng), max_visits=limit)
        answers = at_once([partial(visit, client, link["slug"])] * (MANY // 2), THREADS)
        statuses = sorted(answer.status_code for answer in answers)
        assert sum(status in REDIRECTS for status in statuses) == limit, f"max_visits {limit}: {statuses}"
        assert statuses.count(410) == MANY // 2 - limit
        alice.counted(link["slug"], limit)


@pytest.mark.requirement("R24")
def test_visits_by_day(client, alice, rng):
    """Nothing before the first visit, then one entry for today (UTC) with all of them."""
    link = alice.link(target(rng))
    empty = {"slug": link["slug"], "visits": 0, "unique_visitors": 0, "by_day": []}
    assert {name: alice.stats(link["slug"])[name] for name in empty} == empty
    before = datetime.now(UTC).date()
    count = rng.randint(2, 6)
    for _ in range(count):
        go(client, link["slug"])
    after = datetime.now(UTC).date()
    by_day = alice.counted(link["slug"], count)["by_day"]
    assert [day["day"] for day in by_day] == sorted({day["day"] for day in by_day})
    assert {day["day"] for day in by_day} <= {before.isoformat(), after.isoformat()}


@pytest.mark.requirement("R25")
def test_unique_visitors(client, alice, rng):
    """Different marks count once each and case matters; no mark, or a malformed one, is a visit and no visitor."""
    link, other = alice.link(target(rng)), alice.link(target(rng))
    mark = word(rng)
    good = [mark, mark, mark.upper(), f"{mark}-_9", mark * 5, mark, "x", "a" * 64]
    ignored = [None, "", " ", f"{mark} x", f"{mark};", "a" * 65, f"{mark}'", f"{mark}.", "%41", '"x"', "x,y"]
    marks = good + ignored
    rng.shuffle(marks)
    for each in marks:
        go(client, link["slug"], each)
    go(client, other["slug"], mark)
    alice.counted(link["slug"], len(marks), visitors=len(set(good)))
    alice.counted(other["slug"], 1, visitors=1)
