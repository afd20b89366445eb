"""Looks at one pair of versions: which there were, what makes two of them looks at the same pair, what they spend.

Refuses to let fresh runs of one pair be tested alone, one after another, until one passes (at a loss equal to the
margin .07, .18 and .27 of pairs pass wrongly after 1, 3 and 5 runs): every run that a ledger names is part of one
sample, and every look at it has spent its part of the error. Refuses to read or write the ledger: `store/ledger` does.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from harness.compare.arms import Arm
from harness.compare.union import Held
from harness.compare.values import ACCEPTED, exempt_tasks, values_of
from harness.gate.policy import Policy
from harness.gate.spending import bound_at, unplanned_bound
from harness.model.decision import Reason
from harness.model.jsontypes import JsonObject

_NONE: Final = Held((), {})


@dataclass(frozen=True)
class Look:
    """One line of a ledger: a decision about a pair. pair: its identity (see `pair_of`); versions: the same without
    policy and tasks; run, baseline_run: what was measured for this look; attempts: per task in the whole sample then;
    counts: of both sides, trials of this look's own run by state on `accepted`."""

    pair: str
    versions: str
    candidate: str
    baseline: str
    policy: str
    run: str
    baseline_run: str
    attempts: int
    counts: Mapping[str, Mapping[str, int]]
    outcome: str
    at: str = ""

    def same_as(self, other: "Look") -> bool:
        """Whether it is a look at the same run as it was, so that it need not be written again. What could not be
        judged and now can is another look."""
        one, another = ((each.pair, each.run, each.baseline_run, each.counts, each.spends) for each in (self, other))
        return one == another

    @property
    def spends(self) -> bool:
        """Whether anything could be decided by it."""
        return self.outcome != "INVALID"


@dataclass(frozen=True)
class Looks:
    """What is known of the looks at a pair. ledger: the file, "" = the policy names none; earlier: attempts in the
    sample at each earlier look, rising; pooled: earlier runs that are part of this sample; gone: those that are not
    found any more; repeated: trials that only replay a reply which a later run of the sample holds too; unlike: why
    runs cannot be one sample; elsewhere: looks at the same versions under another policy or set of tasks;
    unfinished: runs of the sample with trials that are not measured."""

    ledger: str = ""
    earlier: tuple[int, ...] = ()
    pooled: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    repeated: int = 0
    unlike: tuple[str, ...] = ()
    elsewhere: int = 0
    unfinished: tuple[str, ...] = ()

    def bound(self, level: float, declared: Sequence[int], attempts: int) -> float:
        """The bound on the normal score at this look. Declared looks spend the error as declared; where none are, and
        looks are remembered, each spends most of what is left."""
        if declared:
            return bound_at(level, declared, attempts)
        if not self.ledger:
            return bound_at(level, (attempts,), attempts)
        return unplanned_bound(level, (*(n for n in self.earlier if n < attempts), attempts))


UNKNOWN: Final = Looks()


def pair_of(candidate: Arm, baseline: Arm | None, policy: Policy) -> str:
    """Identity of what is looked at: both versions by digest, the policy, and the tasks by digest."""
    return _seal([_versions(candidate, baseline), policy.sha256, sorted(candidate.lock.tasks.items())])


def versions_of(candidate: Arm, baseline: Arm | None) -> str:
    """Identity of the two versions alone."""
    return _seal(_versions(candidate, baseline))


def look_of(candidate: Arm, baseline: Arm | None, policy: Policy, attempts: int, outcome: str, at: str) -> Look:
    """The line for a decision; candidate, baseline: of this look's own run."""
    return Look(
        pair=pair_of(candidate, baseline, policy),
        versions=versions_of(candidate, baseline),
        candidate=candidate.label,
        baseline=baseline.label if baseline else "",
        policy=policy.sha256,
        run=candidate.run,
        baseline_run=baseline.run if baseline else "",
        attempts=attempts,
        counts={"candidate": _counts(candidate), **({"baseline": _counts(baseline)} if baseline else {})},
        outcome=outcome,
        at=at,
    )


def about(looks: Looks) -> Iterable[Reason]:
    """What a decision must say of earlier looks."""
    if not looks.ledger:
        text = 'earlier looks at this pair are unknown: the policy names no ledger (looks = "looks.jsonl");'
        yield Reason("validity", "ledger", "note", f"{text} a pass after several fresh runs is worth less than it says")
        return
    count = len(looks.earlier)
    text = f"{count} earlier look{'s' if count != 1 else ''} at this pair in {looks.ledger}"
    if looks.pooled:
        text += f"; one sample with {', '.join(looks.pooled)}"
    if looks.pooled and looks.unfinished:
        text += f"; unfinished among them: {', '.join(looks.unfinished)}"
    if looks.repeated:
        text += f"; {looks.repeated} trials replay a reply that another run holds too, and count once"
    if looks.elsewhere:
        text += f"; {looks.elsewhere} more at the same versions under another policy or task set are no part of it"
    yield Reason("validity", "ledger", "note", text)
    if looks.gone:
        text = f"{looks.ledger} names {', '.join(looks.gone)}, not found among the runs: without them the sample is not"
        yield Reason("requirement", "ledger.gone", "open", f"{text} whole and nothing can pass; put their folders back")
    for why in looks.unlike:
        text = f"{why}: they cannot be one sample; the policy may let it (may_differ)"
        yield Reason("validity", "ledger.unlike", "invalid_input", text)


def _versions(candidate: Arm, baseline: Arm | None) -> JsonObject:
    return {"candidate": _digest(candidate), "baseline": _digest(baseline) if baseline else ""}


def _digest(side: Arm) -> str:
    """Of definition, adapter, model and how it is asked; a lock of before it was kept has the label's eight digits."""
    return str(side.lock.agents.get(side.label, {}).get("digest") or side.label)


def _counts(side: Arm) -> dict[str, int]:
    return dict(values_of(side, ACCEPTED, exempt_tasks(ACCEPTED, _NONE, side), _NONE).counts)


def _seal(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
