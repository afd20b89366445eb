"""Is this machine able to run, and how isolated: one finding per question, as values.

Refuses to change anything (it starts, installs and builds nothing) and to print: the command line does.
"""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import docker
import uv

from harness.errors import HarnessError
from harness.sandbox.cache import cache_folder
from harness.sandbox.children import child_environment, run_child
from harness.sandbox.engine import EngineInfo, connect, describe_engine, engine_host
from harness.sandbox.images import ImageInfo, find_base
from harness.sandbox.install import why_not
from harness.sandbox.selftest import ISOLATION, verify

Status = Literal["ok", "warn", "fail"]
MIN_CPUS = 2  # the service on one, the load generator on the other
MIN_MEMORY = 3_000_000_000
MIN_DISK = 2_000_000_000
TESTED_ENGINE = (20, 10)
_OS_RELEASE = Path("/etc/os-release")


@dataclass(frozen=True)
class Finding:
    """One answer. `remedy` is "" when there is nothing to do."""

    name: str
    status: Status
    found: str
    remedy: str = ""


def examine(environ: Mapping[str, str]) -> tuple[Finding, ...]:
    """Every finding, in the order in which they build on each other. Never raises a HarnessError."""
    findings = [_python(), _uv(environ), _maker(environ)]
    try:
        client = connect(environ)
    except HarnessError as error:
        return (*findings, _no_engine(environ, error), _disk("free disk, cache", cache_folder(environ)))
    with closing(client):
        findings += _attempt("engine", lambda: _engine_findings(client, environ))
    return (*findings, _disk("free disk, cache", cache_folder(environ)))


def _attempt(name: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return look()
    except HarnessError as error:
        return [Finding(name, "fail", error.message, "correct the cause named, then run `harness doctor` again")]


def _engine_findings(client: docker.DockerClient, environ: Mapping[str, str]) -> list[Finding]:
    info = describe_engine(client)
    findings = [_version(info, environ), _cgroup(info), _cpus(info), _memory(info)]
    if Path(info.root_folder).is_dir():  # not so when the engine is on another machine
        findings.append(_disk("free disk, engine", Path(info.root_folder)))
    image = find_base(client)
    findings.append(_image(image))
    if image is None:
        unknown = "not tried: it needs the base image"
        return [*findings, Finding("seccomp self-test", "warn", unknown, "run `make setup`")]
    return findings + _attempt("seccomp self-test", lambda: _isolation(client, image))


def _python() -> Finding:
    # an older interpreter cannot even be set up (requires-python), so this is a statement, not a question
    return Finding("python", "ok", f"{platform.python_implementation()} {platform.python_version()}, {sys.executable}")


def _uv(environ: Mapping[str, str]) -> Finding:
    try:
        program = uv.find_uv_bin()
    except FileNotFoundError as error:
        return Finding("uv", "fail", str(error), "run `make setup`: uv is one of the locked packages")
    said = run_child([program, "--version"], environ, 10.0)
    if said.ok:
        return Finding("uv", "ok", f"{said.stdout.strip()} at {program}")
    return Finding("uv", "fail", f"{program} does not run: {said.stderr.strip()}", "run `make setup`")


def _maker(environ: Mapping[str, str]) -> Finding:
    path = shutil.which("mmdebstrap", path=child_environment(environ)["PATH"])
    if path:
        return Finding("mmdebstrap", "ok", f"at {path}")
    return Finding(
        "mmdebstrap",
        "warn",
        "not installed; needed only where no image registry answers",
        f"`apt-get install --no-install-recommends mmdebstrap`{_by_itself(environ)}",
    )


def _by_itself(environ: Mapping[str, str]) -> str:
    obstacle = why_not(environ, os.geteuid(), _OS_RELEASE)
    return f" (by hand: {obstacle})" if obstacle else "; `make setup` does it when it is needed"


def _no_engine(environ: Mapping[str, str], error: HarnessError) -> Finding:
    if environ.get("DOCKER_HOST"):
        return Finding("engine", "fail", error.message, "start the engine that DOCKER_HOST names, or unset DOCKER_HOST")
    if shutil.which("dockerd", path=child_environment(environ)["PATH"]):
        return Finding("engine", "fail", f"{error.message}; dockerd is installed", "as root, `make setup` starts it")
    remedy = f"`apt-get install --no-install-recommends docker.io`{_by_itself(environ)}"
    return Finding("engine", "fail", f"{error.message}; dockerd is not installed", remedy)


def _version(info: EngineInfo, environ: Mapping[str, str]) -> Finding:
    kind = "podman" if info.podman else "docker"
    found = f"{kind} {info.version} (API {info.api_version}, {info.storage_driver}) on {engine_host(environ)}"
    numbers = tuple(int(part) for part in info.version.split(".")[:2] if part.isdigit())
    if info.podman:
        return Finding("engine", "warn", found, "podman works on cgroup v2; its OOM reports are incomplete")
    if numbers < TESTED_ENGINE:
        return Finding("engine", "warn", found, "older than 20.10, the oldest engine tested; update it")
    return Finding("engine", "ok", found)


def _cgroup(info: EngineInfo) -> Finding:
    found = f"version {info.cgroup_version}{', rootless engine' if info.rootless else ''}"
    if info.cgroup_version == "unknown" or (info.rootless and info.cgroup_version == "1"):
        return Finding("cgroup", "fail", found, "limits would be ignored: use an engine run by root, or cgroup v2")
    return Finding("cgroup", "ok", found)


def _cpus(info: EngineInfo) -> Finding:
    if info.cpus >= MIN_CPUS:
        return Finding("cpus", "ok", str(info.cpus))
    return Finding("cpus", "fail", str(info.cpus), "load needs 2: one for the service, one for the generator")


def _memory(info: EngineInfo) -> Finding:
    found = f"{info.memory_bytes / 1e9:.1f} GB"
    if info.memory_bytes >= MIN_MEMORY:
        return Finding("memory", "ok", found)
    return Finding("memory", "warn", found, f"at least {MIN_MEMORY / 1e9:.0f} GB; run with fewer workers")


def _disk(name: str, folder: Path) -> Finding:
    existing = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    free = shutil.disk_usage(existing).free
    found = f"{free / 1e9:.1f} GB at {folder}"
    if free >= MIN_DISK:
        return Finding(name, "ok", found)
    return Finding(name, "fail", found, f"free at least {MIN_DISK / 1e9:.0f} GB, or move it (HARNESS_CACHE)")


def _image(image: ImageInfo | None) -> Finding:
    if image is None:
        return Finding("base image", "warn", "not made yet", "`make setup` makes it, as does the first run")
    found = f"{image.reference}, {image.made}, {image.size_bytes / 1e6:.0f} MB, {image.digest[:19]}"
    return Finding("base image", "ok", found)


def _isolation(client: docker.DockerClient, image: ImageInfo) -> list[Finding]:
    leaked = verify(client, image.reference)
    if leaked:
        remedy = "agent code is not run on this engine: use another one, or repair its seccomp support"
        return [
            Finding("seccomp self-test", "fail", "; ".join(leaked), remedy),
            Finding("isolation", "fail", "none", remedy),
        ]
    return [Finding("seccomp self-test", "ok", "nothing got through"), Finding("isolation", "ok", ISOLATION)]
