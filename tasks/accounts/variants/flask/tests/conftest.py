import pytest

from accounts import create_app

QUICK = "pbkdf2:sha256:1"


class Person:
    """A test client with credentials and, once signed in, a token."""

    def __init__(self, app, email="Ada@Example.org", password="twelve small engines"):
        self.client, self.email, self.password, self.token = app.test_client(), email, password, None

    def __call__(self, method, path, body=None, token=None):
        headers = {"Authorization": f"Bearer {token or self.token}"} if token or self.token else {}
        options = {} if body is None else {"json": body}
        return self.client.open(path, method=method, headers=headers, **options)

    def given(self, **fields):
        return {"email": self.email, "password": self.password, **fields}

    def register(self, **fields):
        return self("POST", "/accounts", self.given(**{"display_name": "Ada L.", **fields}))

    def sign_in(self, **fields):
        return self("POST", "/sessions", self.given(**fields))

    def change(self, new="thirteen small engines", **fields):
        return self("POST", "/accounts/password-change", self.given(new_password=new, **fields))

    def leave(self, **fields):
        return self("POST", "/accounts/deletion", self.given(**fields))

    def is_live(self, token):
        return self("GET", "/accounts/me", token=token).status_code == 200


@pytest.fixture
def app(tmp_path):
    return create_app(str(tmp_path / "app.db"), 600, 30, QUICK)


@pytest.fixture
def ada(app):
    person = Person(app)
    assert person.register().status_code == 201
    person.token = person.sign_in().json["token"]
    return person


@pytest.fixture
def bob(app):
    person = Person(app, "bob@example.org")
    assert person.register().status_code == 201
    person.token = person.sign_in().json["token"]
    return person


@pytest.fixture
def clock(monkeypatch):
    """Moves the time that the service sees."""
    import time

    class Clock:
        now = 1_700_000_000.25

    monkeypatch.setattr(time, "time", lambda: Clock.now)
    return Clock
