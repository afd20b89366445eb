"""The engine goes away during a run: void, never zero; exit 4; and `harness resume` completes.

The engine of this machine stays untouched: the program talks to it through a socket that the test cuts, stalls or
lets answer 500.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from harness.model.trial import Scored, Void
from harness.sandbox.engine import engine_host
from harness.selfcheck.small_world import SmallWorld

pytestmark = pytest.mark.docker

ERROR = b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: 18\r\n"
ERROR += b'Connection: close\r\n\r\n{"message":"boom"}'


class EngineSocket:
    """A unix socket before the engine's. `way`: forward | cut | stall | refuse, and back to forward."""

    def __init__(self, path: Path, engine: str) -> None:
        self.path, self._engine, self.way = path, engine, "forward"
        self._open: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self._listen()

    def _listen(self) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                self._open.append(client)
                if self.way == "refuse":
                    threading.Thread(target=self._refuse, args=(client,), daemon=True).start()
                elif self.way == "forward":
                    server = socket.socket(socket.AF_UNIX)
                    self._open.append(server)
                    server.connect(self._engine)
                    for pair in ((client, server), (server, client)):
                        threading.Thread(target=self._forward, args=pair, daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while (data := source.recv(65_536)) and self.way == "forward":
                target.sendall(data)
            if self.way == "forward":
                target.shutdown(socket.SHUT_WR)

    def _refuse(self, client: socket.socket) -> None:
        with suppress(OSError):
            client.recv(65_536)
            client.sendall(ERROR)
            client.shutdown(socket.SHUT_RDWR)

    def lose(self, way: str) -> None:
        """From now on; connections that exist are cut, or stall."""
        self.way = way
        if way == "cut":
            self._close_listener()
        if way != "stall":
            for end in self._open:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def restore(self) -> None:
        if self.way == "cut":
            self._listen()
        self.way = "forward"

    def close(self) -> None:
        self.lose("cut")
        for end in self._open:
            end.close()

    def _close_listener(self) -> None:
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self.path.unlink(missing_ok=True)


@pytest.fixture
def between(tmp_path: Path) -> Iterator[EngineSocket]:
    made = EngineSocket(tmp_path / "engine.sock", urlsplit(engine_host(os.environ)).path)
    yield made
    made.close()


@pytest.mark.parametrize("way", ["cut", "stall", "refuse"])
def test_an_engine_lost_during_a_run_is_void_never_zero(
    program: Any, world: SmallWorld, between: EngineSocket, way: str
) -> None:
    text = (world.task / "solution/app.py").read_text()
    slow = text.replace("        name =", "        __import__('time').sleep(0.5)\n        name =")
    suite = world.suite({"good": [{"app.py": slow}, {}]}, workers=2)
    env = {"DOCKER_HOST": f"unix://{between.path}", "DOCKER_CLIENT_TIMEOUT": "3", "HARNESS_NO_INSTALL": "1"}
    running = program.start("run", suite, "--out", "runs", env=env)
    running.until(lambda: "started" in running.err and len(program.containers()) >= 3, "a probe's container")
    between.lose(way)
    assert running.wait() == 4, running.err
    outcomes = [record.outcome for record in program.run().reader.records()]
    lost = [outcome for outcome in outcomes if isinstance(outcome, Void)]
    assert lost, "at least the slow trial was cut short"
    assert all(isinstance(outcome, Scored | Void) for outcome in outcomes), "nothing is charged to the agent"
    assert {outcome.blame for outcome in lost} == {"infrastructure"}
    assert "INCOMPLETE" in running.out
    assert f"{len(lost)} void (infrastructure)" in running.out
    tries = [record.tries for record in program.run().reader.records() if isinstance(record.outcome, Void)]
    assert all(len(each) == 2 for each in tries), "two more tries, both recorded"

    between.restore()
    resumed = program("resume", "latest", "--out", "runs", env=env)
    assert resumed.wait() == 0, resumed.err
    assert "DONE: planned 2 = 2 scored + 0 failed" in resumed.out
    assert [o.accepted for o in (r.outcome for r in program.run().reader.records()) if isinstance(o, Scored)] == [
        "yes"
    ] * 2
    assert program("clean").wait() == 0
    assert program.left_behind() == []
