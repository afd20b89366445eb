"""What a release must show: a gate policy as a value.

Refuses to know the TOML it is written in (config/ does) and the numbers it is held against.
"""

from dataclasses import dataclass
from typing import Final, Literal

Bound = Literal["lower", "upper", "point"]
ROUNDING: Final = 1e-9  # far above what sums of shares lose in binary, far below what one trial changes


def reaches(value: float, limit: float) -> bool:
    """value >= limit, both shares of 1, where what is at the limit reaches it: not undone by binary rounding, by which
    the mean of 1, 1 and 0.4 is below 0.8, and 0.05 − 0.02 above 0.03. The only way a limit of a policy is asked."""
    return value >= limit - ROUNDING


@dataclass(frozen=True)
class Floor:
    """`at_least` on an endpoint's mean, in [0, 1]. bound: what must reach it for a pass: the one-sided 95 % lower bound
    over task families, the upper one, or the mean itself ("point", for suites too small for a bound)."""

    endpoint: str
    at_least: float
    bound: Bound = "lower"


@dataclass(frozen=True)
class NonInferiority:
    """The candidate may be worse than the baseline by less than `margin` (in shares of 1) on each endpoint.

    looks: declared numbers of attempts at which the gate may look, at most three, rising; empty = one look, as planned.
    """

    endpoints: tuple[str, ...]
    margin: float = 0.10
    looks: tuple[int, ...] = ()


@dataclass(frozen=True)
class Policy:
    """candidate, baseline: definition's file stem, label, 8-digit version, agent name, or 1-based place in the suite.

    confirmed_critical: trials with one that are tolerated; proven cheating never is. promises_broken: at most so many
    of the candidate's own, None = not asked. void_share: cap on trials lost to us, per
    version; void_gap: cap on the difference of these shares between versions; both shares of the planned trials.
    promises_measured: share of all promises that must be measured before it can be said that few are broken; looks: the
    ledger's path, "" = looks are not remembered.
    may_differ: what besides the definition may differ between candidate and baseline, in compare/differing's words.
    """

    name: str
    sha256: str
    candidate: str | int
    baseline: str | int | None = None
    confirmed_critical: int = 0
    promises_broken: int | None = None
    floors: tuple[Floor, ...] = ()
    non_inferiority: NonInferiority | None = None
    void_share: float = 0.05
    void_gap: float = 0.03
    may_differ: tuple[str, ...] = ()
    promises_measured: float = 0.8
    looks: str = ""

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Every endpoint that the policy names, each once."""
        compared = self.non_inferiority.endpoints if self.non_inferiority else ()
        return tuple(dict.fromkeys([*(floor.endpoint for floor in self.floors), *compared]))
