import time

import pytest
from starlette.testclient import TestClient

ENV = {"TOKEN_SECRET": "for these tests", "TOKEN_TTL_S": "600", "LOCKOUT_S": "30"}
EMAIL, PASSWORD, NEW, WRONG = (
    "Ada@Example.org",
    "twelve small engines",
    "thirteen small engines",
    "twelve large engines",
)


@pytest.fixture
def env(tmp_path, monkeypatch):
    found = {**ENV, "DATABASE_URL": f"sqlite:///{tmp_path}/app.db"}
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.fixture
def start(env):
    from app.main import create_app

    return lambda: TestClient(create_app(env, rounds=1))


@pytest.fixture
def client(start):
    with start() as client:
        yield client


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1_700_000_000.25

    monkeypatch.setattr(time, "time", lambda: Clock.now)
    return Clock


class Person:
    def __init__(self, client, email=EMAIL):
        self.client, self.email, self.token = client, email, ""

    def __call__(self, method, path, token="", **options):
        return self.client.request(method, path, headers={"Authorization": f"Bearer {token or self.token}"}, **options)

    def post(self, path, **fields):
        return self.client.post(path, json={"email": self.email, "password": PASSWORD, **fields})

    def register(self, **fields):
        return self.post("/accounts", **{"display_name": "Ada L.", **fields})

    def sign_in(self, **fields):
        return self.post("/sessions", **fields)

    def change(self, **fields):
        return self.post("/accounts/password-change", **{"new_password": NEW, **fields})

    def leave(self, **fields):
        return self.post("/accounts/deletion", **fields)

    def is_live(self, token):
        return self("GET", "/accounts/me", token).status_code == 200


def member(client, email=EMAIL):
    person = Person(client, email)
    assert person.register().status_code == 201
    person.token = person.sign_in().json()["token"]
    return person


@pytest.fixture
def ada(client):
    return member(client)


@pytest.fixture
def bob(client):
    return member(client, "bob@example.org")
