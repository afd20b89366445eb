"""The host-wide slot: many pods at once, or one alone that measures latency. A readers/writer lock over flock(2).

Refuses to keep state of its own: the kernel frees a dead holder's lock at once, also after kill -9, and no file has
to be cleaned up. First come, first served (turns.py): who is at the head of the row at the gate enters the room as soon
as its holders allow, and nobody overtakes. So neither a stream of readers nor one trial that measures again and again
keeps others out. Not re-entrant: a thread that holds the slot must not ask again.
"""

import fcntl
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import InfrastructureFault
from harness.sandbox.slot_holders import other_holders
from harness.sandbox.turns import Turn

# Fixed, not $TMPDIR: every harness on this host must meet at the same files, whoever started it.
SLOT_FOLDER = Path("/tmp")  # noqa: S108 - see _open_file for how strangers' files are refused
_POLL_S = 0.005
SILENT_S = 30.0  # waited for another process before it is said, and between two times


class Slot:
    """The slot of one engine, named by the engine's id. Shared between threads; every hold opens its own files.

    `check` is asked again and again by who waits, and once by who need not wait; it raises when that is to end. `say`
    hears which other process is waited for, every `SILENT_S`.
    """

    def __init__(
        self,
        engine_id: str,
        folder: Path = SLOT_FOLDER,
        timeout_s: float = 3600.0,
        check: Callable[[], None] = lambda: None,
        say: Callable[[str], None] = lambda line: None,
        silent_s: float = SILENT_S,
    ) -> None:
        name = re.sub(r"[^A-Za-z0-9]+", "-", engine_id)[:80] or "engine"
        self._gate = folder / f"harness-slot-{name}.gate"
        self._room = folder / f"harness-slot-{name}.room"
        self._timeout_s = timeout_s
        self._check = check
        self._say = say
        self._silent_s = silent_s

    @contextmanager
    def hold(self, *, exclusive: bool) -> Iterator[None]:
        """Wait for a place and keep it. Raises InfrastructureFault `slot_timeout` after `timeout_s`, or as `check`."""
        deadline = time.monotonic() + self._timeout_s
        mode = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
        with _open_file(self._room) as room:
            with _open_file(self._gate) as gate:
                turn = Turn(gate)
                self._wait(turn.draw, deadline)
                self._wait(turn.has_come, deadline)
                self._wait(lambda: _locked(room, mode), deadline)
            yield

    def _wait(self, done: Callable[[], bool], deadline: float) -> None:
        """Poll, so that a deadline and an interrupt are honoured; a look costs microseconds."""
        said = time.monotonic()
        while True:
            self._check()
            if done():
                return
            now = time.monotonic()
            if now > deadline:
                raise InfrastructureFault(
                    "slot_timeout",
                    f"waited {self._timeout_s:g} s for the measuring slot {self._room}: held by "
                    f"{', '.join(other_holders(self._room)) or 'another thread of this process'}",
                )
            if now - said > self._silent_s and (holders := other_holders(self._room)):
                said = now
                self._say(f"waiting for the measuring slot {self._room}: held by {', '.join(holders)}")
            time.sleep(_POLL_S)


def _locked(descriptor: int, mode: int) -> bool:
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _open_file(path: Path) -> Iterator[int]:
    """Open the lock file, create it if it is missing; closing frees the lock. Links are not followed."""
    descriptor = _first(
        lambda: os.open(
            path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        ),  # plain: sticky folders refuse O_CREAT on others' files
        lambda: os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_CREAT | os.O_EXCL, 0o666),
        lambda: os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC),  # somebody was faster
    )
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _first(*attempts: Callable[[], int]) -> int:
    problem: OSError | None = None
    for attempt in attempts:
        try:
            return attempt()
        except OSError as error:
            problem = error
    raise InfrastructureFault("slot_file", f"cannot open the slot's lock file: {problem}") from problem
