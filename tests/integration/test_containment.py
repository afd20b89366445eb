"""Every containment flag on really created containers, by inspect; and what a canary can really do inside them."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from harness.errors import IsolationRefused
from harness.sandbox.containers import Containers, containers_of
from harness.sandbox.containment import Box, Role
from harness.sandbox.engine import describe_engine
from harness.sandbox.images import ensure_base
from harness.sandbox.seccomp import profile_text
from harness.sandbox.selftest import Guard, leaks, verify

pytestmark = pytest.mark.docker

MIB = 1024 * 1024
LABELS = {"harness.run": "tests-containment"}
Inspected = dict[str, Any]


@pytest.fixture(scope="module")
def image(engine: docker.DockerClient) -> str:
    return ensure_base(engine, lambda _: None, os.environ).reference


@pytest.fixture(scope="module")
def containers(engine: docker.DockerClient) -> Containers:
    return containers_of(engine, describe_engine(engine))


@pytest.fixture
def created(
    engine: docker.DockerClient, containers: Containers, image: str, tmp_path: Path
) -> Iterator[Callable[[Role], Inspected]]:
    """Create a container of a role with everything a box can hold, and inspect it."""
    made: list[str] = []
    volume = containers.create_data_volume(LABELS)

    def create(role: Role) -> Inspected:
        box = Box(
            role=role,
            image=image,
            argv=("python3", "app.py"),
            labels=LABELS,
            ttl_s=77,
            env={"B": "2", "A": "1"},
            read_only={tmp_path: "/app"},
            volumes={volume: "/data"},
            memory_mb=96,
            cpus=0.5,
            cpuset="0",
            pids=50,
            working_dir="/app",
            stdin=role == "probe",
        )
        made.append(containers.create(box))
        return dict(engine.api.inspect_container(made[-1]))

    yield create
    for identity in made:
        containers.remove(identity)
    containers.remove_volume(volume)


ROLES: tuple[Role, ...] = ("pause", "service", "probe", "builder")


@pytest.mark.parametrize("role", ROLES)
def test_flags_that_every_container_has(
    created: Callable[[Role], Inspected], role: Role, engine: docker.DockerClient
) -> None:
    inspected = created(role)
    config, host = inspected["Config"], inspected["HostConfig"]
    assert host["NetworkMode"] == "none"
    assert host["Init"] is True
    assert host["ReadonlyRootfs"] is True
    assert host["Privileged"] is False
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    profile = profile_text(describe_engine(engine).architecture)
    assert host["SecurityOpt"] == ["no-new-privileges", f"seccomp={profile}"]
    assert host["PidsLimit"] == 50
    assert host["Memory"] == host["MemorySwap"] == 96 * MIB
    assert host["NanoCpus"] == 500_000_000
    assert host["CpusetCpus"] == "0"
    assert host["ShmSize"] == 16 * MIB
    assert host["IpcMode"] == "private"
    assert host["PidMode"] == ""
    assert host["UTSMode"] == ""
    assert host["Tmpfs"] == {"/tmp": "size=64m,nr_inodes=20k,mode=1777,nosuid,nodev,noexec"}
    limits = {entry["Name"]: (entry["Soft"], entry["Hard"]) for entry in host["Ulimits"]}
    assert limits == {"nofile": (4096, 4096), "core": (0, 0), "fsize": (128 * MIB, 128 * MIB)}
    assert host["OomScoreAdj"] == 500
    assert host["RestartPolicy"]["Name"] == "no"
    assert not host["PortBindings"]
    assert not host["PublishAllPorts"]
    assert not host["Devices"]
    assert not host["Binds"]
    assert config["Labels"].items() >= LABELS.items()
    assert config["Hostname"] == "sandbox"
    assert config["StopTimeout"] == 2
    assert config["Tty"] is False
    assert set(config["Env"]) - image_env(engine, config["Image"]) == {"A=1", "B=2"}
    assert config["WorkingDir"] == "/app"
    assert config["Cmd"] == ["timeout", "-s", "KILL", "77", "python3", "app.py"]
    assert not config["Entrypoint"]


def image_env(engine: docker.DockerClient, image: str) -> set[str]:
    """Variables that our own base image brings."""
    attributes: Any = engine.images.get(image).attrs
    return set(attributes["Config"]["Env"] or ())


@pytest.mark.parametrize(("role", "user"), [("pause", 65534), ("service", 65534), ("probe", 65533), ("builder", 65533)])
def test_probes_have_another_uid_than_services(created: Callable[[Role], Inspected], role: Role, user: int) -> None:
    assert created(role)["Config"]["User"] == f"{user}:{user}"


@pytest.mark.parametrize("role", ROLES)
def test_code_is_read_only_and_only_the_service_writes_data(created: Callable[[Role], Inspected], role: Role) -> None:
    mounts = {mount["Destination"]: mount for mount in created(role)["Mounts"]}
    assert set(mounts) == {"/app", "/data"}
    assert (mounts["/app"]["Type"], mounts["/app"]["RW"]) == ("bind", False)
    assert (mounts["/data"]["Type"], mounts["/data"]["RW"]) == ("volume", role == "service")


@pytest.mark.parametrize("role", ROLES)
def test_what_the_engine_keeps_of_the_output(created: Callable[[Role], Inspected], role: Role) -> None:
    inspected = created(role)
    log = inspected["HostConfig"]["LogConfig"]
    if role == "service":
        assert log == {"Type": "local", "Config": {"max-size": "5m", "max-file": "2"}}
    else:
        assert log == {"Type": "none", "Config": {}}
    config = inspected["Config"]
    assert (config["OpenStdin"], config["StdinOnce"]) == (role == "probe", role == "probe")


def test_the_data_volume_is_small_and_the_services_own(engine: docker.DockerClient, containers: Containers) -> None:
    name = containers.create_data_volume(LABELS)
    try:
        options = engine.api.inspect_volume(name)["Options"]
    finally:
        containers.remove_volume(name)
    assert (options["type"], options["device"]) == ("tmpfs", "tmpfs")
    wanted = "size=67108864,nr_inodes=20000,mode=0700,uid=65534,gid=65534,nosuid,nodev,noexec"
    assert options["o"] == wanted


def test_nothing_is_immortal(containers: Containers, image: str) -> None:
    box = Box("service", image, ("sleep", "3600"), LABELS, ttl_s=1, env={"PATH": "/usr/bin:/bin"})
    container = containers.create(box)
    try:
        containers.start(container)
        assert containers.wait(container, 30) == 137
    finally:
        containers.remove(container)


def test_the_canary_finds_nothing_under_our_flags(engine: docker.DockerClient, image: str) -> None:
    assert verify(engine, image) == ()


def test_the_canary_sees_what_a_missing_profile_lets_through(engine: docker.DockerClient, image: str) -> None:
    found = {leak.split(":")[0] for leak in leaks(Containers(engine.api, "unconfined"), image, LABELS)}
    assert {"seccomp", "io_uring_setup", "userfaultfd", "unshare_user", "clone_user", "keyctl", "bpf"} <= found


def test_an_engine_that_leaks_is_refused(engine: docker.DockerClient, image: str) -> None:
    guard = Guard()
    with pytest.raises(IsolationRefused, match="io_uring_setup"):
        guard.check(Containers(engine.api, "unconfined"), image, LABELS)
    guard.check(containers_of(engine, describe_engine(engine)), image, LABELS)


def test_a_canary_that_cannot_run_is_no_proof(engine: docker.DockerClient, image: str) -> None:
    deny_all = json.dumps(
        {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["socket"], "action": "SCMP_ACT_KILL"}]}
    )
    with pytest.raises(IsolationRefused, match="self-test"):
        leaks(Containers(engine.api, deny_all), image, LABELS)
