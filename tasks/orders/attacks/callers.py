"""What the attacks share: callers, and controls that must work before an attack means anything.

It refuses to judge by a failed control: an attack that could not be tried is unmeasured, never "secure".
"""

import random
from collections.abc import Mapping
from typing import Any

from harness_probe import cannot_run

NAMES = ("alice", "bob", "carol", "ops")


def tokens(env: dict[str, str]) -> dict[str, str]:
    """name -> token, as the service was told."""
    return dict(pair.split(":", 1) for pair in env["API_TOKENS"].split(","))


def new_sku(rng: random.Random) -> str:
    return "S" + "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(13))


def items(rng: random.Random, sku: str = "") -> list[dict[str, Any]]:
    return [{"sku": sku or new_sku(rng), "quantity": rng.randint(1, 9), "unit_price_cents": rng.randint(100, 900)}]


class Caller:
    """One person: every request carries their token."""

    def __init__(self, client: Any, name: str, token: str) -> None:
        self._client, self.name, self.token = client, name, token

    def request(self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any) -> Any:
        mine = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        return self._client.request(method, path, headers=mine, **options)

    def order(self, lines: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
        """Create an order; when a legitimate one is not accepted, nothing can be attacked."""
        response = self.request("POST", "/orders", json={"items": lines, **fields})
        if response.status_code != 201:
            cannot_run(f"control: creating a legitimate order was answered {response!r}")
        return as_order(response, "creating")

    def read(self, order_id: str) -> dict[str, Any]:
        response = self.request("GET", f"/orders/{order_id}")
        if response.status_code != 200:
            cannot_run(f"control: the owner's reading was answered {response!r}")
        return as_order(response, "reading")

    def move(self, order_id: str, to: str) -> Any:
        return self.request("POST", f"/orders/{order_id}/transitions", json={"to": to})

    def must_move(self, order_id: str, to: str) -> None:
        response = self.move(order_id, to)
        if response.status_code != 200:
            cannot_run(f"control: {self.name} moving an order to {to} was answered {response!r}")

    def listed(self, **params: Any) -> list[dict[str, Any]]:
        response = self.request("GET", "/orders", params=params)
        if response.status_code != 200:
            cannot_run(f"control: listing with {params} was answered {response!r}")
        found = payload(response)
        if not isinstance(found, dict) or not isinstance(found.get("orders"), list):
            cannot_run(f"control: a list is not as the contract has it: {response!r}")
        return list(found["orders"])


def as_order(response: Any, what: str) -> dict[str, Any]:
    order = payload(response)
    if not isinstance(order, dict) or not isinstance(order.get("id"), str):
        cannot_run(f"control: {what} gave no order with an id: {response!r}")
    return dict(order)


def payload(response: Any) -> Any:
    """The parsed body, or None when it is no JSON: an attack looks for what leaked, not for good form."""
    try:
        return response.json()
    except AssertionError:
        return None
