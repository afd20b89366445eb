"""What each planned trial is worth on one endpoint: a number in [0, 1], or the reason why there is none.

Endpoints are `accepted`, `promises` and every scorer. Refuses to count a Void, an incomplete, an Unmeasured or an
undetermined trial as anything; a Failed trial is worth 0 and counted, except on tasks that do not offer the quality at
all. Refuses to let a submission exempt its task: what a scorer cannot look at (static, no Python in it) leaves that
trial out, counted apart and lost in the worst case, so that nobody gains by it: no pass and no better verdict rests on
its absence.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from harness.compare.arms import Arm
from harness.compare.differing import uncommon_tasks
from harness.compare.table import ACCEPTED_WORDS, BLAMES, Codes, Numbers, Table, Truths, one_of
from harness.compare.union import Held

State = Literal["scored", "failed", "void", "unmeasured", "by_submission", "undetermined", "not_applicable", "missing"]
STATES: Final[tuple[State, ...]] = get_args(State)
ACCEPTED: Final = "accepted"
PROMISES: Final = "promises"
# Planned, of a task that offers the quality, and without a value. by_submission: through the submission's own doing, as
# its scorer does not apply to it or its agent is to blame that nothing was measured.
BY_SUBMISSION: Final = "by_submission"
LOST: Final[tuple[State, ...]] = ("void", "unmeasured", BY_SUBMISSION, "undetermined", "missing")


NO_FILL: Final[Mapping[State, float]] = MappingProxyType({})


@dataclass(frozen=True)
class Value:
    """One planned trial on one endpoint; `value` is None unless the state is scored or failed (0)."""

    task: str
    attempt: int
    state: State
    value: float | None = None


@dataclass(frozen=True, eq=False)
class Parts:
    """Of every trial: how many parts hold, how many are decided, and how many are missing by the state that each of
    them is in; all 0 for a trial whose value is none or not made of parts."""

    kept: Numbers
    decided: Numbers
    missing: Mapping[State, Numbers]

    def only(self, where: Truths) -> "Parts":
        """The same with nothing at other trials."""
        missing = {state: number * where for state, number in self.missing.items()}
        return Parts(self.kept * where, self.decided * where, missing)


@dataclass(frozen=True, eq=False)
class Values:
    """One version's planned trials on one endpoint, as arrays: task (place in `tasks`), attempt, state (place in
    STATES), and the value, NaN unless the state is scored or failed (0). parts: what values of several parts are made
    of, where some of a trial's parts may be missing."""

    tasks: tuple[str, ...]
    task: NDArray[np.int32]
    attempt: NDArray[np.int32]
    state: Codes
    value: Numbers
    parts: Parts | None = None

    def __len__(self) -> int:
        """Planned trials."""
        return len(self.state)

    def __iter__(self) -> Iterator[Value]:
        """One by one, for people and tests."""
        for place, state in enumerate(self.state):
            number = float(self.value[place])
            value = None if np.isnan(number) else number
            yield Value(self.tasks[self.task[place]], int(self.attempt[place]), STATES[state], value)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Trials by state, those that occur."""
        numbers = np.bincount(self.state, minlength=len(STATES))
        return {state: int(number) for state, number in zip(STATES, numbers, strict=True) if number}

    def where(self, *states: State) -> Truths:
        """The trials in one of these states."""
        return one_of(self.state, [STATES.index(state) for state in states])

    def filled(self, fill: Mapping[State, float] = NO_FILL) -> Numbers:
        """The values, with what a trial counts that is in such a state; NaN where it is left out."""
        if not fill:
            return self.value
        by_state = np.array([fill.get(state, np.nan) for state in STATES])
        found: Numbers = np.where(self.where(*fill), by_state[self.state], self.value)
        if self.parts is None:
            return found
        total, kept = self.parts.decided.copy(), self.parts.kept.copy()
        for state, number in self.parts.missing.items():
            if state in fill:
                total += number
                kept += fill[state] * number
        return np.divide(kept, total, out=found, where=total > 0)

    @cached_property
    def partly(self) -> Mapping[str, int]:
        """State -> trials that have a value, with parts of it missing in that state."""
        if self.parts is None:
            return {}
        valued = self.where("scored")
        numbers = {s: int(np.count_nonzero(valued & (n > 0))) for s, n in self.parts.missing.items()}
        return {state: number for state, number in numbers.items() if number}

    def per_task(self, fill: Mapping[State, float] = NO_FILL) -> Mapping[str, tuple[float, int]]:
        """Task -> sum and number of its values, of tasks that have any, in the order of the plan."""
        numbers = self.filled(fill)
        known = ~np.isnan(numbers)
        count = np.bincount(self.task[known], minlength=len(self.tasks))
        total = np.bincount(self.task[known], weights=numbers[known], minlength=len(self.tasks))
        return {task: (float(total[place]), int(count[place])) for place, task in enumerate(self.tasks) if count[place]}


@dataclass(frozen=True)
class Rate:
    """Mean over n = scored + failed trials, None when n = 0; the rest is counted apart by state. partly: trials in n
    parts of whose value are missing, by state."""

    mean: float | None
    n: int
    counts: Mapping[str, int]
    partly: Mapping[str, int] = field(default_factory=dict)

    def without(self, *states: State) -> int:
        """Trials in these states, or with parts in them."""
        return sum(self.counts.get(state, 0) + self.partly.get(state, 0) for state in states)

    @property
    def planned(self) -> int:
        """Trials of the tasks that offer what is asked."""
        return sum(self.counts.values()) - self.counts.get("not_applicable", 0)

    @property
    def lost(self) -> int:
        """Trials that should have a value and have none."""
        return sum(self.counts.get(state, 0) for state in LOST)


def endpoints_of(*arms: Arm, promises: bool) -> tuple[str, ...]:
    """`accepted`, `promises` if asked, then scorers in the locks' order."""
    scorers = dict.fromkeys(name for arm in arms for name in arm.lock.scorers)
    return (ACCEPTED, *((PROMISES,) if promises else ()), *scorers)


def values_of(arm: Arm, endpoint: str, exempt: Collection[str], held: Held) -> Values:
    """One value per planned trial. exempt: tasks without that quality; held: promises of every trial."""
    table = arm.table
    state, value, parts = _found(table, endpoint, held)
    by_agent = table.lost_to == BLAMES.index("agent")
    lost = ((table.lost_to != 0) | table.is_("void")) & ~by_agent
    rules: tuple[tuple[Truths, State], ...] = (  # a later one overrules
        (table.is_("failed"), "failed"),
        (lost, "void"),
        (by_agent, BY_SUBMISSION),
        (table.is_("missing"), "missing"),
        (np.isin(table.task, [n for n, task in enumerate(table.tasks) if task in exempt]), "not_applicable"),
    )
    for where, word in rules:
        state[where], value[where] = STATES.index(word), 0.0 if word == "failed" else np.nan
    overruled = np.any([where for where, _ in rules], axis=0)
    return Values(table.tasks, table.task, table.attempt, state, value, parts.only(~overruled) if parts else None)


def rate(values: Values) -> Rate:
    """Their mean with its denominator."""
    known = ~np.isnan(values.value)
    n = int(np.count_nonzero(known))
    mean = float(values.value[known].sum()) / n if n else None
    return Rate(mean, n, dict(values.counts), dict(values.partly))


def exempt_tasks(endpoint: str, held: Held, *arms: Arm) -> frozenset[str]:
    """Tasks that do not offer what the endpoint measures, and those that the arms do not have in common; every arm that
    is compared should be given."""
    uncommon = uncommon_tasks(arms[0].lock, arms[-1].lock)
    if endpoint == ACCEPTED:
        return uncommon
    if endpoint == PROMISES:
        return uncommon | {task for arm in arms for task in arm.lock.tasks if not held.concerns(task)}
    return uncommon | tasks_without(endpoint, *(arm.table for arm in arms))


def tasks_without(scorer: str, *tables: Table) -> frozenset[str]:
    """Tasks that do not offer what the scorer measures: their trials say so, and not one says otherwise. A score of
    either version, or a submission that it cannot look at, shows that the task offers it: then only the trials that
    have no value are left out. A task all of whose trials failed says nothing itself: it goes with the others where
    none of them offers it."""
    seen: set[str] = set()
    without: set[str] = set()
    offering: set[str] = set()
    for table in tables:
        result = table.said(scorer)
        not_offered = result.said("not_offered")
        seen |= _tasks_at(table, table.measured)
        without |= _tasks_at(table, not_offered)
        offering |= _tasks_at(table, ~not_offered & (result.kind != 0))
    return frozenset(seen if without and not offering else without - offering)


def _tasks_at(table: Table, where: Truths) -> set[str]:
    return {table.tasks[place] for place in np.unique(table.task[where])}


def _found(table: Table, endpoint: str, held: Held) -> tuple[Codes, Numbers, Parts | None]:
    """State and value of every trial as if it were scored, and what the value is made of."""
    if endpoint == ACCEPTED:
        open_ = table.accepted == ACCEPTED_WORDS.index("undetermined")
        state = _states(
            ("scored", ~open_), (BY_SUBMISSION, open_ & table.unasked), ("undetermined", open_ & ~table.unasked)
        )
        return state, np.where(open_, np.nan, table.accepted == ACCEPTED_WORDS.index("yes")), None
    if endpoint == PROMISES:
        return _promised(table, held)
    result = table.said(endpoint)
    scored, own = result.said("score"), result.said("not_offered", "nothing_to_see", "unmeasured_by_agent")
    return _states(("unmeasured", ~own & ~scored), ("scored", scored), (BY_SUBMISSION, own)), result.value.copy(), None


def _promised(table: Table, held: Held) -> tuple[Codes, Numbers, Parts]:
    """kept / (kept + broken) of every trial. A claim that is left open is missing like a trial that is: by the
    submission's own doing, lost to us, or measured without an answer; where nothing is decided, the trial is."""
    kept, decided, gaps = held.counts(table)
    missing: dict[State, Numbers] = {
        "undetermined": gaps["nobody"],
        "unmeasured": gaps["others"],
        BY_SUBMISSION: gaps["submission"],
    }
    known = decided > 0
    share: Numbers = np.divide(kept, decided, out=np.full(len(table), np.nan), where=known)
    open_ = tuple((state, ~known & (number > 0)) for state, number in missing.items())
    state = _states(("not_applicable", ~known), *open_, ("scored", known))
    return state, share, Parts(kept, decided, missing)


def _states(*found: tuple[State, Truths]) -> Codes:
    state = np.zeros(len(found[0][1]), dtype=np.int8)
    for word, where in found:
        state[where] = STATES.index(word)
    return state
