"""What each container of a pod looks like: pause, service and probe as boxes to create.

Refuses to create anything and to set a containment flag (containment.py does); it only says who sees which folder.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.model.probe import ProbeCommand
from harness.ports import PreparedService
from harness.sandbox.containers import Containers
from harness.sandbox.containment import Box
from harness.sandbox.ownership import Owner
from harness.sandbox.patience import STRETCH
from harness.sandbox.release import PATIENCE

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_HOME = "/tmp"  # noqa: S108 - inside the container: a tmpfs of its own
HOSTS = Path(__file__).with_name("hosts")
_PROBE_ARGV = ("/opt/harness/bin/python", "-I", "/probe/driver.py")
_TTL_SLACK_S = 60.0
_PAUSE_MB = 32  # runc needs some of it while it starts the container


@dataclass(frozen=True)
class Room:
    """What all pods of one sandbox share. `images` is the folder of probe images, `cpus` the engine's."""

    containers: Containers
    image: str
    owner: Owner
    run: str
    isolation: str
    cpus: int
    images: Path

    def pinned(self, command: ProbeCommand) -> bool:
        """Exclusive probes get a CPU apart from the service's, where there are two."""
        return command.exclusive and self.cpus >= 2


def ttl_s(prepared: PreparedService, command: ProbeCommand) -> int:
    """After this many seconds every container of the pod ends by itself: later than any patience of ours."""
    start_s = prepared.task.limits.start_timeout_s
    release_s = PATIENCE * start_s if prepared.release_argv else 0.0
    work_s = command.timeout_s if command.exclusive else STRETCH * command.timeout_s
    return math.ceil(release_s + STRETCH * start_s + work_s + _TTL_SLACK_S)


def pause_box(room: Room, marks: Mapping[str, str], ttl: int, volume: str) -> Box:
    """Owns the namespace and keeps /data alive while the service restarts; runs no foreign code."""
    return Box(
        role="pause",
        image=room.image,
        argv=("sleep", "infinity"),
        labels=marks,
        ttl_s=ttl,
        env={"PATH": _PATH},
        volumes={volume: "/data"},
        memory_mb=_PAUSE_MB,
        pids=16,
    )


def service_box(
    room: Room,
    prepared: PreparedService,
    command: ProbeCommand,
    marks: Mapping[str, str],
    ttl: int,
    pause: str,
    volume: str,
) -> Box:
    """The submission: code read-only at /app, environment read-only at /opt/env, /data writable."""
    limits = prepared.task.limits
    mounts = {prepared.folder: "/app", HOSTS: "/etc/hosts"}
    if prepared.environment is not None:
        mounts[prepared.environment] = "/opt/env"
    if prepared.project is not None:
        mounts[prepared.project] = "/opt/project"
    env = {
        "PATH": f"/opt/project/bin:/opt/env/bin:{_PATH}:/opt/project/run",
        "HOME": _HOME,
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",  # a crash must not take the last log lines with it
        "PYTHONDONTWRITEBYTECODE": "1",
        **prepared.env,
    }
    return Box(
        role="service",
        image=room.image,
        argv=prepared.start_argv,
        labels=marks,
        ttl_s=ttl,
        network=pause,
        env=env,
        read_only=mounts,
        volumes={volume: "/data"},
        memory_mb=limits.memory_mb,
        cpus=min(limits.cpus, float(room.cpus)),
        cpuset="0" if room.pinned(command) else "",
        pids=limits.pids,
        working_dir="/app",
    )


def probe_box(
    room: Room,
    prepared: PreparedService,
    command: ProbeCommand,
    marks: Mapping[str, str],
    folder: Path,
    tools: Path | None,
    pause: str,
) -> Box:
    """Our driver and tools; the submission's files only if the command asks for them. No pause: a namespace alone."""
    mounts = {folder: "/probe"}
    if tools is not None:
        mounts[tools] = "/opt/harness"
    if command.workspace:
        mounts |= {prepared.folder: "/app", HOSTS: "/etc/hosts"}
        environment = (prepared.test_environment if command.test_packages else None) or prepared.environment
        if environment is not None:
            mounts[environment] = "/opt/env"
        if prepared.project is not None:
            mounts[prepared.project] = "/opt/project"
    return Box(
        role="probe",
        image=room.image,
        argv=_PROBE_ARGV,
        labels=marks,
        ttl_s=ttl_s(prepared, command),
        network=pause or "none",
        env={"PATH": f"/opt/harness/bin:{_PATH}", "HOME": _HOME, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
        read_only=mounts,
        scratch=("/data",) if command.workspace and not pause else (),
        memory_mb=command.memory_mb,
        cpus=float(room.cpus),
        cpuset="1" if room.pinned(command) else "",
        stdin=True,
    )
