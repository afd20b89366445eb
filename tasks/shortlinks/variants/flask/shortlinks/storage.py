"""Links in SQLite; a visit is one row of a log that is summed up when somebody asks."""

import sqlite3
import threading
from contextlib import closing, contextmanager

TABLES = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS links (
    n INTEGER PRIMARY KEY AUTOINCREMENT, slug TEXT UNIQUE NOT NULL, owner TEXT, target TEXT, disabled INTEGER DEFAULT 0,
    visits INTEGER DEFAULT 0, most INTEGER, ends TEXT, created TEXT, updated TEXT
);
CREATE INDEX IF NOT EXISTS by_owner ON links (owner, n);
CREATE TABLE IF NOT EXISTS log (n INTEGER NOT NULL, at TEXT NOT NULL, mark TEXT);
CREATE INDEX IF NOT EXISTS by_link ON log (n);
"""
OPEN = "NOT disabled AND (ends IS NULL OR ends > :now) AND (most IS NULL OR visits < most)"
CONDITIONS = {
    "active": OPEN,
    "disabled": "disabled",
    "expired": "NOT disabled AND ends <= :now",
    "exhausted": "NOT disabled AND (ends IS NULL OR ends > :now) AND visits >= most",
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

    def insert(self, **values):
        """Whether the slug was free."""
        with self.change() as connection:
            found = connection.execute(
                "INSERT OR IGNORE INTO links (slug, owner, target, most, ends, created, updated)"
                " VALUES (:slug, :owner, :target, :most, :ends, :created, :created)",
                values,
            )
            return found.rowcount == 1

    def find(self, slug):
        return self.connection().execute("SELECT * FROM links WHERE slug = ? AND owner > ''", (slug,)).fetchone()

    def visit(self, slug, now, mark):
        """The target, if the link is open; counted in the statement that checks."""
        count = " ".join(["UPDATE links SET visits = visits + 1 WHERE slug = :slug AND owner > '' AND", OPEN])
        with self.change() as connection:
            found = connection.execute(f"{count} RETURNING n, target", {"slug": slug, "now": now}).fetchone()
            if found:
                connection.execute("INSERT INTO log VALUES (?, ?, ?)", (found["n"], now, mark))
            return found and found["target"]

    def page(self, owner, state, text, before, limit, now):
        """(links, number of all matches, whether there are more)."""
        where, values = ["owner = :owner"], {"owner": owner, "now": now, "limit": limit + 1}
        if state is not None:
            where.append(CONDITIONS[state])
        if text is not None:
            where.append("instr(target, :text)")
            values["text"] = text
        count = " ".join(["SELECT COUNT(*) FROM links WHERE", " AND ".join(where)])
        total = self.connection().execute(count, values).fetchone()[0]
        if before is not None:
            where.append("n < :before")
            values["before"] = before
        query = " ".join(["SELECT * FROM links WHERE", " AND ".join(where), "ORDER BY n DESC LIMIT :limit"])
        rows = self.connection().execute(query, values).fetchall()
        return rows[:limit], total, len(rows) > limit

    def update(self, n, target, disabled, now):
        with self.change() as connection:
            connection.execute(
                "UPDATE links SET target = ifnull(?, target), disabled = ifnull(?, disabled), updated = ? WHERE n = ?",
                (target, disabled, now, n),
            )

    def remove(self, n):
        """Keep the slug alone."""
        with self.change() as connection:
            connection.execute("UPDATE links SET owner = '', target = '' WHERE n = ?", (n,))
            connection.execute("DELETE FROM log WHERE n = ?", (n,))

    def figures(self, n):
        """(visits, unique visitors, [(day, visits)])."""
        query = "SELECT COUNT(*), COUNT(DISTINCT mark) FROM log WHERE n = ?"
        days = "SELECT substr(at, 1, 10) AS day, COUNT(*) FROM log WHERE n = ? GROUP BY day ORDER BY day"
        visits, unique = self.connection().execute(query, (n,)).fetchone()
        return visits, unique, self.connection().execute(days, (n,)).fetchall()
