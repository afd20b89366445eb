"""Bounds that keep their level near a ceiling: a t quantile corrected for skewness, and an exact bound over trials.

Where nearly everything passes, differences of families are skewed: many zeros and a few large losses. The plain t bound
then lets a loss equal to the margin pass in 6-9 % of comparisons instead of 5 % (base rate .95), and a pair without any
difference has no spread at all. Two corrections, and the stricter bound counts. Simulated at 24x5 to 40x10, base .6 and
.95: 1.5-5.1 %; of equal versions at base .7 a gate passes 51 instead of 54 % at 24x5, 74 as before at 40x5:

- Hall's (1992) transformation of t takes out the skewness that the families show; it only ever widens a bound.
- The exact bound takes the candidate's TRIALS as its unit: x of n lost, net of gains, against a binomial count (Clopper
  & Pearson 1934). It assumes that losses may strike any trial. A loss confined to few families it cannot see: n
  families without one leave room for a loss in 1 − 0.05^(1/n) of them (12: 22 %, 24: 12 %), see `unseen_share`.
"""

import math

from scipy import special


def unskewed(t: float, skew: float, n: int) -> float:
    """Hall's transformation of a t value whose sample of n has this skewness: nearly t distributed, monotone in t."""
    u, shift = skew / (3 * math.sqrt(n)), skew / (6 * math.sqrt(n))
    return (t if abs(u) < 1e-9 else ((1 + u * t) ** 3 - 1) / (3 * u)) + shift


def skewed_quantile(quantile: float, skew: float, n: int) -> float:
    """How many standard errors below the mean the lower bound lies: where `unskewed` reaches the t quantile."""
    u, shift = skew / (3 * math.sqrt(n)), skew / (6 * math.sqrt(n))
    if abs(u) < 1e-9:
        return quantile
    return max(quantile, (float(special.cbrt(1 + 3 * u * (quantile - shift))) - 1) / u)


def most_lost(mean: float, trials: float, tail: float) -> float:
    """The loss (a share of 1) that `trials` trials with a net change of `mean` rule out with this tail: exact where no
    trial can gain. A net gain moves the bound of a pair without any loss by as much."""
    lost = max(0.0, -mean) * trials
    bound = 1.0 if lost >= trials else float(special.betaincinv(lost + 1, trials - lost, 1 - tail))
    return bound - max(0.0, mean)


def lost_tail(mean: float, trials: float, margin: float) -> float:
    """Chance of a net change as good as `mean` where the truth is a loss of `margin`: the tail at which `most_lost` is
    the margin."""
    lost, share = max(0.0, -mean) * trials, margin + max(0.0, mean)
    if share <= 0 or lost >= trials:
        return 1.0
    return 0.0 if share >= 1 else float(special.betainc(trials - lost, lost + 1, 1 - share))


def unseen_share(families: int, tail: float = 0.05) -> float:
    """Share of all families that may lose everything while none of so many does, with this chance."""
    return 1 - float(tail ** (1 / families))
