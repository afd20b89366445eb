"""Provide a running container engine: one that answers, else an installed one started, else one installed first.

Refuses to touch an engine that DOCKER_HOST names (it is somebody else's), to stop any engine, and to wait for ever.
Started without systemd, detached, so that it outlives us; two callers at once start it once.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import docker

from harness.errors import EngineFault, InfrastructureFault
from harness.sandbox.cache import cache_folder, exclusive
from harness.sandbox.children import child_environment
from harness.sandbox.engine import CALL_DEADLINE_S, connect, engine_host
from harness.sandbox.install import ENGINE_PACKAGES, install_packages

START_DEADLINE_S = 45.0
PING_DEADLINE_S = 5
ORPHAN_S = 2.0  # for a dead dockerd's containerd to die too
_POLL_S = 0.05
Say = Callable[[str], None]


@dataclass(frozen=True)
class EnginePlaces:
    """Where an engine we start keeps its things. The default is the system's engine; options are dockerd's own."""

    socket: Path = Path("/var/run/docker.sock")
    pid_files: tuple[tuple[Path, str], ...] = (  # file, program that owns it
        (Path("/var/run/docker.pid"), "dockerd"),
        (Path("/var/run/docker/containerd/containerd.pid"), "containerd"),
    )
    options: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        return f"unix://{self.socket}"


def provide_engine(
    say: Say, environ: Mapping[str, str], deadline_s: int = CALL_DEADLINE_S, places: EnginePlaces | None = None
) -> docker.DockerClient:
    """Return a client of a running engine, starting or installing one if need be. Tells each step through `say`.

    `deadline_s` holds for each later call of the client, see `engine.connect`.

    Raises EngineFault (`engine_unreachable`, `engine_timeout`, `engine_start_failed`) or InfrastructureFault
    (`missing_tool`, `install_failed`), each with what is missing and how to get it.
    """
    places = places or EnginePlaces()
    settings = environ if environ.get("DOCKER_HOST") else {**environ, "DOCKER_HOST": places.host}
    try:
        return _checked(settings, deadline_s)
    except EngineFault as fault:
        if engine_host(settings) != places.host:
            raise EngineFault(
                fault.code, f"{fault.message}. DOCKER_HOST is set: start that engine, or unset it to use a local one"
            ) from fault
    with exclusive(cache_folder(environ), "engine"):
        try:
            return _checked(settings, deadline_s)  # somebody else may have started it while we waited
        except EngineFault:
            pass
        if shutil.which("dockerd", path=child_environment(environ)["PATH"]) is None:
            install_packages(ENGINE_PACKAGES, "to run containers", say, environ)
        _start(places, say, environ)
    return connect(settings, deadline_s)


def _checked(environ: Mapping[str, str], deadline_s: int) -> docker.DockerClient:
    """A client with ordinary deadlines, of an engine that answers a ping at once."""
    connect(environ, PING_DEADLINE_S).close()
    return connect(environ, deadline_s)


def _start(places: EnginePlaces, say: Say, environ: Mapping[str, str]) -> None:
    running = remove_stale_pid_files(places, say)
    if "dockerd" not in running and running:
        running = survivors(places, say)
    if "dockerd" in running:
        say("an engine process lives but does not answer yet; waiting for it")
        if not _wait_for_ping(places, environ, None):
            raise EngineFault(
                "engine_timeout",
                f"dockerd (pid {running['dockerd']}) runs but has not answered on {places.socket} for "
                f"{START_DEADLINE_S:.0f} s; stop that process, or look at its log",
            )
        return
    if os.geteuid() != 0:
        raise InfrastructureFault(
            "missing_tool",
            f"no container engine answers on {places.socket} and we are not root. Start it (`sudo systemctl start "
            "docker`) and make sure that you may use its socket (group docker), or set DOCKER_HOST",
        )
    log = cache_folder(environ) / "logs" / "dockerd.log"
    for extra in ((), ("--bridge=none", "--iptables=false", "--ip6tables=false")):
        say(f"starting the container engine{' without a bridge network' if extra else ''} (log: {log})")
        if _try_start(places, extra, log, environ):
            return
        # pods need no bridge: an engine on a machine whose firewall cannot be set up is still good enough
        remove_stale_pid_files(places, say)
    said = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
    raise EngineFault("engine_start_failed", f"dockerd did not start; the end of {log}:\n{said}")


def survivors(places: EnginePlaces, say: Say, wait_s: float = ORPHAN_S) -> dict[str, int]:
    """What still runs a moment after dockerd died.

    The kernel kills its containerd with it, but not in the same instant, and a dockerd that begins in between waits
    fifteen seconds for the dying one and gives up.
    """
    deadline = time.monotonic() + wait_s
    while running := remove_stale_pid_files(places, say):
        if "dockerd" in running or time.monotonic() > deadline:
            break
        time.sleep(_POLL_S)
    return running


def _try_start(places: EnginePlaces, extra: tuple[str, ...], log: Path, environ: Mapping[str, str]) -> bool:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        process = subprocess.Popen(
            ["dockerd", f"--host={places.host}", *places.options, *extra],
            env=child_environment(environ),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd="/",
            start_new_session=True,  # a Ctrl-C meant for us must not stop the engine
        )
    if _wait_for_ping(places, environ, process):
        # it outlives us on purpose: keep the interpreter from warning that a child still runs
        process.returncode = 0
        return True
    if process.poll() is None:
        process.terminate()
        process.wait(timeout=20)
    return False


def _wait_for_ping(places: EnginePlaces, environ: Mapping[str, str], process: subprocess.Popen[bytes] | None) -> bool:
    """True as soon as the engine answers; False when its process ended or the deadline passed."""
    deadline = time.monotonic() + START_DEADLINE_S
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            return False
        if places.socket.exists():
            try:
                connect({**environ, "DOCKER_HOST": places.host}, PING_DEADLINE_S).close()
            except EngineFault:
                pass
            else:
                return True
        time.sleep(_POLL_S)
    return False


def remove_stale_pid_files(places: EnginePlaces, say: Say) -> dict[str, int]:
    """Remove pid files whose process is dead, a zombie or another program; returns the programs that do run.

    A killed dockerd leaves such files, and a new one refuses to start (or waits for ever) while they are there.
    """
    running = {}
    for path, program in places.pid_files:
        text = path.read_text().strip() if path.is_file() else ""
        if text.isdigit() and is_program(int(text), program):
            running[program] = int(text)
        elif path.exists():
            say(f"removing {path}: its process is not a running {program}")
            path.unlink()
    return running


def is_program(pid: int, program: str, proc: Path = Path("/proc")) -> bool:
    """Is this process alive (no zombie) and that program? By proc(5) `stat`: name in parentheses, then the state."""
    try:
        name, _, rest = (proc / str(pid) / "stat").read_text().partition("(")[2].rpartition(")")
    except OSError:
        return False
    return name == program and rest.split()[0] not in ("Z", "X")
