"""Seconds that a busy host does not shorten. Nothing here asserts how long anything takes: only what is counted."""

import importlib
import os
import struct
import sys
import time
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parents[3] / "harness/images/shared"
if str(SHARED) not in sys.path:
    sys.path.insert(0, str(SHARED))

fair_clock = importlib.import_module("harness_probe.fair_clock")
limits = importlib.import_module("harness_probe.limits")


def note(path: Path, at: float, fair: float, share: float) -> Any:
    path.write_bytes(struct.pack("ddd", at, fair, share))
    return fair_clock.FairClock(str(path), began=0.0)


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
        fair_clock.join(clock.variable)
        try:
            joined = fair_clock.current()
            assert joined is not None
            assert joined.variable == clock.variable
        finally:
            vars(fair_clock)["_current"] = None


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
