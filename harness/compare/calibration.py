"""What repeats of one version say of the rules that judge it: splits, losses, what is found, what is unsteady.

Pure functions over arrays (task × repeat). Two halves of the repeats of one version are two versions without a
difference, so whatever a rule says of them is false; and a half that is made to lose a known share of its trials shows
which loss the rule finds. For k of 2k repeats the split difference has the variance of two fresh samples of k
(sampling without replacement: 2·s²/k, and s² is unbiased). What splits of ONE sample cannot show is how the rule would
fare on other repeats: the intervals here hold the draws, not the sample.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from harness.claims.interval import wilson

# 2 for each pseudo-version: of 2 repeats there is one split only, and nothing to see of a task's own scatter.
MIN_REPEATS: Final = 4
FOUND: Final = 0.80
QUARTER: Final = 0.25
_LEAST: Final = 0.2  # shares below it say little of where a curve reaches .8
_STEPS, _CLOSE, _RIDGE = 100, 1e-6, 1e-9
_TWO_SIDED: Final = 1.96

Numbers = NDArray[np.float64]
Places = NDArray[np.intp]
Truths = NDArray[np.bool_]


@dataclass(frozen=True)
class Share:
    """`hits` of `n`, with the Wilson interval."""

    hits: int
    n: int

    @property
    def value(self) -> float:
        """The share itself; 0 of nothing."""
        return self.hits / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Two-sided 95 % (Wilson 1927)."""
        return wilson(self.hits, self.n)


def attempts_each(repeats: int, planned: int, looks: Sequence[int] = ()) -> int | None:
    """Attempts of each pseudo-version: as many as a version has, or the latest look that fits twice into the repeats,
    or half of them. None where there are too few."""
    if repeats < MIN_REPEATS:
        return None
    if looks:
        return max((look for look in looks if 2 * look <= repeats), default=None)
    return min(planned, repeats // 2)


def attempts_needed(planned: int, looks: Sequence[int] = ()) -> tuple[int, int]:
    """Repeats without which nothing can be said, and those that say it of a version with `planned` attempts."""
    least = max(MIN_REPEATS, 2 * min(looks, default=1))
    wanted = planned if not looks or planned in looks else max((x for x in looks if x <= planned), default=min(looks))
    return least, max(least, 2 * wanted)


@dataclass(frozen=True)
class Draw:
    """One split, the same for every loss that is tried on it: first, second: places of repeats, task × attempt;
    chance: of each trial of the second, which is lost where that is below the loss of its family; rank: of families."""

    first: Places
    second: Places
    chance: Numbers
    rank: Places


def draw(seed: int, number: int, families: Places, repeats: int, each: int) -> Draw:
    """The `number`-th split: `each` of the repeats of every task for either side, task by task at random.

    families: of each task, counted from 0.
    """
    rng = np.random.default_rng((seed, number))
    tasks = len(families)
    places = np.argsort(rng.random((tasks, repeats)), axis=1)
    chance = rng.random((tasks, each))
    return Draw(places[:, :each], places[:, each : 2 * each], chance, rng.permutation(int(families.max()) + 1))


def lost(found: Draw, families: Places, loss: float, spread: float = 1.0) -> Truths:
    """Which trials of the second side fail: a share `loss` of all, evenly, or all of it in a share `spread` of the
    families (at least one), where the chance is so much higher (1 at most)."""
    hit = max(1, round(spread * len(found.rank)))
    inside = found.rank[families] < hit
    return found.chance < np.where(inside, loss * len(found.rank) / hit, 0.0)[:, None]


@dataclass(frozen=True)
class Point:
    """A true loss (share of trials that fail) and how often something was said of it."""

    loss: float
    share: Share


@dataclass(frozen=True)
class Crossing:
    """The smallest loss that is found with 80 %, and its 95 % interval from the draws; a bound is None where the curve
    leaves it open on that side."""

    loss: float
    low: float | None
    high: float | None


def crossing(points: Sequence[Point], level: float = FOUND) -> Crossing | None:
    """Where a probit curve through the upper points crosses `level`, with its 95 % interval (delta method); where no
    curve fits, as `reached` says it, without an interval. None where the points do not reach the level.

    Simulated on curves of three rounded shapes with the points that a calibration takes: the interval holds the truth
    in .90-.95 (.83 on a straight line, which no power curve is), and the error is a quarter below that of `reached`.
    """
    seen = reached(points, level)
    if seen is None or seen == 0:
        return None if seen is None else Crossing(seen, None, None)
    loss, hits, n = _sorted(points)
    upper = rising(hits / n, n) >= _LEAST
    fitted = _probit(loss[upper], hits[upper], n[upper], float(special.ndtri(level)))
    if fitted is None or not loss[0] <= fitted[0] <= loss[-1]:
        return Crossing(seen, None, None)
    where, error = fitted
    return Crossing(where, max(0.0, where - _TWO_SIDED * error), min(1.0, where + _TWO_SIDED * error))


def _probit(loss: Numbers, hits: NDArray[np.int_], n: NDArray[np.int_], at: float) -> tuple[float, float] | None:
    """Where Φ(a + b·loss) is Φ(at), and its standard error; by iteratively reweighted least squares. None without a
    rising curve."""
    if len(loss) < 2:
        return None
    design = np.stack([np.ones_like(loss), loss], axis=1)
    beta = np.array([at - 2.0, 2.0 / max(float(loss.mean()), 1e-9)])
    for _ in range(_STEPS):
        eta = np.clip(design @ beta, -5.0, 5.0)
        share, density = special.ndtr(eta), np.exp(-0.5 * eta**2) / math.sqrt(2 * math.pi)
        weight = n * density**2 / (share * (1 - share))
        information = design.T @ (weight[:, None] * design) + _RIDGE * np.eye(2)
        found = np.linalg.solve(information, design.T @ (weight * (eta + (hits / n - share) / density)))
        settled, beta = bool(np.abs(found - beta).max() < _CLOSE), found
        if settled:
            break
    if not settled or beta[1] <= 0:
        return None
    where = float((at - beta[0]) / beta[1])
    slope = np.array([1.0, where]) / beta[1]
    return where, float(np.sqrt(slope @ np.linalg.inv(information) @ slope))


def reached(points: Sequence[Point], level: float = FOUND) -> float | None:
    """The loss where the curve through the points reaches `level`; None where it does not.

    The curve is the nearest one that never falls (Ayer et al. 1955), straight between points.
    """
    loss, hits, n = _sorted(points)
    return _reached(loss, rising(hits / n, n), level)


def _sorted(points: Sequence[Point]) -> tuple[Numbers, NDArray[np.int_], NDArray[np.int_]]:
    rows = sorted(points, key=lambda point: point.loss)
    return (
        np.array([row.loss for row in rows]),
        np.array([row.share.hits for row in rows]),
        np.array([row.share.n for row in rows]),
    )


def rising(shares: Numbers, weights: NDArray[np.int_]) -> Numbers:
    """The nearest values that never fall, by weighted least squares: pool adjacent violators."""
    blocks: list[tuple[float, float, int]] = []  # value, weight, how many
    for share, weight in zip(shares, weights, strict=True):
        value, mass, count = float(share), float(weight), 1
        while blocks and blocks[-1][0] > value:
            before, heavy, many = blocks.pop()
            value, mass, count = (before * heavy + value * mass) / (heavy + mass), heavy + mass, many + count
        blocks.append((value, mass, count))
    return np.repeat([value for value, _, _ in blocks], [count for _, _, count in blocks])


def _reached(loss: Numbers, share: Numbers, level: float) -> float | None:
    above = np.flatnonzero(share >= level)
    if len(above) == 0:
        return None
    first = int(above[0])
    if first == 0:
        return float(loss[0])
    rise = share[first] - share[first - 1]
    return float(loss[first - 1] + (level - share[first - 1]) / rise * (loss[first] - loss[first - 1]))


def disagreement(counts: Sequence[int]) -> float:
    """Chance that two answers drawn from these differ: 1 − Σ p²."""
    total = sum(counts)
    return 1 - sum((count / total) ** 2 for count in counts) if total else 0.0


@dataclass(frozen=True)
class Unsteady:
    """A family of which some task was accepted in some repeats and not in others; unknown: no verdict."""

    family: str
    yes: int
    no: int
    unknown: int


def unsteady(accepted: Numbers, families: Places, names: Sequence[str]) -> tuple[Unsteady, ...]:
    """The families whose verdict changes, the least decided first. accepted: task × repeat, 1, 0 or NaN."""
    yes, no = np.sum(accepted == 1, axis=1), np.sum(accepted == 0, axis=1)
    unknown = np.sum(np.isnan(accepted), axis=1)
    changing = sorted(set(families[(yes > 0) & (no > 0)].tolist()))
    rows = [
        Unsteady(names[place], *(int(counts[families == place].sum()) for counts in (yes, no, unknown)))
        for place in changing
    ]
    return tuple(sorted(rows, key=lambda row: (abs(row.yes - row.no) / (row.yes + row.no), row.family)))
