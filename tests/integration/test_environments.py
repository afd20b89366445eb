"""Environments for real: uv, the package index, a builder container, and an interpreter that uses the result."""

import os
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from io import BytesIO
from pathlib import Path

import docker
import pytest

from harness.errors import DependencyRefused, InfrastructureFault, RegistryFault, TaskFault
from harness.sandbox.containers import Containers, containers_of
from harness.sandbox.engine import connect, describe_engine
from harness.sandbox.environments import TOOLS_MOUNT, Environment, EnvironmentLimits, Environments
from harness.sandbox.images import ImageInfo, ensure_base
from harness.sandbox.layout import SUBMISSION_MOUNT
from harness.sandbox.uv import tree_bytes

pytestmark = pytest.mark.docker
DAY = "2026-01-01"


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    with closing(connect(os.environ)) as connected:
        yield connected


@pytest.fixture(scope="module")
def image(client: docker.DockerClient) -> ImageInfo:
    return ensure_base(client, print, os.environ)


@pytest.fixture(scope="module")
def containers(client: docker.DockerClient) -> Containers:
    return containers_of(client, describe_engine(client))


class Maker:
    """Environments in a cache of their own, with wheels of our making beside the index's."""

    def __init__(self, image: ImageInfo, containers: Containers, folder: Path) -> None:
        self.image, self.containers, self.folder = image, containers, folder
        self.wheels = folder / "wheels"
        self.wheels.mkdir()
        self.environ = {**os.environ, "HARNESS_CACHE": str(folder / "cache"), "UV_FIND_LINKS": str(self.wheels)}

    def make(self, limits: EnvironmentLimits | None = None, **environ: str) -> Environments:
        return Environments(self.image, self.containers, {**self.environ, **environ}, DAY, {}, limits)

    def wheel(self, name: str, files: dict[str, str]) -> None:
        info = f"{name}-1.0.dist-info"
        metadata = {
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        with zipfile.ZipFile(self.wheels / f"{name}-1.0-py3-none-any.whl", "w") as archive:
            for path, content in {**files, **metadata}.items():
                archive.writestr(path, content)
            archive.writestr(f"{info}/RECORD", "".join(f"{path},,\n" for path in {**files, **metadata}))

    def inside(self, client: docker.DockerClient, environment: Environment, *argv: str, mount: str) -> str:
        """Run argv as the service's user, without network, on a read-only root."""
        output: bytes = client.containers.run(
            self.image.reference,
            list(argv),
            remove=True,
            network_mode="none",
            read_only=True,
            user="65534:65534",
            stderr=True,
            volumes={str(environment.path): {"bind": mount, "mode": "ro"}},
        )
        return output.decode()

    def leftovers(self) -> list[str]:
        folder = self.folder / "cache" / "environments"
        return [path.name for path in folder.iterdir() if path.name.startswith(".")] if folder.is_dir() else []


@pytest.fixture
def maker(image: ImageInfo, containers: Containers, tmp_path: Path) -> Maker:
    return Maker(image, containers, tmp_path)


def test_an_environment_runs_its_packages_without_compiling_again(maker: Maker, client: docker.DockerClient) -> None:
    environment = maker.make().ensure(["click>=8", "pyjwt"])
    assert {name.split("==")[0] for name in environment.packages} == {"click", "pyjwt"}
    assert "--hash=sha256:" in environment.lock
    assert "://" not in environment.lock  # no index address is recorded
    shown = maker.inside(
        client,
        environment,
        f"{SUBMISSION_MOUNT}/bin/python",
        "-v",
        "-c",
        "import click, jwt, sys; print('FOUND', sys.prefix, click.__file__)",
        mount=SUBMISSION_MOUNT,
    )
    assert f"FOUND {SUBMISSION_MOUNT} {SUBMISSION_MOUNT}/lib/python3.11/site-packages/click/__init__.py" in shown
    assert "bytecode is stale" not in shown
    from_source = [line for line in shown.splitlines() if "code object from" in line and not line.endswith(".pyc'")]
    assert from_source == []
    assert maker.leftovers() == []


def test_console_scripts_work_at_the_mount_point_of_tools(
    maker: Maker, client: docker.DockerClient, tmp_path: Path
) -> None:
    lock = maker.make().ensure(["pygments"]).lock
    pinned = tmp_path / "requirements.lock"
    pinned.write_text(lock)
    tools = maker.make().ensure_tools(pinned)
    said = maker.inside(client, tools, f"{TOOLS_MOUNT}/bin/pygmentize", "-V", mount=TOOLS_MOUNT)
    assert said.startswith("Pygments version")
    assert tools.digest != maker.make().ensure(["pygments"]).digest  # another mount point is another environment


def test_nothing_of_a_wheel_runs_on_the_host_or_in_the_builder(maker: Maker, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    strike = f"open({str(canary)!r}, 'w').write('ran'); raise SystemExit(99)\n"
    maker.wheel(
        "hostile",
        {
            "hostile_start.pth": f"import os; {strike}",
            "sitecustomize.py": strike,
            "compileall.py": strike,
            "hostile/__init__.py": strike,
            "hostile/__pycache__/__init__.cpython-311.pyc": "planted",
            "hostile/broken.py": "def (:\n",
        },
    )
    environment = maker.make().ensure(["hostile"])
    package = environment.path / "lib/python3.11/site-packages/hostile"
    assert not canary.exists()
    assert (package / "__pycache__/__init__.cpython-311.pyc").read_bytes()[:7] != b"planted"
    assert not (package / "__pycache__/broken.cpython-311.pyc").exists()


def test_a_source_distribution_is_never_built(maker: Maker, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    setup = f"open({str(canary)!r}, 'w')\nimport time\ntime.sleep(600)\n".encode()
    with tarfile.open(maker.wheels / "sleepy_source_only-1.0.tar.gz", "w:gz") as archive:
        for name, content in (("setup.py", setup), ("PKG-INFO", b"Metadata-Version: 2.1\nName: x\nVersion: 1.0\n")):
            member = tarfile.TarInfo(f"sleepy_source_only-1.0/{name}")
            member.size = len(content)
            archive.addfile(member, BytesIO(content))
    with pytest.raises(DependencyRefused) as refused:
        maker.make().ensure(["sleepy-source-only"])
    assert refused.value.code == "dependency_install_failed"
    assert "wheels" in refused.value.message
    assert not canary.exists()


@pytest.mark.parametrize("line", ["no-such-package-by-this-name-0f3a9", "click==0.0.99"])
def test_what_the_index_does_not_have_is_the_agents_fault(maker: Maker, line: str) -> None:
    with pytest.raises(DependencyRefused) as refused:
        maker.make().ensure([line])
    assert refused.value.code == "dependency_install_failed"
    assert line.split("=")[0] in refused.value.message


def test_a_dead_index_is_never_the_agents_fault(maker: Maker) -> None:
    dead = maker.make(UV_DEFAULT_INDEX="http://127.0.0.1:9/simple", UV_HTTP_RETRIES="0")
    with pytest.raises(RegistryFault) as fault:
        dead.ensure(["click"])
    assert fault.value.code == "registry_unreachable"


def test_the_size_limit_is_named_whether_the_wheel_is_new_or_known(maker: Maker) -> None:
    small = EnvironmentLimits(size_bytes=2_000_000)
    for _ in range(2):
        with pytest.raises(DependencyRefused) as refused:
            maker.make(small).ensure(["pygments"])
        assert refused.value.code == "limit:disk"
        assert "2 MB" in refused.value.message
    assert maker.leftovers() == []
    assert maker.make().ensure(["pygments"]).path.is_dir()


def test_running_out_of_time_with_a_healthy_index_is_install_timeout(maker: Maker) -> None:
    with pytest.raises(DependencyRefused) as refused:
        maker.make(EnvironmentLimits(install_s=0.0)).ensure(["numpy"])
    assert refused.value.code == "install_timeout"
    assert not list((maker.folder / "cache/uv").glob(".tmp*"))


def test_a_second_prepare_needs_neither_index_nor_engine(maker: Maker) -> None:
    first = maker.make().ensure(["click"])
    maker.containers = Containers(docker.APIClient("tcp://127.0.0.1:9", version="1.41"), "{}")
    again = maker.make(UV_OFFLINE="1").ensure(["click"])
    assert again == first


def test_no_packages_make_an_empty_environment(maker: Maker, client: docker.DockerClient) -> None:
    environment = maker.make().ensure([])
    assert environment.packages == ()
    said = maker.inside(
        client, environment, f"{SUBMISSION_MOUNT}/bin/python", "-c", "import sqlite3; print(1)", mount=SUBMISSION_MOUNT
    )
    assert said == "1\n"


def test_many_builders_at_once_make_one_environment(maker: Maker) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: maker.make().ensure(["click"]), range(4)))
    assert len({environment.path for environment in made}) == 1
    assert maker.leftovers() == []


def test_a_builder_killed_half_way_leaves_nothing_that_counts(maker: Maker, tmp_path: Path) -> None:
    program = tmp_path / "build.py"
    program.write_text(
        "import os, sys\n"
        "from harness.sandbox.containers import containers_of\n"
        "from harness.sandbox.engine import connect, describe_engine\n"
        "from harness.sandbox.environments import Environments\n"
        "from harness.sandbox.images import ensure_base\n"
        "client = connect(os.environ)\n"
        "image = ensure_base(client, print, os.environ)\n"
        "containers = containers_of(client, describe_engine(client))\n"
        f"Environments(image, containers, os.environ, {DAY!r}, {{}}).ensure(['pygments'])\n"
    )
    child = subprocess.Popen([sys.executable, str(program)], env=maker.environ, start_new_session=True)
    deadline = time.monotonic() + 60
    while not maker.leftovers() and time.monotonic() < deadline:
        time.sleep(0.005)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    assert maker.leftovers() != []  # it was killed in the middle
    environment = maker.make().ensure(["pygments"])
    assert maker.leftovers() == []
    assert tree_bytes(environment.path / "lib/python3.11/site-packages/pygments") > 1_000_000


def test_a_tool_lock_that_is_missing_or_does_not_install_is_never_the_agents_fault(
    maker: Maker, tmp_path: Path
) -> None:
    with pytest.raises(TaskFault, match="does not exist"):
        maker.make().ensure_tools(tmp_path / "none.lock")
    wrong = tmp_path / "wrong.lock"
    wrong.write_text(f"click==8.1.7 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(InfrastructureFault) as fault:
        maker.make().ensure_tools(wrong)
    assert fault.value.code == "tools_install_failed"
