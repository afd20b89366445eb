"""What the hidden tests share: callers with a token, random orders, and the money rules worked out independently.

It refuses to look behind the service's HTTP interface.
"""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

STATUSES = ("draft", "submitted", "paid", "shipped", "cancelled")
SKU_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789"
# How the operator brings a fresh draft to each status.
ROUTES = {
    "draft": (),
    "submitted": ("submitted",),
    "paid": ("submitted", "paid"),
    "shipped": ("submitted", "paid", "shipped"),
    "cancelled": ("cancelled",),
}
REFUSED = (400, 422)
ORDER_FIELDS = ("id", "customer", "status", "items", "note", "subtotal_cents", "discount_cents", "total_cents")
ORDER_FIELDS += ("version", "created_at", "updated_at")


class Caller:
    """One person: every request carries their token."""

    def __init__(self, client: Any, name: str, token: str) -> None:
        self._client, self.name, self.token = client, name, token

    def request(self, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self._client.request(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> Any:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> Any:
        return self.request("POST", path, **options)

    def patch(self, path: str, **options: Any) -> Any:
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Any:
        return self.request("DELETE", path, **options)

    def order(self, items: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
        """Create an order that must be accepted."""
        response = self.post("/orders", json={"items": items, **fields})
        assert response.status_code == 201, f"creating an order: {response!r}"
        return contract_part(response.json())

    def read(self, order_id: str) -> dict[str, Any]:
        response = self.get(f"/orders/{order_id}")
        assert response.status_code == 200, f"reading an order: {response!r}"
        return contract_part(response.json())

    def move(self, order_id: str, to: str) -> Any:
        return self.post(f"/orders/{order_id}/transitions", json={"to": to})

    def page(self, **params: Any) -> dict[str, Any]:
        response = self.get("/orders", params=params)
        assert response.status_code == 200, f"listing with {params}: {response!r}"
        return dict(response.json())

    def pages(self, between: Callable[[], object] = lambda: None, **params: Any) -> Iterator[dict[str, Any]]:
        """Every page from the first to the last; `between` runs after each."""
        page = self.page(**params)
        for _ in range(200):
            yield page
            if page["next_cursor"] is None:
                return
            between()
            page = self.page(**params, cursor=page["next_cursor"])
        raise AssertionError("200 pages and no end: next_cursor never became null")

    def summary(self) -> dict[str, Any]:
        response = self.get("/summary")
        assert response.status_code == 200, f"reading the summary: {response!r}"
        return dict(response.json())


def new_sku(rng: random.Random) -> str:
    """A sku nobody else uses: the service is shared by all tests."""
    return "".join(rng.choice(SKU_LETTERS) for _ in range(14))


def some_items(rng: random.Random, count: int = 0, sku: str = "") -> list[dict[str, Any]]:
    """`count` random lines (1 to 4 when 0); the first has `sku` when one is given."""
    lines = [
        {"sku": new_sku(rng), "quantity": rng.randint(1, 20), "unit_price_cents": rng.randint(1, 9000)}
        for _ in range(count or rng.randint(1, 4))
    ]
    if sku:
        lines[0]["sku"] = sku
    return lines


def one_item(sku: str, quantity: int, unit_price_cents: int) -> list[dict[str, Any]]:
    return [{"sku": sku, "quantity": quantity, "unit_price_cents": unit_price_cents}]


def money(items: list[dict[str, Any]]) -> tuple[int, int, int]:
    """(subtotal, discount, total) by rule R5."""
    subtotal = sum(item["quantity"] * item["unit_price_cents"] for item in items)
    discount = subtotal // 10 if subtotal >= 10000 else 0
    return subtotal, discount, subtotal - discount


def shown_money(order: dict[str, Any]) -> tuple[int, int, int]:
    return order["subtotal_cents"], order["discount_cents"], order["total_cents"]


def sent_fields(order: dict[str, Any]) -> list[dict[str, Any]]:
    """The order's items without what the server adds."""
    return [{key: item[key] for key in ("sku", "quantity", "unit_price_cents")} for item in order["items"]]


def order_in(status: str, owner: Caller, ops: Caller, items: list[dict[str, Any]]) -> dict[str, Any]:
    """An order of `owner`, brought to `status` by the operator."""
    order = owner.order(items)
    for step in ROUTES[status]:
        response = ops.move(order["id"], step)
        assert response.status_code == 200, f"operator moving to {step}: {response!r}"
        order = contract_part(response.json())
    assert order["status"] == status
    return order


def contract_part(order: dict[str, Any]) -> dict[str, Any]:
    """What the contract says of an order: a service may add fields of its own, which then may change as they like."""
    return {name: order[name] for name in ORDER_FIELDS if name in order}


def never_given(order_id: str, rng: random.Random) -> str:
    """An id in the form of `order_id` that nobody was given: far ahead of a counter, or with random ends."""
    if order_id.isdigit():
        return str(int(order_id) + 1_000_000_000)
    head, tail = order_id[: len(order_id) // 2], order_id[len(order_id) // 2 :]
    letters = "abcdef" if not set(order_id.lower()) & set("ghijklmnopqrstuvwxyz") else "abcdefghijklmnopqrstuvwxyz"

    def other(char: str) -> str:
        if char.isdigit():
            return rng.choice("0123456789")
        fresh = rng.choice(letters)
        return fresh.upper() if char.isupper() else fresh if char.isalpha() else char

    while (made := head + "".join(other(char) for char in tail)) == order_id:
        pass
    return made


def at_once(actions: list[Callable[[], Any]]) -> list[Any]:
    """Run the requests on as many threads; their responses in the order given."""
    with ThreadPoolExecutor(len(actions)) as pool:
        return [future.result() for future in [pool.submit(action) for action in actions]]
