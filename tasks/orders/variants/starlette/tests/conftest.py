from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.api import create_app

TOKENS = {"a": "alice", "b": "bob", "o": "ops"}


class Person:
    """A caller with a token."""

    def __init__(self, client: TestClient, token: str) -> None:
        self._client, self._headers = client, {"Authorization": f"Bearer {token}"}

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        if body is not None:
            options["json"] = body
        return self._client.request(method, path, headers=self._headers, **options)

    def order(self, *prices: int, **fields: Any) -> dict[str, Any]:
        items = [{"sku": f"S{price}", "quantity": 1, "unit_price_cents": price} for price in prices or (700,)]
        response = self("POST", "/orders", {"items": items, **fields})
        assert response.status_code == 201, response.text
        return dict(response.json())

    def listed(self, **params: Any) -> dict[str, Any]:
        response = self("GET", "/orders", params=params)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def move(self, order: dict[str, Any], to: str) -> Any:
        return self("POST", f"/orders/{order['id']}/transitions", {"to": to})


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/app.db"


@pytest.fixture
def client(url: str) -> Iterator[TestClient]:
    with TestClient(create_app(url, TOKENS)) as client:
        yield client


@pytest.fixture
def alice(client: TestClient) -> Person:
    return Person(client, "a")


@pytest.fixture
def bob(client: TestClient) -> Person:
    return Person(client, "b")


@pytest.fixture
def ops(client: TestClient) -> Person:
    return Person(client, "o")
