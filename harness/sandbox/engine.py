"""Connect to a container engine and know it; the one place where its client's exceptions become ours.

Refuses to start or install an engine (`start_engine`, `install`), and lets no call wait for ever: each has a deadline.
"""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Literal

import docker
import docker.errors
import requests
import urllib3

from harness.errors import EngineFault

CALL_DEADLINE_S = 60
DEFAULT_HOST = "unix:///var/run/docker.sock"


@dataclass(frozen=True)
class EngineInfo:
    """What the engine says of itself. `id` is stable per engine (it names the host-wide slot); memory in bytes."""

    id: str
    version: str
    api_version: str
    cgroup_version: Literal["1", "2", "unknown"]
    rootless: bool
    podman: bool
    cpus: int
    memory_bytes: int
    storage_driver: str
    architecture: str
    root_folder: str  # where images and containers live, on the engine's host
    runtimes: tuple[str, ...]


@contextmanager
def engine_errors(doing: str = "talking to the container engine") -> Iterator[None]:
    """Map exceptions of docker, requests, urllib3 and the socket to EngineFault; `doing` says what was attempted.

    Codes: engine_timeout (no answer in time), engine_unreachable (no engine, or it went away), engine_error (it
    answered with an error). A caller that expects an answer such as NotFound catches it inside the block.
    """
    try:
        yield
    except (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError) as error:
        raise EngineFault(
            "engine_timeout", f"{doing}: the container engine did not answer in time ({error})"
        ) from error
    except docker.errors.APIError as error:
        said = error.explanation or str(error)
        raise EngineFault("engine_error", f"{doing}: the container engine answered {said!r}") from error
    except (
        docker.errors.DockerException,
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        HTTPException,
        ConnectionError,
    ) as error:
        # Requests wraps a read deadline that passes while a body is streamed in its ConnectionError.
        code = "engine_timeout" if "timed out" in str(error).lower() else "engine_unreachable"
        raise EngineFault(
            code, f"{doing}: the container engine cannot be reached or went away ({error}); try `harness doctor`"
        ) from error


def connect(environ: Mapping[str, str], deadline_s: int = CALL_DEADLINE_S) -> docker.DockerClient:
    """Return a client of the running engine; honours DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH.

    Each call made with it must be answered within `deadline_s`. Raises EngineFault when no engine answers.
    """
    with engine_errors(f"connecting to {engine_host(environ)}"):
        settings = {**environ, "DOCKER_HOST": engine_host(environ)}
        _knock(settings["DOCKER_HOST"], deadline_s)
        client = docker.from_env(timeout=deadline_s, environment=settings)
        try:
            client.ping()
        except BaseException:
            client.close()
            raise
        return client


def _knock(host: str, deadline_s: int) -> None:
    """Fail early on a dead unix socket: the client library would leave its own socket open (a ResourceWarning)."""
    scheme, _, path = host.partition("://")
    if scheme in ("unix", "http+unix"):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(deadline_s)
            try:
                probe.connect(path)
            except OSError as error:
                raise ConnectionError(f"{path}: {error.strerror or error}") from error


def engine_host(environ: Mapping[str, str]) -> str:
    """Where the engine is looked for."""
    return environ.get("DOCKER_HOST") or DEFAULT_HOST


def describe_engine(client: docker.DockerClient) -> EngineInfo:
    """Ask the engine what it is. Raises EngineFault."""
    with engine_errors("asking the engine what it is"):
        info: dict[str, Any] = client.info()
        version: dict[str, Any] = client.version()
    cgroup = str(info.get("CgroupVersion", "unknown"))
    components = " ".join(str(part.get("Name", "")) for part in version.get("Components") or ())
    security = " ".join(info.get("SecurityOptions") or ())
    return EngineInfo(
        id=str(info.get("ID") or info.get("Name") or "unknown"),
        version=str(info.get("ServerVersion", "unknown")),
        api_version=str(version.get("ApiVersion", "unknown")),
        cgroup_version="1" if cgroup == "1" else "2" if cgroup == "2" else "unknown",
        rootless="rootless" in security,
        podman="podman" in components.lower(),
        cpus=int(info.get("NCPU", 0)),
        memory_bytes=int(info.get("MemTotal", 0)),
        storage_driver=str(info.get("Driver", "unknown")),
        architecture=str(info.get("Architecture", "unknown")),
        root_folder=str(info.get("DockerRootDir", "")),
        runtimes=tuple(sorted(info.get("Runtimes") or ())),
    )
