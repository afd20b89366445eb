"""Orders in SQLite: one row an order, its lines as rows of their own."""

import sqlite3
import threading
from contextlib import closing, contextmanager

TABLES = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS orders (
    n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, customer TEXT NOT NULL, status TEXT NOT NULL, note TEXT,
    subtotal INTEGER NOT NULL, discount INTEGER NOT NULL, total INTEGER NOT NULL, version INTEGER NOT NULL,
    created TEXT NOT NULL, updated TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS by_customer ON orders (customer, n);
CREATE TABLE IF NOT EXISTS lines (
    n INTEGER NOT NULL, pos INTEGER NOT NULL, sku TEXT NOT NULL, quantity INTEGER NOT NULL, price INTEGER NOT NULL,
    PRIMARY KEY (n, pos)
);
CREATE INDEX IF NOT EXISTS by_sku ON lines (sku, n);
"""
# sort -> (condition to be beyond a cursor, order)
SORTS = {
    "created_at": ("n > :n", "ORDER BY n"),
    "-created_at": ("n < :n", "ORDER BY n DESC"),
    "total_cents": ("(total > :total OR (total = :total AND n > :n))", "ORDER BY total, n"),
    "-total_cents": ("(total < :total OR (total = :total AND n < :n))", "ORDER BY total DESC, n DESC"),
}


class Storage:
    def __init__(self, path):
        self._path = path
        self._local = threading.local()
        self._writer = threading.Lock()
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(TABLES)

    def connection(self):
        if not hasattr(self._local, "connection"):
            self._local.connection = sqlite3.connect(self._path, isolation_level=None, timeout=10)
            self._local.connection.row_factory = sqlite3.Row
            self._local.connection.execute("PRAGMA synchronous = NORMAL")
        return self._local.connection

    @contextmanager
    def change(self):
        """A write transaction; whatever is raised inside undoes it."""
        with self._writer:
            connection = self.connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def snapshot(self):
        """Several queries see one state; within a change, its own."""
        connection = self.connection()
        if connection.in_transaction:
            yield connection
            return
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("COMMIT")

    def find(self, order_id):
        with self.snapshot() as connection:
            rows = connection.execute("SELECT * FROM orders WHERE id = ?", (order_id,)).fetchall()
            return self._with_lines(connection, rows)[0] if rows else None

    def page(self, sort, limit, after, **filters):
        """(orders, number of all matches, whether there are more)."""
        where, values = ["1 = 1"], {}
        for name, condition in (
            ("customer", "customer = :customer"),
            ("status", "status = :status"),
            ("sku", "n IN (SELECT n FROM lines WHERE sku = :sku)"),
        ):
            if filters[name] is not None:
                where.append(condition)
                values[name] = filters[name]
        beyond, order = SORTS[sort]
        with self.snapshot() as connection:
            total = connection.execute(_query("SELECT COUNT(*)", where), values).fetchone()[0]
            if after is not None:
                where.append(beyond)
                values.update(after)
            query = " ".join([_query("SELECT *", where), order, "LIMIT :limit"])
            rows = connection.execute(query, {**values, "limit": limit + 1}).fetchall()
            return self._with_lines(connection, rows[:limit]), total, len(rows) > limit

    def figures(self, customer):
        """{status: (count, total)}."""
        query = (
            "SELECT status, COUNT(*), SUM(total) FROM orders"
            " WHERE :customer IS NULL OR customer = :customer GROUP BY status"
        )
        return {
            status: (count, total) for status, count, total in self.connection().execute(query, {"customer": customer})
        }

    @staticmethod
    def _with_lines(connection, rows):
        found = {row["n"]: {**row, "lines": []} for row in rows}
        marks = ",".join(["?"] * len(found))
        query = " ".join(["SELECT * FROM lines WHERE n IN (", marks, ") ORDER BY n, pos"])
        for line in connection.execute(query, list(found)):
            found[line["n"]]["lines"].append(line)
        return list(found.values())


def _query(what, where):
    return " ".join([what, "FROM orders WHERE", " AND ".join(where)])
