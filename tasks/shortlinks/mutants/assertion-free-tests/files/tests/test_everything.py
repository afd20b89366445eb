import pytest
from fastapi.testclient import TestClient

from app import moments, paging, slugs, targets
from app.auth import TokenBook
from app.config import ConfigurationError, Settings
from app.errors import Invalid

URL = "https://shop.example.com/spring"


def attempt(errors, function, *arguments):
    try:
        function(*arguments)
    except errors:
        pass


def test_targets_slugs_moments_cursors() -> None:
    for url in (URL, "http://8.8.8.8", "http://[2606::1]:80", "x", "ftp://x.example.com", "http://a.example:0", "http://127.1",
                "http://10.0.0.1", "http://[::1]", "http://[x]", "http://[2606::1%a]", "http://localhost"):
        attempt(ValueError, targets.check_target, url)
    for text in ("abc", "admin", "x", slugs.new_slug()):
        attempt(ValueError, slugs.check_wish, text)
    for text in ("2035-03-01T09:30:00Z", "x", 5, "0001-01-01T00:00:00+01:00"):
        attempt(ValueError, moments.parse, text)
    for text in (paging.encode_cursor(7), "x", "!", "AAAA"):
        attempt(Invalid, paging.decode_cursor, text)
    TokenBook({"a": "b"}).name("a")


def test_settings() -> None:
    for env in ({}, {"DATABASE_URL": "sqlite:////x"}, {"DATABASE_URL": "sqlite:////x", "API_TOKENS": "a"}):
        attempt(ConfigurationError, Settings.from_env, env)


def test_every_operation(anonymous: TestClient, alice: TestClient, bob: TestClient) -> None:
    link = alice.post("/links", json={"target_url": URL, "slug": "mine", "ttl_s": 60, "max_visits": 1}).json()
    for body in ({}, {"target_url": URL, "slug": "mine"}, {"target_url": URL, "expires_at": "2020-01-01T00:00:00Z"},
                 {"target_url": URL, "expires_at": "2035-01-01T00:00:00Z"}, {"target_url": URL, "ttl_s": 5.0},
                 {"target_url": URL, "ttl_s": 5, "expires_at": "2035-01-01T00:00:00Z"}):
        alice.post("/links", json=body)
    for slug in (link["slug"], link["slug"], "unknown", "x"):
        for query in ("?preview=true", ""):
            anonymous.get(f"/r/{slug}{query}", headers={"X-Visitor": "m"}, follow_redirects=False)
    page = alice.get("/links", params={"limit": 1, "q": "shop", "state": "exhausted"}).json()
    page = alice.get("/links", params={"limit": 1}).json()
    alice.get("/links", params={"cursor": page["next_cursor"]})
    for client in (anonymous, bob, alice):
        client.get("/health")
        client.get("/links/mine")
        client.get("/links/mine/stats")
        client.patch("/links/mine", json={})
        client.patch("/links/mine", json={"disabled": True})
        client.delete("/links/mine")


@pytest.mark.parametrize("limit", [0, 1])
def test_lists(alice: TestClient, limit: int) -> None:
    alice.get("/links", params={"limit": limit})
