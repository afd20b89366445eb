"""Splits of repeats, the losses that are laid on them, where a curve crosses, and what is unsteady."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from harness.compare.calibration import (
    Point,
    Share,
    attempts_each,
    attempts_needed,
    crossing,
    disagreement,
    draw,
    lost,
    reached,
    rising,
    unsteady,
)

ALONE = np.arange(24)  # each task a family


def test_a_split_takes_every_repeat_once_and_its_seed_repeats_it() -> None:
    one, same, other = (draw(seed, 7, ALONE, 10, 5) for seed in (1, 1, 2))
    both = np.sort(np.concatenate([one.first, one.second], axis=1), axis=1)
    assert (both == np.arange(10)).all()
    assert (one.first == same.first).all()
    assert (one.chance == same.chance).all()
    assert (one.first != other.first).any()


def test_fewer_attempts_than_half_are_drawn_without_replacement() -> None:
    found = draw(3, 0, ALONE, 20, 5)
    assert all(len(set(row)) == 10 for row in np.concatenate([found.first, found.second], axis=1).tolist())


def test_a_split_scatters_as_two_fresh_samples_would() -> None:
    values = np.random.default_rng(5).random((24, 10))
    rows = ALONE[:, None]
    differences = []
    for number in range(3000):
        found = draw(1, number, ALONE, 10, 5)
        differences.append((values[rows, found.second] - values[rows, found.first]).mean())
    expected = (2 * values.var(axis=1, ddof=1) / 5).sum() / 24**2
    assert np.mean(differences) == pytest.approx(0, abs=4 * (expected / 3000) ** 0.5)
    assert np.var(differences) == pytest.approx(expected, rel=4 * (2 / 3000) ** 0.5)


@pytest.mark.parametrize("spread", [1.0, 0.25])
def test_a_loss_is_as_large_as_it_says_and_lies_where_it_says(spread: float) -> None:
    share = 0.2
    gone = [lost(draw(1, n, ALONE, 10, 5), ALONE, share, spread) for n in range(400)]
    assert np.mean(gone) == pytest.approx(share, abs=4 * (0.2 * 0.8 / (400 * 120)) ** 0.5)
    hit = [int(rows.any(axis=1).sum()) for rows in gone]
    assert max(hit) <= round(spread * 24)
    assert lost(draw(1, 0, ALONE, 10, 5), ALONE, spread, spread).sum() == round(spread * 24) * 5


def test_a_larger_loss_takes_the_same_trials_and_more() -> None:
    found = draw(1, 4, ALONE, 10, 5)
    small, large = lost(found, ALONE, 0.1), lost(found, ALONE, 0.3)
    assert (large | ~small).all()
    assert large.sum() > small.sum()
    assert not lost(found, ALONE, 0.0).any()


def test_tasks_of_one_family_lose_together() -> None:
    families = np.arange(24) // 4
    gone = lost(draw(1, 2, families, 10, 5), families, 1 / 6, 1 / 6)
    assert sorted(set(families[gone.all(axis=1)].tolist())) == sorted(set(families[gone.any(axis=1)].tolist()))
    assert gone.sum() == 4 * 5


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(50, 90)), min_size=1, max_size=9))
def test_the_nearest_rising_curve(rows: list[tuple[int, int]]) -> None:
    shares, n = np.array([hits / n for hits, n in rows]), np.array([n for _, n in rows])
    found = rising(shares, n)
    assert (np.diff(found) >= -1e-12).all()
    assert float((found * n).sum()) == pytest.approx(float((shares * n).sum()))
    order = np.sort(shares)
    assert rising(order, n) == pytest.approx(order)


def test_a_crossing_lies_between_its_points() -> None:
    points = [Point(0.3, Share(90, 100)), Point(0.1, Share(20, 100)), Point(0.2, Share(70, 100))]
    assert reached(points) == pytest.approx(0.25)
    found = crossing(points)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert 0.2 < found.low < found.loss < found.high < 0.3
    assert found.loss == pytest.approx(0.25, abs=0.02)
    assert crossing(points[1:]) is None


def test_what_is_found_without_any_loss_needs_none() -> None:
    found = crossing([Point(0.0, Share(95, 100)), Point(0.1, Share(99, 100))])
    assert found is not None
    assert (found.loss, found.low, found.high) == (0.0, None, None)


def test_a_curve_that_jumps_has_a_crossing_and_no_interval() -> None:
    found = crossing([Point(0.0, Share(0, 50)), Point(0.1, Share(0, 50)), Point(0.2, Share(50, 50))])
    assert found is not None
    assert 0.1 < found.loss < 0.2
    assert (found.low, found.high) == (None, None)


SHAPES: dict[str, Callable[[float], float]] = {
    "probit": lambda loss: float(ndtr((loss - 0.24) / 0.09 + ndtri(0.8))),
    "logistic": lambda loss: 0.02 + 0.98 / (1 + math.exp(-(loss - 0.24) / 0.05 - math.log(0.7959 / 0.2041))),
    "root": lambda loss: float(ndtr((math.sqrt(loss) - math.sqrt(0.24)) / 0.09 + ndtri(0.8))),
}


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_the_interval_of_a_crossing_holds_the_truth(shape: str) -> None:
    """All curves cross .8 at .24, rounded as power curves are. Coverage above .90, or .95 in its Wilson interval."""
    rng, losses, held = np.random.default_rng(2), (0.0, 0.06, 0.1, 0.15, 0.22, 0.24, 0.25, 0.29, 0.4), 0
    for _ in range(400):
        points = [Point(x, Share(int(rng.binomial(60, SHAPES[shape](x))), 60)) for x in losses]
        found = crossing(points)
        assert found is not None
        held += (found.low or 0.0) <= 0.24 <= (1.0 if found.high is None else found.high)
    assert Share(held, 400).interval[1] >= 0.95 or held / 400 > 0.9


@pytest.mark.parametrize(
    ("repeats", "planned", "looks", "each"),
    [
        (10, 5, (), 5),
        (10, 2, (), 2),
        (10, 8, (), 5),
        (4, 3, (), 2),
        (3, 1, (), None),
        (5, 1, (), 1),
        (20, 5, (4, 7, 10), 10),
        (15, 10, (4, 7, 10), 7),
        (7, 10, (4, 7, 10), None),
    ],
)
def test_how_many_attempts_a_half_has(repeats: int, planned: int, looks: tuple[int, ...], each: int | None) -> None:
    assert attempts_each(repeats, planned, looks) == each


def test_how_many_repeats_are_asked_for() -> None:
    assert attempts_needed(1) == (4, 4)
    assert attempts_needed(5) == (4, 10)
    assert attempts_needed(5, (4, 7, 10)) == (8, 8)
    assert attempts_needed(10, (4, 7, 10)) == (8, 20)
    assert attempts_needed(2, (4, 7)) == (8, 8)


def test_how_often_two_answers_differ() -> None:
    assert disagreement([10, 10]) == pytest.approx(0.5)
    assert disagreement([8, 3]) == pytest.approx(1 - (64 + 9) / 121)
    assert disagreement([5]) == 0
    assert disagreement([]) == 0


def test_families_whose_verdict_changes_are_named_with_their_counts() -> None:
    nan = float("nan")
    accepted = np.array([[1, 1, 1, 1], [1, 0, 1, 1], [0, 0, 0, 0], [1, 0, 0, 1], [nan, nan, 1, 1], [nan, 0, 1, 0]])
    families = np.array([0, 0, 1, 2, 3, 4])
    rows = unsteady(accepted, families, ("steady-but-one", "never", "half", "unknown", "gaps"))
    assert [(row.family, row.yes, row.no, row.unknown) for row in rows] == [
        ("half", 2, 2, 0),
        ("gaps", 1, 2, 1),
        ("steady-but-one", 7, 1, 0),
    ]


def test_two_tasks_of_a_family_that_always_differ_are_no_change() -> None:
    accepted = np.array([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    assert unsteady(accepted, np.array([0, 0]), ("pair",)) == ()
