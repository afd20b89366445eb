"""Worlds with a known truth: what two versions are worth on each task family, and trials drawn from it, many at once.

A world says how a loss is spread over families, because that is what a bound cannot see: `even` = every family loses
the same; `uneven` = a third of them loses three times the mean, the others nothing; `confined` = a sixth six times.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.compare.paired import Paired
from harness.compare.tasks import TaskDifference, paired_of

Array = NDArray[np.float64]
SPREADS = {"even": 1, "uneven": 3, "confined": 6}


@dataclass(frozen=True)
class World:
    """Families, attempts per family and version, the first version's mean rate, what the second loses on average, how
    the loss is spread, and how much the first version's rates differ between families (0 = not at all)."""

    families: int
    attempts: int
    base: float
    loss: float = 0.0
    spread: str = "even"
    mixed: bool = False

    def draw(self, times: int, seed: int) -> tuple[Array, Array]:
        """Passed trials of both versions, (times, families) each."""
        rng = np.random.default_rng((seed, 1))
        first, second = self.rates(times, seed)
        return rng.binomial(self.attempts, first).astype(float), rng.binomial(self.attempts, second).astype(float)

    def rates(self, times: int, seed: int) -> tuple[Array, Array]:
        """True rates of both versions, (times, families) each."""
        rng = np.random.default_rng(seed)
        shape = (times, self.families)
        first = rng.beta(8 * self.base, 8 * (1 - self.base), shape) if self.mixed else np.full(shape, self.base)
        factor = SPREADS[self.spread]
        share = first / self.base if self.mixed else 1.0
        lost = np.where(rng.random(shape) < 1 / factor, self.loss * factor, 0.0) * share
        return first, np.clip(first - lost, 0, 1)


def judged(first: Sequence[float], second: Sequence[float], attempts: int) -> Paired:
    """The product's statistics of one drawn pair: passed trials per family, one task each."""
    tasks = tuple(
        TaskDifference(f"t{n}", f"t{n}", a / attempts, attempts, b / attempts, attempts)
        for n, (a, b) in enumerate(zip(first, second, strict=True))
    )
    found = paired_of(tasks)
    assert found is not None
    return found


def pairs(world: World, times: int, seed: int) -> list[Paired]:
    """As many pairs of versions from one world, judged."""
    first, second = world.draw(times, seed)
    return [judged(a, b, world.attempts) for a, b in zip(first.tolist(), second.tolist(), strict=True)]


def wilson_low(hits: int, times: int) -> float:
    """Lower end of the 95 % Wilson interval: what the simulation shows the rate to be at least."""
    z, p = 1.959964, hits / times
    centre = p + z * z / (2 * times)
    return (centre - z * math.sqrt(p * (1 - p) / times + z * z / (4 * times * times))) / (1 + z * z / times)
