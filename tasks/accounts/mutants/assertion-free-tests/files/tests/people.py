"""Short words for what most tests do."""

from typing import Any

from fastapi.testclient import TestClient


def body(**fields: Any) -> dict[str, Any]:
    return {"email": "ada@example.org", "password": "twelve small engines", **fields}


def register(client: TestClient) -> None:
    client.post("/accounts", json=body(display_name="Ada L."))


def sign_in(client: TestClient, **fields: Any) -> dict[str, Any]:
    return dict(client.post("/sessions", json=body(**fields)).json())


def member(client: TestClient) -> TestClient:
    register(client)
    return holder(client, sign_in(client)["token"])


def holder(client: TestClient, token: str) -> TestClient:
    return TestClient(client.app, headers={"Authorization": f"Bearer {token}"})
