"""Talk to one probe container over its attached socket: send stdin, collect output, keep the deadlines.

Refuses to interpret a report, and to block: one loop reads whatever comes, so a full pipe can stop neither side.
"""

import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from harness.errors import EngineFault
from harness.sandbox.streams import STDOUT, Frames, Head, ReadyLine

_CHUNK = 65_536


class Waker:
    """Wakes a selector from another thread; waking a closed one does nothing."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)

    def fileno(self) -> int:
        return self._reader.fileno()

    def wake(self) -> None:
        with suppress(OSError):  # full: it wakes anyway; closed: nobody listens any more
            self._writer.send(b"!")

    def clear(self) -> None:
        self._reader.recv(4096)

    def close(self) -> None:
        self._writer.close()
        self._reader.close()


@dataclass
class Heard:
    """What a probe said. `ready_at` is monotonic seconds; `stopped` says why we ended it, empty = it ended itself."""

    stdout: Head
    stderr: Head
    ready_at: float | None = None
    stopped: str = ""


class Conversation:
    """One attached probe. `on_ready` is called once, when its ready line is complete."""

    def __init__(
        self, attached: socket.socket, stdin: bytes, heard: Heard, ready: ReadyLine, on_ready: Callable[[], None]
    ) -> None:
        self._socket = attached
        self._unsent = memoryview(stdin)
        self._heard = heard
        self._ready = ready
        self._on_ready = on_ready
        self._frames = Frames()

    def run(self, waker: Waker, deadline: Callable[[], float], reason_to_stop: Callable[[], str]) -> str:
        """Until the probe ends ("" is returned), the deadline passes ("timeout") or there is a reason to stop.

        `deadline` gives monotonic seconds; both callables are asked anew each turn.
        """
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ | selectors.EVENT_WRITE)
            selector.register(waker, selectors.EVENT_READ)
            while True:
                remaining = deadline() - time.monotonic()
                if remaining <= 0:
                    return "timeout"
                for key, events in selector.select(remaining):
                    if key.fileobj is waker:
                        waker.clear()
                    elif not self._turn(selector, events):
                        return ""
                if reason := reason_to_stop():
                    return reason

    def drain(self, seconds: float) -> None:
        """After the probe was killed: take what is still in the pipe, for so long at most."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._socket.settimeout(left)
            with suppress(TimeoutError):
                if not self._receive():
                    return

    def _turn(self, selector: selectors.BaseSelector, events: int) -> bool:
        """The socket is readable or writable; False when the probe has closed its side."""
        if events & selectors.EVENT_WRITE:
            self._send()
            if not self._unsent:
                selector.modify(self._socket, selectors.EVENT_READ)
        return not events & selectors.EVENT_READ or self._receive()

    def _send(self) -> None:
        try:
            sent = self._socket.send(self._unsent[:_CHUNK])
            self._unsent = self._unsent[sent:]
            if not self._unsent:
                self._socket.shutdown(socket.SHUT_WR)  # end of stdin
        except BlockingIOError:
            return
        except OSError:  # the probe closed its stdin early: its affair; the reading side tells the rest
            self._unsent = self._unsent[:0]

    def _receive(self) -> bool:
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return True
        except TimeoutError:
            raise
        except OSError as error:
            raise EngineFault("engine_unreachable", f"lost the connection to a probe's output ({error})") from error
        for stream, payload in self._frames.feed(data):
            if stream != STDOUT:
                self._heard.stderr.add(payload)
                continue
            self._heard.stdout.add(payload)
            if self._ready.add(payload):
                self._heard.ready_at = time.monotonic()
                self._on_ready()
        return bool(data)
