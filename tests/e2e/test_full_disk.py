"""A store on a disk that fills up: the run stops or its trials are void, nothing is torn, and `resume` finishes it."""

import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import plugins
from harness.agents.fake import ScriptedAgent
from harness.config.suite import Overrides, load_suite
from harness.errors import StorageFault
from harness.executors.clock import SteppingClock
from harness.executors.threads import ThreadExecutor
from harness.model.submission import Reply
from harness.model.trial import Failed, Scored, Trial, TrialRecord, Void
from harness.runner import session
from harness.runner.plan import probes_needed
from harness.sandbox.fake import FakeSandbox, Scripted
from harness.selfcheck.small_world import SmallWorld
from harness.store.run_folder import RunFolder
from harness.workspace.folder import FolderWorkspace

PAGE = 4096


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 20 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a small file system needs root and mount(8)")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=20m,mode=755", "tmpfs", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def grow(disk: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", disk], check=True)


def leave_free(disk: Path, free: int) -> Path:
    """Fill the disk but for `free` bytes."""
    ballast = disk / "ballast"
    ballast.unlink(missing_ok=True)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, shutil.disk_usage(disk).free - free))
    return ballast


class Lab:
    """A run of two trials on the small disk, in this process and without containers; real store and workspace.

    `when_asked` is done when the agent is first asked: what a disk that fills up meets then is the trial's own.
    """

    def __init__(self, disk: Path, world: SmallWorld) -> None:
        self.disk = disk
        self.suite, _ = load_suite(world.suite({"good": [{}, {}]}, workers=1), plugins.names("scorers"), Overrides())
        self.agent = ScriptedAgent(self._reply)
        self.when_asked: Callable[[], object] = lambda: None
        scorers = tuple(plugins.scorer(name) for name in self.suite.scorers)
        tests = [{"id": f"t{n}", "title": "x" * 2000, "outcome": "passed"} for n in range(3)]
        report = {"tests": tests, "collected": 3, "collect_errors": []}
        self.parts = session.Parts(
            FakeSandbox({"acceptance": Scripted(report)}),
            FolderWorkspace(),
            SteppingClock(),
            ThreadExecutor(1),
            lambda name: self.agent,
            tuple(plugins.probe(name) for name in probes_needed(scorers)),
            scorers,
            lambda: None,
        )

    def _reply(self, trial: Trial, question: str) -> Reply:
        if len(self.agent.asked) == 1:
            self.when_asked()
        files = {"app.py": "print()\n" * 600, "requirements.txt": "# none\n", "pkg/notes.md": trial.name}
        return Reply("\n".join(f"```text {path}\n{text}\n```" for path, text in files.items()), "stop", "live")

    def run(self, runs: Path, number: int) -> RunFolder:
        folder = session.open_session(self.suite, self.parts, runs, {}, f"{number:04x}", lambda line: None)
        session.work(folder, self.suite, self.parts, lambda event: None)
        return folder

    def torn(self, runs: Path, free: int) -> Counter[str]:
        """A run that the disk stops, and what is promised of it then; then room is made, and it is finished."""
        self.agent.asked.clear()
        with pytest.raises(StorageFault, match=r"(No space left|\d+ MB free).*free some space.*`harness resume`"):
            self.run(runs, 1)
        before = readable(runs)
        seen = Counter(blamed(record) for record in before)
        assert set(seen) <= {"", "infrastructure"}, "never the agent's fault"
        assert len(self.agent.asked) <= 1, "nobody is paid for what cannot be stored"
        (self.disk / "ballast").unlink()
        self.when_asked = lambda: None
        run = self.run(runs, 2)
        after = {record.trial.name: record.outcome for record in run.reader.records()}
        assert [type(outcome) for outcome in after.values()] == [Scored] * 2
        assert all(after[r.trial.name] == r.outcome for r in before if not blamed(r)), "what was done stays done"
        assert [path for path in runs.rglob(".*") if path.name != ".lease"] == []
        assert run.reader.state().status == "complete"
        readable(runs)
        shutil.rmtree(runs)
        return seen


def test_a_disk_that_is_full_from_the_start(small_disk: Path, world: SmallWorld) -> None:
    lab = Lab(small_disk, world)
    for pages in (*range(12), 300):
        leave_free(small_disk, pages * PAGE)
        assert not lab.torn(small_disk / f"runs{pages}", pages * PAGE)


def test_wherever_in_a_trial_the_disk_fills_up_nothing_is_torn_and_the_run_is_finished_once_there_is_room(
    small_disk: Path, world: SmallWorld
) -> None:
    """Every free size, page by page, from none to what a trial takes: each write of it is once the one that fails."""
    lab, seen, pages = Lab(small_disk, world), Counter[str](), 0
    while not seen[""]:  # until the first trial has all it needs
        lab.when_asked = lambda pages=pages: leave_free(small_disk, pages * PAGE)  # type: ignore[misc]
        seen += lab.torn(small_disk / f"runs{pages}", pages * PAGE)
        pages += 1
        assert pages < 100
    print(f"{pages} sizes: the first trial was void {seen['infrastructure']} times")
    assert pages > 8


@pytest.mark.docker
def test_a_run_that_outgrows_its_disk_is_finished_by_resume_once_there_is_room(
    small_disk: Path, program: Any, world: SmallWorld, table_of: Any, hidden_files: Any
) -> None:
    """Six trials of 4 MB each: the reply, its transcript and its files."""
    large = {f"data/{n}.txt": "all work and no play\n" * 33_000 for n in (1, 2)}
    suite = world.suite({"good": [large] * 6}, workers=1)
    running = program("run", suite, "--out", small_disk)
    assert running.process.returncode == 4, running.err
    assert re.search(r"has \d+ MB free, a run needs .*free some space.*`harness resume`|No space left", running.err)
    before = readable(small_disk)
    assert 2 <= sum(blamed(record) == "" for record in before) < 6
    assert {blamed(record) for record in before} <= {"", "infrastructure"}, "no trial is charged to the agent"
    grow(small_disk, "80m")
    resumed = program("resume", "latest", "--out", small_disk)
    assert resumed.process.returncode == 0, resumed.err
    assert "DONE: planned 6 = 6 scored + 0 failed" in resumed.out
    (run,) = program.runs(str(small_disk))
    after = {record.trial.name: record for record in run.reader.records()}
    assert len(after) == 6
    assert all(after[record.trial.name] == record for record in before if blamed(record) == "")
    assert len(list(run.paths.trials.iterdir())) == 6
    assert hidden_files(small_disk) == []
    assert program.left_behind() == []


def readable(runs: Path) -> list[TrialRecord]:
    """The records of the run that is there, after every document of it was read back."""
    found = [RunFolder(path.parent) for path in runs.glob("*/lock.json")]
    assert len(found) <= 1
    for run in found:
        run.reader.state(), run.reader.events()
        for trial in run.reader.lock().trials:
            run.reader.outputs(trial), run.reader.observations(trial)
    return [record for run in found for record in run.reader.records()]


def blamed(record: TrialRecord) -> str:
    """Who is charged: nobody for a scored trial."""
    match record.outcome:
        case Scored():
            return ""
        case Void(blame=blame):
            return blame
        case Failed():
            return "agent"
