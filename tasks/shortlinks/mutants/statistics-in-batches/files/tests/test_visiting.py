from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from app.service import LinkService
from fastapi.testclient import TestClient

from tests.linking import URL, link, listed, read, visit


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2035, 3, 1, 23, 59, 58, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@pytest.fixture
def clock(anonymous: TestClient, alice: TestClient) -> Clock:
    """The running application's clock."""
    service: LinkService = anonymous.app.state.links
    service._clock = Clock()
    return service._clock


@pytest.mark.parametrize("url", [URL, "HTTP://Example.COM", 'https://example.com/{"a|b"};x=%41%2f?q=a+b&r[]=~#/x?y'])
def test_visitors_arrive_at_the_target_to_the_byte(anonymous: TestClient, alice: TestClient, url: str) -> None:
    response = visit(anonymous, link(alice, url)["slug"])
    assert (response.status_code, response.headers["Location"], response.content) == (302, url, b"")


@pytest.mark.parametrize("slug", ["unknown", "x", "a.b.c", "n" * 40, "%27"])
def test_unknown_slugs(anonymous: TestClient, slug: str) -> None:
    for params in ({}, {"preview": "true"}):
        response = visit(anonymous, slug, **params)
        assert (response.status_code, response.json()) == (404, {"detail": "no such link"})


def test_any_case_of_letters(anonymous: TestClient, alice: TestClient) -> None:
    link(alice, slug="Spring")
    assert visit(anonymous, "sPRING").headers["Location"] == URL
    assert read(alice, "SPRING")["visits"] == 1


def test_the_preview_is_no_visit(anonymous: TestClient, alice: TestClient) -> None:
    made = link(alice, max_visits=1)
    response = visit(anonymous, made["slug"].upper(), preview="true")
    assert (response.status_code, response.json()) == (200, {"slug": made["slug"], "target_url": URL})
    assert read(alice, made["slug"])["visits"] == 0
    assert visit(anonymous, made["slug"], preview="false").status_code == 302
    assert visit(anonymous, made["slug"], preview="maybe").status_code == 422


def test_a_disabled_link(anonymous: TestClient, alice: TestClient) -> None:
    made = link(alice, max_visits=5)
    alice.patch(f"/links/{made['slug']}", json={"disabled": True})
    for params in ({}, {"preview": "true"}):
        response = visit(anonymous, made["slug"], **params)
        assert (response.status_code, response.json()) == (410, {"detail": "this link is disabled"})
    assert read(alice, made["slug"])["visits"] == 0
    alice.patch(f"/links/{made['slug']}", json={"disabled": False})
    assert visit(anonymous, made["slug"]).status_code == 302


def test_an_expired_link(anonymous: TestClient, alice: TestClient, clock: Clock) -> None:
    made = link(alice, ttl_s=10, max_visits=1)
    clock.advance(seconds=10, microseconds=-1)
    assert visit(anonymous, made["slug"]).status_code == 302
    assert read(alice, made["slug"])["state"] == "exhausted"
    clock.advance(microseconds=1)
    response = visit(anonymous, made["slug"])
    assert (response.status_code, response.json()) == (410, {"detail": "this link is expired"})
    assert read(alice, made["slug"])["state"] == "expired"
    alice.patch(f"/links/{made['slug']}", json={"disabled": True})
    assert read(alice, made["slug"])["state"] == "disabled"


@pytest.mark.parametrize("limit", [1, 3])
def test_an_exhausted_link(anonymous: TestClient, alice: TestClient, limit: int) -> None:
    made = link(alice, max_visits=limit)
    assert [visit(anonymous, made["slug"]).status_code for _ in range(limit + 2)] == [302] * limit + [410] * 2
    found = read(alice, made["slug"])
    assert (found["visits"], found["state"]) == (limit, "exhausted")
    assert visit(anonymous, made["slug"], preview="true").json() == {"detail": "this link is exhausted"}


def test_states_are_filters(anonymous: TestClient, alice: TestClient, clock: Clock) -> None:
    made = {
        "active": link(alice),
        "disabled": link(alice, ttl_s=1),
        "expired": link(alice, ttl_s=1),
        "exhausted": link(alice, max_visits=1),
    }
    visit(anonymous, made["exhausted"]["slug"])
    alice.patch(f"/links/{made['disabled']['slug']}", json={"disabled": True})
    clock.advance(seconds=1)
    for state, each in made.items():
        page = listed(alice, state=state)
        assert ([found["slug"] for found in page["links"]], page["total"]) == ([each["slug"]], 1)


def test_no_visit_is_lost(anonymous: TestClient, alice: TestClient) -> None:
    made, limited = link(alice), link(alice, max_visits=7)
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(visit, anonymous, made["slug"], f"m{number % 5}") for number in range(40)]
        limits = [pool.submit(visit, anonymous, limited["slug"]) for _ in range(20)]
    assert {answer.result().status_code for answer in answers} == {302}
    assert sorted(answer.result().status_code for answer in limits) == [302] * 7 + [410] * 13
    anonymous.app.state.links.flush()
    stats = alice.get(f"/links/{made['slug']}/stats").json()
    assert (stats["visits"], stats["unique_visitors"], stats["by_day"][0]["visits"]) == (40, 5, 40)


def test_statistics(anonymous: TestClient, alice: TestClient, bob: TestClient, clock: Clock) -> None:
    made, other = link(alice), link(alice)
    path = f"/links/{made['slug']}/stats"
    empty = {"slug": made["slug"], "visits": 0, "unique_visitors": 0, "by_day": []}
    assert alice.get(path).json() == empty
    for mark in ("a", "A", None, "a", "x" * 64, "x" * 65, "a b", "a'", "é"):
        response = anonymous.get(
            f"/r/{made['slug']}", headers={"X-Visitor": mark.encode()} if mark else {}, follow_redirects=False
        )
        assert response.status_code == 302
    clock.advance(seconds=2)
    visit(anonymous, made["slug"], "-_9")
    visit(anonymous, other["slug"], "a")
    anonymous.app.state.links.flush()
    assert alice.get(path.upper().replace("LINKS", "links").replace("STATS", "stats")).json() == {
        "slug": made["slug"],
        "visits": 10,
        "unique_visitors": 4,
        "by_day": [{"day": "2035-03-01", "visits": 9}, {"day": "2035-03-02", "visits": 1}],
    }
    assert bob.get(path).status_code == 404
    alice.delete(f"/links/{made['slug']}")
    assert alice.get(path).status_code == 404
    assert alice.get(f"/links/{other['slug']}/stats").json()["visits"] == 1
