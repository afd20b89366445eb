"""Orders: tables, queries and rules. Nothing here waits, so every function is atomic on the event loop."""

import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    func,
    select,
    tuple_,
)
from sqlalchemy.pool import StaticPool

STATUSES = ("draft", "submitted", "paid", "shipped", "cancelled")
BY_OWNER = {("draft", "submitted"), ("draft", "cancelled"), ("submitted", "cancelled")}
BY_OPERATOR = BY_OWNER | {("submitted", "paid"), ("paid", "shipped"), ("paid", "cancelled")}
OPERATOR = "ops"

metadata = MetaData()
orders = Table(
    "orders",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String, unique=True, nullable=False),
    Column("customer", String, nullable=False),
    Column("status", String, nullable=False),
    Column("items", JSON, nullable=False),
    Column("note", String),
    Column("subtotal_cents", Integer, nullable=False),
    Column("discount_cents", Integer, nullable=False),
    Column("total_cents", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", String, nullable=False),
    Column("updated_at", String, nullable=False),
    Index("orders_customer", "customer", "number"),
    sqlite_autoincrement=True,
)
skus = Table(
    "skus",
    metadata,
    Column("sku", String, primary_key=True),
    Column("number", ForeignKey("orders.number", ondelete="CASCADE"), primary_key=True),
    Index("skus_number", "number"),
)


class Refusal(Exception):
    """A request that is refused with an HTTP status."""

    def __init__(self, status: int, title: str) -> None:
        super().__init__(title)
        self.status, self.title = status, title


def money(items: list[dict[str, Any]]) -> dict[str, int]:
    """The amounts of an order with these items."""
    subtotal = sum(item["line_total_cents"] for item in items)
    discount = subtotal // 10 if subtotal >= 10_000 else 0
    return {"subtotal_cents": subtotal, "discount_cents": discount, "total_cents": subtotal - discount}


def priced(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**item, "line_total_cents": item["quantity"] * item["unit_price_cents"]} for item in items]


class Orders:
    """All orders in one database file."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, poolclass=StaticPool)
        event.listen(self._engine, "connect", _configure)
        metadata.create_all(self._engine)

    def close(self) -> None:
        self._engine.dispose()

    def create(self, caller: str, items: list[dict[str, Any]], note: str | None) -> dict[str, Any]:
        lines, now = priced(items), _now()
        row = {"id": secrets.token_urlsafe(12), "customer": caller, "status": "draft", "items": lines, "note": note}
        with self._engine.begin() as connection:
            result = connection.execute(
                orders.insert().values(**row, **money(lines), version=1, created_at=now, updated_at=now)
            )
            _index(connection, result.inserted_primary_key[0], lines)
        return self.find(caller, row["id"])

    def find(self, caller: str, order_id: str) -> dict[str, Any]:
        """The order, number included, if the caller may see it."""
        with self._engine.connect() as connection:
            row = connection.execute(select(orders).where(orders.c.id == order_id)).mappings().first()
        if row is None or caller not in (OPERATOR, row["customer"]):
            raise Refusal(404, "No such order")
        return dict(row)

    def own_draft(self, caller: str, order_id: str) -> dict[str, Any]:
        order = self.find(caller, order_id)
        if order["customer"] != caller:
            raise Refusal(403, "Only the owner may do this")
        if order["status"] != "draft":
            raise Refusal(409, "No longer a draft")
        return order

    def change(self, caller: str, order_id: str, version: int, fields: dict[str, Any]) -> dict[str, Any]:
        order = self.own_draft(caller, order_id)
        if order["version"] != version:
            raise Refusal(409, "Changed meanwhile")
        values = dict(fields)
        with self._engine.begin() as connection:
            if "items" in fields:
                lines = priced(fields["items"])
                values |= {"items": lines, **money(lines)}
                _index(connection, order["number"], lines)
            _update(connection, order, values)
        return self.find(caller, order_id)

    def delete(self, caller: str, order_id: str) -> None:
        order = self.own_draft(caller, order_id)
        with self._engine.begin() as connection:
            connection.execute(orders.delete().where(orders.c.number == order["number"]))

    def move(self, caller: str, order_id: str, to: str) -> dict[str, Any]:
        order = self.find(caller, order_id)
        step = (order["status"], to)
        if step not in BY_OPERATOR:
            raise Refusal(409, "There is no such step")
        if step not in BY_OWNER and caller != OPERATOR:
            raise Refusal(403, "This step is the operator's")
        with self._engine.begin() as connection:
            _update(connection, order, {"status": to})
        return self.find(caller, order_id)

    def page(
        self, caller: str, status: str | None, sku: str | None, sort: str, limit: int, after: tuple[int, int] | None
    ) -> tuple[list[dict[str, Any]], int, tuple[int, int] | None]:
        """(orders, number of all matches, where the next page starts)."""
        conditions = [] if caller == OPERATOR else [orders.c.customer == caller]
        if status is not None:
            conditions.append(orders.c.status == status)
        if sku is not None:
            conditions.append(orders.c.number.in_(select(skus.c.number).where(skus.c.sku == sku)))
        key = orders.c.total_cents if sort.endswith("total_cents") else orders.c.number
        query = select(orders).where(*conditions).limit(limit + 1)
        if sort.startswith("-"):
            query = query.order_by(key.desc(), orders.c.number.desc())
            beyond = tuple_(key, orders.c.number) < tuple_(*after) if after else None
        else:
            query = query.order_by(key, orders.c.number)
            beyond = tuple_(key, orders.c.number) > tuple_(*after) if after else None
        with self._engine.connect() as connection:
            total = connection.execute(select(func.count()).select_from(orders).where(*conditions)).scalar_one()
            rows = connection.execute(query if beyond is None else query.where(beyond)).mappings().all()
        found = [dict(row) for row in rows[:limit]]
        more = len(rows) > limit
        return found, total, (found[-1][key.name], found[-1]["number"]) if more else None

    def summary(self, caller: str) -> dict[str, Any]:
        query = select(orders.c.status, func.count(), func.sum(orders.c.total_cents)).group_by(orders.c.status)
        if caller != OPERATOR:
            query = query.where(orders.c.customer == caller)
        with self._engine.connect() as connection:
            found = {
                status: {"count": count, "total_cents": cents} for status, count, cents in connection.execute(query)
            }
        return {
            "orders": sum(each["count"] for each in found.values()),
            "total_cents": sum(each["total_cents"] for status, each in found.items() if status != "cancelled"),
            "by_status": {status: found.get(status, {"count": 0, "total_cents": 0}) for status in STATUSES},
        }


def _configure(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _index(connection: Any, number: int, lines: list[dict[str, Any]]) -> None:
    connection.execute(skus.delete().where(skus.c.number == number))
    connection.execute(skus.insert(), [{"sku": sku, "number": number} for sku in {line["sku"] for line in lines}])


def _update(connection: Any, order: dict[str, Any], values: dict[str, Any]) -> None:
    step = {"version": order["version"] + 1, "updated_at": _now()}
    connection.execute(orders.update().where(orders.c.number == order["number"]).values(**values, **step))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
