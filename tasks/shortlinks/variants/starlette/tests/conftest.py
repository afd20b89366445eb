import os

import pytest
from starlette.testclient import TestClient

URL = "https://shop.example.com/spring?a=b#c"


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Where links are kept; the module under the server reads the environment when it is imported."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/unused.db")
    monkeypatch.setenv("API_TOKENS", "alice:a")
    return str(tmp_path / "app.db")


@pytest.fixture
def start(path):
    def start(names=None):
        from shorty.app import create_app

        return TestClient(create_app(path, names or {"a": "alice", "b": "bob"}), follow_redirects=False)

    return start


@pytest.fixture
def anybody(start):
    with start() as client:
        yield client


def _as(client, token):
    # Not entered: the application is already running, started by `anybody`.
    return TestClient(client.app, headers={"Authorization": f"Bearer {token}"}, follow_redirects=False)


@pytest.fixture
def alice(anybody):
    return _as(anybody, "a")


@pytest.fixture
def bob(anybody):
    return _as(anybody, "b")


@pytest.fixture
def make(alice):
    def make(target_url=URL, client=alice, **fields):
        response = client.post("/links", json={"target_url": target_url, **fields})
        assert response.status_code == 201, response.text
        return response.json()

    return make


@pytest.fixture
def environ(path):
    return os.environ
