"""The newest re-scoring of a run: which file it is, what it was made with, and where in it each trial's record lies.

Refuses to hold it in memory: the file has a record for every trial. The newest is the one written last.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from harness.model.trial import Trial
from harness.store import atomic
from harness.store.documents import corrupt, decode

_HEAD: Final = b'"records": ['
_BLOCK: Final = 1 << 20


@dataclass(frozen=True)
class Rescored:
    """digest: the file's name; stamp: its name, size and time; scorers: name -> version."""

    path: Path
    digest: str
    stamp: str
    scorers: dict[str, int]


def newest_stamp(folder: Path) -> tuple[Path, str] | None:
    """The re-scoring written last and what tells it from another; None when there is none."""
    found = []
    for name in atomic.list_names(folder):
        if name.endswith(".json"):
            with atomic.storage_errors(folder / name, "look at"):
                seen = (folder / name).stat()
            found.append((seen.st_mtime_ns, name, seen.st_size))
    if not found:
        return None
    time_ns, name, size = max(found)
    return folder / name, f"{name} {size} {time_ns}"


def read_head(path: Path, stamp: str) -> Rescored:
    """What a re-scoring was made with. UsageError with the remedy when its head is damaged."""
    head = _head(path)
    return Rescored(path, path.stem, stamp, dict(head["scorers"]))


def places_in(rescored: Rescored) -> dict[str, tuple[int, int]]:
    """Trial name -> (first byte, how many) of its record in the file. UsageError when it is damaged."""
    path, at = rescored.path, {}
    try:
        for first, size, value in _records(path):
            at[Trial(**value["trial"]).name] = (first, size)
    except (ValueError, TypeError, KeyError) as error:
        raise corrupt("scores", path, f"cannot be read ({type(error).__name__}: {error})") from error
    return at


def _head(path: Path) -> dict[str, Any]:
    """What stands before the records; a file that is not in our order is read whole."""
    with atomic.storage_errors(path, "read"), path.open("rb") as stream:
        text = stream.read(_BLOCK)
    start = text.find(_HEAD)
    if start < 0:
        decode("scores", atomic.read_bytes(path, "it was there a moment ago"), path)
        raise corrupt("scores", path, f"has no {_HEAD.decode()} as `harness score` writes it")
    return decode("scores", text[:start] + b'"records": []}', path)


def _records(path: Path) -> Iterator[tuple[int, int, Any]]:
    """(first byte, how many, record) each, without holding more than one in memory; what we write is ASCII."""
    decoder = json.JSONDecoder()
    with atomic.storage_errors(path, "read"), path.open(encoding="ascii") as stream:
        text = stream.read(_BLOCK)
        place, base = text.find(_HEAD.decode()), 0
        if place < 0:
            return
        place += len(_HEAD)
        while (more := _next(text, place)) != "]":
            found = None
            if more == "{":
                place = _skipped(text, place)
                with suppress(ValueError):  # it goes on in the next block
                    found = decoder.raw_decode(text, place)
            if found is None:
                block = stream.read(_BLOCK)
                if not block:
                    raise ValueError("it ends within its records")
                text, base, place = text[place:] + block, base + place, 0
                continue
            value, end = found
            yield base + place, end - place, value
            place = end


def _next(text: str, place: int) -> str:
    place = _skipped(text, place)
    return text[place] if place < len(text) else ""


def _skipped(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \n\r\t,":
        place += 1
    return place
