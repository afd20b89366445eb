"""Promises of the candidate's own definition: how many it may break, and how many must have been measured to say so.

Refuses to call a promise kept because nothing measured it: a share of all promises must be measured, and what the
candidate itself kept from being measured counts as broken wherever a pass would hang on it.
"""

from collections.abc import Iterator

import numpy as np

from harness.compare.arms import Arm
from harness.compare.held_arrays import BROKEN, KEPT, NOT_MEASURED
from harness.compare.table import DOINGS
from harness.gate.policy import reaches
from harness.model.decision import Reason

_RULE = "promises.broken"


def promises(candidate: Arm, allowed: int, share: float) -> Iterator[Reason]:
    """allowed: broken promises that are tolerated; share: of all promises, what must be measured for a pass."""
    said = [verdicts for _, _, verdicts in candidate.table.promises]
    kept, broken = (sum(int(np.count_nonzero(verdicts == word)) for verdicts in said) for word in (KEPT, BROKEN))
    total, own = sum(map(len, said)), _kept_back(candidate)
    silent = total - kept - broken
    text = f"promises: {kept} kept, {broken} broken, {silent} not measured of {total}; at most {allowed} may be broken"
    if broken > allowed:
        yield Reason("requirement", _RULE, "blocked", f"{text}; first: {_first_broken(candidate)}")
    elif not total or not reaches((kept + broken) / total, share):
        measured = f"measured are {kept + broken} of {total}, at least {100 * share:g} % must be"
        text += f"; {measured} (absolute.promises_measured): run a profile and tasks that measure them"
        yield Reason("requirement", _RULE, "open", text)
    elif broken + own > allowed:
        text += f"; not with the {own} counted as broken that the submissions themselves kept from being measured"
        yield Reason("requirement", _RULE, "open", text)
    else:
        yield Reason("requirement", _RULE, "met", text)


def _kept_back(candidate: Arm) -> int:
    """Promises that were not measured through the submission's own doing."""
    table, code = candidate.table, DOINGS.index("submission")
    absent = ((table.absent.get(claim.metric), places, said) for claim, places, said in table.promises)
    return sum(
        int(np.count_nonzero((said == NOT_MEASURED) & (doing[places] == code)))
        for doing, places, said in absent
        if doing is not None
    )


def _first_broken(candidate: Arm) -> str:
    broken = [int(places[said == BROKEN][0]) for _, places, said in candidate.table.promises if (said == BROKEN).any()]
    record = candidate.load(candidate.trials[min(broken)])
    return next((p.why for p in record.promises if p.verdict == "broken"), "") if record else ""
