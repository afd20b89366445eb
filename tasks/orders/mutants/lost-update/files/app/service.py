"""The business rules: who may do what to which order, and what follows from it."""

import secrets
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime

from app import store
from app.auth import Principal
from app.database import Database
from app.errors import Conflict, Forbidden, NotFound
from app.lifecycle import Move, Status, judge
from app.paging import decode_cursor, encode_cursor
from app.schemas import FiguresByStatus, NewOrder, Order, OrderChange, OrderPage, Sort, Summary


def utc_now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def new_id() -> str:
    return secrets.token_hex(16)


class OrderService:
    """Every use case is one transaction."""

    def __init__(
        self, database: Database, clock: Callable[[], str] = utc_now, make_id: Callable[[], str] = new_id
    ) -> None:
        self._database = database
        self._clock = clock
        self._make_id = make_id

    def create(self, caller: Principal, wanted: NewOrder) -> Order:
        order_id = self._make_id()
        with self._database.writing() as connection:
            seq = store.insert(connection, order_id, caller.name, wanted.note, self._clock())
            store.set_items(connection, seq, wanted.items)
            return self._visible(connection, caller, order_id)[1]

    def read(self, caller: Principal, order_id: str) -> Order:
        with self._database.reading() as connection:
            return self._visible(connection, caller, order_id)[1]

    def page(
        self, caller: Principal, status: Status | None, sku: str | None, sort: Sort, limit: int, cursor: str | None
    ) -> OrderPage:
        after = None if cursor is None else decode_cursor(sort, cursor)
        filters = store.Filters(_scope(caller), status, sku)
        with self._database.reading() as connection:
            found = store.page(connection, filters, sort, after, limit)
        next_cursor = None if found.last is None else encode_cursor(sort, found.last)
        return OrderPage(orders=found.orders, total=found.total, next_cursor=next_cursor)

    def summary(self, caller: Principal) -> Summary:
        with self._database.reading() as connection:
            by_status = store.figures(connection, _scope(caller))
        worth = sum(each.total_cents for status, each in by_status.items() if status is not Status.CANCELLED)
        count = sum(each.count for each in by_status.values())
        return Summary(orders=count, total_cents=worth, by_status=FiguresByStatus(**by_status))

    def change(self, caller: Principal, order_id: str, wanted: OrderChange) -> Order:
        with self._database.reading() as connection:
            seq, order = self._own_draft(connection, caller, order_id)
        if order.version != wanted.version:
            raise Conflict(f"the order is at version {order.version} by now")
        with self._database.writing() as connection:
            if wanted.sent("items"):
                store.set_items(connection, seq, wanted.items)
            if wanted.sent("note"):
                store.set_note(connection, seq, wanted.note)
            store.raise_version(connection, seq, self._clock())
            return self._visible(connection, caller, order_id)[1]

    def delete(self, caller: Principal, order_id: str) -> None:
        with self._database.writing() as connection:
            seq, _ = self._own_draft(connection, caller, order_id)
            store.delete(connection, seq)

    def advance(self, caller: Principal, order_id: str, wanted: Status) -> Order:
        with self._database.writing() as connection:
            seq, order = self._visible(connection, caller, order_id)
            move = judge(order.status, wanted, caller.is_operator)
            if move is Move.IMPOSSIBLE:
                raise Conflict(f"an order cannot go from {order.status} to {wanted}")
            if move is Move.FORBIDDEN:
                raise Forbidden("this step is the operator's")
            store.set_status(connection, seq, wanted)
            store.raise_version(connection, seq, self._clock())
            return self._visible(connection, caller, order_id)[1]

    def _visible(self, connection: sqlite3.Connection, caller: Principal, order_id: str) -> tuple[int, Order]:
        """The order if the caller may see it; what is not theirs does not exist for them."""
        found = store.find(connection, order_id)
        if found is None or not (caller.is_operator or found[1].customer == caller.name):
            raise NotFound("no such order")
        return found

    def _own_draft(self, connection: sqlite3.Connection, caller: Principal, order_id: str) -> tuple[int, Order]:
        seq, order = self._visible(connection, caller, order_id)
        if order.customer != caller.name:
            raise Forbidden("only the owner edits or deletes an order")
        if order.status is not Status.DRAFT:
            raise Conflict(f"the order is {order.status}, no longer a draft")
        return seq, order


def _scope(caller: Principal) -> str | None:
    """Whose orders a caller's queries cover; None = everybody's."""
    return None if caller.is_operator else caller.name
