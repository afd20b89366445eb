"""The real program, in a world of its own, on the running engine; and what its processes leave behind."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import docker
import pytest

from harness.model.score import Score
from harness.model.trial import Failed, Scored, TrialRecord, Void
from harness.sandbox.engine import connect
from harness.sandbox.ownership import LABEL_OWNER, parse_owner
from harness.sandbox.scratch import PATTERN, scratch_owner
from harness.store.run_folder import RunFolder, open_run

PROGRAM = (sys.executable, "-c", "import sys; from harness.cli.main import entry; sys.argv[0] = 'harness'; entry()")
PATIENCE_S = 240.0


@dataclass
class Running:
    """A program under way; what it said is in files, so that no pipe can stop it."""

    process: subprocess.Popen[bytes]
    out_file: Path
    err_file: Path

    def wait(self) -> int:
        return self.process.wait(PATIENCE_S)

    @property
    def out(self) -> str:
        return self.out_file.read_text()

    @property
    def err(self) -> str:
        return self.err_file.read_text()

    def until(self, ready: Callable[[], object], what: str) -> None:
        """Wait for something to be seen while the program runs."""
        deadline = time.monotonic() + PATIENCE_S
        while not ready():
            assert self.process.poll() is None, f"ended before {what}: {self.err}"
            assert time.monotonic() < deadline, f"no {what}: {self.err}"
            time.sleep(0.02)


@dataclass
class Program:
    """Starts `harness` in `folder` and remembers every process, so that what they left can be told."""

    folder: Path
    engine: docker.DockerClient
    pids: set[int] = field(default_factory=set)
    started: list[Running] = field(default_factory=list)

    def start(self, *argv: str | Path, env: dict[str, str] | None = None, stdout: int | None = None) -> Running:
        """The program under way. stdout: a descriptor that its results go to instead of a file."""
        number = len(self.started)
        out, err = self.folder / f".out.{number}", self.folder / f".err.{number}"
        with out.open("wb") as to_out, err.open("wb") as to_err:
            command = [*PROGRAM, *map(str, argv)]
            environ = {**os.environ, **(env or {})}
            sink = to_out if stdout is None else stdout
            process = subprocess.Popen(
                command, cwd=self.folder, env=environ, stdout=sink, stderr=to_err, preexec_fn=_hears_signals
            )
        self.pids.add(process.pid)
        self.started.append(Running(process, out, err))
        return self.started[-1]

    def __call__(self, *argv: str | Path, env: dict[str, str] | None = None) -> Running:
        running = self.start(*argv, env=env)
        running.wait()
        return running

    def containers(self) -> list[str]:
        """Of our processes, running or not."""
        return [c["Id"] for c in self.engine.api.containers(all=True, filters={"label": LABEL_OWNER}) if self._ours(c)]

    def left_behind(self) -> list[str]:
        """Containers, volumes and temporary folders of our processes."""
        volumes = self.engine.api.volumes(filters={"label": LABEL_OWNER})["Volumes"] or []
        folders = Path(tempfile.gettempdir()).glob(PATTERN)
        ours = [f for f in folders if (owner := scratch_owner(f.name)) and owner.pid in self.pids]
        return [*self.containers(), *(v["Name"] for v in volumes if self._ours(v)), *map(str, ours)]

    def _ours(self, entry: dict[str, dict[str, str]]) -> bool:
        owner = parse_owner((entry.get("Labels") or {}).get(LABEL_OWNER, ""))
        return owner is not None and owner.pid in self.pids

    def runs(self, out: str = "runs") -> list[RunFolder]:
        return [open_run(path.parent) for path in sorted((self.folder / out).glob("*/lock.json"))]

    def run(self, out: str = "runs") -> RunFolder:
        (only,) = self.runs(out)
        return only


def _hears_signals() -> None:
    """As at a terminal: where these tests run in the background or under nohup, ignored signals would be inherited."""
    for signum in (signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, signal.SIG_DFL)


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """A client of the running engine, to look from outside. No engine = a loud error."""
    client = connect(os.environ)
    yield client
    client.close()


@pytest.fixture
def program(tmp_path: Path, engine: docker.DockerClient) -> Iterator[Program]:
    """program(*argv) runs the real program to its end; program.start(*argv) only starts it."""
    made = Program(tmp_path, engine)
    yield made
    for running in made.started:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()
    if made.left_behind():
        made("clean")


def verdict(record: TrialRecord) -> tuple[object, ...]:
    """What of a record must be the same whenever it is measured: no times, no figures in milliseconds."""
    match record.outcome:
        case Scored(accepted=accepted, scores=scores, flags=flags):
            values = [(s.scorer, s.value, s.passed, s.total) for s in scores if isinstance(s, Score)]
            return ("scored", accepted, tuple(values), flags)
        case Failed(code=code, stage=stage):
            return ("failed", code, stage)
        case Void(blame=blame, code=code):
            return ("void", blame, code)


@pytest.fixture
def table_of() -> Callable[[RunFolder], dict[str, tuple[object, ...]]]:
    """table_of(run) -> trial name -> verdict."""
    return lambda run: {record.trial.name: verdict(record) for record in run.reader.records()}


@pytest.fixture
def hidden_files() -> Callable[[Path], Sequence[str]]:
    """hidden_files(folder) -> what a writer that died may have left, the lease apart."""

    def look(folder: Path) -> Sequence[str]:
        with contextlib.suppress(FileNotFoundError):
            return [str(path) for path in folder.rglob(".*") if path.name != ".lease"]
        return []

    return look
