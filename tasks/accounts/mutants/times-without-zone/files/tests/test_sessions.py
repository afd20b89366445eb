from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import Clock
from tests.people import PASSWORD, WRONG, body, holder, is_live, listed, member, register, sign_in


@pytest.mark.parametrize(
    ("asked", "ends"),
    [
        ({}, "23:20"),
        ({"ttl_s": 1}, "13:21"),
        ({"ttl_s": 60.0}, "14:20"),
        ({"ttl_s": 600}, "23:20"),
        ({"ttl_s": 86400}, "23:20"),
    ],
)
def test_a_new_session(client: TestClient, asked: dict[str, Any], ends: str) -> None:
    register(client)
    session = sign_in(client, **asked)
    assert session["created_at"] == "2023-11-14T22:13:20.250000"
    assert session["expires_at"] == f"2023-11-14T22:{ends}.250000"
    assert (len(session["id"]), len(session["token"])) == (32, 43)


def test_sessions_have_their_own_tokens(client: TestClient) -> None:
    register(client)
    started = [sign_in(client) for _ in range(3)]
    assert len({each["token"] for each in started}) == len({each["id"] for each in started}) == 3
    assert all(is_live(client, each["token"]) for each in started)


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        body(password=""),
        body(password="x" * 129),
        body(role="admin"),
        *(body(ttl_s=value) for value in (0, 86_401, 1.5, "60", None, True)),
    ],
)
def test_broken_bodies_are_refused(client: TestClient, wanted: Any) -> None:
    register(client)
    assert client.post("/sessions", json=wanted).status_code == 422


def test_unknown_addresses_look_like_wrong_passwords(client: TestClient) -> None:
    register(client)
    known = client.post("/sessions", json=body(password=WRONG))
    unknown = client.post("/sessions", json=body(email="nobody@example.org"))
    assert known.status_code == unknown.status_code == 401
    assert known.json() == unknown.json() == {"detail": "e-mail address or password is wrong"}
    assert known.headers == unknown.headers


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/accounts/me"), ("PATCH", "/accounts/me"), ("GET", "/sessions"), ("DELETE", "/sessions/x")],
)
def test_the_rest_needs_a_token(client: TestClient, method: str, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic x"}):
        response = client.request(method, path, headers=headers, json={})
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert set(response.json()) == {"detail"}


def test_what_is_missing_is_said(client: TestClient) -> None:
    assert client.get("/sessions").json() == {"detail": "a bearer token is required"}
    assert holder(client, "x").get("/sessions").json() == {"detail": "a token of a live session is required"}


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "0", str.swapcase, lambda t: f"{t} x"])
def test_only_the_whole_token_counts(client: TestClient, change: Any) -> None:
    register(client)
    token = sign_in(client)["token"]
    assert is_live(client, token)
    assert not is_live(client, change(token))


def test_a_session_ends_by_itself(client: TestClient, clock: Clock) -> None:
    register(client)
    token, short = sign_in(client)["token"], sign_in(client, ttl_s=10)
    clock.now += 9.999
    assert is_live(client, short["token"])
    clock.now += 0.001
    assert not is_live(client, short["token"])
    assert is_live(client, token)
    assert len(listed(holder(client, token))) == 1
    assert holder(client, token).delete(f"/sessions/{short['id']}").status_code == 404
    clock.now += 590
    assert not is_live(client, token)


def test_what_has_expired_is_cleared_away(client: TestClient, clock: Clock) -> None:
    register(client)
    sign_in(client, ttl_s=10)
    kept = sign_in(client, ttl_s=11)
    clock.now += 10
    sign_in(client)
    with client.app.state.accounts._database.reading() as connection:
        assert connection.execute("SELECT COUNT(*) FROM sessions").fetchone()[0] == 2
    assert is_live(client, kept["token"])


def test_signing_out(client: TestClient) -> None:
    register(client)
    token, other = sign_in(client)["token"], sign_in(client)["token"]
    for _ in range(2):
        response = client.post("/sessions/revocation", json={"token": token})
        assert (response.status_code, response.content) == (204, b"")
        assert not is_live(client, token)
    assert is_live(client, other)


@pytest.mark.parametrize("token", ["x", "x" * 4096, "' OR 1=1 --", "é"])
def test_unknown_tokens_are_signed_out_alike(client: TestClient, token: str) -> None:
    ada = member(client)
    assert client.post("/sessions/revocation", json={"token": token}).status_code == 204
    assert len(listed(ada)) == 1


@pytest.mark.parametrize(
    "wanted", [{}, {"token": ""}, {"token": "x" * 4097}, {"token": 5}, {"token": "x", "all": True}]
)
def test_broken_revocations_are_refused(client: TestClient, wanted: Any) -> None:
    assert client.post("/sessions/revocation", json=wanted).status_code == 422


def test_the_list_of_sessions(client: TestClient) -> None:
    register(client)
    member(client, "bob@example.org")
    started = [sign_in(client) for _ in range(3)]
    for asking in started:
        expected = [
            {key: each[key] for key in ("id", "created_at", "expires_at")} | {"current": each is asking}
            for each in started
        ]
        assert listed(holder(client, asking["token"])) == expected


def test_ending_another_session(client: TestClient) -> None:
    ada = member(client)
    lost, kept = sign_in(client), sign_in(client)
    response = ada.delete(f"/sessions/{lost['id']}")
    assert (response.status_code, response.content) == (204, b"")
    assert not is_live(client, lost["token"])
    assert is_live(client, kept["token"])
    response = ada.delete(f"/sessions/{lost['id']}")
    assert (response.status_code, response.json()) == (404, {"detail": "no such session"})


def test_the_current_session_is_not_ended_by_its_id(client: TestClient) -> None:
    ada = member(client)
    response = ada.delete(f"/sessions/{listed(ada)[0]['id']}")
    assert response.status_code == 409
    assert response.json() == {"detail": "this is the session whose token is used; revoke the token instead"}
    assert len(listed(ada)) == 1


def test_sessions_of_others_do_not_exist(client: TestClient) -> None:
    ada, bob = member(client), member(client, "bob@example.org")
    assert ada.delete(f"/sessions/{listed(bob)[0]['id']}").status_code == 404
    assert len(listed(bob)) == 1
    assert PASSWORD not in str(listed(bob))
