"""Percentiles and intervals: exact on small samples, honest in simulation."""

import heapq
from collections.abc import Callable

import numpy as np
import pytest

from harness.scorers.latency import (
    Interval,
    percentile,
    percentile_interval,
    share_interval,
    verdict,
    windows_of,
)

RATE = 100.0
Sampler = Callable[[np.random.Generator, int], np.ndarray]


def test_percentile_is_the_nearest_rank() -> None:
    samples = list(range(1, 21))
    assert [percentile(samples, q) for q in (0.05, 0.5, 0.95, 0.951, 1.0)] == [1, 10, 19, 20, 20]
    assert percentile([7.0], 0.95) == 7.0


def test_a_phase_is_cut_by_intended_start_and_failures_are_slow() -> None:
    phase = {
        "windows": 2,
        "planned_s": 2.0,
        "intended_us": [0, 999_999, 1_000_000, 2_000_000],
        "lag_us": [1000, 2000, 3000, 4000],
        "latency_us": [5000, 6000, 7000, 9_000_000],
        "outcome": [0, 1, 0, 2],
        "operation": [0, 1, 0, 1],
    }
    first, second = windows_of(phase, timeout_ms=2000)
    assert first.latency_ms == (5.0, 2000.0)
    assert second.latency_ms == (7.0, 9000.0)
    assert first.failed == (False, True)
    assert second.lag_p95_ms == 4.0


def test_wilson_against_published_values() -> None:
    # Newcombe 1998, table I: 81/263 and 0/20 (two-sided 95 %, method 3)
    assert share_interval(81, 263).low == pytest.approx(0.2553, abs=1e-4)
    assert share_interval(81, 263).high == pytest.approx(0.3662, abs=1e-4)
    assert share_interval(0, 20).low == 0.0
    assert share_interval(0, 20).high == pytest.approx(0.1611, abs=1e-4)
    assert share_interval(20, 20).high == 1.0


def test_only_an_interval_on_one_side_decides() -> None:
    assert verdict(Interval(9, 8, 10), 10) == "pass"
    assert verdict(Interval(12, 10.5, 14), 10) == "fail"
    assert verdict(Interval(9, 8, 10.1), 10) == "inconclusive"
    assert verdict(Interval(10.5, 10, 14), 10) == "inconclusive"


def test_one_short_window_gives_the_widest_interval() -> None:
    found = percentile_interval([[3.0]])
    assert (found.value, found.low, found.high) == (3.0, 0.0, 3.0)


def cut(samples: np.ndarray) -> list[list[float]]:
    """Five windows."""
    return [window.tolist() for window in np.array_split(samples, 5)]


def independent(rng: np.random.Generator, count: int) -> np.ndarray:
    return rng.lognormal(0, 0.5, count)


def half_loaded_server(rng: np.random.Generator, count: int) -> np.ndarray:
    """One server at half load: successive latencies depend on each other."""
    warm = 300
    arrivals = np.sort(rng.uniform(0, (count + warm) / RATE, count + warm))
    work = rng.exponential(0.5 / RATE, count + warm)
    free, latencies = 0.0, []
    for arrival, needed in zip(arrivals, work, strict=True):
        free = max(free, arrival) + needed
        latencies.append(free - arrival)
    return np.array(latencies[warm:])


def pauses(rng: np.random.Generator, count: int) -> np.ndarray:
    """Quick answers, and about once a second a pause of 80 ms for everybody."""
    arrivals = np.sort(rng.uniform(0, count / RATE, count))
    latencies = rng.lognormal(1, 0.3, count)
    for start in rng.uniform(0, count / RATE, rng.poisson(count / RATE)):
        hit = (arrivals >= start) & (arrivals < start + 0.08)
        latencies[hit] += (start + 0.08 - arrivals[hit]) * 1000
    return latencies


@pytest.mark.parametrize("sampler", [independent, half_loaded_server, pauses])
def test_the_interval_covers_the_true_p95(sampler: Sampler) -> None:
    rng = np.random.default_rng(20_240_229)
    truth = percentile(np.concatenate([sampler(rng, 20_000) for _ in range(8)]).tolist(), 0.95)
    runs, covered = 400, 0
    for _ in range(runs):
        found = percentile_interval(cut(sampler(rng, 2500)))
        covered += found.low <= truth <= found.high
    # nominal .95; the standard error of 400 runs is .011
    assert 0.92 <= covered / runs <= 0.985


def mostly_quick(rng: np.random.Generator, count: int) -> np.ndarray:
    """Quick answers, and 4.5 % failures, all at the timeout: the true p95 is quick."""
    return np.where(rng.random(count) < 0.045, 2000.0, rng.lognormal(2, 0.3, count))


@pytest.mark.parametrize("count", [500, 2500])
def test_equal_samples_at_the_percentile_are_not_certainty(count: int) -> None:
    rng = np.random.default_rng(11)
    runs = 400
    failed = sum(verdict(percentile_interval(cut(mostly_quick(rng, count))), 100.0) == "fail" for _ in range(runs))
    assert failed / runs <= 0.05
    surely = [1.0] * 440 + [2000.0] * 60
    rng.shuffle(surely)
    assert verdict(percentile_interval(cut(np.array(surely))), 100.0) == "fail"


def test_up_to_three_looks_rarely_pass_a_service_that_is_just_too_slow() -> None:
    """The load driver measures up to two more blocks while undecided; the verdict must survive that."""
    rng = np.random.default_rng(7)
    truth = percentile(np.concatenate([independent(rng, 20_000) for _ in range(8)]).tolist(), 0.95)
    limit = truth * 0.999
    wrong = 0
    runs = 400
    for _ in range(runs):
        windows: list[list[float]] = []
        for _look in range(3):
            windows += cut(independent(rng, 500))
            answer = verdict(percentile_interval(windows), limit)
            if answer != "inconclusive":
                break
        wrong += answer == "pass"
    assert wrong / runs <= 0.06


def test_the_interval_narrows_with_more_samples() -> None:
    rng = np.random.default_rng(3)
    few = percentile_interval(cut(independent(rng, 500)))
    many = percentile_interval(cut(independent(rng, 20_000)))
    assert many.high - many.low < (few.high - few.low) / 2


def test_a_stalling_service_shows_its_true_p95() -> None:
    """Stalled 1 s in every 5 s: of requests spread evenly, 5 % wait longer than 750 ms."""
    due = np.arange(0, 60, 1 / RATE)
    waits: list[float] = []
    for moment in due:
        phase = moment % 5
        heapq.heappush(waits, (1 - phase) * 1000 if phase < 1 else 5.0)
    assert percentile(waits, 0.95) == pytest.approx(750, abs=15)
