"""A pod: a pause container that owns a namespace without network, one service in it, one-shot probes joining it.

Refuses to publish a port, to hand anything writable from one container to another, and to outlive its block: every
container and volume is removed by id on the way out, whatever happened. A probe that needs no service runs alone,
in a namespace of its own without network (there is nobody to share it with, and it saves the pause container).
"""

import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from harness.errors import InfrastructureFault, TaskFault
from harness.model.probe import ProbeCommand, ProbeOutput
from harness.ports import PreparedService
from harness.sandbox.containment import Box
from harness.sandbox.log_watch import LogWatch
from harness.sandbox.material import materialise
from harness.sandbox.ownership import labels
from harness.sandbox.probe_run import ProbeRun
from harness.sandbox.release import PATIENCE, NotStarted, run_release
from harness.sandbox.room import Room, pause_box, probe_box, service_box, ttl_s
from harness.sandbox.scratch import scratch
from harness.sandbox.service import Service
from harness.sandbox.streams import sought_parts


class DockerPod:
    """An open pod. `run` may be called several times; every probe is a fresh container."""

    def __init__(
        self,
        room: Room,
        prepared: PreparedService,
        tools: Path | None,
        marks: dict[str, str],
        pause: str = "",
        service: Service | NotStarted | None = None,
    ) -> None:
        self._room, self._prepared, self._tools, self._marks = room, prepared, tools, marks
        self._pause, self._service = pause, service
        self._open = True

    def close(self) -> None:
        """From here on `run` refuses: the service is going away."""
        self._open = False
        if self._service is not None:
            self._service.end()

    def run(self, command: ProbeCommand, seed: int) -> ProbeOutput:
        """Run one probe to its end; how it ended is in the output. Raises EngineFault and TaskFault only.

        `timeout_s` counts from readiness, or from the probe's start when it needs no service. `ready_after_s` of the
        output counts from the moment the engine was asked to start the service.
        """
        if not self._open:
            raise ValueError(f"probe {command.probe!r}: this pod is closed; open a new one")
        if command.needs == "service" and self._service is None:
            raise ValueError(f"probe {command.probe!r} needs a service, and this pod was opened without one")
        with scratch("pod") as private:
            folder = private / "probe"
            folder.mkdir()
            materialise(self._room.images, command, folder)
            box = probe_box(self._room, self._prepared, command, self._marks, folder, self._tools, self._pause)
            nonce = secrets.token_hex(16)
            with _removed_afterwards(self._room) as made:
                container = made.container(self._room.containers.create(box))
                return ProbeRun(self._room, self._prepared, self._service, command, seed, nonce).output(container)


@contextmanager
def open_pod(
    room: Room, prepared: PreparedService, command: ProbeCommand, tools: Path | None, trial: str
) -> Iterator[DockerPod]:
    """Start what `command` needs, yield the pod, remove everything. Raises EngineFault and TaskFault."""
    ttl = ttl_s(prepared, command)
    marks = labels(room.owner, room.run, trial, time.time() + ttl)
    if command.needs == "none":
        yield DockerPod(room, prepared, tools, marks)
        return
    if any(fault.kind == "pause_db" for fault in command.faults):
        raise TaskFault("no_database", f"probe {command.probe!r}: fault 'pause_db' needs a task with a database server")
    if not prepared.start_argv:
        raise ValueError(f"probe {command.probe!r} needs a service, but this submission was prepared without a start")
    with _removed_afterwards(room) as made:
        volume = made.volume(room.containers.create_data_volume(marks))
        pause = made.container(room.containers.create(pause_box(room, marks, ttl, volume)))
        box = service_box(room, prepared, command, marks, ttl, pause, volume)
        service_id = made.container(room.containers.create(box))
        room.containers.start(pause)
        service = _started(room, prepared, command, box, service_id, made)
        pod = DockerPod(room, prepared, tools, marks, pause, service)
        try:
            yield pod
        finally:
            pod.close()


def _started(
    room: Room, prepared: PreparedService, command: ProbeCommand, box: Box, container: str, made: "_Made"
) -> Service | NotStarted:
    """The service, asked to start; after its release command, if it has one and that succeeded."""
    said = b""
    if prepared.release_argv:
        limit_s = PATIENCE * prepared.task.limits.start_timeout_s
        code, said = run_release(room.containers, box, prepared.release_argv, limit_s, made.container)
        if code != 0:
            return NotStarted(code, said)
    parts = sought_parts(command.log_secrets, prepared.env)
    log = LogWatch(room.containers, parts) if command.log_secrets else None
    service = Service(room.containers, container, box.ttl_s, log, said)
    service.start()
    return service


class _Made:
    """What a pod has created so far."""

    def __init__(self) -> None:
        self.containers: list[str] = []
        self.volumes: list[str] = []

    def container(self, identity: str) -> str:
        self.containers.append(identity)
        return identity

    def volume(self, name: str) -> str:
        self.volumes.append(name)
        return name


@contextmanager
def _removed_afterwards(room: Room) -> Iterator[_Made]:
    """Remove what was made, also on the way out of an error; that error is the one that is raised."""
    made = _Made()
    try:
        yield made
    except BaseException:
        _remove(room, made)
        raise
    problem = _remove(room, made)
    if problem is not None:
        raise problem


def _remove(room: Room, made: _Made) -> InfrastructureFault | None:
    """Containers at once, then the volumes they mounted. An engine that fails once is not asked again."""
    problems = _all_at_once([partial(room.containers.remove, identity) for identity in made.containers])
    if not problems:
        problems = _all_at_once([partial(room.containers.remove_volume, name) for name in made.volumes])
    return problems[0] if problems else None


def _all_at_once(actions: list[Callable[[], None]]) -> list[InfrastructureFault]:
    """Run every action, whatever the others do; the faults that came up."""

    def attempt(action: Callable[[], None]) -> InfrastructureFault | None:
        try:
            action()
        except InfrastructureFault as fault:
            return fault
        return None

    if not actions:
        return []
    with ThreadPoolExecutor(len(actions)) as pool:
        return [fault for fault in pool.map(attempt, actions) if fault is not None]
