import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts import create_app
from accounts.guard import Guard
from tests.conftest import QUICK, Person

WRONG = "twelve large engines"


def test_health(app):
    assert app.test_client().get("/health").json == {"status": "ok"}


def test_registering(app, clock):
    response = Person(app).register()
    account = response.json
    assert response.status_code == 201
    assert len(account.pop("id")) == 36
    assert account == {
        "email": "ada@example.org",
        "display_name": "Ada L.",
        "role": "member",
        "created_at": "2023-11-14T22:13:20.250000Z",
    }


@pytest.mark.parametrize(
    "fields",
    [{"email": "x"}, {"password": "short"}, {"password": "ADA@example.org"}, {"display_name": ""}, {"role": "admin"}],
)
def test_broken_registrations(app, fields):
    response = Person(app).register(**fields)
    assert response.status_code == 400
    assert response.json["error"]["code"] == 400
    assert Person(app).register().status_code == 201


def test_an_address_is_registered_once(app, ada):
    again = Person(app, "ADA@example.ORG", "another password")
    assert again.register().status_code == 409
    assert again.sign_in().status_code == 401
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: Person(app, "new@example.org").register().status_code, range(6)))
    assert sorted(answers) == [201] + [409] * 5


@pytest.mark.parametrize(
    ("fields", "life"), [({}, 600), ({"ttl_s": 1}, 1), ({"ttl_s": 600}, 600), ({"ttl_s": 86400}, 600)]
)
def test_a_session_lives_as_long_as_it_was_given(app, clock, fields, life):
    ada = Person(app)
    ada.register()
    session = ada.sign_in(**fields).json
    assert session["created_at"] == "2023-11-14T22:13:20.250000Z"
    clock.now += life - 0.01
    assert ada.is_live(session["token"])
    clock.now += 0.02
    assert not ada.is_live(session["token"])
    other = ada.sign_in().json
    assert [each["id"] for each in ada("GET", "/sessions", token=other["token"]).json["sessions"]] == [other["id"]]
    assert ada("DELETE", f"/sessions/{session['id']}", token=other["token"]).status_code == 404


def test_expired_sessions_of_others_end_nothing(app, ada, clock):
    assert ada.sign_in(ttl_s=0).status_code == 400
    assert ada.sign_in(email=5).status_code == 400


def test_wrong_and_unknown_look_alike(app, ada):
    known, unknown = ada.sign_in(password=WRONG), Person(app, "nobody@example.org").sign_in()
    assert known.status_code == unknown.status_code == 401
    assert known.data == unknown.data
    assert len(known.json["error"]["message"]) > 0


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/accounts/me"), ("PATCH", "/accounts/me"), ("GET", "/sessions"), ("DELETE", "/sessions/x")],
)
def test_the_rest_needs_a_token(ada, method, path):
    for value in ("", "Bearer", "Bearer x", f"Basic {ada.token}", ada.token, f"Bearer {ada.token}x"):
        response = ada.client.open(path, method=method, headers={"Authorization": value}, json={})
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"


def test_the_account(ada, bob):
    before = ada("GET", "/accounts/me").json
    response = ada("PATCH", "/accounts/me", {"display_name": "Ada King"})
    assert (response.status_code, response.json) == (200, {**before, "display_name": "Ada King"})
    assert bob("GET", "/accounts/me").json["display_name"] == "Ada L."
    for bad in ({}, {"display_name": ""}, {"display_name": "n" * 61}, {"display_name": "x", "role": "admin"}):
        assert ada("PATCH", "/accounts/me", bad).status_code == 400


def test_sessions(ada, bob):
    one, two = ada.sign_in().json, ada.sign_in().json
    listed = ada("GET", "/sessions").json["sessions"]
    assert [each["current"] for each in listed] == [True, False, False]
    assert [each["id"] for each in listed][1:] == [one["id"], two["id"]]
    assert listed[1]["expires_at"] == one["expires_at"]
    assert bob("DELETE", f"/sessions/{one['id']}").status_code == 404
    assert ada("DELETE", f"/sessions/{listed[0]['id']}").status_code == 409
    assert ada("DELETE", f"/sessions/{one['id']}").status_code == 204
    assert ada("DELETE", f"/sessions/{one['id']}").status_code == 404
    assert [ada.is_live(token) for token in (ada.token, one["token"], two["token"])] == [True, False, True]


def test_signing_out(ada):
    other = ada.sign_in().json["token"]
    for token in (other, other, "x", "é", "x" * 4096):
        response = ada("POST", "/sessions/revocation", {"token": token})
        assert (response.status_code, response.data) == (204, b"")
    assert not ada.is_live(other)
    assert ada.is_live(ada.token)
    for bad in ({}, {"token": ""}, {"token": 5}, {"token": "x" * 4097}):
        assert ada("POST", "/sessions/revocation", bad).status_code == 400


def test_changing_the_password(ada, bob):
    for new in ("short", ada.password, ada.email.upper()):
        assert ada.change(new).status_code == 400
    assert ada.change(password=WRONG).status_code == 401
    assert ada.is_live(ada.token)
    assert (ada.change().status_code, ada.change().status_code) == (204, 401)
    assert not ada.is_live(ada.token)
    assert bob.is_live(bob.token)
    assert ada.sign_in().status_code == 401
    assert ada.sign_in(password="thirteen small engines").status_code == 201
    assert bob.sign_in().status_code == 201


def test_leaving(app, ada, bob):
    assert ada.leave(password=WRONG).status_code == 401
    assert ada.is_live(ada.token)
    assert (ada.leave().status_code, ada.leave().status_code) == (204, 401)
    assert not ada.is_live(ada.token)
    assert bob.is_live(bob.token)
    assert Person(app).register().status_code == 201
    assert not ada.is_live(ada.token)


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
def test_locking(app, clock, email):
    ada, person = Person(app), Person(app, email)
    ada.register()
    token = ada.sign_in().json["token"]
    asks = (person.sign_in, person.change, person.leave)
    assert [asks[n % 3](password=WRONG).status_code for n in range(5)] == [401] * 5
    clock.now += 29.9
    for ask in asks:
        response = ask()
        assert (response.status_code, response.headers["Retry-After"]) == (429, "1")
    assert ada.is_live(token)
    assert Person(app, "bob@example.org").register().status_code == 201
    clock.now += 0.2
    assert [asks[n % 3](password=WRONG).status_code for n in range(4)] == [401] * 4
    assert ada.sign_in().status_code == 201
    assert [ada.sign_in(password=WRONG).status_code for _ in range(4)] == [401] * 4
    assert ada.sign_in().status_code == 201


def test_simultaneous_guesses(app, ada):
    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(lambda _: Person(app).sign_in(password=WRONG).status_code, range(10)))
    assert sorted(statuses) == [401] * 5 + [429] * 5


@pytest.mark.parametrize("use", ["sign_in", "change", "leave"])
def test_the_password_changes_while_it_is_checked(ada, monkeypatch, use):
    check = Guard.check

    def interrupted(self, email, password):
        found = check(self, email, password)
        monkeypatch.setattr(Guard, "check", check)
        assert ada.change().status_code == 204
        return found

    monkeypatch.setattr(Guard, "check", interrupted)
    new = {"new": "a third password"} if use == "change" else {}
    assert getattr(ada, use)(**new).status_code == 401
    assert ada.sign_in(password="thirteen small engines").status_code == 201


def test_an_account_that_vanished(app, ada):
    with app.extensions["accounts.storage"].change() as connection:
        connection.execute("DELETE FROM account")
    assert ada("GET", "/accounts/me").status_code == 401


def test_other_errors_are_json(app):
    for method, path, status in (("GET", "/nowhere", 404), ("PUT", "/accounts", 405)):
        response = app.test_client().open(path, method=method)
        assert (response.status_code, response.json["error"]["code"]) == (status, status)


def test_a_failed_change_is_undone(app, ada):
    storage = app.extensions["accounts.storage"]
    with pytest.raises(RuntimeError), storage.change() as connection:
        connection.execute("DELETE FROM account")
        raise RuntimeError
    assert ada.is_live(ada.token)


def test_accounts_survive_a_restart(ada, tmp_path):
    again = Person(create_app(str(tmp_path / "app.db"), 600, 30, QUICK))
    assert again.is_live(ada.token)
    assert again.sign_in().status_code == 201


def test_passwords_are_hashed_with_scrypt(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/env.db")
    monkeypatch.setenv("TOKEN_TTL_S", "7")
    monkeypatch.setenv("LOCKOUT_S", "9")
    from accounts import wsgi

    app = wsgi.from_environment(os.environ)
    assert (app.config["TTL_S"], app.config["LOCKOUT_S"]) == (7, 9)
    assert Person(app).register().status_code == 201
    stored = app.extensions["accounts.storage"].row("SELECT hash FROM account")["hash"]
    assert stored.startswith("scrypt:16384:8:1$")
