"""A real sandbox on the running engine, tiny services, and a task to run them under. No engine = a loud error."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from harness.model.probe import ProbeCommand, ProbeOutput
from harness.model.task import Limits, Requirements, Task
from harness.ports import PreparedService
from harness.sandbox.docker_sandbox import DockerSandbox
from harness.sandbox.engine import connect

ROOT = Path(__file__).parents[2]
IMAGES = Path(__file__).with_name("probe_images")

Exercise = Callable[..., ProbeOutput]


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """A client of the engine, to look from outside."""
    client = connect(os.environ)
    yield client
    client.close()


@pytest.fixture(scope="session")
def sandbox() -> DockerSandbox:
    """The real sandbox with the test's own probe images."""
    return DockerSandbox(environ=os.environ, run="tests", images=IMAGES)


@pytest.fixture(scope="session")
def make_service() -> Callable[..., PreparedService]:
    """`fixtures/services/<name>` as a prepared service; keywords are task limits."""

    def make(name: str, **limits: float) -> PreparedService:
        task = Task(
            id="exercise",
            title="",
            family="",
            digest="",
            languages=("python",),
            capabilities=(),
            readiness_path="/health",
            limits=Limits(**{"start_timeout_s": 60.0, "memory_mb": 128, **limits}),  # type: ignore[arg-type]
            requirements=Requirements(),
            environment={},
            instruction="",
            contract={},
            contract_yaml=b"",
            load={},
            starter={},
            solution={},
            acceptance_tests={},
            attacks={},
            variants={},
            mutants=(),
        )
        folder = ROOT / "fixtures/services" / name
        return PreparedService(folder, None, ("python3", "app.py"), {"PORT": "8000", "TOKEN": "t0"}, task, "python")

    return make


@pytest.fixture
def exercise(sandbox: DockerSandbox, make_service: Callable[..., PreparedService]) -> Exercise:
    """Run the exercise driver against a service in a pod of its own: exercise(name, steps, limits={}, **command)."""

    def run(
        name: str, steps: list[list[object]] | None = None, limits: dict[str, float] | None = None, **command: object
    ) -> ProbeOutput:
        asked = ProbeCommand(
            "exercise",
            "exercise",
            {"steps": steps or [], "needs_service": command.get("needs", "service") == "service"},
            **command,  # type: ignore[arg-type]
        )
        with sandbox.open(make_service(name, **(limits or {})), asked, "tests") as pod:
            return pod.run(asked, 7)

    return run


@pytest.fixture
def left_behind(engine: docker.DockerClient) -> Callable[[str], tuple[list[str], list[str]]]:
    """Containers and volumes that carry a run's label."""

    def look(run: str) -> tuple[list[str], list[str]]:
        wanted = {"label": f"harness.run={run}"}
        containers = [entry["Id"] for entry in engine.api.containers(all=True, filters=wanted)]
        volumes = [entry["Name"] for entry in engine.api.volumes(filters=wanted)["Volumes"] or []]
        return containers, volumes

    return look
