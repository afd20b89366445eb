"""`events.jsonl`: what happened in a run, one JSON object a line, append-only.

Refuses to be the truth: records are. A line torn by a kill or a full disk is cut off
before the next one is added, and ignored when read.
"""

import json
import os
import threading
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.model.jsontypes import JsonObject
from harness.store import atomic


class EventLog:
    """Appends events; safe to call from several threads of the process that holds the run's lease."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._torn = True  # unknown until looked at; again after a failed write

    def append(self, at_utc: str, kind: str, data: JsonObject) -> None:
        """Add one event. `at_utc` is a label; order in the file is the order of events."""
        line = json.dumps({"at": at_utc, "kind": kind, **data}, allow_nan=False, ensure_ascii=True) + "\n"
        with self._lock, atomic.storage_errors(self._path, "append to"):
            if self._torn:
                _cut_torn_line(self._path)
            self._torn = True
            descriptor = os.open(
                self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644
            )
            with os.fdopen(descriptor, "ab") as stream:
                stream.write(line.encode("ascii"))
            self._torn = False


def read_events(path: Path) -> tuple[dict[str, Any], ...]:
    """All whole lines; a last line without its newline is ignored, any other damage is a UsageError."""
    if not atomic.exists(path):
        return ()
    raw = atomic.read_bytes(path, "nothing was recorded yet")
    events = []
    for number, line in enumerate(raw.split(b"\n")[:-1], start=1):
        try:
            event = json.loads(line)
        except ValueError as error:
            raise UsageError(
                "store_corrupt",
                f"{str(path)!r} line {number} is not JSON ({error}); remove that line, the records do not depend on it",
            ) from error
        events.append(event)
    return tuple(events)


def _cut_torn_line(path: Path) -> None:
    if not atomic.exists(path):
        return
    raw = atomic.read_bytes(path, "nothing was recorded yet")
    whole = raw.rfind(b"\n") + 1
    if whole != len(raw):
        with atomic.storage_errors(path, "repair"):
            os.truncate(path, whole)
