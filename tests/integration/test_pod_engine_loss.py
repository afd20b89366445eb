"""The engine goes away or hangs in the middle of a probe: an EngineFault, soon, and never a verdict.

The engine of this machine stays untouched: the sandbox talks to it through a socket proxy that the test cuts or stalls.
"""

import gc
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import docker
import pytest

from harness.errors import EngineFault
from harness.model.probe import ProbeCommand
from harness.ports import PreparedService
from harness.sandbox.docker_sandbox import DockerSandbox
from harness.sandbox.engine import engine_host

# docker's unix transport drops the socket of a refused connection without closing it
pytestmark = [pytest.mark.docker, pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")]

MakeService = Callable[..., PreparedService]
LeftBehind = Callable[[str], tuple[list[str], list[str]]]
RUN = "tests-engine-loss"


class Proxy:
    """Forwards a unix socket to the engine's, until told to cut every connection or to forward nothing any more."""

    def __init__(self, path: Path, engine: str) -> None:
        self.path, self._engine = path, engine
        self._stalled = threading.Event()
        self._open: list[socket.socket] = []
        self._workers: list[threading.Thread] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                self._open += [client, server]
                server.connect(self._engine)
                for source, target in ((client, server), (server, client)):
                    self._workers.append(threading.Thread(target=self._forward, args=(source, target), daemon=True))
                    self._workers[-1].start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if self._stalled.is_set():
                    return  # keeps both sides open, says nothing
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def stall(self) -> None:
        self._stalled.set()

    def cut(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.path.unlink(missing_ok=True)
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for worker in self._workers:
            worker.join()
        for end in self._open:
            end.close()


@pytest.fixture
def proxy(tmp_path: Path, engine: docker.DockerClient, left_behind: LeftBehind) -> Iterator[Proxy]:
    """A proxy before the engine; what the lost sandbox could not remove is removed through the real one."""
    between = Proxy(tmp_path / "engine.sock", urlsplit(engine_host(os.environ)).path)
    yield between
    with suppress(OSError):
        between.cut()
    containers, volumes = left_behind(RUN)
    for identity in containers:
        engine.api.remove_container(identity, force=True, v=True)
    for name in volumes:
        engine.api.remove_volume(name)
    gc.collect()  # while the filter above holds


def behind(proxy: Proxy, deadline_s: int) -> DockerSandbox:
    environ = {**os.environ, "DOCKER_HOST": f"unix://{proxy.path}"}
    images = Path(__file__).with_name("probe_images")
    return DockerSandbox(environ=environ, run=RUN, images=images, call_deadline_s=deadline_s)


@pytest.mark.parametrize("how", ["cut", "stall"])
def test_an_engine_lost_in_the_middle_of_a_probe(
    proxy: Proxy, make_service: MakeService, left_behind: LeftBehind, engine: docker.DockerClient, how: str
) -> None:
    command = ProbeCommand("exercise", "exercise", {"steps": [["sleep", 600]]}, timeout_s=3600 if how == "cut" else 2)

    def answered() -> bool:
        """Seen through the engine's own socket: the service has answered the probe."""
        running = engine.api.containers(filters={"label": f"harness.run={RUN}", "status": "running"})
        services = [entry["Id"] for entry in running if "app.py" in entry["Command"]]
        return bool(services) and b"/health" in engine.api.logs(services[0])

    def lose_it_when_the_probe_runs() -> None:
        while not answered():
            time.sleep(0.02)
        time.sleep(0.2)  # until the driver's ready line has passed; the outcome does not depend on it
        getattr(proxy, how)()

    watcher = threading.Thread(target=lose_it_when_the_probe_runs, daemon=True)
    watcher.start()
    with pytest.raises(EngineFault) as lost, behind(proxy, 2).open(make_service("steady"), command, "t") as pod:
        pod.run(command, 1)
    watcher.join()
    assert lost.value.code in ("engine_unreachable", "engine_timeout")
    assert left_behind(RUN)[0], "the engine was out of reach, so its containers are still there"


def test_an_engine_that_never_answers(proxy: Proxy, make_service: MakeService) -> None:
    proxy.stall()
    command = ProbeCommand("exercise", "exercise")
    with pytest.raises(EngineFault) as lost, behind(proxy, 1).open(make_service("steady"), command, "t"):
        pass
    assert lost.value.code == "engine_timeout"


def test_no_engine_at_all(make_service: MakeService, tmp_path: Path) -> None:
    box = DockerSandbox(environ={"DOCKER_HOST": f"unix://{tmp_path}/nothing.sock"})
    with pytest.raises(EngineFault, match="doctor"):
        box.describe()
