import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import URL


def slugs(page):
    return [link["slug"] for link in page["links"]]


def stats(client, slug, visits):
    """The statistics once they show so many visits, which takes a moment."""
    deadline = time.monotonic() + 5
    while (found := client.get(f"/links/{slug}/stats").json())["visits"] != visits:
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


def walk(client, **params):
    page = client.get("/links", params=params).json()
    pages = [slugs(page)]
    while page["next_cursor"]:
        page = client.get("/links", params={**params, "cursor": page["next_cursor"]}).json()
        pages.append(slugs(page))
    return pages


def test_health_is_open_and_the_rest_is_not(anybody):
    assert anybody.get("/health").json() == {"status": "ok"}
    for value in ("", "Bearer", "Bearer x", "Basic a", "a"):
        response = anybody.get("/links", headers={"Authorization": value})
        assert (response.status_code, response.json()) == (401, {"title": "no valid token"})
        assert response.headers["Content-Type"] == "application/problem+json"
    for method, path in (
        ("POST", "/links"),
        ("GET", "/links/x"),
        ("PATCH", "/links/x"),
        ("DELETE", "/links/x"),
        ("GET", "/links/x/stats"),
    ):
        assert anybody.request(method, path).status_code == 401


def test_a_new_link(alice, make):
    link = make()
    assert alice.get(f"/links/{link['slug']}").json() == link
    assert abs(datetime.fromisoformat(link["created_at"]) - datetime.now(UTC)) < timedelta(seconds=30)
    expected = {
        "target_url": URL,
        "owner": "alice",
        "state": "active",
        "disabled": False,
        "visits": 0,
        "max_visits": None,
    }
    expected |= {"expires_at": None, "updated_at": link["created_at"]}
    assert {name: link[name] for name in expected} == expected
    assert len(link) == 10


def test_taken_slugs(alice, bob, make):
    assert make(slug="Spring-24")["slug"] == "spring-24"
    for client in (alice, bob):
        assert client.post("/links", json={"target_url": URL, "slug": "SPRING-24"}).status_code == 409
    assert alice.delete("/links/Spring-24").status_code == 204
    assert bob.post("/links", json={"target_url": URL, "slug": "spring-24"}).status_code == 409
    assert alice.get("/links/spring-24").status_code == 404


def test_a_drawn_slug_that_is_taken_is_drawn_again(make, monkeypatch):
    drawn = iter(["first", "first", "second"])
    monkeypatch.setattr("shorty.app.new_slug", lambda: next(drawn))
    assert [make()["slug"], make()["slug"]] == ["first", "second"]


def test_broken_bodies_are_refused(alice, make):
    answers = [alice.post("/links", content=b"{"), alice.patch(f"/links/{make()['slug']}", json={})]
    answers += [alice.get("/links", params={"limit": 0}), alice.get("/r/abc", params={"preview": "1"})]
    assert [answer.status_code for answer in answers] == [400] * 4
    assert answers[0].json() == {"title": "the request breaks the contract"}


def test_visits(anybody, alice, make):
    link = make(max_visits=3)
    slug = link["slug"]
    assert anybody.get(f"/r/{slug.upper()}?preview=true").json() == {"slug": slug, "target_url": URL}
    marks = ("m", "M", "m m", "m")
    answers = [anybody.get(f"/r/{slug}", headers={"X-Visitor": mark}) for mark in marks]
    assert [(each.status_code, each.headers.get("Location")) for each in answers] == [(302, URL)] * 3 + [(410, None)]
    assert alice.get(f"/links/{slug}").json()["state"] == "exhausted"
    found = stats(alice, slug, 3)
    assert found["by_day"] == [{"day": datetime.now(UTC).date().isoformat(), "visits": 3}]
    assert (found["slug"], found["unique_visitors"]) == (slug, 2)
    assert anybody.get(f"/r/{slug}?preview=true").status_code == 410
    assert [anybody.get(f"/r/{other}").status_code for other in ("unknown", "x", "%27")] == [404] * 3


def test_states(anybody, alice, make):
    made = {
        "active": make(max_visits=2, ttl_s=60),
        "disabled": make(max_visits=1, ttl_s=1),
        "expired": make(max_visits=1, ttl_s=1),
        "exhausted": make(max_visits=1),
    }
    for name in ("disabled", "expired", "exhausted"):
        anybody.get(f"/r/{made[name]['slug']}")
    changed = alice.patch(f"/links/{made['disabled']['slug']}", json={"disabled": True}).json()
    assert (changed["state"], changed["target_url"], changed["visits"]) == ("disabled", URL, 1)
    time.sleep(1.01)
    for name, link in made.items():
        page = alice.get("/links", params={"state": name}).json()
        assert (slugs(page), page["total"]) == ([link["slug"]], 1)
        assert alice.get(f"/links/{link['slug']}").json()["state"] == name
        assert anybody.get(f"/r/{link['slug']}").status_code == (302 if name == "active" else 410)


def test_lists(alice, bob, make):
    made = [make(f"https://{name}.example.com/A%20b")["slug"] for name in ("one", "two", "three")]
    make(client=bob)
    assert walk(alice) == [made[::-1]]
    assert walk(alice, q="//two.") == walk(alice, q="two", state="active") == [[made[1]]]
    assert walk(alice, q="TWO") == walk(alice, q="two", state="disabled") == [[]]


def test_paging(alice, make):
    made = [make()["slug"] for _ in range(21)][::-1]
    for params, sizes in (({"limit": 8}, [8, 8, 5]), ({"limit": 7}, [7, 7, 7]), ({}, [20, 1])):
        pages = walk(alice, q="shop", **params)
        assert [len(page) for page in pages] == sizes
        assert [slug for page in pages for slug in page] == made
    assert alice.get("/links", params={"limit": 1}).json()["total"] == 21


def test_changes(alice, bob, make):
    link = make(slug="mine", max_visits=5)
    changed = alice.patch("/links/MINE", json={"target_url": "http://new.example.com"}).json()
    assert changed == {**link, "target_url": "http://new.example.com", "updated_at": changed["updated_at"]}
    assert changed["updated_at"] > link["updated_at"]
    for method, body in (("GET", None), ("PATCH", {"disabled": True}), ("DELETE", None)):
        assert bob.request(method, "/links/mine", json=body).status_code == 404
    assert bob.get("/links/mine/stats").json() == {"title": "no such link"}
    assert alice.get("/links/mine").json() == changed


def test_deleting(anybody, alice, make):
    link, stays = make(), make()
    anybody.get(f"/r/{link['slug']}", headers={"X-Visitor": "m"})
    response = alice.delete(f"/links/{link['slug']}")
    assert (response.status_code, response.content) == (204, b"")
    assert alice.delete(f"/links/{link['slug']}").status_code == anybody.get(f"/r/{link['slug']}").status_code == 404
    assert walk(alice) == [[stays["slug"]]]


@pytest.mark.parametrize("disabled", [False, True])
def test_everything_survives_a_restart(start, disabled):
    auth = {"Authorization": "Bearer a"}
    with start() as client:
        slug = client.post("/links", json={"target_url": URL, "max_visits": 9}, headers=auth).json()["slug"]
        gone = client.post("/links", json={"target_url": URL, "slug": "gone"}, headers=auth).json()["slug"]
        assert client.get(f"/r/{slug}", headers={"X-Visitor": "m"}).status_code == 302
        link = client.patch(f"/links/{slug}", json={"disabled": disabled}, headers=auth).json()
        client.delete(f"/links/{gone}", headers=auth)
    with start() as client:
        assert client.get(f"/links/{slug}", headers=auth).json() == link
        assert client.get(f"/links/{slug}/stats", headers=auth).json()["unique_visitors"] == 1
        assert client.post("/links", json={"target_url": URL, "slug": gone}, headers=auth).status_code == 409
        assert client.post("/links", json={"target_url": URL, "slug": "new"}, headers=auth).status_code == 201


def test_the_environment_sets_it_up(environ, tmp_path):
    from starlette.testclient import TestClient

    from shorty.app import from_environment

    with TestClient(from_environment({**environ, "API_TOKENS": "alice:x:y, bob:z"})) as client:
        for token in ("x:y", "z"):
            assert client.get("/links", headers={"Authorization": f"Bearer {token}"}).json()["total"] == 0
    assert (tmp_path / "unused.db").exists()
