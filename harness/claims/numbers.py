"""Numeric claims in one clause: metric word … comparator number unit [percentile].

Refuses numbers without a metric word in the same clause or without a comparator (unless the metric is customarily
stated bare, as in "80% coverage"), and a latency whose percentile is not clear: a missed claim can be added by hand, a
false one damages trust in all of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from harness.claims import lexicon
from harness.claims.clauses import segment
from harness.claims.figures import Figure, figures
from harness.claims.lexicon import MetricWords
from harness.claims.percentiles import SHARE, Named, percentiles
from harness.model.claim import Op

_COMPARATORS = [
    (re.compile(rf"(?:{p})\s*(?:about |around |approximately |roughly |a |an |~)?$", re.IGNORECASE), op)
    for p, op in lexicon.COMPARATORS
]
_SUFFIXES = [(re.compile(rf"^(?:{p})(?![A-Za-z])", re.IGNORECASE), op) for p, op in lexicon.SUFFIXES]
_ROUGHLY = re.compile(
    r"(?:about|around|approximately|roughly|circa|~|≈|!=|as (?:low|fast|little|few) as)\s*$", re.IGNORECASE
)
_VERSION = re.compile(rf"(?P<name>{lexicon.VERSIONED.pattern})\s+v?(?P<number>\d+(?:\.\d+)?)\+", re.IGNORECASE)
_FLIPPED: dict[str, Op] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_INCLUSIVE: dict[str, Op] = {"<": "<=", "<=": "<=", ">": ">=", ">=": ">="}

Bound = Op | Literal["up to"]


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


def _distance(words: re.Pattern[str], text: str, start: int, end: int) -> int | None:
    """Characters between the number and the nearest metric word; None when there is none."""
    gaps = [
        max(m.start() - end, start - m.end(), 0)
        for m in words.finditer(text)
        if m.end() > m.start() and not (m.start() < end and m.end() > start and m.end() <= end and m.start() >= start)
    ]
    return min(gaps, default=None)


def _metric(clause: str, start: int, end: int, unit: str) -> MetricWords | None:
    """The metric whose word stands nearest, first within the comma segment, then within the clause."""
    candidates = [m for m in lexicon.METRICS if unit in m.units and not (m.stop and m.stop.search(clause))]
    left, right = segment(clause, start, end)
    for area, offset in ((clause[left:right], left), (clause, 0)):
        found = [
            (gap, index)
            for index, metric in enumerate(candidates)
            # a counted noun ("10 files") is its own metric word
            if (
                gap := 0
                if metric.reply and metric.unit != "min"
                else _distance(metric.words, area, start - offset, end - offset)
            )
            is not None
        ]
        if found:
            return candidates[min(found)[1]]
    return None


def _operator(clause: str, start: int, end: int) -> tuple[Bound | None, int, int]:
    """The comparator next to the number (as written) and the span that includes it."""
    before = clause[:start]
    for pattern, op in _COMPARATORS:
        if match := pattern.search(before):
            previous = before[: match.start()][-1:]
            if match[0][0].isascii() and match[0][0].isalpha() and (previous.isalnum() or previous == "_"):
                continue
            return op, match.start(), end
    for pattern, op in _SUFFIXES:
        if match := pattern.match(clause[end:]):
            return op, start, end + match.end()
    return None, start, end


def numeric(clause: str) -> Iterator[Found]:
    """Every numeric claim of one clause, contrary ones included; spans are within it."""
    for figure in figures(clause):
        metric = _metric(clause, *figure.span, figure.unit)
        if metric is not None:
            yield from _stated(clause, figure, metric)


def _stated(clause: str, figure: Figure, metric: MetricWords) -> Iterator[Found]:
    """What one figure states of its metric: one claim, or one per percentile of a list."""
    start, end = figure.span
    names = percentiles(clause, figure) if metric.metric == "p95_ms" else ((metric.metric, ""),)
    bound, left, right = ("<", start, end) if figure.below else _operator(clause, start, end)
    if not names or SHARE.match(clause, start) or (bound is None and not _clear(clause, figure, metric, names)):
        return
    op: Op = (">=" if metric.better == "high" else "<=") if bound is None or bound == lexicon.UP_TO else bound
    values = figure.values
    if figure.is_range:  # the weaker end is all that a range promises
        op, values = _INCLUSIVE[op], ((min if metric.better == "high" else max)(values),)
    if len(values) == 1:
        values *= len(names)
    if len(values) != len(names):
        return
    contrary = op.startswith("<") == (metric.better == "high")
    for (name, note), value in zip(names, values, strict=True):
        amount = round(value * metric.units[figure.unit], 9)
        found = Found(name, op, amount, metric.unit, (left, right), metric.reply, note, contrary)
        yield _as_success(found) if name == "request_error_pct" else found


def _clear(clause: str, figure: Figure, metric: MetricWords, names: Named) -> bool:
    """May the figure stand without a comparator? Never when it is only about right."""
    start, end = figure.span
    percentile_stated = metric.metric == "p95_ms" and not names[0][1]
    stated = metric.bare or percentile_stated or clause[start:end].lower().startswith("between")
    return stated and not _ROUGHLY.search(clause[:start])


def _as_success(found: Found) -> Found:
    """One metric, not two: an error rate below 1 % is a success rate above 99 %."""
    note = f"stated as an error rate of {found.value:g} %"
    value = round(100 - found.value, 9)
    return replace(found, metric="request_success_pct", op=_FLIPPED[found.op], value=value, note=note)


def zeroes(clause: str) -> Iterator[Found]:
    """`zero critical vulnerabilities` and its like."""
    for metric, pattern in lexicon.ZEROES:
        for match in pattern.finditer(clause):
            yield Found(metric, "<=", 0.0, metric.rsplit("_", 1)[-1], match.span())


def versions(clause: str) -> Iterator[Found]:
    """`Python 3.11+`; the value orders like the version as long as minor versions have at most two digits."""
    for match in _VERSION.finditer(clause):
        name = re.sub(r"\W", "", match["name"].lower()).removesuffix("lang")
        name = "node" if name == "nodejs" else name
        major, _, minor = match["number"].partition(".")
        value = int(major) + int(minor or 0) / 100
        yield Found(f"version.{name}", ">=", value, "major.minor/100", match.span(), note=f"{match['number']} or newer")
