"""Short words for what most tests do."""

from typing import Any

from fastapi.testclient import TestClient

URL = "https://shop.example.com/spring?utm=x#top"


def link(client: TestClient, target_url: str = URL, **fields: Any) -> dict[str, Any]:
    response = client.post("/links", json={"target_url": target_url, **fields})
    assert response.status_code == 201, response.text
    return dict(response.json())


def visit(client: TestClient, slug: str, mark: str | None = None, **params: Any) -> Any:
    headers = {} if mark is None else {"X-Visitor": mark}
    return client.get(f"/r/{slug}", headers=headers, params=params, follow_redirects=False)


def read(client: TestClient, slug: str) -> dict[str, Any]:
    return dict(client.get(f"/links/{slug}").json())


def listed(client: TestClient, **params: Any) -> dict[str, Any]:
    response = client.get("/links", params=params)
    assert response.status_code == 200, response.text
    return dict(response.json())


def slugs(page: dict[str, Any]) -> list[str]:
    return [each["slug"] for each in page["links"]]
