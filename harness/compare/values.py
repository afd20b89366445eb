"""What each planned trial is worth on one endpoint: a number in [0, 1], or the reason why there is none.

Endpoints are `accepted`, `promises` and every scorer. Refuses to count a Void, an incomplete, an Unmeasured or an
undetermined trial as anything; a Failed trial is worth 0 and counted, except on tasks that do not offer the quality at
all. Refuses to let a submission exempt its task: what a scorer cannot look at (static, no Python in it) leaves that
trial out, counted apart and lost in the worst case, so that nobody gains by it: no pass and no better verdict rests on
its absence.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from harness.compare.arms import Arm
from harness.compare.union import Held
from harness.model.score import NotApplicable, Score, Unmeasured
from harness.model.trial import Failed, Scored, Trial, TrialRecord, Void, lost_to

State = Literal["scored", "failed", "void", "unmeasured", "by_submission", "undetermined", "not_applicable", "missing"]
ACCEPTED: Final = "accepted"
PROMISES: Final = "promises"
# Planned, of a task that offers the quality, and without a value. by_submission: through the submission's own doing, as
# its scorer does not apply to it or its agent is to blame that nothing was measured.
BY_SUBMISSION: Final = "by_submission"
LOST: Final[tuple[State, ...]] = ("void", "unmeasured", BY_SUBMISSION, "undetermined", "missing")


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
    """Tasks that do not offer what the endpoint measures; every arm that is compared should be given."""
    if endpoint == ACCEPTED:
        return frozenset()
    if endpoint == PROMISES:
        return frozenset(task for arm in arms for task in arm.lock.tasks if not held.concerns(task))
    return tasks_without(endpoint, (record for arm in arms for record in arm.records))


def tasks_without(scorer: str, records: Iterable[TrialRecord]) -> frozenset[str]:
    """Tasks that do not offer what the scorer measures: their trials say NotApplicable because of the task, and not one
    says otherwise. A Score of either version, or NotApplicable because of a submission, shows that the task offers it:
    then only the trials that have no value are left out. A task all of whose trials failed says nothing itself: it goes
    with the others where none of them offers it."""
    seen: set[str] = set()
    without: set[str] = set()
    offering: set[str] = set()
    for record in records:
        seen.add(record.trial.task_id)
        for result in record.outcome.scores if isinstance(record.outcome, Scored) else ():
            if result.scorer != scorer:
                continue
            if isinstance(result, NotApplicable) and result.because == "task":
                without.add(record.trial.task_id)
            else:
                offering.add(record.trial.task_id)
    return frozenset(seen if without and not offering else without - offering)


def _value(trial: Trial, record: TrialRecord | None, endpoint: str, exempt: Collection[str], held: Held) -> Value:
    at = (trial.task_id, trial.attempt)
    if trial.task_id in exempt:
        return Value(*at, "not_applicable")
    if record is None:
        return Value(*at, "missing")
    if lost_to(record.outcome) is not None:
        return Value(*at, "void")
    match record.outcome:
        case Void():
            return Value(*at, "void")
        case Failed():
            return Value(*at, "failed", 0.0)
        case Scored() as outcome if endpoint == ACCEPTED:
            if outcome.accepted == "undetermined":
                return Value(*at, BY_SUBMISSION if _kept_from_asking(outcome) else "undetermined")
            return Value(*at, "scored", float(outcome.accepted == "yes"))
        case Scored() if endpoint == PROMISES:
            share = held.share(record)
            return Value(*at, "unmeasured") if share is None else Value(*at, "scored", share)
        case Scored(scores=scores):
            match next((r for r in scores if r.scorer == endpoint), None):
                case Score(value=value):
                    return Value(*at, "scored", value)
                case NotApplicable() | Unmeasured(blame="agent"):
                    return Value(*at, BY_SUBMISSION)
            return Value(*at, "unmeasured")


def _kept_from_asking(outcome: Scored) -> bool:
    """Whether the submission is why something stayed undetermined: a scorer it kept from measuring, or critical attacks
    that could not be tried on it, as they can on the reference."""
    return any(
        (isinstance(result, Unmeasured) and result.blame == "agent")
        or (isinstance(result, Score) and bool(result.metrics.get("critical_untried")))
        for result in outcome.scores
    )
