"""Short words for what most tests do."""

from typing import Any

from fastapi.testclient import TestClient

LAMP = {"sku": "LAMP-3", "quantity": 2, "unit_price_cents": 2599}
BULB = {"sku": "bulb.e27", "quantity": 10, "unit_price_cents": 549}
ROUTES = {
    "draft": (),
    "submitted": ("submitted",),
    "paid": ("submitted", "paid"),
    "shipped": ("submitted", "paid", "shipped"),
    "cancelled": ("cancelled",),
}


def item(price: int, quantity: int = 1, sku: str = "X") -> dict[str, Any]:
    return {"sku": sku, "quantity": quantity, "unit_price_cents": price}


def place(client: TestClient, *items: dict[str, Any], **fields: Any) -> dict[str, Any]:
    response = client.post("/orders", json={"items": list(items or (LAMP,)), **fields})
    assert response.status_code == 201, response.text
    return dict(response.json())


def move(client: TestClient, order: dict[str, Any], to: str) -> Any:
    return client.post(f"/orders/{order['id']}/transitions", json={"to": to})


def order_in(status: str, owner: TestClient, ops: TestClient) -> dict[str, Any]:
    order = place(owner)
    for step in ROUTES[status]:
        order = move(ops, order, step).json()
    assert order["status"] == status
    return order


def ids(page: dict[str, Any]) -> list[str]:
    return [order["id"] for order in page["orders"]]
