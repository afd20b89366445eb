from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.linking import URL, link, listed, read, slugs, visit


def walked(client: TestClient, **params: Any) -> list[list[str]]:
    pages, page = [], listed(client, **params)
    while True:
        pages.append(slugs(page))
        if page["next_cursor"] is None:
            return pages
        page = listed(client, **params, cursor=page["next_cursor"])


def test_links_of_others_do_not_exist(alice: TestClient, bob: TestClient) -> None:
    made = link(alice)
    path = f"/links/{made['slug']}"
    answers = [bob.get(path), bob.patch(path, json={"disabled": True}), bob.delete(path), bob.get(f"{path}/stats")]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(404, {"detail": "no such link"})] * 4
    assert bob.get("/links/unknown").json() == {"detail": "no such link"}
    assert read(alice, made["slug"]) == made
    assert listed(bob) == {"links": [], "total": 0, "next_cursor": None}


def test_the_newest_come_first(alice: TestClient, bob: TestClient) -> None:
    made = [link(alice) for _ in range(3)]
    link(bob)
    assert listed(alice) == {"links": made[::-1], "total": 3, "next_cursor": None}


def test_the_text_filter(alice: TestClient) -> None:
    first = link(alice, "https://one.example.com/A%20b_c")["slug"]
    second = link(alice, "https://two.example.com/a")["slug"]
    assert slugs(listed(alice, q="example")) == [second, first]
    assert slugs(listed(alice, q="https://one")) == slugs(listed(alice, q="/A%20b_", state="active")) == [first]
    for text in ("ONE", "%", "https://one.example.com/A%20b_c ", "b%c", "' OR 1=1 --", "x" * 200):
        page = listed(alice, q=text)
        assert page["total"] == (1 if text == "%" else 0)
    assert listed(alice, q="two", state="disabled")["total"] == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "open"),
        ("q", ""),
        ("q", "x" * 201),
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "x"),
        ("cursor", "x" * 513),
        ("cursor", "nonsense"),
    ],
)
def test_unknown_values_are_refused(alice: TestClient, name: str, value: str) -> None:
    response = alice.get("/links", params={name: value})
    assert response.status_code == 422
    assert isinstance(response.json()["detail"], str)


def test_pages_follow_each_other(alice: TestClient) -> None:
    made = [link(alice)["slug"] for _ in range(21)][::-1]
    for limit, sizes in ((8, [8, 8, 5]), (7, [7, 7, 7]), (100, [21]), (1, [1] * 21)):
        pages = walked(alice, limit=limit)
        assert [len(page) for page in pages] == sizes
        assert [slug for page in pages for slug in page] == made
    assert [len(page) for page in walked(alice)] == [20, 1]
    assert [len(page) for page in walked(alice, q="shop", state="active", limit=11)] == [11, 10]


def test_newcomers_and_leavers_shift_nothing(alice: TestClient) -> None:
    made = [link(alice)["slug"] for _ in range(4)][::-1]
    first = listed(alice, limit=2)
    link(alice)
    alice.delete(f"/links/{made[1]}")
    second = listed(alice, limit=2, cursor=first["next_cursor"])
    assert slugs(first) + slugs(second) == made
    assert second["total"] == 4


@pytest.mark.parametrize(
    "body", [{"target_url": "http://new.example.com"}, {"disabled": True}, {"target_url": URL, "disabled": False}]
)
def test_a_change_touches_what_was_sent(alice: TestClient, body: dict[str, Any]) -> None:
    made = link(alice, slug="spring", max_visits=9, expires_at="2035-03-01T09:30:00Z")
    visit(alice, "spring")
    response = alice.patch("/links/SPRING", json=body)
    assert response.status_code == 200
    changed = response.json()
    assert changed["updated_at"] > made["updated_at"]
    state = "disabled" if body.get("disabled") else "active"
    assert changed == {**made, **body, "visits": 1, "state": state, "updated_at": changed["updated_at"]}
    assert read(alice, "spring") == changed


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"target_url": None},
        {"disabled": None},
        {"disabled": 1},
        {"target_url": "ftp://x.example.com"},
        {"target_url": URL, "slug": "other"},
        {"target_url": URL, "visits": 0},
    ],
)
def test_broken_changes_are_refused(alice: TestClient, body: Any) -> None:
    made = link(alice)
    assert alice.patch(f"/links/{made['slug']}", json=body).status_code == 422
    assert read(alice, made["slug"]) == made


def test_an_empty_change_says_what_is_missing(alice: TestClient) -> None:
    answer = alice.patch(f"/links/{link(alice)['slug']}", json={}).json()
    assert answer["problems"][0]["problem"] == "Value error, give target_url or disabled"


def test_a_deleted_link_is_gone(alice: TestClient) -> None:
    made, stays = link(alice), link(alice)
    visit(alice, made["slug"])
    path = f"/links/{made['slug']}"
    response = alice.delete(path)
    assert (response.status_code, response.content) == (204, b"")
    assert [alice.get(path).status_code, alice.delete(path).status_code] == [404, 404]
    assert alice.patch(path, json={"disabled": False}).status_code == 404
    assert slugs(listed(alice)) == slugs(listed(alice, state="active")) == [stays["slug"]]
    assert listed(alice)["total"] == 1
