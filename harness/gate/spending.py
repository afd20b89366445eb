"""How far a figure must be out when one may look several times: O'Brien-Fleming-type spending bounds.

Refuses undeclared looks: a bound belongs to one of the looks that the policy declares. Looking again and again with the
bound of a single look would pass or block wrongly in 17 % instead of 5 % of cases (simulated).

Lan & DeMets (1983): α(t) = 2(1 − Φ(Φ⁻¹(1 − α/2)/√t)); the bounds follow by recursive integration (Armitage, McPherson &
Rowe 1969) of the density of the score that has not crossed yet. Information is taken as proportional to the attempts.
"""

import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
from scipy.special import ndtr

from harness.compare.quantiles import normal_bound, normal_tail

PASS_LEVEL: Final = 0.05  # one-sided: wrongly calling an inferior version non-inferior
BLOCK_LEVEL: Final = 0.025  # one-sided: wrongly calling an equal version worse
MAX_LOOKS: Final = 3
LAVISH: Final = 0.8  # of the error left, what a look spends that nobody declared: one look alone loses little
_GRID: Final = 601
_REACH: Final = 8.0  # standard deviations
_HALVINGS: Final = 50


def spent(level: float, fraction: float) -> float:
    """Error allowed up to an information fraction in (0, 1]."""
    if fraction >= 1:
        return level
    return 2 * normal_tail(normal_bound(level / 2) / math.sqrt(fraction))


@cache
def bounds(level: float, looks: tuple[int, ...]) -> tuple[float, ...]:
    """Bound on the normal score at each look; looks: attempts at each, rising. One look: the plain quantile."""
    fractions = [look / looks[-1] for look in looks]
    return tuple(_bounds(fractions, [spent(level, fraction) for fraction in fractions]))


def _bounds(fractions: Sequence[float], spending: Sequence[float]) -> list[float]:
    """Bounds at rising information fractions; spending: error allowed up to each."""
    found = [normal_bound(spending[0])]
    grid, density = _start(fractions[0], found[0])
    for (earlier, now), (before, until) in zip(pairwise(fractions), pairwise(spending), strict=True):
        step = math.sqrt(now - earlier)
        cut = _cut(grid, density, step, until - before)
        found.append(cut / math.sqrt(now))
        fresh = np.linspace(-_REACH * math.sqrt(now), cut, _GRID)
        kernel = _normal((fresh[:, None] - grid[None, :]) / step) / step
        grid, density = fresh, np.trapezoid(kernel * density[None, :], grid, axis=1)
    return found


def bound_at(level: float, looks: Sequence[int], attempts: int) -> float:
    """The bound at the look with this number of attempts; ValueError when it is not a declared look."""
    return bounds(level, tuple(looks))[tuple(looks).index(attempts)]


def unplanned_bound(level: float, attempts: tuple[int, ...]) -> float:
    """The bound at the last of these looks, none of which was declared: each spends LAVISH of the error that is left,
    so that all together never spend more than `level`, however many there will be. attempts: at each look, rising."""
    fractions = [look / attempts[-1] for look in attempts]
    found = _bounds(fractions, [level * (1 - (1 - LAVISH) ** number) for number in range(1, len(attempts) + 1)])
    return found[-1]


def _start(fraction: float, bound: float) -> tuple[np.ndarray, np.ndarray]:
    """Density of the Brownian score B(t) = z·√t below the first bound."""
    scale = math.sqrt(fraction)
    grid = np.linspace(-_REACH * scale, bound * scale, _GRID)
    return grid, _normal(grid / scale) / scale


def _normal(x: np.ndarray) -> np.ndarray:
    density: np.ndarray = np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
    return density


def _cut(grid: np.ndarray, density: np.ndarray, step: float, allowed: float) -> float:
    """Where the score must be cut for the error of this look to be `allowed`; by bisection, the error falls with it."""
    low, high = -_REACH, 2 * _REACH
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        error = float(np.trapezoid(density * ndtr(-(middle - grid) / step), grid))
        low, high = (middle, high) if error > allowed else (low, middle)
    return (low + high) / 2
