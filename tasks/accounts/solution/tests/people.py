"""Short words for what most tests do."""

from typing import Any

from fastapi.testclient import TestClient

EMAIL, PASSWORD = "Ada@Example.org", "twelve small engines"
WRONG = "twelve large engines"


def body(**fields: Any) -> dict[str, Any]:
    return {"email": EMAIL, "password": PASSWORD, **fields}


def register(client: TestClient, **fields: Any) -> dict[str, Any]:
    response = client.post("/accounts", json=body(**{"display_name": "Ada L.", **fields}))
    assert response.status_code == 201, response.text
    return dict(response.json())


def sign_in(client: TestClient, **fields: Any) -> dict[str, Any]:
    response = client.post("/sessions", json=body(**fields))
    assert response.status_code == 201, response.text
    return dict(response.json())


def member(client: TestClient, email: str = EMAIL) -> TestClient:
    """A client that is signed in to a new account. Not entered: the application is already running."""
    register(client, email=email)
    return holder(client, sign_in(client, email=email)["token"])


def holder(client: TestClient, token: str) -> TestClient:
    return TestClient(client.app, headers={"Authorization": f"Bearer {token}"})


def listed(client: TestClient) -> list[dict[str, Any]]:
    response = client.get("/sessions")
    assert response.status_code == 200, response.text
    return list(response.json()["sessions"])


def is_live(client: TestClient, token: str) -> bool:
    return holder(client, token).get("/accounts/me").status_code == 200
