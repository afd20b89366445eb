"""The business rules: who may do what with which link, and what follows from it."""

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta

from app import moments, store
from app.database import Database
from app.errors import Conflict, Gone, Invalid, NotFound
from app.paging import decode_cursor, encode_cursor
from app.schemas import Link, LinkChange, LinkPage, NewLink, Preview, State, Stats
from app.slugs import new_slug, normal

ACTIVE = "active"
BATCH = 50  # visits whose statistics are written together: visits are most of the traffic


class LinkService:
    """Every use case is one transaction."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime] = moments.utc_now,
        make_slug: Callable[[], str] = new_slug,
    ) -> None:
        self._database = database
        self._clock = clock
        self._make_slug = make_slug
        self._unwritten: list[tuple[int, str | None, str]] = []  # touched by holders of the write lock only

    def create(self, caller: str, wanted: NewLink) -> Link:
        moment = self._clock()
        now = moments.text_of(moment)
        values = {
            "owner": caller,
            "target_url": wanted.target_url,
            "max_visits": wanted.max_visits,
            "expires_at": _end(wanted, moment),
            "now": now,
        }
        with self._database.writing() as connection:
            slug = wanted.slug or self._make_slug()
            while not store.insert(connection, {**values, "slug": slug}):
                if wanted.slug is not None:
                    raise Conflict("this slug is taken")
                slug = self._make_slug()
            return self._own(connection, caller, slug, now).link

    def visit(self, slug: str, mark: str | None) -> str:
        """Count a visit and tell where it leads. The write lock makes sure that no two share the last one allowed."""
        now = self._now()
        with self._database.writing() as connection:
            found = self._usable(connection, slug, now)
            store.count_visit(connection, found.seq)
            self._unwritten.append((found.seq, mark, now))
            if len(self._unwritten) >= BATCH:
                self._write_statistics(connection)
        return found.link.target_url

    def flush(self) -> None:
        """Write the statistics that still wait for their batch."""
        with self._database.writing() as connection:
            self._write_statistics(connection)

    def preview(self, slug: str) -> Preview:
        with self._database.reading() as connection:
            link = self._usable(connection, slug, self._now()).link
        return Preview(slug=link.slug, target_url=link.target_url)

    def read(self, caller: str, slug: str) -> Link:
        with self._database.reading() as connection:
            return self._own(connection, caller, slug, self._now()).link

    def stats(self, caller: str, slug: str) -> Stats:
        with self._database.reading() as connection:
            return store.stats(connection, self._own(connection, caller, slug, self._now()))

    def page(self, caller: str, state: State | None, text: str | None, limit: int, cursor: str | None) -> LinkPage:
        after = None if cursor is None else decode_cursor(cursor)
        with self._database.reading() as connection:
            found = store.page(connection, store.Filters(caller, state, text), after, limit, self._now())
        next_cursor = None if found.last is None else encode_cursor(found.last)
        return LinkPage(links=found.links, total=found.total, next_cursor=next_cursor)

    def change(self, caller: str, slug: str, wanted: LinkChange) -> Link:
        now = self._now()
        with self._database.writing() as connection:
            found = self._own(connection, caller, slug, now)
            store.change(connection, found.seq, wanted.target_url, wanted.disabled, now)
            return self._own(connection, caller, slug, now).link

    def delete(self, caller: str, slug: str) -> None:
        with self._database.writing() as connection:
            store.delete(connection, self._own(connection, caller, slug, self._now()).seq)

    def _write_statistics(self, connection: sqlite3.Connection) -> None:
        for seq, mark, now in self._unwritten:
            store.add_to_statistics(connection, seq, mark, now)
        self._unwritten.clear()

    def _now(self) -> str:
        return moments.text_of(self._clock())

    def _find(self, connection: sqlite3.Connection, slug: str, now: str) -> store.Found:
        key = normal(slug)
        found = None if key is None else store.find(connection, key, now)
        if found is None:
            raise NotFound("no such link")
        return found

    def _own(self, connection: sqlite3.Connection, caller: str, slug: str, now: str) -> store.Found:
        """The link if it is the caller's; what is not theirs does not exist for them."""
        found = self._find(connection, slug, now)
        if found.link.owner != caller:
            raise NotFound("no such link")
        return found

    def _usable(self, connection: sqlite3.Connection, slug: str, now: str) -> store.Found:
        """The link if it is active; NotFound or Gone otherwise."""
        found = self._find(connection, slug, now)
        if found.link.state != ACTIVE:
            raise Gone(f"this link is {found.link.state}")
        return found


def _end(wanted: NewLink, now: datetime) -> str | None:
    """When the link expires."""
    if wanted.ttl_s is not None:
        return moments.text_of(now + timedelta(seconds=wanted.ttl_s))
    if wanted.expires_at is None:
        return None
    if wanted.expires_at <= now:
        raise Invalid("expires_at is not in the future")
    return moments.text_of(wanted.expires_at)
