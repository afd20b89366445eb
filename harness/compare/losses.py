"""What each side of a comparison lost, why, and what would settle it; and whether a verdict survives the loss.

Refuses a verdict that rests on what is missing. Two caps, the gate's, bound what may be lost to us at all, and the gap
between the sides; beyond that a verdict must stand in its worst case: every trial that is missing counts 0 for the side
that it favours and 1 for the other. What a side kept from being measured itself is never counted in its favour.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from harness.compare.arms import Arm
from harness.compare.differing import uncommon_tasks
from harness.compare.table import BLAMES, Table, Truths
from harness.compare.values import ACCEPTED, BY_SUBMISSION, LOST, PROMISES, Rate, State, Values

VOID_SHARE: Final = 0.05  # of one side's planned trials, lost to us or not yet run
VOID_GAP: Final = 0.03  # between the sides' shares
TOLD: Final = 3  # trials that are named
OURS: Final[tuple[State, ...]] = ("void", "missing", "unmeasured")
# What a missing trial counts in the worst case of a verdict, on the side that it favours and on the other.
AGAINST: Final[Mapping[State, float]] = dict.fromkeys(LOST, 0.0)
FOR_THE_OTHER: Final[Mapping[State, float]] = {state: 1.0 for state in LOST if state != BY_SUBMISSION}
_ROUNDING: Final = 1e-9

Kind = Literal["not yet run", "void", "incomplete", "undetermined", "unmeasured"]


@dataclass(frozen=True)
class Loss:
    """Trials of one side that have no value for one reason, in the order of the plan. blame: whose doing ("" =
    nobody's); what: codes of the failure, or the endpoint that has no value; settle: what would settle it."""

    kind: Kind
    blame: str
    what: str
    trials: tuple[str, ...]
    settle: str

    @property
    def text(self) -> str:
        """`12 void by infrastructure (engine_lost), e.g. …`."""
        whose = " by its own doing" if self.blame == "agent" else f" by {self.blame}" if self.blame else ""
        what = f" ({self.what})" if self.what else ""
        more = f" and {len(self.trials) - TOLD} more" if len(self.trials) > TOLD else ""
        return f"{len(self.trials)} {self.kind}{whose}{what}: {', '.join(self.trials[:TOLD])}{more}"


@dataclass(frozen=True)
class Losses:
    """All that one side lost of its planned trials on the tasks that are compared."""

    run: str
    planned: int
    losses: tuple[Loss, ...]

    @property
    def unfinished(self) -> int:
        """Trials that have not been run, or whose run was cancelled."""
        return sum(len(loss.trials) for loss in self.losses if loss.kind == "not yet run" or loss.blame == "cancelled")


def losses_of(side: Arm, other: Arm, values: Mapping[str, Values]) -> Losses:
    """What `side` lost where it is compared with `other`; values: its values by endpoint."""
    table = side.table
    elsewhere = uncommon_tasks(side.lock, other.lock)
    here = ~np.isin(table.task, [place for place, task in enumerate(table.tasks) if task in elsewhere])
    found = [*_trials_lost(side, table, here), *_answers_lost(table, values)]
    return Losses(side.run, int(np.count_nonzero(here)), tuple(loss for loss in found if loss.trials))


def beyond_caps(endpoint: str, first: Rate, second: Rate, verdict: str) -> str:
    """Which cap the losses of an endpoint exceed, or "". The cap on a side's own doings is asked of those that the
    verdict favours, on `accepted`: elsewhere the worst case says all."""
    shares = []
    for word, side in (("first", first), ("second", second)):
        lost = side.without(*OURS)
        shares.append(lost / side.planned if side.planned else 0.0)
        if shares[-1] > VOID_SHARE + _ROUNDING:
            return (
                f"{lost} of the {side.planned} trials of the {word} are lost or not yet run, cap {100 * VOID_SHARE:g} %"
            )
    gap = abs(shares[0] - shares[1])
    if gap > VOID_GAP + _ROUNDING:
        return f"the shares lost differ by {100 * gap:.1f} points between the sides, cap {100 * VOID_GAP:g}"
    favoured = {"BETTER": (second,), "WORSE": (first,), "EQUIVALENT": (first, second)}.get(verdict, ())
    for side in favoured if endpoint == ACCEPTED else ():
        own = side.without(BY_SUBMISSION)
        if side.planned and own / side.planned > VOID_SHARE + _ROUNDING:
            return f"{own} of its {side.planned} trials have no value by its own doing, cap {100 * VOID_SHARE:g} %"
    return ""


def _trials_lost(side: Arm, table: Table, here: Truths) -> Iterator[Loss]:
    """Trials without a usable record, by reason."""
    resume = f"`harness resume {side.run}`"
    yield Loss("not yet run", "", "", _names(table, here & table.is_("missing")), resume)
    for place, blame in enumerate(BLAMES):
        if not blame:
            continue
        void = here & table.is_("void") & (table.lost_to == place)
        codes = ", ".join(sorted({table.code[int(n)] for n in np.flatnonzero(void)} - {""}))
        settle = "`harness task check` on their tasks" if blame == "task" else "" if blame == "agent" else resume
        yield Loss("void", blame, codes, _names(table, void), settle)
        incomplete = here & table.is_("scored") & (table.lost_to == place)
        yield Loss(
            "incomplete", blame, "surely not accepted, yet not measured in full", _names(table, incomplete), _AGAIN
        )


def _answers_lost(table: Table, values: Mapping[str, Values]) -> Iterator[Loss]:
    """Scored trials in which an endpoint has no value, or part of it is missing."""
    scored = table.is_("scored") & (table.lost_to == 0)
    for endpoint, found in values.items():
        partly = found.parts.missing if found.parts else {}
        for state, kind, settle in _KINDS:
            where = found.where(state)
            if state in partly and endpoint == PROMISES:
                where |= partly[state] > 0
            blame = "agent" if state == BY_SUBMISSION else ""
            yield Loss(kind, blame, endpoint, _names(table, scored & where), settle)


_AGAIN: Final = "a new run, on a calmer host if the causes in the report say so"
_KINDS: Final[tuple[tuple[State, Kind, str], ...]] = (
    ("undetermined", "undetermined", "more attempts, on a calmer host"),
    ("unmeasured", "unmeasured", _AGAIN),
    (BY_SUBMISSION, "unmeasured", ""),
)


def _names(table: Table, where: Truths) -> tuple[str, ...]:
    return tuple(table.plan[int(place)].name for place in np.flatnonzero(where))
