from concurrent.futures import ThreadPoolExecutor

import pytest

from app.vault import Vault
from tests.conftest import EMAIL, NEW, PASSWORD, WRONG, Person, member


def test_health(client):
    assert client.get("/health").json() == {"status": "ok"}


def test_registering(client, clock):
    response = Person(client).register()
    found = response.json()
    assert response.status_code == 201
    assert len(found.pop("id")) == 32
    assert found == {
        "email": "ada@example.org",
        "display_name": "Ada L.",
        "role": "member",
        "created_at": "2023-11-14T22:13:20.250000+00:00",
    }


@pytest.mark.parametrize(
    "fields", [{"email": 5}, {"password": "x" * 9}, {"password": EMAIL.upper()}, {"role": "admin"}]
)
def test_broken_registrations(client, fields):
    response = Person(client).register(**fields)
    assert response.status_code == response.json()["status"] == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert Person(client).register().status_code == 201


def test_an_address_is_registered_once(client, ada):
    assert Person(client, EMAIL.swapcase()).register(password=NEW).status_code == 409
    assert ada.sign_in(password=NEW).status_code == 401
    with ThreadPoolExecutor(4) as pool:
        statuses = pool.map(lambda _: Person(client, "new@example.org").register().status_code, range(6))
        assert sorted(statuses) == [201] + [409] * 5


@pytest.mark.parametrize(
    ("fields", "life"), [({}, 600), ({"ttl_s": 1}, 1), ({"ttl_s": 600}, 600), ({"ttl_s": 86400}, 600)]
)
def test_a_session_lives_as_long_as_it_was_given(client, clock, fields, life):
    ada = Person(client)
    ada.register()
    started = ada.sign_in(**fields).json()
    assert started["created_at"] == "2023-11-14T22:13:20.250000+00:00"
    clock.now += life - 0.01
    assert ada.is_live(started["token"])
    clock.now += 0.02
    assert not ada.is_live(started["token"])
    other = ada.sign_in().json()
    listed = ada("GET", "/sessions", other["token"]).json()["sessions"]
    assert listed == [
        {"id": other["id"], "created_at": other["created_at"], "expires_at": other["expires_at"], "current": True}
    ]
    assert ada("DELETE", f"/sessions/{started['id']}", other["token"]).status_code == 404


def test_wrong_and_unknown_look_alike(client, ada):
    known, unknown = ada.sign_in(password=WRONG), Person(client, "nobody@example.org").sign_in()
    assert known.status_code == unknown.status_code == 401
    assert known.content == unknown.content
    assert known.headers == unknown.headers


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/accounts/me"), ("PATCH", "/accounts/me"), ("GET", "/sessions"), ("DELETE", "/sessions/x")],
)
def test_the_rest_needs_a_token(client, ada, method, path):
    for value in ("", "Bearer", "Bearer x", f"Basic {ada.token}", ada.token, f"Bearer {ada.token}x"):
        response = client.request(method, path, headers={"Authorization": value})
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"


def test_the_account(ada, bob):
    before = ada("GET", "/accounts/me").json()
    response = ada("PATCH", "/accounts/me", json={"display_name": "Ada King"})
    assert (response.status_code, response.json()) == (200, {**before, "display_name": "Ada King"})
    assert bob("GET", "/accounts/me").json()["display_name"] == "Ada L."
    assert ada("PATCH", "/accounts/me", json={"display_name": "x", "role": "admin"}).status_code == 422


def test_sessions(ada, bob):
    one, two = ada.sign_in().json(), ada.sign_in().json()
    listed = ada("GET", "/sessions").json()["sessions"]
    assert [each["current"] for each in listed] == [True, False, False]
    assert [each["id"] for each in listed][1:] == [one["id"], two["id"]]
    assert bob("DELETE", f"/sessions/{one['id']}").status_code == 404
    assert ada("DELETE", f"/sessions/{listed[0]['id']}").status_code == 409
    assert ada("DELETE", f"/sessions/{one['id']}").status_code == 204
    assert ada("DELETE", f"/sessions/{one['id']}").status_code == 404
    assert [ada.is_live(token) for token in (ada.token, one["token"], two["token"])] == [True, False, True]


def test_signing_out(ada):
    other = ada.sign_in().json()["token"]
    for token in (other, other, "x", "é.é", "x" * 4096):
        response = ada.client.post("/sessions/revocation", json={"token": token})
        assert (response.status_code, response.content) == (204, b"")
    assert not ada.is_live(other)
    assert ada.is_live(ada.token)


def test_changing_the_password(ada, bob):
    for refused in ("short", PASSWORD, EMAIL.upper()):
        assert ada.change(new_password=refused).status_code == 422
    assert ada.change(password=WRONG).status_code == 401
    assert ada.is_live(ada.token)
    assert (ada.change().status_code, ada.change().status_code) == (204, 401)
    assert not ada.is_live(ada.token)
    assert bob.is_live(bob.token)
    assert ada.sign_in().status_code == 401
    assert ada.sign_in(password=NEW).status_code == bob.sign_in().status_code == 201


def test_leaving(client, ada, bob):
    assert ada.leave(password=WRONG).status_code == 401
    assert ada.is_live(ada.token)
    assert (ada.leave().status_code, ada.leave().status_code) == (204, 401)
    assert bob.is_live(bob.token)
    assert bob.sign_in().status_code == 201
    again = member(client)
    assert not ada.is_live(ada.token)
    assert ada.is_live(again.token)


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org"])
def test_locking(client, clock, email):
    ada, person = Person(client), Person(client, email)
    ada.register()
    token = ada.sign_in().json()["token"]
    asks = (person.sign_in, person.change, person.leave)
    assert [asks[n % 3](password=WRONG).status_code for n in range(5)] == [401] * 5
    for left, header in ((30, "30"), (0.01, "1")):
        clock.now = 1_700_000_030.25 - left
        for ask in asks:
            response = ask()
            assert (response.status_code, response.headers["Retry-After"]) == (429, header)
    assert ada.is_live(token)
    assert Person(client, "bob@example.org").register().status_code == 201
    clock.now = 1_700_000_030.26
    assert [asks[n % 3](password=WRONG).status_code for n in range(4)] == [401] * 4
    assert ada.sign_in().status_code == 201
    assert [ada.sign_in(password=WRONG).status_code for _ in range(4)] == [401] * 4
    assert ada.sign_in().status_code == 201


def test_simultaneous_guesses(client, ada):
    with ThreadPoolExecutor(10) as pool:
        statuses = sorted(pool.map(lambda _: ada.sign_in(password=WRONG).status_code, range(10)))
    assert statuses == [401] * 5 + [429] * 5


@pytest.mark.parametrize("use", ["sign_in", "change", "leave"])
def test_the_password_changes_while_it_is_checked(ada, monkeypatch, use):
    prove = Vault.prove

    def interrupted(vault, email, password):
        found = prove(vault, email, password)
        monkeypatch.setattr(Vault, "prove", prove)
        vault.set_password(found, NEW)
        return found

    monkeypatch.setattr(Vault, "prove", interrupted)
    assert getattr(ada, use)(**({"new_password": "a third password"} if use == "change" else {})).status_code == 401
    assert ada.sign_in(password=NEW).status_code == 201


def test_an_account_that_vanishes(ada, monkeypatch):
    monkeypatch.setattr(Vault, "rename", lambda *_: None)
    assert ada("PATCH", "/accounts/me", json={"display_name": "x"}).status_code == 401
    monkeypatch.setattr(Vault, "person", lambda *_: None)
    assert not ada.is_live(ada.token)


def test_other_errors_are_json(client):
    for method, path, status in (("GET", "/nowhere", 404), ("PUT", "/accounts", 405)):
        response = client.request(method, path)
        assert response.status_code == response.json()["status"] == status


def test_accounts_survive_a_restart(start):
    with start() as client:
        token = member(client).token
    with start() as client:
        assert Person(client).is_live(token)
        assert Person(client).sign_in().status_code == 201
