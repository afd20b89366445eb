"""Looks for secrets in all that a service writes, while it writes it: an engine keeps only the end of a long log.

Refuses to keep what it reads (a few bytes that a secret could begin in) and to call a log searched of which a part was
lost: then nothing is said about it.
"""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress

from harness.errors import HarnessError
from harness.sandbox.containers import Containers
from harness.sandbox.streams import Frames, Sought

_CHUNK = 262_144


class LogWatch:
    """One service's output, through every start of its container. `parts`: see streams.sought_parts."""

    def __init__(self, containers: Containers, parts: Mapping[str, list[bytes]]) -> None:
        self._containers = containers
        self._parts = parts
        self._lock = threading.Lock()  # around the three below: a restart attaches while a reader ends
        self._open: set[socket.socket] = set()
        self._found: set[str] = set()
        self._lost = False

    def attach(self, container: str) -> None:
        """Before each start. Reads in a thread until the container ends. Raises EngineFault."""
        attached = self._containers.attach(container)
        attached.setblocking(True)
        with self._lock:
            self._open.add(attached)
        threading.Thread(target=self._read, args=(attached,), name="service-log", daemon=True).start()

    def rest(self) -> Sought:
        """To be shown the log that the engine kept: it holds what was written and not yet read here."""
        return Sought(self._parts)

    def found(self, rest: Sought) -> tuple[str, ...] | None:
        """Names found so far, here or in `rest`; None when a part of the output was lost and nothing was found."""
        with self._lock:
            names = self._found | rest.found
            return tuple(sorted(names)) if names or not self._lost else None

    def close(self) -> None:
        """Nobody asks any more: end the readers."""
        with self._lock:
            for attached in self._open:
                with suppress(OSError):  # it has ended by itself
                    attached.shutdown(socket.SHUT_RDWR)

    def _read(self, attached: socket.socket) -> None:
        frames, sought = Frames(), Sought(self._parts)
        try:
            while data := attached.recv(_CHUNK):
                for stream, payload in frames.feed(data):
                    sought.add(stream, payload)
                if sought.found:
                    self._note(sought.found)
        except (OSError, HarnessError):
            with self._lock:
                self._lost = True
        finally:
            with self._lock:
                self._open.discard(attached)
                attached.close()

    def _note(self, names: set[str]) -> None:
        with self._lock:
            self._found |= names
