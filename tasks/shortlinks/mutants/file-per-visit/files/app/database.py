"""SQLite: schema, connections, transactions."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BUSY_TIMEOUT_S = 5.0

# A deleted link keeps its row, and with it its slug, for ever. Moments are texts in UTC that sort by time.
SCHEMA = """
CREATE TABLE IF NOT EXISTS links (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    slug       TEXT    NOT NULL UNIQUE,
    owner      TEXT    NOT NULL,
    target_url TEXT    NOT NULL,
    disabled   INTEGER NOT NULL DEFAULT FALSE,
    deleted    INTEGER NOT NULL DEFAULT FALSE,
    visits     INTEGER NOT NULL DEFAULT 0,
    max_visits INTEGER,
    expires_at TEXT,
    created_at TEXT    NOT NULL,
    updated_at TEXT    NOT NULL
);
CREATE INDEX IF NOT EXISTS links_by_owner ON links (owner, seq);
CREATE TABLE IF NOT EXISTS visits_by_day (
    link_seq INTEGER NOT NULL REFERENCES links (seq),
    day      TEXT    NOT NULL,
    visits   INTEGER NOT NULL,
    PRIMARY KEY (link_seq, day)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS visitors (
    link_seq INTEGER NOT NULL REFERENCES links (seq),
    mark     TEXT    NOT NULL,
    PRIMARY KEY (link_seq, mark)
) WITHOUT ROWID;
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
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds the write lock from its first read on, so that check-then-change is safe."""
        with self._writing, self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def export(self, connection: sqlite3.Connection) -> None:
        """Write all links beside the database, for the spreadsheet."""
        links = [dict(row) for row in connection.execute("SELECT * FROM links ORDER BY seq")]
        self._path.with_suffix(".json").write_text(json.dumps(links, indent=1))

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
            self._local.connection = connection
            self._opened.append(connection)
        return connection
