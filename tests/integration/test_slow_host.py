"""A host's slowness never decides: the reference beside eight busy processes loses nothing, and what hangs is charged
all the same. Real pods; nothing here asserts how long anything takes."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness import plugins
from harness.config.task import load_task
from harness.measurement import Measurement, Reference
from harness.model.probe import Observation
from harness.model.score import Score
from harness.probes import coverage
from harness.sandbox.docker_sandbox import DockerSandbox
from harness.scorers.judgement import score_one

TASK = load_task(Path(__file__).parents[2] / "fixtures/tasks/greeting")
SEED = 7
SUITES = {
    "whole": "def test_one():\n    import app\n\ndef test_sums():\n    assert sum(range(2_000_000)) == 1999999000000\n",
    "loops": "def test_loop():\n    while True:\n        pass\n",
    "sleeps": "import time\n\ndef test_sleep():\n    time.sleep(3600)\n",
}
OFTEN = {"test_a_suite_without_an_end_is_charged": {"sleeps-idle"}}
Judge = Callable[..., tuple[Observation, Score]]


@contextmanager
def busy_host(processes: int = 8) -> Iterator[None]:
    """So many processes that take all they can get."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """judge(scorer, changes): the reference with changed files, measured by the rules of a trial, with its control."""

    def run(name: str, changes: dict[str, str] | None = None) -> tuple[Observation, Score]:
        sandbox = DockerSandbox(run="tests")
        folders = tmp_path / "submission", tmp_path / "reference"
        for folder in folders:
            for path, content in TASK.solution.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)
        for path, text in (changes or {}).items():
            (folders[0] / path).parent.mkdir(parents=True, exist_ok=True)
            (folders[0] / path).write_text(text)
        for found in tmp_path.rglob("*"):
            found.chmod(0o755 if found.is_dir() else 0o644)
        reference = Reference(sandbox, TASK, folders[1], "smoke")
        measurement = Measurement(
            sandbox, TASK, "smoke", SEED, "tests", lambda probe, command: reference.observe(probe, command, SEED)
        )
        seen = measurement.of(sandbox.prepare(folders[0], TASK, SEED), plugins.probe(name))
        result = score_one(TASK, plugins.scorer(name), {name: seen}, {})
        assert isinstance(result, Score), result
        return seen, result

    return run


def test_the_reference_beside_busy_processes_loses_nothing(judge: Judge) -> None:
    with busy_host():
        seen, score = judge("acceptance")
    assert (seen.cuts, score.value) == ((), 1.0)


def test_a_suite_beside_busy_processes_loses_nothing(judge: Judge) -> None:
    with busy_host():
        seen, _ = judge("coverage", {"tests/test_app.py": SUITES["whole"]})
    assert seen.cuts == ()
    assert seen.facts["counts"]["passed"] == 2
    assert seen.facts["witness"]["agrees"]


def test_a_service_that_hangs_on_a_request_is_caught_beside_busy_processes_too(judge: Judge) -> None:
    hangs = (
        TASK.solution["app.py"].decode().replace("self.answer(422,", "__import__('time').sleep(600); self.answer(422,")
    )
    assert "sleep" in hangs
    with busy_host():
        seen, score = judge("acceptance", {"app.py": hangs})
    assert seen.control == "fine", "the reference, run at that time, was quick as time went there"
    assert {cut.limit for cut in seen.cuts} == {"time"}
    assert score.value < 1.0
    assert any("ended by our time limit" in entry.title for entry in score.evidence)


@pytest.mark.parametrize(("suite", "limit"), [("loops", "cpu"), ("sleeps", "idle")])
def test_a_suite_without_an_end_is_charged(
    judge: Judge, monkeypatch: pytest.MonkeyPatch, suite: str, limit: str
) -> None:
    monkeypatch.setitem(coverage.SUITE_S, "smoke", 6.0)
    seen, score = judge("coverage", {"tests/test_app.py": SUITES[suite]})
    assert [(cut.limit, cut.left) for cut in seen.cuts] == [(limit, "the suite")]
    assert seen.control == "fine"
    assert score.value == 0.0
