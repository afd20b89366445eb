"""How many more samples would decide: SE² = (ω² + σ²/k)/T, with T task families and k attempts per task.

Refuses to promise that repeats help where they cannot: what differs from task to task shrinks with tasks only.
"""

import math
from dataclasses import dataclass
from typing import Final

from harness.compare.paired import MIN_FAMILIES, Paired

POWER_QUANTILES: Final = 1.960 + 0.842  # two-sided 5 %, power 80 %
MIN_ATTEMPTS: Final = 3
MAX_ATTEMPTS: Final = 50  # beyond that more attempts is no plan


@dataclass(frozen=True)
class Plan:
    """What would show a difference of `effect` in 80 % of comparisons; `attempts_alone` = k on the present families,
    None when no number of repeats can."""

    effect: float
    families: int
    more_families: int
    attempts: int
    attempts_alone: int | None
    rough: bool  # too few families to see how tasks differ: it may take more

    @property
    def text(self) -> str:
        """One sentence."""
        least = "at least " if self.rough else ""
        repeats = "" if self.attempts_alone is None else f", or k = {self.attempts_alone} on the present families"
        if self.more_families == 0:
            return f"k = {self.attempts} attempts per task on the present families"
        alone = repeats or "; repeats alone cannot"
        return f"{least}{self.more_families} more task families ({self.families} in all) at k = {self.attempts}{alone}"


def plan(result: Paired, attempts: float, effect: float) -> Plan:
    """What to add. attempts: mean number of attempts per task and version so far (k)."""
    target = (effect / POWER_QUANTILES) ** 2
    families = result.families
    sigma2 = result.within**2 * families * attempts  # σ²/k · k
    omega2 = max(0.0, result.spread**2 - sigma2 / attempts) if families > 1 else 0.0
    k = max(MIN_ATTEMPTS, math.ceil(attempts))
    needed = max(MIN_FAMILIES, math.ceil((omega2 + sigma2 / k) / target))
    room = target * families - omega2
    alone = math.ceil(sigma2 / room) if room > 0 and families >= MIN_FAMILIES else None
    if alone is not None and alone > MAX_ATTEMPTS:
        alone = None
    if alone is not None:
        alone = max(alone, k)
    return Plan(effect, max(needed, families), max(0, needed - families), k, alone, families < MIN_FAMILIES)
