"""First come, first served between processes: numbers in a row, held as locks on the bytes of one file.

Refuses to keep state of its own: a number is a lock (fcntl(2), F_OFD_SETLK), which the kernel frees when its holder
dies, also after kill -9; nothing is ever written. The next number is one above the highest that is held.
"""

import fcntl
import struct

_FLOCK = struct.Struct("hh4xqqi4x")  # struct flock of 64-bit Linux: type, whence, start, length, pid (0)
_DRAWING = 0  # the byte that is held while a number is drawn; numbers begin at 1
_REST = 0  # as a length: to the end, however far


class Turn:
    """One place in the row of the file `descriptor`, which must be open for writing, and open for this place alone."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._number = 0

    def draw(self) -> bool:
        """Take the next number; False while somebody else draws one: ask again."""
        if not self._lock(_DRAWING, fcntl.F_WRLCK):
            return False
        highest = 0
        while (found := self._held(highest + 1, _REST)) is not None:
            highest = found
        taken = self._lock(highest + 1, fcntl.F_WRLCK)
        self._lock(_DRAWING, fcntl.F_UNLCK)
        self._number = highest + 1
        return taken

    def has_come(self) -> bool:
        """Whether nobody who came earlier is still in the row."""
        return self._number == 1 or self._held(1, self._number - 1) is None

    def _lock(self, byte: int, kind: int) -> bool:
        try:
            fcntl.fcntl(self._descriptor, fcntl.F_OFD_SETLK, _FLOCK.pack(kind, 0, byte, 1, 0))
        except (BlockingIOError, PermissionError):
            return False
        return True

    def _held(self, start: int, length: int) -> int | None:
        """A byte of that range that another one holds."""
        asked = _FLOCK.pack(fcntl.F_WRLCK, 0, start, length, 0)
        kind, _, held, _, _ = _FLOCK.unpack(fcntl.fcntl(self._descriptor, fcntl.F_OFD_GETLK, asked))
        return None if kind == fcntl.F_UNLCK else max(start, int(held))
