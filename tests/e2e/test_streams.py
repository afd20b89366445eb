"""Nobody listens, or listens in another encoding: no crash, the documented code, and whole files on disk."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.model.score import Score
from harness.model.trial import Scored
from harness.store.run_folder import RunFolder

Shell = Callable[..., subprocess.CompletedProcess[bytes]]
PROGRAM = (sys.executable, "-c", "import sys; from harness.cli.main import entry; sys.argv[0] = 'harness'; entry()")
REPORTS = {"report.html", "report.md", "report.json", "junit.xml", "sarif.json", "trials.csv", "scores.csv"}
SCORE = Score("acceptance", 1, 1.0, 3, 3, "hidden acceptance tests")


@pytest.fixture
def program(tmp_path: Path) -> Shell:
    """program(*argv, env={...}, shell='"$@" | head -1') -> the real program through a shell; needs no engine."""

    def run(
        *argv: str | Path, env: dict[str, str] | None = None, shell: str = '"$@"'
    ) -> subprocess.CompletedProcess[bytes]:
        command = ["bash", "-c", shell, "sh", *PROGRAM, *map(str, argv)]
        environ = {**os.environ, **(env or {})}
        return subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, check=False, timeout=120)

    return run


@pytest.mark.parametrize("shell", ['"$@" | true', '"$@" >&- 2>&- <&-'])
def test_closed_and_broken_streams(program: Shell, finished: Callable[..., RunFolder], shell: str) -> None:
    folder = finished(Scored("yes", (SCORE,)))
    done = program("report", "latest", shell=f"{shell}; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stderr) == (0, b"")
    written = {path.name for path in folder.paths.root.iterdir()}
    assert written >= REPORTS
    assert json.loads((folder.paths.root / "report.json").read_text())


@pytest.mark.parametrize(
    "argv",
    [
        ("report", "latest"),
        ("resume", "latest", "--json"),
        ("agent", "claims", "agents/naïve ✓.md"),
        ("task", "list"),
        ("--help",),
        ("gate", "--help"),
    ],
)
def test_a_result_that_cannot_be_written_is_said(
    program: Shell, finished: Callable[..., RunFolder], argv: tuple[str, ...]
) -> None:
    folder = finished(Scored("yes", (SCORE,)))
    done = program(*argv, shell='"$@" >/dev/full')
    (line,) = [line for line in done.stderr.decode().splitlines() if line.startswith("harness: ")]
    assert (done.returncode, "standard output (No space left on device)" in line) == (4, True), done.stderr
    assert b"Exception ignored" not in done.stderr
    if argv[0] in ("report", "resume"):
        assert {path.name for path in folder.paths.root.iterdir()} >= REPORTS


def test_the_first_line_of_help_is_enough(program: Shell) -> None:
    done = program("--help", shell='"$@" | head -1; exit ${PIPESTATUS[0]}')
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"usage:")


@pytest.mark.parametrize("env", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}])
def test_any_encoding_of_the_terminal(program: Shell, finished: Callable[..., RunFolder], env: dict[str, str]) -> None:
    folder = finished(Scored("yes", (SCORE,)))
    done = program("resume", "latest", env={**env, "NO_COLOR": "1"})
    assert done.returncode == 0, done.stderr
    assert b"DONE: planned 1 = 1 scored" in done.stdout
    assert b"\x1b" not in done.stdout + done.stderr
    assert "✓" in (folder.paths.root / "report.html").read_text(encoding="utf-8")


def test_a_bug_of_ours_is_70_with_its_traceback(program: Shell) -> None:
    crash = "import sys, harness.cli; sys.modules['harness.cli.doctor'] = None"
    code = f"{crash}; from harness.cli.main import main; sys.exit(main(['doctor']))"
    done = program(shell=f'"$1" -c "{code}"')
    assert done.returncode == 70
    assert b"bug in the harness" in done.stderr
    assert b"Traceback" in done.stderr
