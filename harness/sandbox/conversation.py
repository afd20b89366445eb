"""Talk to one probe container over its attached socket: send stdin, collect output, keep the deadlines.

Refuses to interpret a report, and to block: one loop reads whatever comes, so a full pipe can stop neither side.
Stdin ends after the job, unless the driver may ask for disturbances: then each is answered by one line on it.
"""

import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from harness.errors import EngineFault
from harness.sandbox.streams import STDOUT, FaultLines, Frames, Head, ReadyLine

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


@dataclass(frozen=True)
class Hearing:
    """What a conversation listens for, and whom it tells: `on_ready` once, when the ready line is complete; `on_fault`
    for each disturbance that is asked for, with a function that says a line on the probe's stdin, from any thread; None
    when none may be asked for."""

    nonce: str
    on_ready: Callable[[], None]
    on_fault: Callable[[str, Callable[[bytes], None]], None] | None = None


class Conversation:
    """One attached probe."""

    def __init__(self, attached: socket.socket, stdin: bytes, heard: Heard, hearing: Hearing) -> None:
        self._socket = attached
        self._unsent = memoryview(stdin)
        self._answers: SimpleQueue[bytes] = SimpleQueue()
        self._heard = heard
        self._hearing = hearing
        self._ready = ReadyLine(hearing.nonce)
        self._faults = FaultLines(hearing.nonce)
        self._frames = Frames()
        self._wake: Callable[[], None] = lambda: None

    def run(self, waker: Waker, deadline: Callable[[], float], reason_to_stop: Callable[[], str]) -> str:
        """Until the probe ends ("" is returned), the deadline passes ("timeout") or there is a reason to stop.

        `deadline` gives monotonic seconds; both callables are asked anew each turn.
        """
        self._wake = waker.wake
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
                        self._take_up_answers(selector)
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

    def _answer(self, line: bytes) -> None:
        self._answers.put(line)
        self._wake()

    def _take_up_answers(self, selector: selectors.BaseSelector) -> None:
        lines = []
        with suppress(Empty):
            while True:
                lines.append(self._answers.get_nowait())
        if lines:
            self._unsent = memoryview(bytes(self._unsent) + b"".join(lines))
            selector.modify(self._socket, selectors.EVENT_READ | selectors.EVENT_WRITE)

    def _send(self) -> None:
        try:
            sent = self._socket.send(self._unsent[:_CHUNK])
            self._unsent = self._unsent[sent:]
            if not self._unsent and self._hearing.on_fault is None:
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
                self._hearing.on_ready()
            if self._hearing.on_fault is not None:
                for kind in self._faults.add(payload):
                    self._hearing.on_fault(kind, self._answer)
        return bool(data)
