"""How many more samples would decide: SE² = (ω² + σ²/k)/T, with T task families and k attempts per task.

Refuses to promise that repeats help where they cannot: what differs from task to task shrinks with tasks only. Refuses
to advise what was already run: where a difference of the size asked for would have shown, the one seen lies where
nothing is decided yet, and the advice is what would decide it if it is as seen.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

from harness.compare.paired import MIN_FAMILIES, MIN_NONZERO, Paired
from harness.compare.quantiles import t_quantile

POWER: Final = 0.842  # normal quantile of 80 %
POWER_QUANTILES: Final = 1.960 + POWER  # two-sided 5 %, power 80 %
MIN_ATTEMPTS: Final = 3
MAX_ATTEMPTS: Final = 50  # beyond that more attempts is no plan


@dataclass(frozen=True)
class Plan:
    """What would decide in 80 % of comparisons; `attempts_alone` = k on the present families, None when no number of
    repeats can; `as_seen` = holds if the difference is the one seen, else for one of the size asked for."""

    families: int
    more_families: int
    attempts: int
    more_attempts: int
    attempts_alone: int | None
    rough: bool = False  # too few families to see how tasks differ: it may take more
    as_seen: bool = False

    @property
    def more(self) -> bool:
        """Whether it asks for anything that was not run."""
        return self.more_families > 0 or self.more_attempts > 0

    @property
    def text(self) -> str:
        """What is needed, to stand behind "would need"."""
        least = "at least " if self.rough else ""
        seen = " if the difference is as seen" if self.as_seen else ""
        if self.more_families == 0:
            return f"k = {self.attempts} attempts per task on the present families{seen}"
        repeats = "" if self.attempts_alone is None else f", or k = {self.attempts_alone} on the present families"
        alone = repeats or "; repeats alone cannot"
        k = f"k = {self.attempts}"
        if self.more_attempts:
            k += ", with fewer attempts their own spread stays unseen"
        return f"{least}{self.more_families} more task families ({self.families} in all) at {k}{alone}{seen}"


def verdict_plan(result: Paired, attempts: int, margin: float, level: float = 0.05) -> Plan:
    """What would give an inconclusive comparison a verdict. attempts: k per task and version as planned, lost trials
    among them; level: what the two-sided p must not exceed, after correction."""
    found = _plan(result, attempts, margin / POWER_QUANTILES)
    if found.more:
        return found
    # Either way out: beyond no difference by its p, or the 90 % interval within the margin.
    beyond = abs(result.mean) / (t_quantile(1 - level / 2, result.df) + POWER)
    within = (margin - abs(result.mean)) / (t_quantile(0.95, result.df) + POWER)
    wanted = _plan(result, attempts, max(beyond, within))
    if beyond > within and 0 < result.nonzero < MIN_NONZERO:  # better or worse also needs as many that differ
        wanted = _at_least(wanted, result, math.ceil(MIN_NONZERO * result.families / result.nonzero))
    return replace(wanted, as_seen=True)


def margin_plan(result: Paired, attempts: int, margin: float, bound: float) -> Plan | None:
    """What would show `result` to be above −margin by a one-sided bound on z = Φ⁻¹(t-cdf), where it is not yet;
    `bound` as a t quantile. None: no number of samples would, if the difference is as seen."""
    found = _plan(result, attempts, margin / POWER_QUANTILES)
    if found.more:
        return found
    lead = result.mean + margin
    return replace(_plan(result, attempts, lead / (bound + POWER)), as_seen=True) if lead > 0 else None


def _plan(result: Paired, attempts: int, standard_error: float) -> Plan:
    """What brings the standard error down to this. σ² is per planned attempt: losses are expected to go on."""
    target = standard_error**2
    families = result.families
    sigma2 = result.within**2 * families * attempts  # σ²/k · k
    omega2 = max(0.0, result.spread**2 - sigma2 / attempts) if families > 1 else 0.0
    k = max(MIN_ATTEMPTS, attempts)
    needed = max(MIN_FAMILIES, math.ceil((omega2 + sigma2 / k) / target))
    room = target * families - omega2
    alone = math.ceil(sigma2 / room) if room > 0 and families >= MIN_FAMILIES else None
    if alone is not None and alone > MAX_ATTEMPTS:
        alone = None
    if alone is not None:
        alone = max(alone, k)
    return Plan(max(needed, families), max(0, needed - families), k, k - attempts, alone, families < MIN_FAMILIES)


def _at_least(found: Plan, result: Paired, families: int) -> Plan:
    """The plan with no fewer families; repeats alone do not bring more of them."""
    if found.families >= families:
        return found
    return replace(found, families=families, more_families=families - result.families, attempts_alone=None)
