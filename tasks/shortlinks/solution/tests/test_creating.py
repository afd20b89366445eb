import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from app.config import Settings
from app.database import Database
from app.schemas import NewLink
from app.service import LinkService
from fastapi.testclient import TestClient

from tests.linking import URL, link, listed, read, visit

FUTURE = "2035-03-01T09:30:00+01:00"


@pytest.mark.parametrize("nothing", [{}, {"slug": None, "expires_at": None, "ttl_s": None, "max_visits": None}])
def test_a_new_link(alice: TestClient, nothing: dict[str, Any]) -> None:
    made = link(alice, **nothing)
    assert read(alice, made["slug"]) == made
    assert len(made.pop("slug")) == 10
    created = made.pop("created_at")
    assert made.pop("updated_at") == created
    assert abs(datetime.fromisoformat(created) - datetime.now(UTC)) < timedelta(seconds=30)
    assert made == {
        "target_url": URL,
        "owner": "alice",
        "state": "active",
        "disabled": False,
        "visits": 0,
        "max_visits": None,
        "expires_at": None,
    }


def test_limits(alice: TestClient) -> None:
    made = link(alice, expires_at=FUTURE, max_visits=1_000_000)
    assert (made["expires_at"], made["max_visits"]) == ("2035-03-01T08:30:00.000000Z", 1_000_000)
    made = link(alice, ttl_s=31_536_000)
    left = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(made["created_at"])
    assert left == timedelta(days=365)
    assert link(alice, max_visits=5.0)["max_visits"] == 5


def test_a_slug_of_ones_own(alice: TestClient, bob: TestClient) -> None:
    made = link(alice, slug="Spring-24")
    assert made["slug"] == "spring-24"
    assert read(alice, "SPRING-24") == made
    for client in (alice, bob):
        response = client.post("/links", json={"target_url": URL, "slug": "spring-24"})
        assert (response.status_code, response.json()) == (409, {"detail": "this slug is taken"})
    assert listed(bob)["total"] == 0


def test_a_deleted_slug_stays_taken(alice: TestClient) -> None:
    link(alice, slug="gone")
    assert alice.delete("/links/gone").status_code == 204
    assert alice.post("/links", json={"target_url": URL, "slug": "gone"}).status_code == 409
    assert visit(alice, "gone").status_code == 404


def test_of_simultaneous_wishes_one_succeeds(alice: TestClient) -> None:
    body = {"target_url": URL, "slug": "wanted"}
    with ThreadPoolExecutor(4) as pool:
        made = [pool.submit(alice.post, "/links", json=body) for _ in range(8)]
    assert sorted(each.result().status_code for each in made) == [201] + [409] * 7


def test_a_drawn_slug_that_is_taken_is_drawn_again(settings: Settings) -> None:
    database = Database(settings.database_path)
    drawn = iter(["first", "first", "first", "second"])
    service = LinkService(database, make_slug=lambda: next(drawn))
    made = [service.create("alice", NewLink(target_url=URL)).slug for _ in range(2)]
    database.close()
    assert made == ["first", "second"]


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"target_url": None},
        {"target_url": 7},
        {"target_url": "javascript:alert(1)"},
        {"target_url": "http://127.0.0.1/"},
        {"target_url": URL, "slug": "ab"},
        {"target_url": URL, "slug": "Admin"},
        {"target_url": URL, "slug": 123},
        {"target_url": URL, "expires_at": "2020-01-01T00:00:00Z"},
        {"target_url": URL, "expires_at": "tomorrow"},
        {"target_url": URL, "expires_at": 2_051_222_400},
        {"target_url": URL, "expires_at": FUTURE, "ttl_s": 60},
        {"target_url": URL, "owner": "bob"},
        {"target_url": URL, "\ud800": 1},
        *({"target_url": URL, "ttl_s": value} for value in (0, 31_536_001, "60", 1.5, True)),
        *({"target_url": URL, "max_visits": value} for value in (0, 1_000_001, "5", 2.5, True)),
    ],
)
def test_broken_links_are_refused(alice: TestClient, body: Any) -> None:
    # json.dumps escapes what cannot be encoded; the client's own encoder would fail on it.
    response = alice.post("/links", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert isinstance(response.json()["detail"], str)
    assert listed(alice)["total"] == 0


def test_refusals_say_where(alice: TestClient) -> None:
    answer = alice.post("/links", json={"target_url": URL, "ttl_s": 0, "x" * 999: 1}).json()
    assert answer["detail"] == "the request breaks the contract"
    assert [problem["where"][:10] for problem in answer["problems"]] == ["body.ttl_s", "body.xxxxx"]
    assert len(answer["problems"][1]["where"]) == 200
    assert "greater than or equal to 1" in answer["problems"][0]["problem"]
    both = alice.post("/links", json={"target_url": URL, "ttl_s": 1, "expires_at": FUTURE}).json()
    assert both["problems"][0]["problem"] == "Value error, give expires_at or ttl_s, not both"


def test_only_so_many_problems_are_listed(alice: TestClient) -> None:
    answer = alice.post("/links", json={f"x{number}": 1 for number in range(50)}).json()
    assert len(answer["problems"]) == 20


def test_now_is_not_in_the_future(settings: Settings) -> None:
    database = Database(settings.database_path)
    now = datetime(2035, 3, 1, 8, 30, tzinfo=UTC)
    body = NewLink.model_validate({"target_url": URL, "expires_at": FUTURE})
    with pytest.raises(Exception, match="expires_at is not in the future"):
        LinkService(database, clock=lambda: now).create("alice", body)
    earlier = LinkService(database, clock=lambda: now - timedelta(microseconds=1)).create("alice", body)
    database.close()
    assert earlier.state == "active"
