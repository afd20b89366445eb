"""Links in SQL. Every function works within a transaction that the caller holds; `now` is a text of `moments`."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from app.schemas import Day, Link, State, Stats

STATE = (
    "CASE WHEN disabled THEN 'disabled' WHEN expires_at <= :now THEN 'expired'"
    " WHEN visits >= max_visits THEN 'exhausted' ELSE 'active' END"
)
SELECT = f"SELECT *, {STATE} AS state FROM links WHERE NOT deleted"


@dataclass(frozen=True)
class Found:
    """A link and its creation number."""

    seq: int
    link: Link


@dataclass(frozen=True)
class Filters:
    """None = no restriction."""

    owner: str
    state: State | None = None
    text: str | None = None


@dataclass(frozen=True)
class Page:
    links: list[Link]
    total: int
    last: int | None  # creation number after which the next page starts; None = there is none


def insert(connection: sqlite3.Connection, values: dict[str, Any]) -> bool:
    """Add a link; False when its slug is taken, be it by a deleted link."""
    cursor = connection.execute(
        "INSERT INTO links (slug, owner, target_url, max_visits, expires_at, created_at, updated_at)"
        " VALUES (:slug, :owner, :target_url, :max_visits, :expires_at, :now, :now) ON CONFLICT (slug) DO NOTHING",
        values,
    )
    return cursor.rowcount == 1


def find(connection: sqlite3.Connection, slug: str, now: str) -> Found | None:
    row = connection.execute(" ".join([SELECT, "AND slug = :slug"]), {"slug": slug, "now": now}).fetchone()
    return _found(row) if row else None


def page(connection: sqlite3.Connection, filters: Filters, after: int | None, limit: int, now: str) -> Page:
    """One page of the newest links first, and the number of all matches."""
    conditions, values = _conditions(filters)
    values["now"] = now
    count = " ".join(["SELECT COUNT(*) FROM links WHERE NOT deleted", *conditions])
    total = connection.execute(count, values).fetchone()[0]
    if after is not None:
        conditions.append("AND seq < :after")
        values["after"] = after
    select = " ".join([SELECT, *conditions, "ORDER BY seq DESC LIMIT :limit"])
    found = [_found(row) for row in connection.execute(select, values | {"limit": limit + 1})]
    shown = found[:limit]
    return Page([each.link for each in shown], total, shown[-1].seq if len(found) > limit else None)


def count_visit(connection: sqlite3.Connection, seq: int) -> None:
    connection.execute("UPDATE links SET visits = visits + 1 WHERE seq = ?", (seq,))


def add_to_statistics(connection: sqlite3.Connection, seq: int, mark: str | None, now: str) -> None:
    """Put one visit under its day; `mark` names the visitor, None = nobody knows."""
    connection.execute(
        "INSERT INTO visits_by_day VALUES (?, ?, 1) ON CONFLICT (link_seq, day) DO UPDATE SET visits = visits + 1",
        (seq, now[:10]),
    )
    if mark is not None:
        connection.execute("INSERT OR IGNORE INTO visitors VALUES (?, ?)", (seq, mark))


def change(connection: sqlite3.Connection, seq: int, target_url: str | None, disabled: bool | None, now: str) -> None:
    """Set what is not None, and nothing else."""
    connection.execute(
        "UPDATE links SET target_url = COALESCE(?, target_url), disabled = COALESCE(?, disabled), updated_at = ?"
        " WHERE seq = ?",
        (target_url, disabled, now, seq),
    )


def delete(connection: sqlite3.Connection, seq: int) -> None:
    """Forget all of a link but its slug."""
    connection.execute("UPDATE links SET deleted = TRUE, target_url = '', visits = 0 WHERE seq = ?", (seq,))
    connection.execute("DELETE FROM visits_by_day WHERE link_seq = ?", (seq,))
    connection.execute("DELETE FROM visitors WHERE link_seq = ?", (seq,))


def stats(connection: sqlite3.Connection, found: Found) -> Stats:
    days = connection.execute(
        "SELECT day, visits FROM visits_by_day WHERE link_seq = ? ORDER BY day", (found.seq,)
    ).fetchall()
    unique = connection.execute("SELECT COUNT(*) FROM visitors WHERE link_seq = ?", (found.seq,)).fetchone()[0]
    return Stats(
        slug=found.link.slug,
        visits=found.link.visits,
        unique_visitors=unique,
        by_day=[Day(day=day, visits=visits) for day, visits in days],
    )


def _conditions(filters: Filters) -> tuple[list[str], dict[str, Any]]:
    """Fixed pieces of SQL; values travel as parameters only."""
    conditions, values = ["AND owner = :owner"], {"owner": filters.owner}
    if filters.state is not None:
        conditions.append(f"AND {STATE} = :state")
        values["state"] = filters.state
    if filters.text is not None:
        conditions.append("AND instr(target_url, :text)")  # LIKE would ignore case and know wildcards
        values["text"] = filters.text
    return conditions, values


def _found(row: sqlite3.Row) -> Found:
    return Found(row["seq"], Link.model_validate(dict(row)))
