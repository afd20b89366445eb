"""What is decided about the host before anything is installed, started or built on it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import EngineFault, InfrastructureFault
from harness.sandbox.bootstrap import bookworm_sources
from harness.sandbox.cache import cache_folder
from harness.sandbox.engine import connect
from harness.sandbox.images import RECIPE, base_reference, pinned_image
from harness.sandbox.install import install_packages, why_not
from harness.sandbox.start_engine import EnginePlaces, is_program, provide_engine, remove_stale_pid_files, survivors

DEB822 = """# comment
Types: deb
URIs: http://127.0.0.1/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://127.0.0.1/third-party
Suites: nodistro
Components: main
"""


@pytest.fixture
def apt(tmp_path: Path) -> Path:
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def test_only_debians_own_sources_are_taken(apt: Path) -> None:
    (apt / "sources.list.d/debian.sources").write_text(DEB822)
    (apt / "sources.list.d/cloud.list").write_text("deb http://127.0.0.1/cloud cloud-sdk-bookworm main\n")
    taken = bookworm_sources(apt)
    assert "http://127.0.0.1/debian" in taken
    assert "third-party" not in taken
    assert "cloud" not in taken


def test_one_line_sources_are_converted(apt: Path) -> None:
    (apt / "sources.list").write_text(
        "deb [arch=amd64 signed-by=/k.gpg] http://127.0.0.1/debian bookworm main contrib\n"
        "deb http://127.0.0.1/security bookworm-security main\n"
        "deb-src http://127.0.0.1/debian bookworm main\n"
    )
    first, second = bookworm_sources(apt).strip().split("\n\n")
    assert first.splitlines() == [
        "Types: deb",
        "URIs: http://127.0.0.1/debian",
        "Suites: bookworm",
        "Components: main",
        "Signed-By: /k.gpg",
    ]
    assert "Suites: bookworm-security" in second


def test_another_release_gives_no_sources(apt: Path) -> None:
    (apt / "sources.list").write_text("deb http://127.0.0.1/debian trixie main\n")
    assert bookworm_sources(apt) == ""


def test_installing_is_refused_with_the_reason_and_the_remedy(tmp_path: Path) -> None:
    debian = tmp_path / "os-release"
    debian.write_text('ID=debian\nPRETTY_NAME="x"\n')
    fedora = tmp_path / "fedora"
    fedora.write_text("ID=fedora\n")
    environ = {"PATH": os.environ["PATH"], "HARNESS_CACHE": str(tmp_path)}
    assert "HARNESS_NO_INSTALL" in why_not({**environ, "HARNESS_NO_INSTALL": "1"}, 0, debian)
    assert "fedora" in why_not(environ, 0, fedora)
    assert "not Debian" in why_not(environ, 0, tmp_path / "none")
    with pytest.raises(InfrastructureFault) as refused:
        install_packages(("docker.io",), "to run containers", print, {**environ, "HARNESS_NO_INSTALL": "1"}, debian)
    assert refused.value.code == "missing_tool"
    assert "apt-get install --no-install-recommends docker.io" in refused.value.message


@pytest.mark.parametrize("host", ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:9"])
def test_no_engine_is_an_infrastructure_fault_that_names_the_place(host: str) -> None:
    with pytest.raises(EngineFault) as fault:
        connect({"DOCKER_HOST": host}, 2)
    assert fault.value.code == "engine_unreachable"
    assert host in fault.value.message


def test_an_engine_that_docker_host_names_is_never_started(tmp_path: Path) -> None:
    said: list[str] = []
    with pytest.raises(EngineFault, match="DOCKER_HOST is set"):
        provide_engine(said.append, {"DOCKER_HOST": "unix:///nowhere/d.sock", "HARNESS_CACHE": str(tmp_path)})
    assert said == []


def test_stale_pid_files_are_removed_and_live_ones_kept(tmp_path: Path) -> None:
    name = Path("/proc/self/stat").read_text().partition("(")[2].rpartition(")")[0]
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)  # dead, not yet reaped
    contents = {"mine": str(os.getpid()), "other": "1", "zombie": str(zombie.pid), "broken": "x", "gone": "4194999"}
    for file, content in contents.items():
        (tmp_path / file).write_text(content)
    places = EnginePlaces(pid_files=tuple((tmp_path / file, name) for file in contents))
    said: list[str] = []
    assert remove_stale_pid_files(places, said.append) == {name: os.getpid()}
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert len(said) == 4
    assert not is_program(zombie.pid, name)
    zombie.wait()


def test_what_dies_with_the_engine_is_waited_for_and_what_stays_is_told(tmp_path: Path) -> None:
    """The containerd of a killed dockerd is killed by the kernel a moment later; an orphan that lives on is none."""
    program = tmp_path / "containerd"
    program.symlink_to(sys.executable)
    dying = subprocess.Popen([program, "-c", "import time; time.sleep(0.5)"])
    name = Path(f"/proc/{dying.pid}/stat").read_text().partition("(")[2].rpartition(")")[0]
    (tmp_path / "pid").write_text(str(dying.pid))
    said: list[str] = []
    assert survivors(EnginePlaces(pid_files=((tmp_path / "pid", name),)), said.append) == {}
    assert len(said) == 1
    dying.wait()
    (tmp_path / "pid").write_text(str(os.getpid()))
    mine = Path("/proc/self/stat").read_text().partition("(")[2].rpartition(")")[0]
    places = EnginePlaces(pid_files=((tmp_path / "pid", mine),))
    assert survivors(places, said.append, wait_s=0.1) == {mine: os.getpid()}


def test_the_cache_is_where_the_environment_says(tmp_path: Path) -> None:
    assert cache_folder({"HARNESS_CACHE": str(tmp_path)}) == tmp_path
    assert cache_folder({"XDG_CACHE_HOME": "/x", "HOME": "/h"}) == Path("/x/harness")
    assert cache_folder({"HOME": "/h"}) == Path("/h/.cache/harness")


def test_a_changed_recipe_is_another_image(tmp_path: Path) -> None:
    for name in ("customize.sh", "packages.txt", "pinned.txt"):
        (tmp_path / name).write_bytes((RECIPE / name).read_bytes())
    assert base_reference(tmp_path) == base_reference()
    with (tmp_path / "packages.txt").open("a") as out:
        out.write("curl\n")
    assert base_reference(tmp_path) != base_reference()


def test_the_image_to_pull_is_pinned_by_digest() -> None:
    name, _, digest = pinned_image().partition("@sha256:")
    assert name.startswith("python:3.11")
    assert len(digest) == 64
