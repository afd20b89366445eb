"""The program `harness view` as a process: it says where it is, serves there, and ends on a signal."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.model.score import Score
from harness.model.trial import Scored
from harness.store.run_folder import RunFolder

PROGRAM = (sys.executable, "-c", "import sys; from harness.cli.main import entry; sys.argv[0] = 'harness'; entry()")
OUTCOME = Scored("yes", (Score("acceptance", 1, 1.0, 3, 3, "hidden acceptance tests"),))
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """start(*argv, deaf=False) -> the program; deaf = started as a background shell does it, with SIGINT ignored.

    These tests may themselves run under nohup: SIGHUP is heard all the same.
    """
    started: list[subprocess.Popen[str]] = []

    def run(*argv: str | Path, deaf: bool = False) -> "subprocess.Popen[str]":
        def hear() -> None:
            signal.signal(signal.SIGINT, signal.SIG_IGN if deaf else signal.SIG_DFL)
            signal.signal(signal.SIGHUP, signal.SIG_DFL)

        started.append(
            subprocess.Popen(
                [*PROGRAM, "view", *map(str, argv)],
                cwd=tmp_path,
                env={**os.environ, "DOCKER_HOST": "unix:///no-engine.sock", "HARNESS_NO_INSTALL": "1"},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                preexec_fn=hear,
            )
        )
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate()


def address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def fetched(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        content: bytes = answer.read()
        return content.decode()


@pytest.mark.parametrize(
    ("signum", "deaf", "code"),
    [
        (signal.SIGINT, False, 130),
        (signal.SIGINT, True, 130),
        (signal.SIGTERM, False, 143),
        (signal.SIGHUP, False, 129),
    ],
)
def test_it_serves_until_a_signal_ends_it(
    start: Start, finished: Callable[..., RunFolder], signum: signal.Signals, deaf: bool, code: int
) -> None:
    folder = finished(OUTCOME)
    name = folder.paths.root.name
    process = start("latest", deaf=deaf)
    url = address(process)
    assert re.fullmatch(rf"http://127\.0\.0\.1:\d+/runs/{name}/", url)
    assert f"<h1>Run {name}</h1>" in fetched(url)
    assert name in fetched(url.partition("/runs/")[0])
    process.send_signal(signum)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert out == "", "the address is all it says on stdout"
    assert "Traceback" not in err


def test_a_run_elsewhere_is_shown_among_its_neighbours(start: Start, finished: Callable[..., RunFolder]) -> None:
    root = finished(OUTCOME).paths.root
    elsewhere = root.parent.rename(root.parents[1] / "moved")
    url = address(start(elsewhere / root.name))
    assert url.endswith(f"/runs/{root.name}/")
    assert f"<h1>Run {root.name}</h1>" in fetched(url)


def test_without_any_run_the_index_says_how_to_get_one(start: Start) -> None:
    assert "harness run SUITE" in fetched(address(start()))
