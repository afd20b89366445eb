"""Claims held against the figures of many trials at once: what `claims/hold` says of one trial, over arrays.

Refuses to know more than hold does: the rules are those of hold, and a test keeps both alike on random figures.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from harness.compare.table import VERDICTS, Codes, Figures, Numbers, Table, Truths
from harness.model.claim import Claim

KEPT, BROKEN, NOT_MEASURED = (VERDICTS.index(word) for word in ("kept", "broken", "not_measured"))
_COMPARED: Final = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "=": np.equal}


def verdicts_of(
    claims: Sequence[Claim], table: Table, measures: Mapping[str, Sequence[str]], examples: Mapping[str, Claim]
) -> tuple[Codes, ...]:
    """Each claim's verdict on every trial (places in VERDICTS); the claims are enforceable ones.

    measures: task -> metrics it can measure (not listed = any); examples: by claim id, as of `own_examples`.
    """
    return tuple(_one(claim, table, measures, examples.get(claim.id)) for claim in claims)


def _one(claim: Claim, table: Table, measures: Mapping[str, Sequence[str]], example: Claim | None) -> Codes:
    verdict = np.full(len(table), NOT_MEASURED, dtype=np.int8)
    figures = table.figures.get(claim.metric)
    if figures is None or claim.value is None:
        return verdict
    offered = [claim.metric in measures[task] if task in measures else True for task in table.tasks]
    known = ~(np.isnan(figures.value) & np.isnan(figures.low) & np.isnan(figures.high))
    known &= np.array(offered, dtype=bool)[table.task]
    kept, broken = _ends(claim.op, claim.value, figures)
    if example is not None and example.value is not None:
        broken &= _ends(claim.op, example.value, figures)[1]
    verdict[known & kept] = KEPT
    verdict[known & broken] = BROKEN
    return verdict


def _ends(op: str, bound: float, figures: Figures) -> tuple[Truths, Truths]:
    """Where the whole interval satisfies the claim, and where none of it does."""
    low = _end(figures.low, op, bound, open_end=op.startswith("<"))
    high = _end(figures.high, op, bound, open_end=op.startswith(">"))
    broken = ~low & ~high
    if op == "=":  # satisfied inside an interval whose ends both miss it
        inside = (np.isnan(figures.low) | (figures.low < bound)) & (np.isnan(figures.high) | (bound < figures.high))
        broken &= ~inside
    return low & high, broken


def _end(value: Numbers, op: str, bound: float, open_end: bool) -> Truths:
    """Does one end of the interval satisfy the claim? An open end is as good or as bad as it can be."""
    found: Truths = np.where(np.isnan(value), open_end, _COMPARED[op](value, bound))
    return found
