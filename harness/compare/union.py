"""Promises of two versions, all of them held against every delivery of both.

Refuses to let a version look better by promising less: a claim that only one definition makes is held on both, also
when nothing of that version ever ran. A definition's own example beyond its limit (see claims/hold) counts beside that
limit only, and not at all when the other definition states the same limit without one. Nothing is measured anew:
figures come from stored scores, and what only the trial itself could know from its record.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.claims.extract import union
from harness.claims.hold import enforceable, hold, own_examples
from harness.compare.arms import Arm
from harness.model.claim import Claim, PromiseResult
from harness.model.trial import Scored, TrialRecord
from harness.scorers.promises import measured_from


@dataclass(frozen=True)
class Held:
    """The union of claims, and what each task can measure (a task that is not listed: anything).

    examples: by claim id, the definition's own example that goes beyond the claim.
    """

    claims: tuple[Claim, ...]
    measures: Mapping[str, tuple[str, ...]]
    examples: Mapping[str, Claim] = field(default_factory=dict)

    def concerns(self, task: str) -> bool:
        """Whether the task measures any of the claims."""
        metrics = self.measures.get(task)
        return any(metrics is None or claim.metric in metrics for claim in self.claims)

    def results(self, record: TrialRecord) -> tuple[PromiseResult, ...]:
        """Every claim of the union held against one scored trial."""
        if not isinstance(record.outcome, Scored) or not self.claims:
            return ()
        figures = measured_from(record.outcome.scores, record.files, None)
        own = {result.claim.metric: result.measured for result in record.promises if result.measured is not None}
        return hold(self.claims, {**figures, **own}, self.measures.get(record.trial.task_id), self.examples)

    def share(self, record: TrialRecord) -> float | None:
        """kept / (kept + broken) of one scored trial; None when none could be decided."""
        count = Counter(result.verdict for result in self.results(record))
        decided = count["kept"] + count["broken"]
        return count["kept"] / decided if decided else None


@dataclass(frozen=True)
class ClaimRow:
    """One claim of the union on both sides: kept, broken, not measured; `made_by`: both | first | second."""

    text: str
    made_by: str
    first: tuple[int, int, int]
    second: tuple[int, int, int]


def held_on(a: Arm, b: Arm) -> Held:
    """The enforceable claims of both versions, corrections by hand included."""
    stated = _claims(a), _claims(b)
    claims = union(*map(enforceable, stated))
    return Held(claims, {**a.lock.measures, **b.lock.measures}, _examples(claims, stated))


def claim_rows(held: Held, a: Arm, b: Arm) -> tuple[ClaimRow, ...]:
    """Counts per claim over all scored trials of each side."""
    first, second = _counts(held, a), _counts(held, b)
    texts_a, texts_b = ({claim.text for claim in enforceable(_claims(side))} for side in (a, b))
    rows = []
    for text in dict.fromkeys(claim.text for claim in held.claims):
        made_by = "both" if text in texts_a and text in texts_b else "first" if text in texts_a else "second"
        rows.append(ClaimRow(text, made_by, _triple(first, text), _triple(second, text)))
    return tuple(rows)


def _claims(side: Arm) -> tuple[Claim, ...]:
    """What the run's lock says of the version, examples included; of older runs, what the records hold."""
    if side.label in side.lock.claims:
        return side.lock.claims[side.label]
    return tuple(dict.fromkeys(result.claim for record in side.records for result in record.promises))


def _examples(claims: Sequence[Claim], stated: Sequence[Sequence[Claim]]) -> dict[str, Claim]:
    """Claim id -> the nearest of the examples beside it, where every definition that makes the claim has one."""
    found = {}
    for claim in claims:
        beside = [
            own_examples(side).get(own.id)
            for side in stated
            for own in enforceable(side)
            if (own.metric, own.op, own.value) == (claim.metric, claim.op, claim.value)
        ]
        known = [example for example in beside if example is not None]
        if known and len(known) == len(beside):
            found[claim.id] = min(known, key=lambda example: abs((example.value or 0.0) - (claim.value or 0.0)))
    return found


def _counts(held: Held, side: Arm) -> Counter[tuple[str, str]]:
    return Counter((r.claim.text, r.verdict) for record in side.records for r in held.results(record))


def _triple(counts: Counter[tuple[str, str]], text: str) -> tuple[int, int, int]:
    return counts[text, "kept"], counts[text, "broken"], counts[text, "not_measured"]
