import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from shortlinks import create_app, views
from tests.conftest import URL


def slugs(page):
    return [link["slug"] for link in page["links"]]


def walk(caller, **params):
    page = caller.listed(**params)
    pages = [slugs(page)]
    while page["next_cursor"]:
        page = caller.listed(**params, cursor=page["next_cursor"])
        pages.append(slugs(page))
    return pages


def test_health_is_open_and_the_rest_is_not(app):
    client = app.test_client()
    assert client.get("/health").json == {"status": "ok"}
    for value in ("", "Bearer", "Bearer x", "Basic a", "a", "Bearer a ", "Bearer é"):
        response = client.get("/links", headers={"Authorization": value})
        assert (response.status_code, response.json["error"]["code"]) == (401, 401), value
    assert client.delete("/links/abc").status_code == 401


def test_unknown_paths_and_methods_are_json(alice):
    assert alice("GET", "/nothing").json == {"error": {"code": 404, "message": "Not Found"}}
    assert alice("PUT", "/links").json["error"]["code"] == 405


def test_a_new_link(alice):
    link = alice.link(slug=None, ttl_s=None)
    assert alice("GET", f"/links/{link['slug']}").json == link
    assert len(link["slug"]) == 12
    assert set(link["slug"]) <= set(views.ALPHABET)
    assert abs(datetime.fromisoformat(link["created_at"]) - datetime.now(UTC)) < timedelta(seconds=30)
    expected = {"target_url": URL, "owner": "alice", "state": "active", "disabled": False, "visits": 0}
    expected |= {"max_visits": None, "expires_at": None, "updated_at": link["created_at"]}
    assert {name: link[name] for name in expected} == expected


def test_slugs_of_ones_own(alice, bob, anybody):
    assert alice.link(slug="Spring-24")["slug"] == "spring-24"
    assert anybody("SPRING-24").headers["Location"] == URL
    assert bob("POST", "/links", {"target_url": URL, "slug": "spring-24"}).status_code == 409
    assert alice("DELETE", "/links/Spring-24").status_code == 204
    assert alice("POST", "/links", {"target_url": URL, "slug": "SPRING-24"}).status_code == 409


def test_a_drawn_slug_that_is_taken_is_drawn_again(alice, monkeypatch):
    drawn = iter(["first", "first", "second"])
    monkeypatch.setattr(views, "draw", lambda: next(drawn))
    assert [alice.link()["slug"], alice.link()["slug"]] == ["first", "second"]


def test_ends(alice):
    assert alice.link(expires_at="2035-03-01T09:30:00+01:00")["expires_at"] == "2035-03-01T08:30:00.000000+00:00"
    link = alice.link(ttl_s=31_536_000)
    left = datetime.fromisoformat(link["expires_at"]) - datetime.fromisoformat(link["created_at"])
    assert left == timedelta(days=365)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"target_url": None},
        {"target_url": "ftp://x.example.com"},
        {"target_url": URL, "slug": "x"},
        {"target_url": URL, "ttl_s": 0},
        {"target_url": URL, "ttl_s": 31_536_001},
        {"target_url": URL, "max_visits": 0},
        {"target_url": URL, "max_visits": 1_000_001},
        {"target_url": URL, "expires_at": "2020-01-01T00:00:00Z"},
        {"target_url": URL, "expires_at": "2035-01-01T00:00:00Z", "ttl_s": 5},
        {"target_url": URL, "owner": "bob"},
    ],
)
def test_broken_links_are_refused(alice, body):
    response = alice("POST", "/links", body)
    assert (response.status_code, response.json["error"]["code"]) == (400, 400)
    assert alice.listed() == {"links": [], "total": 0, "next_cursor": None}


def test_visits(alice, anybody):
    link = alice.link(max_visits=3)
    assert anybody(link["slug"], preview="true").json == {"slug": link["slug"], "target_url": URL}
    answers = [anybody(link["slug"], mark) for mark in ("m", "M", "m m", "m")]
    assert [(each.status_code, each.headers.get("Location")) for each in answers] == [(307, URL)] * 3 + [(410, None)]
    assert alice("GET", f"/links/{link['slug']}").json["state"] == "exhausted"
    stats = alice("GET", f"/links/{link['slug']}/stats").json
    by_day = stats.pop("by_day")
    assert stats == {"slug": link["slug"], "visits": 3, "unique_visitors": 2}
    assert [day["visits"] for day in by_day] == [3]
    assert by_day[0]["day"] == link["created_at"][:10]
    assert anybody(link["slug"], preview="true").status_code == 410
    assert anybody(link["slug"], preview="1").status_code == 400
    for slug in ("unknown", "x", "é"):
        assert anybody(slug).status_code == anybody(slug, preview="true").status_code == 404


@pytest.mark.parametrize("url", [URL, "HTTP://Example.COM", 'https://example.com/{"a|b"};x=%41%2f?q=a+b&r[]=~#/x?y'])
def test_visitors_arrive_at_the_target_to_the_byte(alice, anybody, url):
    response = anybody(alice.link(url)["slug"])
    assert (response.status_code, response.headers["Location"]) == (307, url)


def test_states(alice, anybody):
    made = {
        "active": alice.link(max_visits=2, ttl_s=60),
        "disabled": alice.link(ttl_s=1, max_visits=1),
        "expired": alice.link(ttl_s=1, max_visits=1),
        "exhausted": alice.link(max_visits=1),
    }
    for name in ("disabled", "expired", "exhausted"):
        assert anybody(made[name]["slug"]).status_code == 307
    assert alice("PATCH", f"/links/{made['disabled']['slug']}", {"disabled": True}).json["state"] == "disabled"
    time.sleep(1.01)
    for name, link in made.items():
        assert alice("GET", f"/links/{link['slug']}").json["state"] == name
        page = alice.listed(state=name)
        assert (slugs(page), page["total"]) == ([link["slug"]], 1)
        assert anybody(link["slug"], preview="true").status_code == (200 if name == "active" else 410)
        assert anybody(link["slug"]).status_code == (307 if name == "active" else 410)


def test_simultaneous_visits(alice, anybody):
    link = alice.link(max_visits=9)
    with ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(anybody, link["slug"]) for _ in range(24)]
    assert sorted(answer.result().status_code for answer in answers) == [307] * 9 + [410] * 15
    assert alice("GET", f"/links/{link['slug']}/stats").json["visits"] == 9


def test_lists(alice, bob):
    made = [alice.link(f"https://{name}.example.com/A%20b")["slug"] for name in ("one", "two", "three")]
    bob.link()
    assert slugs(alice.listed()) == made[::-1]
    assert slugs(alice.listed(q="//two.")) == slugs(alice.listed(q="two", state="active")) == [made[1]]
    for text in ("TWO", "t_o", "%two", "' OR 1=1 --"):
        assert alice.listed(q=text)["total"] == 0
    assert alice.listed(q="two", state="disabled")["total"] == 0
    for params in ({"state": "x"}, {"q": ""}, {"limit": "0"}, {"cursor": "x"}, {"cursor": ""}):
        assert alice("GET", "/links", query_string=params).status_code == 400


def test_paging(alice):
    made = [alice.link()["slug"] for _ in range(21)][::-1]
    for params, sizes in (({"limit": 8}, [8, 8, 5]), ({"limit": 7}, [7, 7, 7]), ({}, [20, 1])):
        pages = walk(alice, q="shop", **params)
        assert [len(page) for page in pages] == sizes
        assert [slug for page in pages for slug in page] == made
    assert alice.listed(limit=1)["total"] == 21


def test_changes(alice, bob):
    link = alice.link(slug="mine", max_visits=5)
    changed = alice("PATCH", "/links/MINE", {"target_url": "http://new.example.com"}).json
    assert changed == {**link, "target_url": "http://new.example.com", "updated_at": changed["updated_at"]}
    assert changed["updated_at"] > link["updated_at"]
    changed = alice("PATCH", "/links/mine", {"disabled": True}).json
    assert (changed["target_url"], changed["disabled"]) == ("http://new.example.com", True)
    assert alice("PATCH", "/links/mine", {"disabled": False}).json["disabled"] is False
    for body in ({}, {"disabled": None}, {"target_url": None}, {"disabled": 1}, {"slug": "other"}):
        assert alice("PATCH", "/links/mine", body).status_code == 400
    assert alice("GET", "/links/mine").json["target_url"] == "http://new.example.com"
    for method, body in (("GET", None), ("PATCH", {"disabled": True}), ("DELETE", None)):
        assert bob(method, "/links/mine", body).status_code == 404
    assert bob("GET", "/links/mine/stats").status_code == 404


def test_deleting(alice, anybody):
    link, stays = alice.link(), alice.link()
    anybody(link["slug"])
    response = alice("DELETE", f"/links/{link['slug']}")
    assert (response.status_code, response.data) == (204, b"")
    assert alice("GET", f"/links/{link['slug']}").status_code == anybody(link["slug"]).status_code == 404
    assert alice("DELETE", f"/links/{link['slug']}").status_code == 404
    assert slugs(alice.listed()) == [stays["slug"]]


def test_a_failed_change_is_undone(app, alice):
    link = alice.link()
    storage = app.extensions["shortlinks.storage"]
    with pytest.raises(RuntimeError), storage.change() as connection:
        connection.execute("DELETE FROM links")
        raise RuntimeError
    assert alice("GET", f"/links/{link['slug']}").json == link


def test_links_survive_a_restart(alice, tmp_path):
    link = alice.link()
    again = create_app(str(tmp_path / "app.db"), {"t": "alice"}).test_client()
    assert again.get(f"/links/{link['slug']}", headers={"Authorization": "Bearer t"}).json == link


def test_the_environment_sets_it_up(monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/env.db")
    monkeypatch.setenv("API_TOKENS", "alice:x:y, bob:z")
    from shortlinks import wsgi

    client = wsgi.from_environment(os.environ).test_client()
    assert client.get("/links", headers={"Authorization": "Bearer x:y"}).json["total"] == 0
    assert client.get("/links", headers={"Authorization": "Bearer z"}).status_code == 200
    assert (tmp_path / "env.db").exists()
