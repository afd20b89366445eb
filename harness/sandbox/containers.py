"""Verbs on single containers and volumes: create, attach, start, wait, signal, inspect, read the log, remove.

Refuses to know what a pod or a probe is, to decide any flag (see containment.py), and to wait without a limit: every
call carries a deadline, and an engine that misses it is an EngineFault.
"""

import math
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import docker
import docker.errors
from docker.api.client import APIClient

from harness.errors import EngineFault
from harness.sandbox.containment import Box, create_body, data_volume_options
from harness.sandbox.engine import EngineInfo, engine_errors
from harness.sandbox.seccomp import profile_text
from harness.sandbox.streams import Frames, Tail

_LOG_READ = 65_536


@dataclass(frozen=True)
class ContainerState:
    """What the engine knows of a container. `oom_killed`: some process of the group was; podman never says so."""

    running: bool
    exit_code: int
    oom_killed: bool


class Containers:
    """One engine's containers. Safe to share between threads: it holds no state but the HTTP client."""

    def __init__(self, api: APIClient, seccomp: str, log_driver: str = "local") -> None:
        self._api = api
        self._seccomp = seccomp
        self._log_driver = log_driver

    def create(self, box: Box) -> str:
        """Create, not start. Returns the container's id."""
        with engine_errors():
            created = self._api.create_container_from_config(  # type: ignore[no-untyped-call]
                create_body(box, self._seccomp, self._log_driver)
            )
        return str(created["Id"])

    def create_data_volume(self, labels: Mapping[str, str]) -> str:
        """A 64 MB tmpfs volume for /data; empty again once no container that mounts it runs. Returns its name."""
        with engine_errors():
            volume = self._api.create_volume(driver="local", driver_opts=data_volume_options(), labels=dict(labels))
        return str(volume["Name"])

    def start(self, container: str) -> None:
        with engine_errors():
            self._api.start(container)

    def attach(self, container: str) -> socket.socket:
        """Stdin, stdout and stderr as one socket of stream frames. Attach before start, and no byte is lost."""
        with engine_errors():
            attached = self._api.attach_socket(container, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
        raw = getattr(attached, "_sock", attached)
        if not isinstance(raw, socket.socket):
            raise EngineFault(
                "engine_transport",
                f"attached through {type(raw).__name__!r}; probes need an engine on a unix or plain TCP socket: "
                "set DOCKER_HOST accordingly",
            )
        # the response's own objects close the socket when they are collected: keep a duplicate, close theirs now
        own = raw.dup()
        own.setblocking(False)
        attached.close()
        raw.close()
        return own

    def wait(self, container: str, timeout_s: float) -> int:
        """Block until the container is not running; its exit code. EngineFault when `timeout_s` passes first."""
        with engine_errors():
            return int(self._api.wait(container, timeout=math.ceil(timeout_s))["StatusCode"])

    def signal(self, container: str, name: str) -> None:
        """Send a signal; a container that has just ended is no error."""
        with engine_errors():
            try:
                self._api.kill(container, name)
            except docker.errors.APIError as error:
                if error.status_code not in (404, 409):
                    raise

    def stop(self, container: str, grace_s: int) -> None:
        """SIGTERM, then SIGKILL after `grace_s`."""
        with engine_errors():
            self._api.stop(container, timeout=grace_s)

    def state(self, container: str) -> ContainerState:
        with engine_errors():
            state = self._api.inspect_container(container)["State"]
        return ContainerState(bool(state["Running"]), int(state["ExitCode"]), bool(state["OOMKilled"]))

    def log_tail(self, container: str, cap: int, look: Callable[[int, bytes], None] | None = None) -> Tail:
        """The last `cap` bytes of stdout and stderr as the engine kept them (at most 10 MB there).

        `look` is shown all that the engine kept: (stream, bytes).
        """
        tail, frames = Tail(cap), Frames()
        url = f"{self._api.base_url}/v{self._api.api_version}/containers/{container}/logs"
        with engine_errors():
            answer = self._api.get(url, params={"stdout": 1, "stderr": 1}, stream=True, timeout=self._api.timeout)
            with answer:
                answer.raise_for_status()
                for data in answer.iter_content(_LOG_READ):
                    for stream, payload in frames.feed(data):
                        tail.add(payload)
                        if look is not None:
                            look(stream, payload)
        return tail

    def remove(self, container: str) -> None:
        """Kill and remove, whatever its state; one that is gone already is no error."""
        with engine_errors():
            try:
                self._api.remove_container(container, force=True, v=True)
            except docker.errors.APIError as error:
                if error.status_code not in (404, 409):  # 409: somebody else is removing it
                    raise

    def remove_volume(self, name: str) -> None:
        with engine_errors():
            try:
                self._api.remove_volume(name, force=True)
            except docker.errors.APIError as error:
                if error.status_code != 404:
                    raise


def containers_of(client: docker.DockerClient, engine: EngineInfo) -> Containers:
    """With the seccomp profile and the log driver that fit this engine (podman has no `local`)."""
    return Containers(client.api, profile_text(engine.architecture), "json-file" if engine.podman else "local")
