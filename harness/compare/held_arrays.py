"""Claims held against the figures of many trials at once: what `claims/hold` says of one trial, over arrays.

Refuses to know more than hold does: the rules are those of hold, and a test keeps both alike on random figures.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np

from harness.compare.table import DOINGS, VERDICTS, Codes, Figures, Numbers, Table, Truths
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
    known = _known(figures) & _offered(claim, table, measures)
    kept, broken = _ends(claim.op, claim.value, figures)
    if example is not None and example.value is not None:
        broken &= _ends(claim.op, example.value, figures)[1]
    verdict[known & kept] = KEPT
    verdict[known & broken] = BROKEN
    return verdict


def gaps_of(
    claims: Sequence[Claim],
    table: Table,
    measures: Mapping[str, Sequence[str]],
    examples: Mapping[str, Claim],
    seen: Mapping[str, Collection[str]],
) -> dict[str, Numbers]:
    """How many of the claims a trial leaves open, by whose doing: `submission` kept them from being measured, `others`
    lost them, `nobody` = the figure is there, and its interval straddles the claim.

    seen: metric -> tasks on which some trial has a figure; elsewhere what nobody speaks of is not offered. What is not
    offered is in none of the gaps, nor what is beyond a claim but within the definition's own example.
    """
    gaps = {doing: np.zeros(len(table)) for doing in ("submission", "others", "nobody")}
    for claim in claims:
        offered = _offered(claim, table, measures) & table.is_("scored")
        open_ = offered & (_one(claim, table, measures, examples.get(claim.id)) == NOT_MEASURED)
        absent = table.absent.get(claim.metric, np.zeros(len(table), dtype=np.int8))
        figures = table.figures.get(claim.metric)
        known = np.zeros(len(table), dtype=bool) if figures is None else _known(figures)
        elsewhere = np.array([task in seen.get(claim.metric, ()) for task in table.tasks], dtype=bool)[table.task]
        own, others = (absent == DOINGS.index(doing) for doing in ("submission", "others"))
        gaps["submission"] += open_ & own
        gaps["others"] += open_ & (others | (~own & ~known & elsewhere))
        if figures is not None and claim.value is not None:
            excused = _ends(claim.op, claim.value, figures)[1] & (claim.id in examples)
            gaps["nobody"] += open_ & (absent == 0) & known & ~excused
    return gaps


def seen_on(*tables: Table) -> dict[str, frozenset[str]]:
    """Metric -> the tasks on which some trial of these has a figure."""
    found: dict[str, set[str]] = {}
    for table in tables:
        for metric, figures in table.figures.items():
            found.setdefault(metric, set()).update(
                table.tasks[place] for place in np.unique(table.task[_known(figures)])
            )
    return {metric: frozenset(tasks) for metric, tasks in found.items()}


def _offered(claim: Claim, table: Table, measures: Mapping[str, Sequence[str]]) -> Truths:
    """The trials whose task measures the claim's metric."""
    offered = [claim.metric in measures[task] if task in measures else True for task in table.tasks]
    found: Truths = np.array(offered, dtype=bool)[table.task]
    return found


def _known(figures: Figures) -> Truths:
    return ~(np.isnan(figures.value) & np.isnan(figures.low) & np.isnan(figures.high))


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
