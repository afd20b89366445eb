"""What is said of a run before it starts."""

import pytest

from harness import plugins
from harness.model.noise import Noise
from harness.model.task import Task
from harness.runner import forecast

CALM, BUSY, STARVED = Noise(0.98, 0.4), Noise(0.5, 8.0), Noise(0.1, 40.0)


def test_a_calm_host_leaves_nothing_open() -> None:
    assert forecast.is_calm(CALM)
    assert list(forecast.undecided(CALM)) == []


@pytest.mark.parametrize(("noise", "lines"), [(BUSY, 2), (STARVED, 3), (Noise(0.95, 8.0), 1)])
def test_a_busy_host_says_what_it_will_leave_open(noise: Noise, lines: int) -> None:
    assert not forecast.is_calm(noise)
    assert len(list(forecast.undecided(noise))) == lines


def test_the_spread_is_twice_the_lateness() -> None:
    assert "within 16 ms of its limit" in next(forecast.undecided(BUSY))


def test_minutes_grow_with_trials_and_with_noise_and_shrink_with_workers(greeting: Task) -> None:
    probes = [plugins.probe(name) for name in ("acceptance", "coverage", "load")]

    def expected(trials: int, workers: int, noise: Noise) -> float:
        return forecast.minutes([greeting] * trials, probes, "smoke", workers, noise)

    assert expected(4, 2, CALM) == pytest.approx(2 * expected(2, 2, CALM))
    assert expected(4, 2, BUSY) == pytest.approx(expected(4, 2, CALM) * 0.98 / 0.5)
    assert expected(4, 1, CALM) > expected(4, 2, CALM) > expected(4, 1, CALM) / 2, "loads never overlap"
    assert 0.5 < expected(1, 1, CALM) < 2
