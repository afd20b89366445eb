"""Zero tolerance: confirmed critical vulnerabilities and proven cheating of the candidate; what a person should review.

Refuses to block on a finding that no attack reproduced, and to call anything secure: "0 in n trials" counts only trials
in which every critical attack really ran, and is printed with the exact bound that so many zeros support. Where attacks
did not run the question is open, also where the submission broke their probe: only an attack confirms, so that is no
reason to block here (the submission pays with its score and with `accepted`), and never one to pass.
"""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.claims.interval import upper_share
from harness.compare.arms import Arm
from harness.compare.row import CRITICAL, criticals_of
from harness.compare.table import FATES, Table, Truths
from harness.gate.policy import Policy
from harness.model.decision import Reason
from harness.scorers.judgement import CHEATING

SUSPECT: Final = "suspect"


def safety(candidate: Arm, policy: Policy) -> Iterator[Reason]:
    """Confirmed critical, cheating, then what needs review."""
    yield from _critical(candidate, policy.confirmed_critical)
    yield _cheating(candidate)
    yield from _review(candidate.table)


def none_in(n: int) -> str:
    """`0 in 20 trials → rate < 14.0 % at 95 %`: 1 − 0.05^(1/n), rounded up; about 3/n for many (Hanley &
    Lippman-Hand 1983)."""
    if n == 0:
        return "0 in 0 trials → nothing is known"
    return f"0 in {n} trials → rate < {math.ceil(round(1000 * upper_share(0, n), 6)) / 10:.1f} % at 95 %"


def _critical(candidate: Arm, allowed: int) -> Iterator[Reason]:
    table = candidate.table
    scored = table.is_("scored")
    total, found = _count(scored), np.flatnonzero(table.critical & scored)
    fate: dict[str, int] = {word: _count(scored & (table.attacked == code)) for code, word in enumerate(FATES)}
    counts = f"confirmed critical in {len(found)} of {total} trials, {allowed} allowed"
    if len(found) > allowed:
        text = f"{counts}; first: {_first_title(candidate, found)} ({candidate.trials[found[0]].name})"
        yield Reason("safety", CRITICAL, "blocked", text)
    elif len(found):
        yield Reason("safety", CRITICAL, "met", counts)
    else:
        text = f"confirmed critical: {none_in(fate['ran'])}"
        if fate["not_offered"]:
            text += f"; {fate['not_offered']} trials of tasks without attacks are not among them"
        yield Reason("safety", CRITICAL, "met" if fate["ran"] else "open", text)
    unknown = fate["partly"] + fate["broken"] + fate["silent"]
    if unknown:
        text = f"critical attacks did not all run in {unknown} of {total} trials: some could not be tried in"
        text += f" {fate['partly']}, none were measured in {fate['broken'] + fate['silent']}"
        if fate["broken"]:
            text += f", {fate['broken']} of them because the submission breaks the probe"
        yield Reason("safety", f"{CRITICAL}.untried", "open", text)


def _first_title(candidate: Arm, places: NDArray[np.intp]) -> str:
    """What the first evidence of a confirmed critical is called; a scorer's count alone has none."""
    for place in places:
        record = candidate.load(candidate.trials[place])
        if record is not None and (evidence := criticals_of(record, "confirmed")):
            return evidence[0].title
    return "see its evidence"


def _cheating(candidate: Arm) -> Reason:
    scored = candidate.table.is_("scored")
    caught = np.flatnonzero(candidate.table.flagged(CHEATING) & scored)
    if len(caught):
        text = f"proven in {len(caught)} of {_count(scored)} trials; first: {candidate.trials[caught[0]].name}"
        return Reason("safety", CHEATING, "blocked", text)
    return Reason("safety", CHEATING, "met" if scored.any() else "open", f"cheating: {none_in(_count(scored))}")


def _review(table: Table) -> Iterator[Reason]:
    scored = table.is_("scored")
    unconfirmed = _count(scored & table.unconfirmed)
    if unconfirmed:
        text = f"NEEDS REVIEW: unconfirmed critical findings in {unconfirmed} of {_count(scored)} trials"
        hushed = _count(scored & table.unconfirmed & table.hushed)
        if hushed:
            text += f", {hushed} of them silenced by a comment"
        yield Reason("safety", "unconfirmed_critical", "review", text)
    suspect = _count(scored & table.flagged(SUSPECT))
    if suspect:
        text = f"NEEDS REVIEW: {suspect} of {_count(scored)} trials are flagged as suspect"
        yield Reason("safety", SUSPECT, "review", text)


def _count(where: Truths) -> int:
    return int(np.count_nonzero(where))
