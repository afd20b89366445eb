"""The tests of one page as one family: weighted Holm, so that a page of two equal versions seldom says anything.

Refuses to test each endpoint as if it stood alone: 11 % of pages of two equal versions then had some false verdict, and
13-70 % some false latency verdict over 24 tasks; with one family it is 2-3 % for all together (simulated). The primary
endpoint has .6 of the error, all other endpoints and every task's latency share the rest; what a rejected test leaves
over goes to the others (Holm 1979; weights: Benjamini & Hochberg 1997).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PRIMARY_WEIGHT: Final = 0.6


@dataclass(frozen=True)
class Adjusted:
    """`p`: to be held against the level of the whole page. `factor`: by how much this test's own p was multiplied at
    its turn. `alone`: by how much at its first turn, the strictest. `tests`: how many the family has."""

    p: float
    factor: float
    alone: float
    tests: int


def adjusted(p_values: Mapping[str, float], primary: str) -> dict[str, Adjusted]:
    """Every test's p after weighted Holm. primary: the test with the large weight; where it is not among them, all
    weigh alike."""
    weights = _weights(tuple(p_values), primary)
    left, highest = 1.0, 0.0
    found: dict[str, Adjusted] = {}
    for name in sorted(p_values, key=lambda test: (p_values[test] / weights[test], test)):
        factor = left / weights[name]
        highest = max(highest, min(1.0, factor * p_values[name]))
        found[name] = Adjusted(highest, factor, 1 / weights[name], len(p_values))
        left -= weights[name]
    return {name: found[name] for name in p_values}


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Holm's (1979) adjusted p values where all tests weigh alike."""
    return {name: found.p for name, found in adjusted(p_values, "").items()}


def _weights(names: tuple[str, ...], primary: str) -> dict[str, float]:
    others = [name for name in names if name != primary]
    if not others or primary not in names:
        return {name: 1 / len(names) for name in names}
    share = (1 - PRIMARY_WEIGHT) / len(others)
    return {name: PRIMARY_WEIGHT if name == primary else share for name in names}
