"""Bounds for several looks: the tabulated ones come out, and the error they promise is kept."""

import numpy as np
import pytest
from scipy import stats

from harness.gate.spending import BLOCK_LEVEL, PASS_LEVEL, bound_at, bounds, spent


def test_the_bounds_of_three_looks_are_the_tabulated_ones() -> None:
    assert bounds(PASS_LEVEL, (4, 7, 10)) == pytest.approx((2.887, 2.085, 1.704), abs=1e-3)
    assert bounds(BLOCK_LEVEL, (4, 7, 10)) == pytest.approx((3.357, 2.445, 2.001), abs=1e-3)


def test_one_look_is_the_plain_quantile() -> None:
    assert bounds(PASS_LEVEL, (5,)) == pytest.approx((stats.norm.isf(0.05),))
    assert bound_at(BLOCK_LEVEL, (3,), 3) == pytest.approx(stats.norm.isf(0.025))


def test_the_whole_error_is_spent_at_the_last_look_only() -> None:
    assert spent(0.05, 1.0) == 0.05
    assert spent(0.05, 0.4) < spent(0.05, 0.7) < 0.05


@pytest.mark.parametrize("looks", [(4, 7, 10), (2, 10), (3, 5, 8)])
@pytest.mark.parametrize("level", [PASS_LEVEL, BLOCK_LEVEL])
def test_looking_several_times_keeps_the_error(looks: tuple[int, ...], level: float) -> None:
    rng = np.random.default_rng(4)
    steps = np.diff((0, *looks)) / looks[-1]
    score = np.cumsum(rng.normal(size=(200_000, len(looks))) * np.sqrt(steps), axis=1)
    z = score / np.sqrt(np.array(looks) / looks[-1])
    crossed = float(np.mean((z >= np.array(bounds(level, looks))).any(axis=1)))
    assert crossed == pytest.approx(level, abs=0.0025)
    naive = float(np.mean((z >= stats.norm.isf(level)).any(axis=1)))
    assert naive > 1.5 * level


def test_an_undeclared_look_has_no_bound() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        bound_at(PASS_LEVEL, (4, 7, 10), 5)
