"""Remove what dead runs left: containers, volumes and temporary folders whose owner is gone.

Refuses to touch what a living owner holds, what carries no mark of ours, and, where it cannot tell who lives
(another boot, pid namespace or machine), anything before its deadline is long past.
"""

import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import docker

from harness.sandbox.containers import Containers, containers_of
from harness.sandbox.engine import connect, describe_engine, engine_errors
from harness.sandbox.ownership import (
    LABEL_DEADLINE,
    LABEL_OWNER,
    LABEL_TRIAL,
    Owner,
    current_owner,
    liveness,
    parse_owner,
)
from harness.sandbox.scratch import PATTERN, scratch_owner

_UNKNOWN_GRACE_S = 3600.0
_TAKE_DOWN_DEADLINE_S = 3


def clean(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Remove leftovers; one line per thing removed. Folders also when no engine answers; then raises EngineFault."""
    folders = clean_folders(Path(tempfile.gettempdir()))
    with closing(connect(environ)) as client:
        return (*folders, *clean_engine(client, time.time()))


def take_down(environ: Mapping[str, str]) -> None:
    """Remove every container and volume of this very process, whatever it is doing; for a run that was told to stop.

    Raises EngineFault, soon: an interrupted user does not wait for an engine that hangs.
    """
    own = {"label": f"{LABEL_OWNER}={current_owner().text()}"}
    with closing(connect(environ, _TAKE_DOWN_DEADLINE_S)) as client:
        containers = containers_of(client, describe_engine(client))
        with engine_errors("listing what this run has made"):
            found = client.api.containers(all=True, filters=own)
            volumes = client.api.volumes(filters=own)["Volumes"] or []
        for entry in found:
            containers.remove(entry["Id"])
        for volume in volumes:
            containers.remove_volume(volume["Name"])


def clean_engine(client: docker.DockerClient, now_unix_s: float) -> tuple[str, ...]:
    """Containers first: a volume in use cannot be removed. Raises EngineFault."""
    containers = containers_of(client, describe_engine(client))
    wanted = {"label": LABEL_OWNER}
    with engine_errors("listing containers of dead runs"):
        found = client.api.containers(all=True, filters=wanted)
    abandoned = [entry for entry in found if _abandoned(entry.get("Labels") or {}, now_unix_s)]
    # those that joined a namespace before those that own one: podman insists on it
    abandoned.sort(key=lambda entry: not str(entry["HostConfig"]["NetworkMode"]).startswith("container:"))
    removed = [_remove_container(containers, entry) for entry in abandoned]
    with engine_errors("listing volumes of dead runs"):
        volumes = client.api.volumes(filters=wanted)["Volumes"] or []
    for volume in volumes:
        if _abandoned(volume.get("Labels") or {}, now_unix_s):
            containers.remove_volume(volume["Name"])
            removed.append(f"volume {volume['Name'][:12]}{_of(volume['Labels'])}")
    return tuple(removed)


def clean_folders(parent: Path) -> tuple[str, ...]:
    """Temporary folders name their owner, so that they can be told apart without an engine."""
    removed = []
    for folder in sorted(parent.glob(PATTERN)):
        owner = scratch_owner(folder.name)
        if owner is not None and folder.is_dir() and not folder.is_symlink() and liveness(owner) == "gone":
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(f"folder {folder}")
    return tuple(removed)


def _remove_container(containers: Containers, entry: Mapping[str, Any]) -> str:
    containers.remove(entry["Id"])
    return f"container {entry['Id'][:12]}{_of(entry['Labels'])}"


def _of(labels: Mapping[str, str]) -> str:
    trial = labels.get(LABEL_TRIAL)
    return f" of {trial}" if trial else ""


def _abandoned(labels: Mapping[str, str], now_unix_s: float) -> bool:
    owner: Owner | None = parse_owner(labels.get(LABEL_OWNER, ""))
    if owner is None:
        return False
    state = liveness(owner)
    if state == "unknown":
        deadline = labels.get(LABEL_DEADLINE, "")
        return deadline.isdigit() and now_unix_s > int(deadline) + _UNKNOWN_GRACE_S
    return state == "gone"
