"""What each planned trial is worth on one endpoint: a number in [0, 1], or the reason why there is none.

Endpoints are `accepted`, `promises` and every scorer. Refuses to count a Void, an Unmeasured or an undetermined trial
as anything; a Failed trial is worth 0 and counted, except on tasks that do not offer the quality at all.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from harness.compare.arms import Arm
from harness.compare.union import Held
from harness.model.score import NotApplicable, Score
from harness.model.trial import Failed, Scored, Trial, TrialRecord, Void

State = Literal["scored", "failed", "void", "unmeasured", "undetermined", "not_applicable", "missing"]
ACCEPTED: Final = "accepted"
PROMISES: Final = "promises"
LOST: Final = ("void", "unmeasured", "undetermined", "missing")  # planned, applicable, and without a value


@dataclass(frozen=True)
class Value:
    """One planned trial on one endpoint; `value` is None unless the state is scored or failed (0)."""

    task: str
    attempt: int
    state: State
    value: float | None = None


@dataclass(frozen=True)
class Rate:
    """Mean over n = scored + failed trials, None when n = 0; the rest is counted apart by state."""

    mean: float | None
    n: int
    counts: Mapping[str, int]

    @property
    def lost(self) -> int:
        """Trials that should have a value and have none."""
        return sum(self.counts.get(state, 0) for state in LOST)


def endpoints_of(*arms: Arm, promises: bool) -> tuple[str, ...]:
    """`accepted`, `promises` if asked, then scorers in the locks' order."""
    scorers = dict.fromkeys(name for arm in arms for name in arm.lock.scorers)
    return (ACCEPTED, *((PROMISES,) if promises else ()), *scorers)


def values_of(arm: Arm, endpoint: str, exempt: Collection[str], held: Held) -> tuple[Value, ...]:
    """One value per planned trial. exempt: tasks without that quality; held: promises of every trial."""
    known = {record.trial: record for record in arm.records}
    return tuple(_value(trial, known.get(trial), endpoint, exempt, held) for trial in arm.trials)


def rate(values: Collection[Value]) -> Rate:
    """Their mean with its denominator."""
    numbers = [value.value for value in values if value.value is not None]
    mean = sum(numbers) / len(numbers) if numbers else None
    return Rate(mean, len(numbers), Counter(value.state for value in values))


def exempt_tasks(endpoint: str, held: Held, *arms: Arm) -> frozenset[str]:
    """Tasks that do not offer what the endpoint measures, as any scored trial of either version said."""
    if endpoint == ACCEPTED:
        return frozenset()
    if endpoint == PROMISES:
        return frozenset(task for arm in arms for task in arm.lock.tasks if not held.concerns(task))
    return frozenset(
        record.trial.task_id
        for arm in arms
        for record in arm.records
        if isinstance(record.outcome, Scored)
        and any(isinstance(r, NotApplicable) and r.scorer == endpoint for r in record.outcome.scores)
    )


def _value(trial: Trial, record: TrialRecord | None, endpoint: str, exempt: Collection[str], held: Held) -> Value:
    at = (trial.task_id, trial.attempt)
    if trial.task_id in exempt:
        return Value(*at, "not_applicable")
    if record is None:
        return Value(*at, "missing")
    match record.outcome:
        case Void():
            return Value(*at, "void")
        case Failed():
            return Value(*at, "failed", 0.0)
        case Scored() as outcome if endpoint == ACCEPTED:
            if outcome.accepted == "undetermined":
                return Value(*at, "undetermined")
            return Value(*at, "scored", float(outcome.accepted == "yes"))
        case Scored() if endpoint == PROMISES:
            share = held.share(record)
            return Value(*at, "unmeasured") if share is None else Value(*at, "scored", share)
        case Scored(scores=scores):
            result = next((r for r in scores if r.scorer == endpoint), None)
            return Value(*at, "scored", result.value) if isinstance(result, Score) else Value(*at, "unmeasured")
