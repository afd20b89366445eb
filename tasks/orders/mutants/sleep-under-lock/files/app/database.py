"""SQLite: schema, connections, transactions."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BUSY_TIMEOUT_S = 5.0
SETTLE_S = 0.05  # give other processes a chance to see the change

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT    NOT NULL UNIQUE,
    customer       TEXT    NOT NULL,
    status         TEXT    NOT NULL,
    note           TEXT,
    subtotal_cents INTEGER NOT NULL,
    discount_cents INTEGER NOT NULL,
    total_cents    INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    created_at     TEXT    NOT NULL,
    updated_at     TEXT    NOT NULL
);
CREATE INDEX IF NOT EXISTS orders_by_customer ON orders (customer, seq);
CREATE INDEX IF NOT EXISTS orders_by_total ON orders (customer, total_cents, seq);
CREATE INDEX IF NOT EXISTS orders_by_status ON orders (customer, status, total_cents);
CREATE TABLE IF NOT EXISTS order_items (
    order_seq        INTEGER NOT NULL REFERENCES orders (seq) ON DELETE CASCADE,
    position         INTEGER NOT NULL,
    sku              TEXT    NOT NULL,
    quantity         INTEGER NOT NULL,
    unit_price_cents INTEGER NOT NULL,
    PRIMARY KEY (order_seq, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS order_items_by_sku ON order_items (sku, order_seq);
"""


class Database:
    """One connection per thread; readers never wait (WAL), writers queue."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        # Writers of this process queue here: SQLite's own busy handler sleeps and retries, which is slow under load.
        self._writing = threading.Lock()
        self._connection().executescript(SCHEMA)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A consistent view for several queries."""
        with self._writing, self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds the write lock from its first read on, so that check-then-change is safe."""
        with self._writing, self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection
            time.sleep(SETTLE_S)

    def close(self) -> None:
        for connection in self._opened:
            connection.close()
        self._opened.clear()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        connection = self._connection()
        connection.execute(begin)
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            # Each thread uses its own; `close` at shutdown is the one call from another thread.
            connection = sqlite3.connect(
                self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._local.connection = connection
            self._opened.append(connection)
        return connection
