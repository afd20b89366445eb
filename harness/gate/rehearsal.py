"""A policy tried on one version held against itself, and on a half of it that was made to lose: what does it say?

The seam between the arrays of `compare.calibration` and the decision as it is: pseudo-versions are arms like any other.
Refuses to imitate the decision: `decide` and `compare` are asked, whatever they have become.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

import numpy as np

from harness.compare.arms import Arm
from harness.compare.calibration import Draw, Numbers, Places, Truths, draw, lost
from harness.compare.comparison import compare
from harness.compare.pseudo import failed_row, joined, picked
from harness.compare.table import Table
from harness.compare.union import held_on
from harness.compare.values import exempt_tasks, values_of
from harness.compare.verdicts import MARGIN
from harness.gate.decide import decide
from harness.gate.policy import Policy
from harness.model.suite import Lock
from harness.model.trial import Trial

FIRST, SECOND = "pseudo-first", "pseudo-second"
_T = TypeVar("_T")


@dataclass(frozen=True)
class Pool:
    """Every repeat of one version, run after run: `rows[task, repeat]` is the place of its trial in `table`, whose last
    row is a trial that failed. families: of the tasks, counted from 0 along `names`."""

    lock: Lock
    label: str
    definition: str
    tasks: tuple[str, ...]
    families: Places
    names: tuple[str, ...]
    rows: Places
    table: Table

    @property
    def repeats(self) -> int:
        """Of each task."""
        return int(self.rows.shape[1])


def pooled(arms: Sequence[Arm]) -> Pool:
    """The repeats of runs made under one lock, all of them finished: same version, same tasks, same attempts."""
    first = arms[0]
    table = joined([*(side.table for side in arms), failed_row("calibration_loss")])
    tasks = tuple(sorted(first.table.tasks))
    places: dict[str, list[int]] = {task: [] for task in tasks}
    for place, trial in enumerate(trial for side in arms for trial in side.trials):
        places[trial.task_id].append(place)
    names, families = np.unique([first.lock.families.get(task, task) for task in tasks], return_inverse=True)

    rows = np.array([places[task] for task in tasks], dtype=np.intp)
    return Pool(first.lock, first.label, first.definition, tasks, families, tuple(map(str, names)), rows, table)


def not_measured(side: Arm) -> int:
    """Planned trials that have no record, or were cancelled: they are no repeats yet."""
    return int(side.table.is_("missing").sum()) + side.table.lost().get("cancelled", 0)


def values(pool: Pool, endpoint: str) -> Numbers:
    """Task × repeat on one endpoint, NaN where there is no value; a failed trial is 0, as everywhere."""
    whole = _side(pool, _lock(pool, pool.repeats), FIRST, pool.rows)
    held = held_on(whole, whole)
    return values_of(whole, endpoint, exempt_tasks(endpoint, held, whole), held).value.reshape(pool.rows.shape)


@dataclass
class Tally:
    """What was said of `n` splits: the gate's outcomes and what decided them; compare's verdicts, by endpoint.

    alarms: BLOCKs for a regression, false where there is none (a floor or safety may block with reason); worse: splits
    in which compare said that of the page's primary endpoint; paces: in which a task was FASTER or SLOWER; pages: in
    which there was any difference at all."""

    n: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    decided_by: Counter[tuple[str, str]] = field(default_factory=Counter)
    verdicts: dict[str, Counter[str]] = field(default_factory=dict)
    alarms: int = 0
    worse: int = 0
    paces: int = 0
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
            found = draw(self.seed, number, self.pool.families, self.pool.repeats, self.each)
            self._one(found, lost(found, self.pool.families, loss, spread), tally)
        return tally

    def _one(self, found: Draw, gone: Truths, tally: Tally) -> None:
        rows = np.arange(len(self.pool.tasks))[:, None]
        first, second = self.pool.rows[rows, found.first], self.pool.rows[rows, found.second]
        kept = self.pool.table.is_("void", "missing")[second] | ~gone
        baseline = _side(self.pool, self._lock, FIRST, first)
        candidate = _side(self.pool, self._lock, SECOND, np.where(kept, second, len(self.pool.table) - 1))
        decision = decide(candidate, baseline, self.policy)
        tally.n += 1
        tally.outcomes[decision.outcome] += 1
        decisive = [r for r in decision.reasons if r.finding == "blocked" and r.rule in decision.decided_by]
        tally.decided_by.update((decision.outcome, rule) for rule in decision.decided_by)
        margin = self.policy.non_inferiority.margin if self.policy.non_inferiority else MARGIN
        page = compare(baseline, candidate, margin)
        for endpoint in page.endpoints:
            tally.verdicts.setdefault(endpoint.name, Counter())[endpoint.verdict] += 1
        seen = any(e.verdict in ("BETTER", "WORSE") for e in page.endpoints)
        tally.alarms += decision.outcome == "BLOCK" and any(r.stage == "regression" for r in decisive)
        tally.worse += page.primary.verdict == "WORSE"
        paced = any(latency.pace in ("FASTER", "SLOWER") for latency in page.latency)
        tally.paces += paced
        tally.pages += seen or paced

    @cached_property
    def _lock(self) -> Lock:
        return _lock(self.pool, self.each)


def _side(pool: Pool, lock: Lock, label: str, rows: Places) -> Arm:
    """A pseudo-version: these rows of the pool, task by task, as its attempts."""
    plan = [trial for trial in lock.trials if trial.agent_label == label]
    table = picked(pool.table, rows.ravel(), plan)
    return Arm(label, "calibration", lock, table, _no_text, pool.definition)


def _no_text(trial: Trial) -> None:
    """No record is read again for every split: what a decision says of one is not shown."""


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
