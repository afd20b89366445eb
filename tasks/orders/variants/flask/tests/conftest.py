import pytest

from orders import create_app


class Caller:
    """A test client with a token."""

    def __init__(self, client, token):
        self._client, self._headers = client, {"Authorization": f"Bearer {token}"}

    def __call__(self, method, path, body=None, **options):
        if body is not None:
            options["json"] = body
        return self._client.open(path, method=method, headers=self._headers, **options)

    def order(self, *prices, **fields):
        items = [{"sku": f"S{price}", "quantity": 1, "unit_price_cents": price} for price in prices or (700,)]
        response = self("POST", "/orders", {"items": items, **fields})
        assert response.status_code == 201, response.text
        return response.json

    def listed(self, **params):
        response = self("GET", "/orders", query_string=params)
        assert response.status_code == 200, response.text
        return response.json

    def move(self, order, *steps):
        for step in steps:
            response = self("POST", f"/orders/{order['id']}/transitions", {"to": step})
        return response


@pytest.fixture
def app(tmp_path):
    return create_app(str(tmp_path / "app.db"), {"a": "alice", "b": "bob", "o": "ops"})


@pytest.fixture
def alice(app):
    return Caller(app.test_client(), "a")


@pytest.fixture
def bob(app):
    return Caller(app.test_client(), "b")


@pytest.fixture
def ops(app):
    return Caller(app.test_client(), "o")
