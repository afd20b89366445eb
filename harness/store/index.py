"""`index.sqlite` in a run's folder: what its records come to, so that a hundred thousand of them are read once.

Refuses to be the truth: it is made again from the records whenever it is missing, damaged or made by other code, and
may be removed at will. A row counts as fresh while name, size and time (ns) of its record, and of the newest
re-scoring, are as they were; `verify` compares digests. Where it cannot be kept (a read-only folder, another process
that writes for long) all is done in memory.
"""

import os
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from harness.compare.row import Row, newest
from harness.errors import UsageError
from harness.model.trial import Trial, TrialRecord
from harness.store import atomic
from harness.store.index_file import Fresh, Stamp, fresh_in, loaded, made_by, opened, save
from harness.store.layout import RunPaths
from harness.store.records import Place, Read, damaged, read_many, record_at, rescored_at
from harness.store.rescored import Rescored, newest_stamp, places_in, read_head

RECENT_NS: Final = 2_000_000_000  # a file this young may change once more within one tick of its file system's clock
SHOWN: Final = 5


@dataclass(frozen=True)
class Indexed:
    """rows: by trial name, of planned trials that have a record; problems: what is damaged, by trial name; rescored:
    the newest re-scoring, whose scores these are; again: by trial name, the part of its file about the trial; read: how
    many records were read now; told: what a person should know about the index itself."""

    rows: Mapping[str, Row]
    problems: Mapping[str, str]
    rescored: Rescored | None
    again: Mapping[str, tuple[str, int, int]]
    read: int
    told: tuple[str, ...] = ()


@dataclass
class _Work:
    """One reading of a run: what it is about, where it is kept, and what there is to say."""

    paths: RunPaths
    planned: Mapping[str, Trial]
    stamps: Mapping[str, Stamp]
    made: str
    store: sqlite3.Connection
    told: list[str] = field(default_factory=list)


def indexed(paths: RunPaths, plan: Iterable[Trial], verify: bool = False) -> Indexed:
    """The facts of every planned trial that has a record. UsageError for a record of a newer schema.

    verify: read every record again, and say which are not what the index took them for.
    """
    planned = {trial.name: trial for trial in plan}
    stamps = _stamps(paths, planned)
    newest = newest_stamp(paths.scores)
    rescored = read_head(*newest) if newest else None
    made = made_by(rescored.stamp if rescored else "")
    store, told = opened(paths.index)
    work = _Work(paths, planned, stamps, made, store, list(told))
    try:
        fresh = fresh_in(store, stamps, made)
        wanted = [name for name in stamps if verify or name not in fresh]
        _read(work, wanted, fresh, rescored)
        rows, problems, at = loaded(work.store, stamps)
    finally:
        work.store.close()
    again = {name: (str(rescored.path), *place) for name, place in at.items()} if rescored else {}
    return Indexed(rows, problems, rescored, again, len(wanted), tuple(work.told))


def load_record(paths: RunPaths, found: Indexed, trial: Trial) -> TrialRecord | None:
    """One trial's record with the newest scores, as its row has them; a damaged one as a void of ours."""
    name, path = trial.name, paths.trial(trial).record
    if name not in found.rows:
        return None
    if name in found.problems:
        return damaged(trial, UsageError("store_corrupt", found.problems[name]))
    record = record_at(path, trial, known=True)
    return newest(record, rescored_at(found.again[name]) if name in found.again else None)


def _read(work: _Work, wanted: Sequence[str], fresh: Fresh, rescored: Rescored | None) -> None:
    """Read what is not fresh and keep it; what cannot be kept goes on in memory."""
    at = places_in(rescored) if rescored and wanted else {}
    places = [_place(work, name, rescored, at) for name in wanted]
    changed: list[str] = []
    for reads, claims in read_many(places):
        changed += [read.name for read in reads if fresh.get(read.name, read.sha256) != read.sha256]
        lines = [_line(work, read, at) for read in reads]
        work.store = save(work.store, lines, claims, work.told)
    if changed:
        more = f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
        work.told.append(
            f"{len(changed)} records were not what the index took them for, and were read again:"
            f" {', '.join(changed[:SHOWN])}{more}"
        )


def _place(work: _Work, name: str, rescored: Rescored | None, at: Mapping[str, tuple[int, int]]) -> Place:
    again = (str(rescored.path), *at[name]) if rescored and name in at else None
    return Place(work.planned[name], str(work.paths.trial(work.planned[name]).record), again)


def _line(work: _Work, read: Read, at: Mapping[str, tuple[int, int]]) -> tuple[object, ...]:
    size, time_ns = work.stamps[read.name]
    return (read.name, work.made, size, time_ns, read.sha256, read.problem, *at.get(read.name, (-1, 0)), *read.columns)


def _stamps(paths: RunPaths, planned: Mapping[str, Trial]) -> dict[str, Stamp]:
    """Size and time of each record that is there; a very young one has no time yet, so that it is read again."""
    recent = time.time_ns() - RECENT_NS
    trials, found = str(paths.trials), {}
    with atomic.storage_errors(paths.trials, "look at"):
        for name in planned:
            try:
                seen = os.stat(f"{trials}/{name}/trial.json")  # noqa: PTH116 - a Path each costs more than the look
            except (FileNotFoundError, NotADirectoryError):
                continue
            found[name] = (seen.st_size, seen.st_mtime_ns if seen.st_mtime_ns < recent else -1)
    return found
