"""Orders in SQL. Every function works within a transaction that the caller holds."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.lifecycle import Status
from app.paging import Position
from app.pricing import Totals, line_total, totals
from app.schemas import Figures, Item, NewItem, Order, Sort

# Creation numbers break ties, so the order is total.
SORTS: dict[Sort, str] = {
    "created_at": "ORDER BY seq",
    "-created_at": "ORDER BY seq DESC",
    "total_cents": "ORDER BY total_cents, seq",
    "-total_cents": "ORDER BY total_cents DESC, seq DESC",
}


@dataclass(frozen=True)
class Filters:
    """None = no restriction."""

    customer: str | None = None
    status: Status | None = None
    sku: str | None = None


@dataclass(frozen=True)
class Page:
    orders: list[Order]
    total: int
    last: Position | None  # where the next page starts; None = there is none


def insert(connection: sqlite3.Connection, order_id: str, customer: str, note: str | None, now: str) -> int:
    """Add an empty draft; returns its creation number."""
    cursor = connection.execute(
        "INSERT INTO orders (id, customer, status, note, subtotal_cents, discount_cents, total_cents, version,"
        " created_at, updated_at) VALUES (?, ?, ?, ?, 0, 0, 0, 1, ?, ?)",
        (order_id, customer, Status.DRAFT, note, now, now),
    )
    return int(cursor.lastrowid or 0)


def set_items(connection: sqlite3.Connection, seq: int, items: Sequence[NewItem]) -> None:
    """Replace an order's items and its money."""
    connection.execute("DELETE FROM order_items WHERE order_seq = ?", (seq,))
    connection.executemany(
        "INSERT INTO order_items (order_seq, position, sku, quantity, unit_price_cents) VALUES (?, ?, ?, ?, ?)",
        [(seq, position, item.sku, item.quantity, item.unit_price_cents) for position, item in enumerate(items)],
    )
    money: Totals = totals((item.quantity, item.unit_price_cents) for item in items)
    connection.execute(
        "UPDATE orders SET subtotal_cents = ?, discount_cents = ?, total_cents = ? WHERE seq = ?",
        (money.subtotal_cents, money.discount_cents, money.total_cents, seq),
    )


def set_note(connection: sqlite3.Connection, seq: int, note: str | None) -> None:
    connection.execute("UPDATE orders SET note = ? WHERE seq = ?", (note, seq))


def set_status(connection: sqlite3.Connection, seq: int, status: Status) -> None:
    connection.execute("UPDATE orders SET status = ? WHERE seq = ?", (status, seq))


def raise_version(connection: sqlite3.Connection, seq: int, now: str) -> None:
    connection.execute("UPDATE orders SET version = version + 1, updated_at = ? WHERE seq = ?", (now, seq))


def delete(connection: sqlite3.Connection, seq: int) -> None:
    connection.execute("DELETE FROM orders WHERE seq = ?", (seq,))


def find(connection: sqlite3.Connection, order_id: str) -> tuple[int, Order] | None:
    """The order with this id and its creation number."""
    row = connection.execute("SELECT * FROM orders WHERE id = ?", (order_id,)).fetchone()
    return (row["seq"], _orders(connection, [row])[0]) if row else None


def page(connection: sqlite3.Connection, filters: Filters, sort: Sort, after: Position | None, limit: int) -> Page:
    """One page, and the number of all matches."""
    rows = connection.execute(" ".join(["SELECT * FROM orders", SORTS[sort]])).fetchall()
    pairs = zip(rows, _orders(connection, rows), strict=True)
    found = [(_position(sort, row), order) for row, order in pairs if _matches(order, filters)]
    total = len(found)
    if after is not None:
        found = [each for each in found if _is_beyond(each[0], after, sort)]
    shown = found[:limit]
    last = shown[-1][0] if len(found) > limit else None
    return Page([order for _, order in shown], total, last)


def figures(connection: sqlite3.Connection, customer: str | None) -> dict[Status, Figures]:
    """Number and worth of the orders in each status that occurs; of everybody's when `customer` is None."""
    conditions, values = _conditions(Filters(customer=customer))
    grouped = "SELECT status, COUNT(*) AS count, SUM(total_cents) AS total_cents FROM orders WHERE"
    rows = connection.execute(" ".join([grouped, " AND ".join(conditions), "GROUP BY status"]), values)
    return {Status(row["status"]): Figures(count=row["count"], total_cents=row["total_cents"]) for row in rows}


def _conditions(filters: Filters) -> tuple[list[str], dict[str, Any]]:
    """Fixed pieces of SQL; values travel as parameters only."""
    conditions, values = ["TRUE"], {}
    if filters.customer is not None:
        conditions.append("customer = :customer")
        values["customer"] = filters.customer
    return conditions, values


def _matches(order: Order, filters: Filters) -> bool:
    return (
        filters.customer in (None, order.customer)
        and filters.status in (None, order.status)
        and (filters.sku is None or any(item.sku == filters.sku for item in order.items))
    )


def _is_beyond(position: Position, after: Position, sort: Sort) -> bool:
    here, there = (position.value, position.seq), (after.value, after.seq)
    return here < there if sort.startswith("-") else here > there


def _position(sort: Sort, row: sqlite3.Row) -> Position:
    return Position(row["total_cents"] if sort.endswith("total_cents") else row["seq"], row["seq"])


def _orders(connection: sqlite3.Connection, rows: Iterable[sqlite3.Row]) -> list[Order]:
    rows = list(rows)
    items: dict[int, list[Item]] = {row["seq"]: [] for row in rows}
    found = connection.execute(
        "SELECT order_seq, sku, quantity, unit_price_cents FROM order_items"
        " WHERE order_seq IN (SELECT value FROM json_each(?)) ORDER BY order_seq, position",
        (json.dumps(list(items)),),
    )
    for seq, sku, quantity, price in found:
        line = line_total(quantity, price)
        items[seq].append(Item(sku=sku, quantity=quantity, unit_price_cents=price, line_total_cents=line))
    return [Order(**dict(row), items=items[row["seq"]]) for row in rows]
