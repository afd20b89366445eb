"""Bytes from a container: taking the engine's stream frames apart, keeping no more than a cap, finding texts in them.

Refuses to read from anything itself: whoever owns the socket feeds it. Frame format: 8 bytes of header (stream
number, three zeros, length as big-endian u32), then the payload; see "Stream format" of the engine's attach call.
"""

import re
import struct
from collections.abc import Iterator, Mapping, Sequence

from harness.errors import EngineFault

STDOUT, STDERR = 1, 2
LOG_CAP = 256 * 1024  # bytes of a service's log that are kept
_HEADER = 8
_MAX_FRAME = 64 * 1024 * 1024  # the engine sends 16-32 KiB; anything near this is not a frame header


class Frames:
    """Incremental parser of the multiplexed attach and log streams."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield (stream, payload) for every complete frame. Raises EngineFault on bytes that are no frame."""
        self._pending += data
        while len(self._pending) >= _HEADER:
            stream, length = self._pending[0], struct.unpack_from(">I", self._pending, 4)[0]
            if stream > STDERR or self._pending[1:4] != b"\0\0\0" or length > _MAX_FRAME:
                raise EngineFault("engine_stream", f"not a stream header: {bytes(self._pending[:_HEADER])!r}")
            if len(self._pending) < _HEADER + length:
                return
            payload = bytes(self._pending[_HEADER : _HEADER + length])
            del self._pending[: _HEADER + length]
            yield stream, payload


class Head:
    """Keeps the first `cap` bytes and counts the rest away."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._kept = bytearray()
        self.truncated = False

    def add(self, data: bytes) -> None:
        room = self._cap - len(self._kept)
        self._kept += data[:room] if room > 0 else b""
        self.truncated = self.truncated or len(data) > room

    def value(self) -> bytes:
        return bytes(self._kept)


class Tail:
    """Keeps the last `cap` bytes."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._kept = bytearray()
        self.truncated = False

    def add(self, data: bytes) -> None:
        self._kept += data
        if len(self._kept) > self._cap:
            self.truncated = True
            if len(self._kept) > 2 * self._cap:  # trimming on every add would copy the whole tail each time
                del self._kept[: -self._cap]

    def value(self) -> bytes:
        return bytes(self._kept[-self._cap :])


class Sought:
    """Which named texts stand in what a container writes, however much that is and wherever a chunk ends.

    `parts`: name -> texts, none of them empty; one is enough. Keeps of a stream what the longest text could begin in.
    """

    def __init__(self, parts: Mapping[str, Sequence[bytes]]) -> None:
        self._left = {name: tuple(texts) for name, texts in parts.items() if texts}
        self._overlap = max((len(text) for texts in self._left.values() for text in texts), default=1) - 1
        self._ends: dict[int, bytes] = {}
        self.found: set[str] = set()

    def add(self, stream: int, data: bytes) -> None:
        """The next bytes of stdout or of stderr: one may stand between two halves of what the other says."""
        if not self._left:
            return
        seen = self._ends.get(stream, b"") + data
        here = {name for name, texts in self._left.items() if any(text in seen for text in texts)}
        self.found |= here
        self._left = {name: texts for name, texts in self._left.items() if name not in here}
        self._ends[stream] = seen[-self._overlap :] if self._overlap else b""


def sought_parts(pattern: str, env: Mapping[str, str]) -> dict[str, list[bytes]]:
    """Name of an environment value -> its parts that match `pattern` (no groups in it); nothing for an empty one."""
    if not pattern:
        return {}
    expression = re.compile(pattern)
    parts = {name: [match.group().encode() for match in expression.finditer(value)] for name, value in env.items()}
    return {name: [part for part in found if part] for name, found in parts.items()}


class Lines:
    """Whole lines of a driver's stdout in pieces, without their line break; a line is cut at `longest` bytes."""

    def __init__(self, longest: int = 4096) -> None:
        self._longest = longest
        self._line = bytearray()

    def add(self, data: bytes) -> list[bytes]:
        """Feed stdout; the lines that are complete now."""
        found = []
        *whole, rest = data.split(b"\n")
        for part in whole:
            self._line += part[: self._longest]
            found.append(bytes(self._line))
            self._line.clear()
        self._line += rest[: max(0, self._longest - len(self._line))]
        return found


class ReadyLine:
    """Watches a driver's stdout for `ready <nonce> ...`; only a whole line with the right nonce counts."""

    def __init__(self, nonce: str) -> None:
        self._prefix = f"ready {nonce} ".encode()
        self._lines = Lines()
        self.seen = False

    def add(self, data: bytes) -> bool:
        """Feed stdout; True exactly once, when the line is complete."""
        if self.seen:
            return False
        self.seen = any(line.startswith(self._prefix) for line in self._lines.add(data))
        return self.seen


class FaultLines:
    """Watches a driver's stdout for `fault <nonce> <kind>`: a disturbance that the driver asks for now."""

    def __init__(self, nonce: str) -> None:
        self._prefix = f"fault {nonce} ".encode()
        self._lines = Lines()

    def add(self, data: bytes) -> list[str]:
        """Feed stdout; the kinds asked for by the lines that are complete now."""
        asked = [line for line in self._lines.add(data) if line.startswith(self._prefix)]
        return [line[len(self._prefix) :].decode("ascii", "replace").strip() for line in asked]
