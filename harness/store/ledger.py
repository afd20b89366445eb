"""A ledger of looks, `looks.jsonl`: one JSON object a line, committed beside the baseline that they are looks at.

Refuses to forget: a damaged line is named with its file and number, and nothing is decided until it is put right; a
look that is there already is not added again. The file is replaced whole: a kill leaves the old one or the new one.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from harness.errors import UsageError
from harness.gate.looks import Look
from harness.model.decision import OUTCOMES
from harness.store import atomic

SCHEMA: Final = 1
_TEXTS: Final = ("pair", "versions", "candidate", "baseline", "policy", "run", "baseline_run", "at")
_SHOWN: Final = 5  # damaged lines that are named


def read_looks(path: Path) -> tuple[Look, ...]:
    """Every look, oldest first; none where there is no such file. UsageError names each damaged line."""
    return tuple(_lines(_content(path), path))


def append_look(path: Path, look: Look) -> bool:
    """Add a look unless the ledger says the same already; whether it was added. One process at a time."""
    path = path.resolve()
    atomic.make_folder(path.parent)
    with _alone(path):
        content = _content(path)
        if any(look.same_as(known) for known in _lines(content, path)):
            return False
        joint = b"" if content.endswith(b"\n") or not content else b"\n"
        line = json.dumps({"schema": SCHEMA, **vars(look)}, ensure_ascii=True, allow_nan=False)
        atomic.write_atomic(path, content + joint + line.encode("ascii") + b"\n")
        return True


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the folder of the ledger: the file itself is replaced, so that a lock on it would hold nobody."""
    with atomic.storage_errors(path.parent, "lock"):
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError:
            os.close(descriptor)
            raise
    try:
        yield
    finally:
        os.close(descriptor)


def _content(path: Path) -> bytes:
    return atomic.read_bytes(path, "it was there a moment ago") if atomic.exists(path) else b""


def _lines(content: bytes, path: Path) -> list[Look]:
    found, damaged = [], []
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found.append(_look(json.loads(line)))
        except (ValueError, RecursionError) as error:
            damaged.append(f"line {number} ({error})")
    if damaged:
        more = f" and {len(damaged) - _SHOWN} more" if len(damaged) > _SHOWN else ""
        raise UsageError(
            "ledger_damaged",
            f"{str(path)!r}: {'; '.join(damaged[:_SHOWN])}{more}: no look as `harness gate` writes it; restore the file"
            " from its history (a look that is forgotten makes every later one worth less)",
        )
    return found


def _look(data: Any) -> Look:
    """The look a line holds; ValueError says what is wrong with it."""
    if not isinstance(data, dict):
        raise ValueError("no JSON object")
    if data.get("schema") != SCHEMA:
        raise ValueError(f"key schema: {data.get('schema')!r}, expected {SCHEMA}")
    texts = {key: _text(data, key) for key in _TEXTS}
    attempts, outcome, counts = data.get("attempts"), data.get("outcome"), data.get("counts")
    if type(attempts) is not int or attempts < 1:
        raise ValueError(f"key attempts: {attempts!r}, expected a number from 1")
    if outcome not in OUTCOMES:
        raise ValueError(f"key outcome: {outcome!r}, expected one of {', '.join(OUTCOMES)}")
    if not isinstance(counts, dict) or not all(_is_count(side) for side in counts.values()):
        raise ValueError("key counts: expected whole numbers by side and state")
    return Look(**texts, attempts=attempts, outcome=outcome, counts=counts)


def _text(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or (not value and key in ("pair", "run")):
        raise ValueError(f"key {key}: {value!r}, expected a text")
    return value


def _is_count(side: Any) -> bool:
    return isinstance(side, dict) and all(type(number) is int and number >= 0 for number in side.values())
