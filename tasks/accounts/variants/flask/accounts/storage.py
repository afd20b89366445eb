"""SQLite: a connection for each thread, one writer at a time."""

import sqlite3
import threading
from contextlib import closing, contextmanager

TABLES = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS account (
    id TEXT PRIMARY KEY, email TEXT UNIQUE NOT NULL, name TEXT NOT NULL, hash TEXT NOT NULL, created REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS session (
    n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, account TEXT NOT NULL, token TEXT UNIQUE NOT NULL,
    created REAL NOT NULL, ends REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS session_account ON session (account, n);
CREATE TABLE IF NOT EXISTS miss (email TEXT PRIMARY KEY, count INTEGER NOT NULL, locked_until REAL NOT NULL);
"""


class Storage:
    def __init__(self, path):
        self._path = path
        self._local = threading.local()
        self._writer = threading.Lock()
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(TABLES)

    def rows(self, query, *values):
        return self._connection().execute(query, values).fetchall()

    def row(self, query, *values):
        return self._connection().execute(query, values).fetchone()

    @contextmanager
    def change(self):
        """A write transaction; whatever is raised inside undoes it."""
        with self._writer:
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def _connection(self):
        if not hasattr(self._local, "connection"):
            self._local.connection = sqlite3.connect(self._path, isolation_level=None, timeout=10)
            self._local.connection.row_factory = sqlite3.Row
            self._local.connection.execute("PRAGMA synchronous = NORMAL")
        return self._local.connection
