"""The SQLite file of an index: opened or given up for memory, what in it is fresh, saved to and loaded.

Refuses to fail a reader: whatever is wrong with the file, it is put aside, and the records are there to be read again.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from harness.compare.row import Row
from harness.store.row_columns import COLUMNS, Claims, claim_of, claim_text, rows_of

PATIENCE_S: Final = 10.0  # for another process that writes the same index
# Whatever decides what a row says: other code makes its rows anew.
_MADE_BY: Final = ("claims", "compare", "model", "scorers", "store", "store/schemas")
_KEPT: Final = ("name", "made", "size", "time_ns", "sha256", "problem", "again_at", "again_size")
LAYOUT: Final = (*_KEPT, *COLUMNS)
_NAMES: Final = ", ".join(f'"{name}"' for name in LAYOUT)
_TABLES: Final = f"""
create table if not exists claim (digest text primary key, body text);
create table if not exists trial (name text primary key, {_NAMES.partition(", ")[2]});
"""
_INSERT: Final = f"insert or replace into trial values ({', '.join('?' * len(LAYOUT))})"  # noqa: S608 - our own names
_LAYOUT_NUMBER: Final = int(hashlib.sha256(_TABLES.encode()).hexdigest()[:7], 16)

Stamp = tuple[int, int]  # size, time in ns
Fresh = dict[str, str]  # name -> digest of the record


@cache
def _code() -> str:
    digest = hashlib.sha256()
    for folder in _MADE_BY:
        for file in sorted((files("harness") / folder).iterdir(), key=lambda file: file.name):
            if file.name.endswith((".py", ".json")):
                digest.update(file.read_bytes())
    return digest.hexdigest()[:20]


def made_by(rescoring: str) -> str:
    """What a row is made by, beside its record: this code, and the re-scoring that it counts."""
    return f"{_code()} {rescoring}"


def opened(path: Path) -> tuple[sqlite3.Connection, tuple[str, ...]]:
    """The index at `path`, empty when it is new, damaged or of another layout; or one in memory, and why."""
    for attempt in range(2):
        try:
            store = sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None)
            try:
                if store.execute("pragma user_version").fetchone() != (_LAYOUT_NUMBER,):
                    _lay_out(store)
                store.execute("select count(*) from trial, claim where false").fetchone()
            except BaseException:
                store.close()
                raise
            return store, ()
        except sqlite3.OperationalError as error:
            return _in_memory(), (f"the index {str(path)!r} cannot be used ({error}); read in memory",)
        except sqlite3.DatabaseError:
            if attempt:
                break
            with suppress(OSError):  # damaged: nothing is lost with it
                path.unlink()
    return _in_memory(), (f"the index {str(path)!r} is damaged and cannot be replaced; read in memory",)


def fresh_in(store: sqlite3.Connection, stamps: Mapping[str, Stamp], made: str) -> Fresh:
    """The trials whose row still says what their record says, with its digest."""
    try:
        found = store.execute("select name, size, time_ns, sha256 from trial where made = ? and time_ns >= 0", (made,))
        return {name: sha256 for name, size, time_ns, sha256 in found if stamps.get(name) == (size, time_ns)}
    except sqlite3.DatabaseError:
        return {}


def save(
    store: sqlite3.Connection, lines: Iterable[Sequence[object]], claims: Claims, told: list[str]
) -> sqlite3.Connection:
    """Keep these rows; the connection to go on with, which is one in memory where the file cannot be written."""
    texts = [(digest, claim_text(claim)) for digest, claim in claims.items()]
    lines = list(lines)
    try:
        _insert(store, lines, texts)
    except sqlite3.DatabaseError as error:
        told.append(f"the index cannot be written ({error}); read in memory")
        memory = _in_memory()
        with suppress(sqlite3.DatabaseError):
            store.backup(memory)
        with suppress(sqlite3.Error):
            store.close()
        store = memory
        _insert(store, lines, texts)
    return store


def loaded(
    store: sqlite3.Connection, names: Iterable[str]
) -> tuple[dict[str, Row], dict[str, str], dict[str, tuple[int, int]]]:
    """Rows, problems and places in the re-scoring, each by trial name."""
    wanted = frozenset(names)
    claims = {digest: claim_of(body) for digest, body in store.execute("select digest, body from claim")}
    order, problems, again = [], {}, {}

    def told_apart() -> Iterator[Sequence[Any]]:
        for name, _, _, _, _, problem, first, size, *columns in store.execute(f"select {_NAMES} from trial"):  # noqa: S608
            if name in wanted:
                order.append(name)
                if problem:
                    problems[name] = problem
                if first >= 0:
                    again[name] = (first, size)
                yield columns

    rows = list(rows_of(told_apart(), claims))
    return dict(zip(order, rows, strict=True)), problems, again


def _insert(store: sqlite3.Connection, lines: Sequence[Sequence[object]], claims: Sequence[tuple[str, str]]) -> None:
    store.execute("begin immediate")
    try:
        store.executemany("insert or ignore into claim values (?, ?)", claims)
        store.executemany(_INSERT, lines)
        store.execute("commit")
    except BaseException:
        with suppress(sqlite3.Error):
            store.execute("rollback")
        raise


def _lay_out(store: sqlite3.Connection) -> None:
    store.execute("begin immediate")
    store.execute("drop table if exists trial")
    store.execute("drop table if exists claim")
    for statement in filter(str.strip, _TABLES.split(";")):
        store.execute(statement)
    store.execute(f"pragma user_version = {_LAYOUT_NUMBER}")
    store.execute("commit")


def _in_memory() -> sqlite3.Connection:
    store = sqlite3.connect(":memory:", isolation_level=None)
    _lay_out(store)
    return store
