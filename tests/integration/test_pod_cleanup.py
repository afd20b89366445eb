"""Nothing is left behind: after a pod, after an error, after kill -9 of the owner; and the living are left alone."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import docker
import pytest

from harness.model.probe import ProbeCommand
from harness.ports import PreparedService
from harness.sandbox.clean import clean_engine, clean_folders
from harness.sandbox.docker_sandbox import DockerSandbox
from harness.sandbox.ownership import current_owner
from harness.sandbox.scratch import PATTERN, scratch_owner

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]
LeftBehind = Callable[[str], tuple[list[str], list[str]]]
MakeService = Callable[..., PreparedService]

# A harness that opens a pod and measures for an hour: what a user kills.
OWNER = """
import sys
from pathlib import Path
from harness.sandbox.docker_sandbox import DockerSandbox
from harness.model.probe import ProbeCommand
from harness.model.task import Limits, Requirements, Task
from harness.ports import PreparedService

root, run = Path(sys.argv[1]), sys.argv[2]
fields = {name: {} for name in ("environment", "contract", "load", "starter", "solution", "acceptance_tests", "attacks",
                                "variants")}
task = Task(id="t", title="", family="", digest="", languages=(), capabilities=(), readiness_path="/health",
            limits=Limits(memory_mb=128), requirements=Requirements(), instruction="", contract_yaml=b"", mutants=(),
            **fields)
folder = root / "fixtures/services/steady"
service = PreparedService(folder, None, ("python3", "app.py"), {"PORT": "8000"}, task, "python")
command = ProbeCommand("exercise", "exercise", {"steps": [["sleep", 3600]]}, timeout_s=3600)
with DockerSandbox(run=run, images=root / "tests/integration/probe_images").open(service, command, "trial-1") as pod:
    pod.run(command, 1)
"""


def folders() -> set[str]:
    return {path.name for path in Path(tempfile.gettempdir()).glob(PATTERN)}


def test_a_pod_leaves_nothing_behind(
    engine: docker.DockerClient, make_service: MakeService, left_behind: LeftBehind
) -> None:
    images = Path(__file__).with_name("probe_images")
    box = DockerSandbox(run="tests-nothing", images=images)
    command = ProbeCommand("exercise", "exercise")
    with box.open(make_service("steady"), command, "t") as pod:
        pod.run(command, 1)
        containers, volumes = left_behind("tests-nothing")
        assert (len(containers), len(volumes)) == (2, 1)
    assert left_behind("tests-nothing") == ([], [])
    with pytest.raises(ZeroDivisionError), box.open(make_service("steady"), command, "t"):
        _ = 1 / 0
    with pytest.raises(ValueError, match="nonce"), box.open(make_service("steady"), command, "t") as pod:
        pod.run(ProbeCommand("exercise", "exercise", {"nonce": "mine"}), 1)
    assert left_behind("tests-nothing") == ([], [])
    assert not [name for name in folders() if scratch_owner(name) == current_owner()]


def test_what_a_killed_run_left_is_removed_and_a_living_one_is_not_touched(
    engine: docker.DockerClient, sandbox: DockerSandbox, make_service: MakeService, left_behind: LeftBehind
) -> None:
    run = f"tests-killed-{time.time_ns()}"
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(ROOT), run], cwd=ROOT)
    try:
        while len(left_behind(run)[0]) < 3 or not engine.api.containers(
            filters={"label": f"harness.run={run}", "status": "running"}
        ):
            assert owner.poll() is None
            time.sleep(0.05)
    finally:
        owner.kill()
        owner.wait()
    assert len(left_behind(run)[0]) == 3
    command = ProbeCommand("exercise", "exercise")
    with sandbox.open(make_service("steady"), command, "alive") as pod:
        removed = clean_engine(engine, time.time())
        assert pod.run(command, 1).exit_code == 0, "the pod of a living owner must work on"
    assert left_behind(run) == ([], [])
    assert sum(line.startswith("container ") and line.endswith(" of trial-1") for line in removed) == 3
    assert sum(line.startswith("volume ") and line.endswith(" of trial-1") for line in removed) == 1
    swept = clean_folders(Path(tempfile.gettempdir()))
    assert any(f".{owner.pid}." in line for line in swept)
    assert not any(f".{owner.pid}." in name for name in folders())


def test_folders_of_others_are_not_ours_to_remove(tmp_path: Path) -> None:
    for name in ("harness-pod.", "harness-pod.not.an.owner.x", "harness-pod.another-boot.1.1.1.abc", "other"):
        (tmp_path / name).mkdir()
    assert clean_folders(tmp_path) == ()
    assert len(list(tmp_path.iterdir())) == 4
