import pytest

from shortlinks import create_app

URL = "https://shop.example.com/spring?a=b#c"


class Caller:
    """A test client with a token."""

    def __init__(self, client, token):
        self._client, self._headers = client, {"Authorization": f"Bearer {token}"}

    def __call__(self, method, path, body=None, **options):
        if body is not None:
            options["json"] = body
        return self._client.open(path, method=method, headers=self._headers, **options)

    def link(self, target_url=URL, **fields):
        response = self("POST", "/links", {"target_url": target_url, **fields})
        assert response.status_code == 201, response.text
        return response.json

    def listed(self, **params):
        response = self("GET", "/links", query_string=params)
        assert response.status_code == 200, response.text
        return response.json


@pytest.fixture
def app(tmp_path):
    return create_app(str(tmp_path / "app.db"), {"a": "alice", "b": "bob"})


@pytest.fixture
def anybody(app):
    client = app.test_client()

    def visit(slug, mark="", **params):
        return client.get(f"/r/{slug}", query_string=params, headers={"X-Visitor": mark})

    return visit


@pytest.fixture
def alice(app):
    return Caller(app.test_client(), "a")


@pytest.fixture
def bob(app):
    return Caller(app.test_client(), "b")
