"""How many more samples would decide, if the difference is as seen: the families, or the repeats, at which the rules of
the page or of the gate give an answer in 80 % of cases.

Refuses a formula of its own beside the rules: it asks of each number of families how often the rules would decide, with
the mean, spread and skewness seen, and takes the first that reaches 80 % (within 30 % of what simulated comparisons
need; the formula before asked for a fixed difference and came out 3-9 times too high). Refuses to promise that repeats
help where they cannot: SE² = (ω² + σ²/k)/T, and what differs from family to family shrinks with families only.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from scipy import special

from harness.compare.bounds import most_lost, skewed_quantile
from harness.compare.paired import MIN_FAMILIES, MIN_NONZERO, RARE_UNSEEN, Paired
from harness.compare.quantiles import t_quantile

POWER: Final = 0.80
MIN_ATTEMPTS: Final = 3
MAX_ATTEMPTS: Final = 50  # beyond that more attempts is no plan
MAX_FAMILIES: Final = 3000
_NODES: Final = (np.arange(25) + 0.5) / 25  # quantiles at which the spread may come out


@dataclass(frozen=True)
class Plan:
    """What would decide in 80 % of comparisons; `attempts_alone` = k on the present families, None when no number of
    repeats can; `families` None: more than MAX_FAMILIES."""

    families: int | None
    more_families: int
    attempts: int
    more_attempts: int
    attempts_alone: int | None
    rough: bool = False  # too few families to see how they differ: it may take more

    @property
    def text(self) -> str:
        """What is needed, to stand behind "would need"."""
        alone = "" if self.attempts_alone is None else f"k = {self.attempts_alone} attempts on the present families"
        seen = " if the difference is as seen"
        if self.families is None:
            many = f"more than {MAX_FAMILIES} task families: it lies where an answer turns into another"
            return f"{alone or many}{seen}"
        if self.more_families == 0:
            return f"k = {self.attempts} attempts per task on the present families{seen}"
        least = "at least " if self.rough else ""
        k = f"k = {self.attempts}"
        if self.more_attempts:
            k += ", with fewer attempts their own spread stays unseen"
        repeats = f", or {alone}" if alone else "; repeats alone cannot"
        return f"{least}{self.more_families} more task families ({self.families} in all) at {k}{repeats}{seen}"


@dataclass(frozen=True)
class Sample:
    """What a sample of so many families is expected to show: `spread` of the families' differences with its possible
    values, `trials` of each version, `differing` = chance that enough families differ for a p at some level."""

    mean: float
    spread: float
    skew: float
    families: int
    trials: float
    nonzero: float  # share of the families

    @property
    def errors(self) -> np.ndarray:
        """Standard errors as they may come out, equally likely; the more skewed the families, the more they vary."""
        df = (self.families - 1) * 2 / (2 + 1.5 * self.population_skew**2)
        return self.spread * np.sqrt(special.chdtri(df, _NODES) / df / self.families)

    @property
    def population_skew(self) -> float:
        """Without what the bounds add for rare losses."""
        return self.skew / RARE_UNSEEN

    def differing(self, level: float) -> float:
        """Chance that so many families differ that both tests can reach the level."""
        least = max(MIN_NONZERO, math.ceil(1 - math.log2(level)))
        if self.nonzero <= 0 or least > self.families:
            return 0.0
        return float(special.bdtrc(least - 1, self.families, min(1.0, self.nonzero)))

    def edge(self, sign: int, margin: float, tail: float) -> np.ndarray:
        """Mean from which on a loss (sign 1) or gain (−1) of the margin is ruled out, for each error."""
        reach = skewed_quantile(t_quantile(1 - tail, self.families - 1), sign * self.skew, self.families)
        return np.maximum(reach * self.errors - margin, _exact_edge(self.trials, margin, tail))

    def below(self, edges: np.ndarray) -> np.ndarray:
        """Chance of a mean below each edge, for each error: of skewed families the mean and its error go together (the
        correlation of both for a gamma distribution)."""
        true = self.spread / math.sqrt(self.families)
        if true <= 0:
            return (edges > self.mean).astype(float)
        together = self.population_skew / math.sqrt(2 + 1.5 * self.population_skew**2)
        centre = self.mean + together * true * special.ndtri(1 - _NODES)
        below: np.ndarray = special.ndtr((edges - centre) / (true * math.sqrt(1 - together**2)))
        return below


def verdict_plan(result: Paired, attempts: int, margin: float, level: float = 0.05) -> Plan:
    """What would give an inconclusive comparison a verdict. attempts: k per task and version as planned, lost trials
    among them; level: what the two-sided p must not exceed, after correction."""

    def decided(sample: Sample) -> float:
        low, high = sample.edge(1, margin, 0.05), -sample.edge(-1, margin, 0.05)
        equal = np.maximum(0.0, sample.below(high) - sample.below(low))
        far = t_quantile(1 - level / 2, sample.families - 1) * sample.errors
        # Between −far and far only what is shown to be equivalent is decided; outside, everything is.
        within = sample.below(far) - sample.below(-far)
        inner = np.maximum(0.0, sample.below(np.minimum(high, far)) - sample.below(np.maximum(low, -far)))
        enough = sample.differing(level)
        return float(np.mean(enough * (1 - within + inner) + (1 - enough) * equal))

    return _plan(result, attempts, decided)


def margin_plan(result: Paired, attempts: int, margin: float, pass_tail: float, block_tail: float) -> Plan:
    """What would let a gate pass or block on this endpoint; tails: one-sided, of the look's bounds."""

    def decided(sample: Sample) -> float:
        passed = sample.edge(1, margin, pass_tail)
        worse = np.minimum(-sample.edge(-1, 0.0, block_tail), passed)
        enough = sample.differing(1.0)
        return float(np.mean(1 - sample.below(passed) + enough * sample.below(worse)))

    return _plan(result, attempts, decided)


def _plan(result: Paired, attempts: int, decided: Callable[[Sample], float]) -> Plan:
    present, k = result.families, max(MIN_ATTEMPTS, attempts)
    sample = _sampler(result, attempts)
    least = max(MIN_FAMILIES, present + (1 if k == attempts else 0))
    families = _first(least, MAX_FAMILIES, lambda count: decided(sample(count, k)))
    alone = None
    if present >= MIN_FAMILIES:
        alone = _first(max(k, attempts + 1), MAX_ATTEMPTS, lambda repeats: decided(sample(present, repeats)))
    if families == present:
        alone = None
    return Plan(families, (families or 0) - present if families else 0, k, k - attempts, alone, present < MIN_FAMILIES)


def _sampler(result: Paired, attempts: int) -> Callable[[int, int], Sample]:
    """Families and attempts -> the sample expected there. σ² is per planned attempt: losses are expected to go on."""
    present = result.families
    spread2 = result.spread**2
    noise2 = result.noise**2 * present  # σ²/k
    if present < MIN_FAMILIES:
        spread2 = max(spread2, result.within**2 * present)
    noise2 = min(noise2, spread2)
    per_family = min(result.trials) / present
    if math.isinf(per_family):
        per_family = attempts

    def sample(families: int, k: int) -> Sample:
        spread = math.sqrt(spread2 - noise2 + noise2 * attempts / k)
        trials = families * per_family * k / attempts
        return Sample(result.mean, spread, result.skew, families, trials, result.nonzero / present)

    return sample


def _first(least: int, most: int, chance: Callable[[int], float]) -> int | None:
    """The smallest number from `least` to `most` that reaches the power, taking the chance to rise with it."""
    low, high = least - 1, least
    while chance(high) < POWER:
        if high >= most:
            return None
        low, high = high, min(most, 2 * high - least + 1 if high > least else least + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if chance(middle) >= POWER else (middle, high)
    return high


@lru_cache(4096)  # a plan asks for a few of them, and the next plan for the same ones
def _exact_edge(trials: float, margin: float, tail: float) -> float:
    """The mean from which on the exact bound over trials rules a loss of the margin out."""
    low, high = -margin, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if most_lost(middle, trials, tail) <= margin else (middle, high)
    return high
