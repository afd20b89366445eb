"""Seconds that a busy host does not shorten. Nothing here asserts how long anything takes: only what is counted."""

import contextlib
import importlib
import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parents[3] / "harness/images/shared"
if str(SHARED) not in sys.path:
    sys.path.insert(0, str(SHARED))

fair_clock = importlib.import_module("harness_probe.fair_clock")
budget = importlib.import_module("harness_probe.budget")
limits = importlib.import_module("harness_probe.limits")


def note(path: Path, at: float, fair: float, share: float) -> Any:
    path.write_bytes(struct.pack("ddd", at, fair, share))
    return fair_clock.FairClock(os.open(path, os.O_RDONLY), began=0.0)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, as one that stands where it is put."""
    wall = [0.0]
    monkeypatch.setattr(fair_clock.time, "monotonic", lambda: wall[0])
    return wall


def test_between_two_words_of_the_canary_time_goes_on_at_its_share(tmp_path: Path, at: list[float]) -> None:
    clock = note(tmp_path / "c", at=100.0, fair=50.0, share=0.25)
    at[0] = 100.0
    assert clock.now() == 50.0
    at[0] = 100.8
    assert clock.now() == pytest.approx(50.2)


def test_a_starved_canary_stops_the_clock(tmp_path: Path, at: list[float]) -> None:
    clock = note(tmp_path / "c", at=100.0, fair=50.0, share=0.5)
    at[0] = 101.0
    later = clock.now()
    at[0] = 110.0
    assert clock.now() == later == 50.5


def test_a_canary_that_was_silenced_leaves_a_clock(tmp_path: Path, at: list[float]) -> None:
    clock = note(tmp_path / "c", at=100.0, fair=50.0, share=0.5)
    at[0] = 100.0 + fair_clock.SILENT_S + 60
    assert clock.now() == pytest.approx(110.5)


def test_the_clock_never_stands(tmp_path: Path, at: list[float]) -> None:
    clock = note(tmp_path / "c", at=10_000.0, fair=1.0, share=0.0001)
    at[0] = 10_000.0
    assert clock.now() == 10_000.0 * fair_clock.SLOWEST


def test_a_canary_sings_and_is_gone_afterwards() -> None:
    with fair_clock.running() as clock:
        assert fair_clock.current() is clock
        began = fair_clock.now()
        while fair_clock.now() < began + 0.2:
            time.sleep(0.01)
        os.kill(clock.canary, 0)
    assert fair_clock.current() is None
    with pytest.raises(ProcessLookupError):
        os.kill(clock.canary, 0)


def test_a_child_joins_the_clock_of_its_parent() -> None:
    with fair_clock.canary() as clock:
        said = "import sys; sys.path.insert(0, sys.argv[1])\nfrom harness_probe import fair_clock as c"
        ask = [sys.executable, "-c", f"{said}\nc.join(sys.argv[2]); print(c.now())", str(SHARED), clock.told]
        done = subprocess.run(ask, pass_fds=[clock.fd], capture_output=True, text=True, check=True)
        assert 0.0 < float(done.stdout) <= clock.now() + fair_clock.AHEAD_S  # what is assumed ahead may be taken back


def test_limits_keep_the_largest_share_and_say_what_was_left() -> None:
    noted = limits.Limits()
    noted.used(3.0, 30.0)
    noted.used(1.0, 10.0)
    assert noted.facts() == {"spent": 0.1, "cuts": []}
    noted.cut("cpu", 60.0, "the suite")
    assert noted.facts() == {"spent": 1.0, "cuts": [{"limit": "cpu", "limit_s": 60.0, "left": "the suite"}]}
    for number in range(limits.CUTS_CAP):
        noted.cut("time", 1.0, str(number))
    assert len(noted.facts()["cuts"]) == limits.CUTS_CAP
    assert noted.facts()["more"] == 1


def watched(code: str, limit_s: float) -> tuple[str, float]:
    child = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)

    def ended(seconds: float) -> bool:
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    try:
        with fair_clock.running():
            found: tuple[str, float] = budget.watch(ended, limit_s, child.pid)
            return found
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # what it started would go on for ever
        child.wait()


BURN = "import time\nwhile time.process_time() < {}: pass"


@pytest.mark.parametrize(
    ("code", "limit"),
    [
        ("while True: pass", "cpu"),
        ("import subprocess, sys; subprocess.run([sys.executable, '-c', 'while True: pass'])", "cpu"),
        ("import time; time.sleep(600)", "idle"),
        ("import time\nwhile True: time.sleep(1)", "idle"),
    ],
)
def test_endless_loops_end_by_cpu_and_endless_waits_by_idling(code: str, limit: str) -> None:
    assert watched(code, 1.5)[0] == limit


def test_what_uses_its_cpu_within_the_limit_is_not_ended_however_long_it_takes() -> None:
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)]
    try:
        limit, share = watched(BURN.format(1.2), 3.0)
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert limit == ""
    assert 0.2 < share < 1.0
