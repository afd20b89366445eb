"""The command line in this process, inside the small world and without an engine."""

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.cli.interrupts import SIGNALS
from harness.cli.main import main


@dataclass(frozen=True)
class Done:
    """What a command line came to."""

    code: int
    out: str
    err: str


Harness = Callable[..., Done]


@pytest.fixture
def no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Inside the world's folder, where no engine can be reached; signals as they were afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine.sock")
    monkeypatch.setenv("HARNESS_NO_INSTALL", "1")
    before = {signum: signal.getsignal(signum) for signum in SIGNALS}
    yield
    for signum, handler in before.items():
        signal.signal(signum, handler)


@pytest.fixture
def harness(no_engine: None, capsys: pytest.CaptureFixture[str]) -> Harness:
    """harness(*argv) -> what the command line came to, run in this process."""

    def run(*argv: str | Path) -> Done:
        capsys.readouterr()
        try:
            code = main([str(word) for word in argv])
        except SystemExit as ending:
            code = int(ending.code or 0)
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return run
