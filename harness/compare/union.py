"""Promises of two versions, all of them held against every delivery of both.

Refuses to let a version look better by promising less: a claim that only one definition makes is held on both, also
when nothing of that version ever ran. A definition's own example beyond its limit (see claims/hold) counts beside that
limit only, and not at all when the other definition states the same limit without one. Nothing is measured anew:
figures come from stored scores, and what only the trial itself could know from its record.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from harness.claims.extract import union
from harness.claims.hold import enforceable, own_examples
from harness.compare.arms import Arm
from harness.compare.differing import uncommon_tasks
from harness.compare.held_arrays import BROKEN, KEPT, NOT_MEASURED, gaps_of, seen_on, verdicts_of
from harness.compare.table import Codes, Numbers, Table
from harness.model.claim import Claim


@dataclass(frozen=True)
class Held:
    """The union of claims, and what each task can measure (a task that is not listed: anything).

    examples: by claim id, the definition's own example that goes beyond the claim; seen: metric -> the tasks on which
    some trial of either version has a figure.
    """

    claims: tuple[Claim, ...]
    measures: Mapping[str, tuple[str, ...]]
    examples: Mapping[str, Claim] = field(default_factory=dict)
    seen: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _known: dict[int, tuple[Table, tuple[Codes, ...]]] = field(default_factory=dict, repr=False, compare=False)

    def concerns(self, task: str) -> bool:
        """Whether the task measures any of the claims."""
        metrics = self.measures.get(task)
        return any(metrics is None or claim.metric in metrics for claim in self.claims)

    def verdicts(self, table: Table) -> tuple[Codes, ...]:
        """Each claim's verdict on every trial of a table (places in VERDICTS), which says something of scored ones
        only. Worked out once for each table."""
        known = self._known.get(id(table))
        if known is None or known[0] is not table:
            known = self._known[id(table)] = (table, verdicts_of(self.claims, table, self.measures, self.examples))
        return known[1]

    def shares(self, table: Table) -> Numbers:
        """kept / (kept + broken) of every scored trial; NaN where none could be decided."""
        kept, decided, _ = self.counts(table)
        share: Numbers = np.divide(kept, decided, out=np.full(len(table), np.nan), where=decided > 0)
        return share

    def counts(self, table: Table) -> tuple[Numbers, Numbers, dict[str, Numbers]]:
        """Of every scored trial: claims kept, claims decided, and those left open by whose doing (see `gaps_of`)."""
        kept, broken, scored = np.zeros(len(table)), np.zeros(len(table)), table.is_("scored")
        for verdict in self.verdicts(table):
            kept += scored & (verdict == KEPT)
            broken += scored & (verdict == BROKEN)
        return kept, kept + broken, gaps_of(self.claims, table, self.measures, self.examples, self.seen)


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
    seen = seen_on(a.table, b.table)
    return Held(claims, {**a.lock.measures, **b.lock.measures}, _examples(claims, stated), seen)


def claim_rows(held: Held, a: Arm, b: Arm) -> tuple[ClaimRow, ...]:
    """Counts per claim over all scored trials of each side, on the tasks that both have; claims that read alike are
    counted together."""
    uncommon = uncommon_tasks(a.lock, b.lock)
    texts_a, texts_b = ({claim.text for claim in enforceable(_claims(side))} for side in (a, b))
    rows = []
    for text in dict.fromkeys(claim.text for claim in held.claims):
        alike = [place for place, claim in enumerate(held.claims) if claim.text == text]
        made_by = "both" if text in texts_a and text in texts_b else "first" if text in texts_a else "second"
        rows.append(ClaimRow(text, made_by, *(_triple(held, s.table, alike, uncommon) for s in (a, b))))
    return tuple(rows)


def _claims(side: Arm) -> tuple[Claim, ...]:
    """What the run's lock says of the version, examples included; of older runs, what the records hold."""
    if side.label in side.lock.claims:
        return side.lock.claims[side.label]
    return tuple(claim for claim, _, _ in side.table.promises)


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


def _triple(held: Held, table: Table, claims: Sequence[int], without: Collection[str]) -> tuple[int, int, int]:
    """kept, broken, not measured."""
    elsewhere = np.isin(table.task, [place for place, task in enumerate(table.tasks) if task in without])
    scored, found = table.is_("scored") & ~elsewhere, held.verdicts(table)
    said = [found[place][scored] for place in claims]
    kept, broken, not_measured = (
        sum(int(np.count_nonzero(verdict == word)) for verdict in said) for word in (KEPT, BROKEN, NOT_MEASURED)
    )
    return kept, broken, not_measured
