"""A policy tried on one version held against itself, and on a half of it that was made to lose: what does it say?

The seam between the arrays of `compare.calibration` and the decision as it is: pseudo-versions are arms like any other.
Refuses to imitate the decision: `decide` and `compare` are asked, whatever they have become.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

import numpy as np

from harness.compare.arms import Arm, arm
from harness.compare.calibration import Draw, Numbers, Places, Truths, draw, lost
from harness.compare.comparison import MARGIN, compare
from harness.compare.union import held_on
from harness.compare.values import exempt_tasks, values_of
from harness.gate.decide import decide
from harness.gate.policy import Policy
from harness.model.suite import Lock
from harness.model.trial import Failed, Trial, TrialRecord, Void

FIRST, SECOND = "pseudo-first", "pseudo-second"
_T = TypeVar("_T")
_LOST: Final = Failed("calibration_loss", "made to fail by the calibration's model of losses", "calibration")


@dataclass(frozen=True)
class Pool:
    """Every repeat of one version, run after run: `repeats[task][repeat]`, as many for each task; `families` of the
    tasks, counted from 0 along `names`."""

    lock: Lock
    label: str
    definition: str
    tasks: tuple[str, ...]
    families: Places
    names: tuple[str, ...]
    repeats: tuple[tuple[TrialRecord, ...], ...]

    @property
    def count(self) -> int:
        """Repeats of each task."""
        return len(self.repeats[0])


def pooled(arms: Sequence[Arm]) -> Pool:
    """The repeats of runs made under one lock, all of them finished: same version, same tasks, same attempts."""
    first = arms[0]
    tasks = tuple(sorted({trial.task_id for trial in first.trials}))
    repeats: dict[str, list[TrialRecord]] = {task: [] for task in tasks}
    for side in arms:
        for record in sorted(side.records, key=lambda record: record.trial.attempt):
            repeats[record.trial.task_id].append(record)
    family = [first.lock.families.get(task, task) for task in tasks]
    names, places = np.unique(family, return_inverse=True)
    rows = tuple(tuple(repeats[task]) for task in tasks)
    return Pool(first.lock, first.label, first.definition, tasks, places, tuple(map(str, names)), rows)


def not_measured(side: Arm) -> int:
    """Planned trials that have no record, or were cancelled: they are no repeats yet."""
    cancelled = sum(isinstance(r.outcome, Void) and r.outcome.blame == "cancelled" for r in side.records)
    return len(side.trials) - len(side.records) + cancelled


def values(pool: Pool, endpoint: str) -> Numbers:
    """Task × repeat on one endpoint, NaN where there is no value; a failed trial is 0, as everywhere."""
    lock = _lock(pool, pool.count)
    whole = arm("calibration", lock, tuple(_renamed(pool, FIRST, pool.count)), FIRST, pool.definition)
    held = held_on(whole, whole)
    found = np.full((len(pool.tasks), pool.count), np.nan)
    row = {task: number for number, task in enumerate(pool.tasks)}
    for value in values_of(whole, endpoint, exempt_tasks(endpoint, held, whole), held):
        if value.value is not None:
            found[row[value.task], value.attempt - 1] = value.value
    return found


@dataclass
class Tally:
    """What was said of `n` splits: the gate's outcomes and what decided them; compare's verdicts, by endpoint; splits
    whose page held any verdict that a difference was seen."""

    n: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    decided_by: Counter[tuple[str, str]] = field(default_factory=Counter)
    verdicts: dict[str, Counter[str]] = field(default_factory=dict)
    pages: int = 0


@dataclass(frozen=True)
class Rehearsal:
    """How splits are made: `each` attempts of a task for either side. Numbered: the same ones for every loss."""

    pool: Pool
    policy: Policy
    each: int
    seed: int

    def run(self, numbers: range, loss: float = 0.0, spread: float = 1.0) -> Tally:
        """These splits, the second side with such a loss."""
        tally = Tally()
        for number in numbers:
            found = draw(self.seed, number, self.pool.families, self.pool.count, self.each)
            self._one(found, lost(found, self.pool.families, loss, spread), tally)
        return tally

    def _one(self, found: Draw, gone: Truths, tally: Tally) -> None:
        lock = _lock(self.pool, self.each)
        baseline = self._side(lock, FIRST, found.first, np.zeros_like(gone))
        candidate = self._side(lock, SECOND, found.second, gone)
        decision = decide(candidate, baseline, self.policy)
        tally.n += 1
        tally.outcomes[decision.outcome] += 1
        tally.decided_by.update((decision.outcome, rule) for rule in decision.decided_by)
        margin = self.policy.non_inferiority.margin if self.policy.non_inferiority else MARGIN
        page = compare(baseline, candidate, margin)
        for endpoint in page.endpoints:
            tally.verdicts.setdefault(endpoint.name, Counter())[endpoint.verdict] += 1
        seen = any(e.verdict in ("BETTER", "WORSE") for e in page.endpoints)
        tally.pages += seen or any(latency.pace in ("FASTER", "SLOWER") for latency in page.latency)

    def _side(self, lock: Lock, label: str, places: Places, gone: Truths) -> Arm:
        picked = replace(
            self.pool,
            repeats=tuple(tuple(row[place] for place in at) for row, at in zip(self.pool.repeats, places, strict=True)),
        )
        records = [
            replace(record, outcome=_LOST, promises=()) if fails and not isinstance(record.outcome, Void) else record
            for record, fails in zip(_renamed(picked, label, self.each), gone.ravel(), strict=True)
        ]
        return arm("calibration", lock, tuple(records), label, self.pool.definition)


def _renamed(pool: Pool, label: str, each: int) -> Iterator[TrialRecord]:
    """The repeats as the attempts of a pseudo-version, task by task."""
    for task, repeats in zip(pool.tasks, pool.repeats, strict=True):
        for attempt, record in enumerate(repeats[:each], start=1):
            yield replace(record, trial=Trial(task, label, attempt, 0))


def _lock(pool: Pool, each: int) -> Lock:
    """The lock of a run that held two pseudo-versions with so many attempts."""
    attempts = range(1, each + 1)
    trials = [Trial(task, label, n, 0) for task in pool.tasks for n in attempts for label in (FIRST, SECOND)]
    agent, claims = pool.lock.agents.get(pool.label, {}), pool.lock.claims.get(pool.label)
    return replace(
        pool.lock,
        attempts=each,
        trials=tuple(trials),
        agents=_both(agent),
        claims={} if claims is None else _both(claims),
    )


def _both(value: _T) -> Mapping[str, _T]:
    return {FIRST: value, SECOND: value}
