"""The operations of the contract."""

import uuid
from datetime import UTC, datetime

from flask import Blueprint, current_app, g, jsonify, request

from orders import bodies
from orders.storage import SORTS

api = Blueprint("api", __name__)
MOVES = {
    "draft": {"submitted": "owner", "cancelled": "owner"},
    "submitted": {"paid": "operator", "cancelled": "owner"},
    "paid": {"shipped": "operator", "cancelled": "operator"},
}


class Refused(Exception):
    def __init__(self, status, reason):
        super().__init__(reason)
        self.status, self.reason = status, reason


@api.errorhandler(bodies.Invalid)
def invalid(error):
    return jsonify(error={"code": 400, "message": str(error)}), 400


@api.before_request
def authenticate():
    if request.endpoint == "api.health":
        return
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    g.caller = tokens().get(token.encode("utf-8", "replace")) if scheme.lower() == "bearer" else None
    if g.caller is None:
        raise Refused(401, "who are you?")


@api.get("/health")
def health():
    return {"status": "ok"}


@api.post("/orders")
def create():
    body = bodies.fields(bodies.parse(request.data), required=("items",), optional=("note",))
    lines, note = bodies.lines(body["items"]), bodies.note(body.get("note"))
    order_id, now = str(uuid.uuid4()), timestamp()
    with storage().change() as connection:
        n = connection.execute(
            "INSERT INTO orders VALUES (NULL, ?, ?, 'draft', ?, ?, ?, ?, 1, ?, ?)",
            (order_id, g.caller, note, *money(lines), now, now),
        ).lastrowid
        write_lines(connection, n, lines)
        return shown(storage().find(order_id)), 201


@api.get("/orders")
def listing():
    query = request.args
    status = bodies.status(query["status"]) if "status" in query else None
    sort = query.get("sort", "-created_at")
    if sort not in SORTS or len(query.get("sku", "")) > 64:
        raise bodies.Invalid("no such sort, or a sku that is too long")
    after = bodies.read_cursor(sort, query["cursor"]) if "cursor" in query else None
    limit = bodies.limit(query.get("limit", "20"))
    found, total, more = storage().page(sort, limit, after, customer=scope(), status=status, sku=query.get("sku"))
    cursor = bodies.write_cursor(sort, found[-1]) if more else None
    return {"total": total, "next_cursor": cursor, "orders": [shown(order) for order in found]}


@api.get("/orders/<order_id>")
def read(order_id):
    return shown(visible(order_id))


@api.patch("/orders/<order_id>")
def change(order_id):
    body = bodies.fields(bodies.parse(request.data), required=("version",), optional=("items", "note"))
    version = bodies.number(body["version"], 1, 1_000_000_000)
    lines = bodies.lines(body["items"]) if "items" in body else None
    note = bodies.note(body.get("note"))
    with storage().change() as connection:
        order = own_draft(order_id)
        if order["version"] != version:
            raise Refused(409, "the order has changed meanwhile")
        if lines is not None:
            write_lines(connection, order["n"], lines)
            connection.execute(
                "UPDATE orders SET subtotal = ?, discount = ?, total = ? WHERE n = ?", (*money(lines), order["n"])
            )
        if "note" in body:
            connection.execute("UPDATE orders SET note = ? WHERE n = ?", (note, order["n"]))
        touch(connection, order)
        return shown(storage().find(order_id))


@api.delete("/orders/<order_id>")
def remove(order_id):
    with storage().change() as connection:
        order = own_draft(order_id)
        connection.execute("DELETE FROM lines WHERE n = ?", (order["n"],))
        connection.execute("DELETE FROM orders WHERE n = ?", (order["n"],))
    return "", 204


@api.post("/orders/<order_id>/transitions")
def transition(order_id):
    to = bodies.fields(bodies.parse(request.data), required=("to",))["to"]
    bodies.status(to)
    with storage().change() as connection:
        order = visible(order_id)
        who = MOVES.get(order["status"], {}).get(to)
        if who is None:
            raise Refused(409, "there is no such move")
        if who == "operator" and not is_operator():
            raise Refused(403, "this move is the operator's")
        connection.execute("UPDATE orders SET status = ? WHERE n = ?", (to, order["n"]))
        touch(connection, order)
        return shown(storage().find(order_id))


@api.get("/summary")
def summary():
    found = storage().figures(scope())
    by_status = {status: found.get(status, (0, 0)) for status in bodies.STATUSES}
    return {
        "by_status": {status: {"total_cents": total, "count": count} for status, (count, total) in by_status.items()},
        "total_cents": sum(total for status, (_, total) in by_status.items() if status != "cancelled"),
        "orders": sum(count for count, _ in by_status.values()),
    }


def storage():
    return current_app.extensions["orders.storage"]


def tokens():
    return current_app.extensions["orders.tokens"]


def is_operator():
    return g.caller == "ops"


def scope():
    return None if is_operator() else g.caller


def timestamp():
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def visible(order_id):
    order = storage().find(order_id)
    if order is None or scope() not in (None, order["customer"]):
        raise Refused(404, "no such order")
    return order


def own_draft(order_id):
    order = visible(order_id)
    if order["customer"] != g.caller:
        raise Refused(403, "not your order")
    if order["status"] != "draft":
        raise Refused(409, "no longer a draft")
    return order


def money(lines):
    subtotal = sum(quantity * price for _, quantity, price in lines)
    discount = subtotal // 10 if subtotal >= 10_000 else 0
    return subtotal, discount, subtotal - discount


def write_lines(connection, n, lines):
    connection.execute("DELETE FROM lines WHERE n = ?", (n,))
    connection.executemany(
        "INSERT INTO lines VALUES (?, ?, ?, ?, ?)", [(n, position, *line) for position, line in enumerate(lines)]
    )


def touch(connection, order):
    connection.execute("UPDATE orders SET version = version + 1, updated = ? WHERE n = ?", (timestamp(), order["n"]))


def shown(order):
    return {
        "updated_at": order["updated"],
        "created_at": order["created"],
        "version": order["version"],
        "total_cents": order["total"],
        "discount_cents": order["discount"],
        "subtotal_cents": order["subtotal"],
        "note": order["note"],
        "items": [
            {
                "line_total_cents": line["quantity"] * line["price"],
                "unit_price_cents": line["price"],
                "quantity": line["quantity"],
                "sku": line["sku"],
            }
            for line in order["lines"]
        ],
        "status": order["status"],
        "customer": order["customer"],
        "id": order["id"],
    }
