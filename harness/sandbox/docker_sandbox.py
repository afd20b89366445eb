"""The real sandbox: prepares submissions and opens pods on a Docker engine.

Refuses to touch the engine before it is needed, to run agent code on an engine that failed the isolation self-test,
and to let anything but a load measurement have the machine alone.
"""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.errors import Cancelled
from harness.model.jsontypes import JsonObject
from harness.model.probe import ProbeCommand
from harness.model.task import Task
from harness.ports import PreparedService
from harness.sandbox.cache import cache_folder
from harness.sandbox.clean import take_down
from harness.sandbox.containers import containers_of
from harness.sandbox.engine import EngineInfo, connect, describe_engine
from harness.sandbox.environment_for_tests import environment_for_tests
from harness.sandbox.environments import Environments
from harness.sandbox.images import ImageInfo, ensure_base
from harness.sandbox.material import submission_files
from harness.sandbox.ownership import current_owner, labels
from harness.sandbox.placeholders import PORT, service_environment
from harness.sandbox.pod import DockerPod, open_pod
from harness.sandbox.project_folder import write_project
from harness.sandbox.room import Room
from harness.sandbox.selftest import ISOLATION, Guard
from harness.sandbox.slot import Slot
from harness.sandbox.stack import plan_stack

IMAGES = Path(__file__).parents[1] / "images"
CALL_DEADLINE_S = 30
_BUILDER_LIFE_S = 900.0


@dataclass(frozen=True)
class _Machine:
    """Everything that needs an engine, made on first use."""

    engine: EngineInfo
    image: ImageInfo
    room: Room
    slot: Slot
    environments: Environments


class DockerSandbox:
    """One per run, shared between threads. `run` labels what is created; `say` gets one line per slow step.

    Every engine call has `call_deadline_s`. Raises EngineFault when no engine answers, IsolationRefused when the
    engine does not contain what it should.
    """

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        say: Callable[[str], None] = lambda _: None,
        run: str = "",
        images: Path = IMAGES,
        call_deadline_s: int = CALL_DEADLINE_S,
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self._say = say
        self._run = run
        self._images = images
        self._call_deadline_s = call_deadline_s
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._made: _Machine | None = None
        self._tools: dict[str, Path] = {}

    def prepare(self, folder: Path, task: Task, seed: int) -> PreparedService:
        """Find the stack, make its environment, draw the task's values.

        Raises SubmissionRefused (`stack_ambiguous`, ...), DependencyRefused, TaskFault, RegistryFault, EngineFault.
        """
        env = service_environment(task.environment, seed)
        files = submission_files(folder)
        plan = plan_stack(files, task.languages, int(PORT))
        machine, needed = self._machine(), plan.requirements
        with machine.slot.hold(exclusive=False):  # building must not disturb a measurement
            environment = machine.environments.ensure(needed.lines, needed.constraints, prerelease=needed.prerelease)
            tests, notes = environment_for_tests(machine.environments, files, needed)
        return PreparedService(
            folder=folder.resolve(),  # the engine wants absolute paths
            environment=environment.path,
            start_argv=plan.start_argv,
            env=env,
            task=task,
            stack=plan.stack,
            notes=(*plan.notes, *notes),
            test_environment=tests,
            release_argv=plan.release_argv,
            project=write_project(cache_folder(self._environ), plan.projects),
        )

    @contextmanager
    def open(self, service: PreparedService, command: ProbeCommand, owner: str) -> Iterator[DockerPod]:
        """Start a fresh pod for `command`; everything is removed when the block ends.

        Waits for the host-wide slot: alone if the command is exclusive. Do not open a second pod inside the block from
        the same thread: with an exclusive command waiting, that would never come to an end.
        """
        machine = self._machine()
        tools = self._tools_of(machine, command.image)
        with (
            machine.slot.hold(exclusive=command.exclusive),
            open_pod(machine.room, service, command, tools, owner) as pod,
        ):
            yield pod

    def take_down(self) -> None:
        """End at once, for a run that was told to stop: every container and volume of this process is removed, and
        whoever waits for the slot or for packages, or comes to them later, gets Cancelled. Raises EngineFault, soon."""
        self._ended.set()
        take_down(self._environ)

    def describe(self) -> JsonObject:
        """Keys `images` and `tools` (of those, what a run uses) count for its lock; `host` is only recorded."""
        machine = self._machine()
        image, engine = machine.image, machine.engine
        return {
            "images": {"base": {"digest": image.digest, "made": image.made}},
            "tools": {f"image:{path.name}": _digest(path) for path in sorted(self._images.iterdir()) if path.is_dir()},
            "host": {
                "engine": "podman" if engine.podman else "docker",
                "engine_version": engine.version,
                "isolation": machine.room.isolation,
                "cgroup_version": engine.cgroup_version,
                "architecture": engine.architecture,
                "machine": hashlib.sha256(engine.id.encode()).hexdigest()[:12],  # tells hosts apart, names none
                "cpus": engine.cpus,
                "memory_mb": engine.memory_bytes // 1024**2,
                "pinned": engine.cpus >= 2,
            },
        }

    def _tools_of(self, machine: _Machine, image: str) -> Path:
        """The tool environment of a probe image, remembered."""
        known = self._tools.get(image)
        if known is None:
            with machine.slot.hold(exclusive=False):
                known = machine.environments.ensure_tools(self._images / image / "requirements.lock").path
            self._tools[image] = known
        return known

    def _check(self) -> None:
        if self._ended.is_set():
            raise Cancelled("interrupted", "stopped while it waited for its turn on this host or for its packages")

    def _machine(self) -> _Machine:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def _make(self) -> _Machine:
        client = connect(self._environ, self._call_deadline_s)
        engine = describe_engine(client)
        image = ensure_base(client, self._say, self._environ)
        owner = current_owner()
        containers = containers_of(client, engine)
        marks = labels(owner, self._run, "", time.time() + _BUILDER_LIFE_S)
        Guard().check(containers, image.reference, marks)
        day = time.strftime("%Y-%m-%d", time.gmtime())
        room = Room(containers, image.reference, owner, self._run, ISOLATION, engine.cpus, self._images)
        environments = Environments(image, containers, self._environ, day, marks, check=self._check)
        return _Machine(engine, image, room, Slot(engine.id, check=self._check, say=self._say), environments)


def _digest(folder: Path) -> str:
    """sha256 over the names and bytes of a probe image's files, hex."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            content = path.read_bytes()
            total.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode() + content)
    return total.hexdigest()
