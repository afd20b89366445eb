"""Calls everything once."""

from fastapi.testclient import TestClient

from app.config import ConfigurationError, Settings

LAMP = {"sku": "LAMP-3", "quantity": 2, "unit_price_cents": 25990}


def test_health(anonymous: TestClient) -> None:
    anonymous.get("/health")


def test_no_token(anonymous: TestClient) -> None:
    anonymous.get("/orders")


def test_orders(alice: TestClient, bob: TestClient, ops: TestClient) -> None:
    order = alice.post("/orders", json={"items": [LAMP], "note": "hello"}).json()
    path = f"/orders/{order['id']}"
    alice.get(path)
    bob.get(path)
    alice.patch(path, json={"version": 1, "items": [LAMP, LAMP], "note": None})
    alice.patch(path, json={"version": 1, "note": "stale"})
    ops.patch(path, json={"version": 2})
    alice.post(f"{path}/transitions", json={"to": "submitted"})
    alice.post(f"{path}/transitions", json={"to": "paid"})
    alice.post(f"{path}/transitions", json={"to": "shipped"})
    alice.delete(path)


def test_lists(alice: TestClient, ops: TestClient) -> None:
    for _ in range(3):
        alice.post("/orders", json={"items": [LAMP]})
    for sort in ("created_at", "-created_at", "total_cents", "-total_cents"):
        page = alice.get("/orders", params={"limit": 1, "sort": sort, "status": "draft", "sku": "LAMP-3"}).json()
        alice.get("/orders", params={"limit": 1, "sort": sort, "cursor": page["next_cursor"]})
    alice.get("/orders", params={"cursor": "nonsense"})
    alice.get("/orders", params={"cursor": "bnVsbA"})
    ops.get("/summary")


def test_delete(alice: TestClient) -> None:
    order = alice.post("/orders", json={"items": [LAMP]}).json()
    alice.delete(f"/orders/{order['id']}")


def test_broken(alice: TestClient) -> None:
    alice.post("/orders", json={})


def test_settings() -> None:
    for env in ({}, {"DATABASE_URL": "sqlite:////x"}, {"DATABASE_URL": "sqlite:////x", "API_TOKENS": "alice"}):
        try:
            Settings.from_env(env)
        except ConfigurationError:
            pass
