"""What a calibration came to, as values: made in `gate`, shown in `report`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from harness.compare.calibration import Crossing, Share, Unsteady
from harness.compare.detectable import Cost

Event = Literal["block", "held_back", "worse"]  # the gate BLOCKs; it does not PASS; compare says WORSE (primary)
EVENTS: Final[tuple[Event, ...]] = ("block", "held_back", "worse")


@dataclass(frozen=True)
class Level:
    """What was said of splits whose second half loses a share `loss` of its trials; `points`: what that takes off the
    mean of `accepted`."""

    loss: float
    points: float
    block: Share
    passed: Share
    worse: Share

    def share(self, event: Event) -> Share:
        """How often it happened."""
        if event == "held_back":
            return Share(self.passed.n - self.passed.hits, self.passed.n)
        return self.block if event == "block" else self.worse


@dataclass(frozen=True)
class Model:
    """How a loss lies: in a share `spread` of the families, 1 = in all alike. found: the smallest loss of which each
    event holds with 80 %, None where not even the largest possible one reaches that."""

    spread: float
    levels: tuple[Level, ...]
    found: Mapping[Event, Crossing | None]


@dataclass(frozen=True)
class Formula:
    """By the variance components alone: the smallest loss for an event on `endpoint`, and what halving it costs; `loss`
    is a share of trials, `points` what it takes off `accepted`. cost is None where there is no such loss; margin: the
    policy's halved, where it alone would let half the loss through, else None."""

    event: Event
    endpoint: str
    loss: float | None
    points: float | None
    cost: Cost | None
    margin: float | None = None


@dataclass(frozen=True)
class Calibration:
    """One version against itself under one policy. primary: the page's endpoint; outcomes: of the gate; decided_by:
    (outcome, rule) -> splits; verdicts: endpoint -> verdict of compare -> splits; alarms: BLOCKs for a regression;
    paces: splits in which a task was FASTER or SLOWER; pages: in which compare saw any difference; mean: of `accepted`;
    unsteady: families whose verdict changes between repeats; replayed: the replies are recordings."""

    suite: str
    policy: str
    policy_sha256: str
    version: str
    primary: str
    runs: tuple[str, ...]
    lock_hash: str
    repeats: int
    each: int
    planned: int
    tasks: int
    families: int
    margin: float | None
    seed: int
    splits: int
    outcomes: Mapping[str, int]
    decided_by: Mapping[tuple[str, str], int]
    verdicts: Mapping[str, Mapping[str, int]]
    alarms: int
    paces: int
    pages: int
    mean: float | None
    models: tuple[Model, ...]
    formulas: tuple[Formula, ...]
    unsteady: tuple[Unsteady, ...]
    replayed: bool

    def share(self, *outcomes: str) -> Share:
        """How often the gate said one of these."""
        return Share(sum(self.outcomes.get(outcome, 0) for outcome in outcomes), self.splits)
