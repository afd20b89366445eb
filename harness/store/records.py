"""Records of a run read one by one, or many at once: damage costs that trial only, and says where it is.

Refuses to repair and to guess: a record that cannot be trusted becomes a void of ours, which `harness resume` measures
again and which every count shows. Refuses a record of a newer schema as a whole: that is no damage.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from harness.compare.row import Row, row_of
from harness.errors import UsageError
from harness.model.trial import Trial, TrialRecord, Void
from harness.store import atomic, codec
from harness.store.documents import NEWER, corrupt, decode
from harness.store.row_columns import Claims, Columns, to_columns

DAMAGED: Final = "record_damaged"
GONE: Final = "it was there a moment ago; is something else removing files of this run?"
TOGETHER: Final = 250  # records a worker reads at a time
WORTH_A_POOL: Final = 3000  # fewer are read before a second process has started


@dataclass(frozen=True)
class Place:
    """Where a record lies: its trial, its file, and the part of a re-scoring's file about the same trial, if any."""

    trial: Trial
    path: str
    again: tuple[str, int, int] | None = None  # path, first byte, how many


@dataclass(frozen=True)
class Read:
    """A record's facts; `problem` says what is damaged, "" when nothing is."""

    name: str
    sha256: str
    problem: str
    columns: Columns


def record_at(path: Path, trial: Trial, known: bool = False) -> TrialRecord:
    """A trial's record; UsageError `store_corrupt` names file, key and remedy. known: checked before (see decode)."""
    record = _record(atomic.read_bytes(path, GONE), path, trial, known)
    if not known:
        _row(record, None, path)
    return record


def damaged(trial: Trial, error: UsageError) -> TrialRecord:
    """What stands for a record that cannot be read: a void of ours. Raises the error where it is no damage."""
    if error.code == NEWER:
        raise error
    return TrialRecord(trial, Void("infrastructure", DAMAGED, error.message, "store"), "", "", None, None, None, None)


def rescored_at(again: tuple[str, int, int]) -> TrialRecord:
    """One record inside a re-scoring's file."""
    path, (first, size) = Path(again[0]), again[1:]
    with atomic.storage_errors(path, "read"), path.open("rb") as stream:
        stream.seek(first)
        raw = stream.read(size)
    document = decode("trial", b'{"schema": 1, ' + raw.lstrip()[1:], path)
    try:
        return codec.record_from_json(document)
    except codec.Unreadable as error:
        raise corrupt("scores", path, str(error)) from error


def read_many(places: Sequence[Place]) -> Iterator[tuple[list[Read], Claims]]:
    """The facts of many records, some at a time, in any order; by as many processes as there are CPUs if that helps."""
    parts = [places[n : n + TOGETHER] for n in range(0, len(places), TOGETHER)]
    cpus = len(os.sched_getaffinity(0))
    if len(places) < WORTH_A_POOL or cpus < 2:
        yield from map(read_some, parts)
        return
    with ProcessPoolExecutor(cpus, mp_context=get_context("spawn")) as pool:
        yield from pool.map(read_some, parts)


def read_some(places: Iterable[Place]) -> tuple[list[Read], Claims]:
    """The facts of these records and the claims that they name."""
    claims: Claims = {}
    return [_read(place, claims) for place in places], claims


def _read(place: Place, claims: Claims) -> Read:
    path = Path(place.path)
    raw = atomic.read_bytes(path, GONE)
    digest = hashlib.sha256(raw).hexdigest()
    try:
        record = _record(raw, path, place.trial)
        again = rescored_at(place.again) if place.again else None
        return Read(place.trial.name, digest, "", to_columns(_row(record, again, path), claims))
    except UsageError as error:
        stand_in = damaged(place.trial, error)
        return Read(place.trial.name, digest, error.message, to_columns(row_of(stand_in), claims))


def _row(record: TrialRecord, again: TrialRecord | None, path: Path) -> Row:
    """The record's facts; what fits its schema and still makes no sense is damage too."""
    try:
        return row_of(record, again)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise corrupt("trial", path, f"holds what no scorer writes ({type(error).__name__}: {error})") from error


def _record(raw: bytes, path: Path, trial: Trial, known: bool = False) -> TrialRecord:
    document = decode("trial", raw, path, known)
    try:
        record = codec.record_from_json(document)
    except codec.Unreadable as error:
        raise corrupt("trial", path, str(error)) from error
    if record.trial != trial:
        raise corrupt("trial", path, f"is the record of {record.trial!r} at $.trial, expected {trial!r}")
    return record
