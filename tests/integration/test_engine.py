"""Starting an engine for real: a second one, with folders and a socket of its own, beside the one in use."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from harness.errors import EngineFault
from harness.sandbox.doctor import examine
from harness.sandbox.engine import connect, describe_engine
from harness.sandbox.start_engine import EnginePlaces, is_program, provide_engine

pytestmark = pytest.mark.docker


class Private:
    """A place for an engine that nobody else uses."""

    def __init__(self, folder: Path) -> None:
        self.pid_file = folder / "docker.pid"
        options = ("--data-root", str(folder / "data"), "--exec-root", str(folder / "exec"))
        isolated = ("--pidfile", str(self.pid_file), "--bridge=none", "--iptables=false")
        self.places = EnginePlaces(
            folder / "d.sock",
            ((self.pid_file, "dockerd"), (folder / "exec/containerd/containerd.pid", "containerd")),
            options + isolated,
        )
        self.environ = {name: value for name, value in os.environ.items() if name != "DOCKER_HOST"}
        self.environ["HARNESS_CACHE"] = str(folder / "cache")
        self.said: list[str] = []

    def provide(self) -> str:
        """The engine's version, proof that it answered."""
        with closing(provide_engine(self.said.append, self.environ, places=self.places)) as client:
            return describe_engine(client).version

    def pid(self) -> int:
        return int(self.pid_file.read_text())


@pytest.fixture
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Private]:
    if os.geteuid() != 0 or shutil.which("dockerd") is None:
        pytest.skip("starting an engine needs root and an installed dockerd; the engine in use is tested elsewhere")
    folder = Path("/tmp") / f"harness-engine-{os.getpid()}"  # a socket's path has at most 107 characters
    folder.mkdir()
    engine = Private(folder)
    yield engine
    if engine.pid_file.is_file():
        pid = engine.pid()
        os.kill(pid, signal.SIGTERM)
        for _ in range(200):
            if not is_program(pid, "dockerd"):
                break
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                break
            signal.sigtimedwait([signal.SIGCHLD], 0.05)
    subprocess.run(["umount", str(folder / "data")], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


def test_one_engine_is_started_by_two_at_once_found_again_and_restarted_after_its_death(private: Private) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: private.provide(), range(2))
    assert first == second
    assert sum("starting" in line for line in private.said) == 1
    pid = private.pid()
    private.provide()
    assert private.pid() == pid  # found, not started again

    os.kill(pid, signal.SIGKILL)  # it stays a zombie (we are its parent) and leaves its pid files behind
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    private.said.clear()
    private.provide()
    assert private.pid() != pid
    assert any("removing" in line and "docker.pid" in line for line in private.said)
    assert sum("starting" in line for line in private.said) == 1


def test_an_engine_that_cannot_start_says_what_it_said(private: Private) -> None:
    broken = EnginePlaces(private.places.socket, (), ("--no-such-option",))
    with pytest.raises(EngineFault) as fault:
        provide_engine(private.said.append, private.environ, places=broken)
    assert fault.value.code == "engine_start_failed"
    assert "no-such-option" in fault.value.message


def test_the_doctor_has_an_answer_and_a_remedy_for_everything() -> None:
    findings = {finding.name: finding for finding in examine(os.environ)}
    assert {"python", "uv", "engine", "cgroup", "cpus", "memory", "base image", "isolation"} <= findings.keys()
    assert all(finding.status == "ok" or finding.remedy for finding in findings.values())
    assert findings["seccomp self-test"].status == "ok"


def test_the_doctor_says_that_there_is_no_engine() -> None:
    findings = {finding.name: finding for finding in examine({**os.environ, "DOCKER_HOST": "unix:///nowhere.sock"})}
    assert findings["engine"].status == "fail"
    assert "DOCKER_HOST" in findings["engine"].remedy
    assert "isolation" not in findings


def test_the_engine_in_use_tells_what_it_is() -> None:
    with closing(connect(os.environ)) as client:
        info = describe_engine(client)
    assert info.id
    assert info.cpus >= 1
    assert info.cgroup_version in ("1", "2")
