"""Every containment flag of every container, in one place: the body of `POST /containers/create`.

Refuses to talk to an engine and to take anything an agent wrote but a folder to mount read-only: image, mounts,
limits, user and network are ours. A test creates each role and asserts every flag by inspect. Field names:
https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerCreate
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Role = Literal["pause", "service", "probe", "builder"]

SERVICE_UID = 65534
PROBE_UID = 65533  # not the service's: peer credentials and file modes keep the two apart
_UID = {"pause": SERVICE_UID, "service": SERVICE_UID, "probe": PROBE_UID, "builder": PROBE_UID}

DATA_BYTES = 64 * 1024 * 1024
DATA_INODES = 20_000
_MIB = 1024 * 1024
_TMP_OPTIONS = "size=64m,nr_inodes=20k,mode=1777,nosuid,nodev,noexec"
# above every tmpfs, so that a full disk is ENOSPC (an error a service can handle) and not SIGXFSZ (death)
_FILE_BYTES = 128 * 1024 * 1024
_OPEN_FILES = 4096  # engines without CAP_SYS_RESOURCE refuse more than their own hard limit

# What a container's own engine does with its output. Probes: attached and capped by us, so nothing is stored.
_LOG: Mapping[str, tuple[str, dict[str, str]]] = {
    "pause": ("none", {}),
    "service": ("local", {"max-size": "5m", "max-file": "2"}),
    "probe": ("none", {}),
    "builder": ("none", {}),
}


@dataclass(frozen=True)
class Box:
    """One container to create. `network` is "none" or the id of the container whose namespace it joins.

    read_only: host folder -> path inside; volumes: volume name -> path inside; ttl_s: seconds after which the container
    ends by itself, whoever is left to stop it; scratch: further tmpfs, path -> owner uid. Memory in MiB.
    """

    role: Role
    image: str
    argv: tuple[str, ...]
    labels: Mapping[str, str]
    ttl_s: int
    network: str = "none"
    env: Mapping[str, str] = field(default_factory=dict)
    read_only: Mapping[Path, str] = field(default_factory=dict)
    volumes: Mapping[str, str] = field(default_factory=dict)
    scratch: tuple[str, ...] = ()
    memory_mb: int = 64
    cpus: float = 1.0
    cpuset: str = ""
    pids: int = 256
    working_dir: str = "/"
    stdin: bool = False


def create_body(box: Box, seccomp: str, log_driver: str = "local") -> dict[str, object]:
    """The engine's create request for one box: identity and process on top, limits in HostConfig.

    `seccomp` is the profile's JSON text; `log_driver` replaces `local` where the engine lacks it (podman: json-file).
    """
    body: dict[str, object] = {
        "Image": box.image,
        "Entrypoint": [],
        "Cmd": _mortal(box.argv, box.ttl_s),
        "User": f"{_UID[box.role]}:{_UID[box.role]}",
        "WorkingDir": box.working_dir,
        "Env": [f"{name}={value}" for name, value in sorted(box.env.items())],
        "Labels": dict(box.labels),
        "StopTimeout": 2,
        "Tty": False,
        "OpenStdin": box.stdin,
        "StdinOnce": box.stdin,
        "AttachStdin": box.stdin,
        "AttachStdout": box.role != "service",
        "AttachStderr": box.role != "service",
        "HostConfig": _host_config(box, seccomp, log_driver),
    }
    if box.network == "none":  # a joined namespace brings its own host name
        body["Hostname"] = "sandbox"
    return body


def _mortal(argv: tuple[str, ...], ttl_s: int) -> list[str]:
    """Nothing is immortal, even if its owner is killed: coreutils `timeout` ends it from inside."""
    return ["timeout", "-s", "KILL", str(ttl_s), *argv]


def _host_config(box: Box, seccomp: str, log_driver: str) -> dict[str, object]:
    memory = box.memory_mb * _MIB
    driver, options = _LOG[box.role]
    return {
        "NetworkMode": "none" if box.network == "none" else f"container:{box.network}",
        "Init": True,
        "ReadonlyRootfs": True,
        "Privileged": False,
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges", f"seccomp={seccomp}"],
        "PidsLimit": box.pids,
        "Memory": memory,
        "MemorySwap": memory,  # equal = no swap on top
        "NanoCpus": int(box.cpus * 1_000_000_000),
        "CpusetCpus": box.cpuset,
        "ShmSize": 16 * _MIB,
        "IpcMode": "private",
        "Tmpfs": {"/tmp": _TMP_OPTIONS, **{path: _scratch(box.role) for path in box.scratch}},  # noqa: S108
        "Ulimits": [
            {"Name": "nofile", "Soft": _OPEN_FILES, "Hard": _OPEN_FILES},
            {"Name": "core", "Soft": 0, "Hard": 0},
            {"Name": "fsize", "Soft": _FILE_BYTES, "Hard": _FILE_BYTES},
        ],
        "LogConfig": {"Type": log_driver if driver == "local" else driver, "Config": options},
        "OomScoreAdj": 500,
        "RestartPolicy": {"Name": "no"},
        "Mounts": [*_binds(box.read_only), *_volumes(box.volumes, read_only=box.role != "service")],
    }


def _scratch(role: Role) -> str:
    uid = _UID[role]
    return f"size={DATA_BYTES},nr_inodes={DATA_INODES},mode=0700,uid={uid},gid={uid},nosuid,nodev,noexec"


def _binds(folders: Mapping[Path, str]) -> list[dict[str, object]]:
    return [
        {
            "Type": "bind",
            "Source": str(source),
            "Target": target,
            "ReadOnly": True,
            "BindOptions": {"Propagation": "rprivate"},
        }
        for source, target in folders.items()
    ]


def _volumes(volumes: Mapping[str, str], *, read_only: bool) -> list[dict[str, object]]:
    return [
        {"Type": "volume", "Source": name, "Target": path, "ReadOnly": read_only, "VolumeOptions": {"NoCopy": True}}
        for name, path in volumes.items()
    ]


def data_volume_options() -> dict[str, str]:
    """Driver options of /data: a tmpfs of 64 MB, charged to the service's memory, gone with the pod."""
    owner = f"uid={SERVICE_UID},gid={SERVICE_UID}"
    return {
        "type": "tmpfs",
        "device": "tmpfs",
        "o": f"size={DATA_BYTES},nr_inodes={DATA_INODES},mode=0700,{owner},nosuid,nodev,noexec",
    }
