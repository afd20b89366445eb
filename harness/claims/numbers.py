"""Numeric claims in one clause: metric word … comparator number unit [percentile].

Refuses numbers without a metric word in the clause, its label or its heading, or without a comparator (unless the
metric is customarily stated bare, as in "80% coverage"), and a latency whose percentile is not clear: a missed claim
can be added by hand, a false one damages trust in all of them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from harness.claims.behind import is_limited_by_a_cell
from harness.claims.comparators import UP_TO, Bound, beside
from harness.claims.figures import Figure, figures
from harness.claims.generic import AIM
from harness.claims.metrics import MetricWords
from harness.claims.percentiles import SHARE, Named
from harness.claims.script import words
from harness.claims.subjects import named
from harness.model.claim import Op

_ROUGHLY = re.compile(
    r"(?:about|around|approximately|roughly|circa|~|≈|!=|as (?:low|fast|little|few) as)\s*$", re.IGNORECASE
)
_AIMED = words(rf"{AIM}|budgets?|slos?|slas?|objectives?|required|要求")
_FLIPPED: dict[str, Op] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_INCLUSIVE: dict[str, Op] = {"<": "<=", "<=": "<=", ">": ">=", ">=": ">="}


@dataclass(frozen=True)
class Found:
    """A numeric statement before it is given an id: span within the clause. contrary: bounds the good direction, as in
    "coverage below 80%", which nobody promises."""

    metric: str
    op: Op
    value: float
    unit: str
    span: tuple[int, int]
    reply: bool = False
    note: str = ""
    contrary: bool = False


def numeric(clause: str, above: tuple[str, ...] = (), column: Callable[[int], str] = lambda at: "") -> Iterator[Found]:
    """Every numeric claim of one clause, contrary ones included; spans are within it.

    above: what names the subject when the clause does not: its label, its headings, nearest first; column: the header
    above a character of a table's row.
    """
    for figure in figures(clause):
        bound, left, right = ("<", *figure.span) if figure.below else beside(clause, *figure.span)
        if figure.plus and bound is None:
            bound = ">="
        if figure.most:
            bound = "<="
        if (subject := named(clause, figure, (left, right), above, column(left))) is not None:
            metric, names = subject
            if metric.metric == "p95_ms" and is_limited_by_a_cell(clause, column):
                continue
            yield from _stated(clause, figure, metric, names, bound, (left, right))


def _stated(
    clause: str, figure: Figure, metric: MetricWords, names: Named, bound: Bound | None, span: tuple[int, int]
) -> Iterator[Found]:
    """What one figure states of its metric: one claim, or one per percentile of a list."""
    if SHARE.match(clause, figure.span[0]) or (bound is None and not _clear(clause, figure, metric, names)):
        return
    op: Op = (">=" if metric.better == "high" else "<=") if bound is None or bound == UP_TO else bound
    values = figure.values
    if figure.is_range and metric.better == "high" and bound is None and figure.values[1] % 10 == 9:
        return  # "60-79 %" is a band of grades
    if figure.is_range:  # the weaker end is all that a range promises
        op, values = _INCLUSIVE[op], ((min if metric.better == "high" else max)(values),)
    if len(values) == 1:
        values *= len(names)
    if len(values) != len(names):
        return
    contrary = op.startswith("<") == (metric.better == "high")
    for (name, note), value in zip(names, values, strict=True):
        amount = round(value * metric.units[figure.unit], 9)
        found = Found(name, op, amount, metric.unit, span, metric.reply, note, contrary)
        yield _as_success(found) if name == "request_error_pct" else found


def _clear(clause: str, figure: Figure, metric: MetricWords, names: Named) -> bool:
    """May the figure stand without a comparator? Never when it is only about right."""
    start, end = figure.span
    percentile_stated = metric.metric == "p95_ms" and not names[0][1]
    aimed = metric.metric in ("p95_ms", "request_error_pct") and bool(_AIMED.search(clause))
    none_at_all = metric.metric == "request_error_pct" and figure.values == (0.0,)
    if metric.metric == "p95_ms" and clause.rstrip().endswith(":"):
        return False  # "at 50 ms average:" only says what the list below assumes
    stated = none_at_all or metric.bare or percentile_stated or aimed or clause[start:end].lower().startswith("between")
    return stated and not _ROUGHLY.search(clause[:start])


def _as_success(found: Found) -> Found:
    """One metric, not two: an error rate below 1 % is a success rate above 99 %."""
    note = f"stated as an error rate of {found.value:g} %"
    value = round(100 - found.value, 9)
    return replace(found, metric="request_success_pct", op=_FLIPPED[found.op], value=value, note=note)
