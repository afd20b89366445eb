"""All links in memory. Changes are written through; visits are collected and written a few times a second.

One event loop runs everything, and no function here awaits: nothing can come between a check and what follows it.
"""

import sqlite3
from collections import Counter
from dataclasses import asdict, dataclass, replace

TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS links (
    number INTEGER PRIMARY KEY, slug TEXT UNIQUE NOT NULL, owner TEXT NOT NULL, target_url TEXT NOT NULL, disabled INTEGER,
    visits INTEGER, max_visits INTEGER, expires_at TEXT, created_at TEXT, updated_at TEXT
);
CREATE TABLE IF NOT EXISTS days (number INTEGER, day TEXT, visits INTEGER, PRIMARY KEY (number, day)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS marks (number INTEGER, mark TEXT, PRIMARY KEY (number, mark)) WITHOUT ROWID;
"""
NOBODY = ""  # owner of a deleted link, which only keeps its slug


@dataclass(frozen=True)
class Link:
    number: int
    slug: str
    owner: str
    target_url: str
    disabled: bool
    visits: int
    max_visits: int | None
    expires_at: str | None
    created_at: str
    updated_at: str

    def state(self, now: str) -> str:
        if self.disabled:
            return "disabled"
        if self.expires_at is not None and self.expires_at <= now:
            return "expired"
        return "exhausted" if self.max_visits is not None and self.visits >= self.max_visits else "active"

    def shown(self, now: str) -> dict:
        fields = asdict(self)
        del fields["number"]
        return {"state": self.state(now), **fields}


class Book:
    """Links by slug, and the database behind them."""

    def __init__(self, path: str) -> None:
        # The server's start-up and its requests may run on different threads, though never at the same time.
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.executescript(TABLES)
        rows = self._connection.execute("SELECT * FROM links ORDER BY number")
        self._links = {row[1]: Link(*row[:4], bool(row[4]), *row[5:]) for row in rows}
        self._visits: Counter[tuple[str, str]] = Counter()
        self._marks: set[tuple[int, str]] = set()

    def add(self, slug: str, **fields) -> Link | None:
        """The new link; None when its slug is taken."""
        if slug in self._links:
            return None
        link = Link(number=len(self._links) + 1, slug=slug, disabled=False, visits=0, **fields)
        self._save(link)
        return link

    def find(self, slug: str) -> Link | None:
        link = self._links.get(slug)
        return link if link is not None and link.owner != NOBODY else None

    def of(self, owner: str) -> list[Link]:
        """An owner's links, the newest first."""
        return [link for link in reversed(self._links.values()) if link.owner == owner]

    def visit(self, link: Link, mark: str | None, now: str) -> None:
        self._links[link.slug] = replace(link, visits=link.visits + 1)
        self._visits[link.slug, now[:10]] += 1
        if mark is not None:
            self._marks.add((link.number, mark))

    def change(self, link: Link, **fields) -> Link:
        changed = replace(link, **fields)
        self._save(changed)
        return changed

    def remove(self, link: Link) -> None:
        self.flush()
        self._save(replace(link, owner=NOBODY, target_url=""))
        for statement in ("DELETE FROM days WHERE number = ?", "DELETE FROM marks WHERE number = ?"):
            self._connection.execute(statement, (link.number,))

    def figures(self, link: Link) -> tuple[int, list[tuple[str, int]]]:
        """(unique visitors, [(day, visits)]) as of the last flush."""
        query = "SELECT day, visits FROM days WHERE number = ? ORDER BY day"
        unique = self._connection.execute("SELECT COUNT(*) FROM marks WHERE number = ?", (link.number,)).fetchone()[0]
        return unique, self._connection.execute(query, (link.number,)).fetchall()

    def flush(self) -> None:
        """Write down the visits since the last time."""
        if not self._visits:
            return
        visits, self._visits = self._visits, Counter()
        marks, self._marks = self._marks, set()
        self._connection.execute("BEGIN")
        for (slug, day), count in visits.items():
            link = self._links[slug]
            self._connection.execute("UPDATE links SET visits = ? WHERE number = ?", (link.visits, link.number))
            self._connection.execute(
                "INSERT INTO days VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET visits = visits + excluded.visits",
                (link.number, day, count),
            )
        self._connection.executemany("INSERT OR IGNORE INTO marks VALUES (?, ?)", marks)
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self.flush()
        self._connection.close()

    def _save(self, link: Link) -> None:
        self._connection.execute(
            "REPLACE INTO links VALUES (:number, :slug, :owner, :target_url, :disabled, :visits, :max_visits,"
            " :expires_at, :created_at, :updated_at)",
            asdict(link),
        )
        self._links[link.slug] = link
