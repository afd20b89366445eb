"""Numeric claims in one clause: metric word … comparator number unit [percentile].

Refuses numbers without a metric word in the same clause or without a comparator (unless the metric is customarily
stated bare, as in "80% coverage"): a missed claim can be added by hand, a false one damages trust in all of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.claims import lexicon
from harness.claims.lexicon import MetricWords
from harness.model.claim import Op

_UNITS = sorted({u for m in lexicon.METRICS for u in m.units}, key=len, reverse=True)
_UNIT = "|".join(re.escape(u) for u in _UNITS)
_NUMBER = re.compile(
    rf"(?<![\w.,-])(?P<sub>sub-)?(?P<number>\d[\d,]*(?:\.\d+)?)[ -]?(?P<unit>(?:{_UNIT}))(?P<plural>s)?(?![A-Za-z/])",
    re.IGNORECASE,
)
_COMPARATORS = [
    (re.compile(rf"(?:{p})\s*(?:about |around |approximately |roughly |a |an |~)?$", re.IGNORECASE), op)
    for p, op in lexicon.COMPARATORS
]
_SUFFIXES = [(re.compile(rf"^(?:{p})(?![A-Za-z])", re.IGNORECASE), op) for p, op in lexicon.SUFFIXES]
_PERCENTILE = re.compile(r"\bp(\d{2}(?:\.\d+)?)\b|\b(\d{2})th percentile", re.IGNORECASE)
_VERSION = re.compile(rf"(?P<name>{lexicon.VERSIONED.pattern})\s+v?(?P<number>\d+(?:\.\d+)?)\+", re.IGNORECASE)
_CLAUSE = re.compile(r"(?<=[;!?])\s+|(?<=\.)\s+(?=[A-Z*])")
_SEGMENT = re.compile(r"[,;()|]\s+|\s+(?:and|but)\s+")


@dataclass(frozen=True)
class Found:
    """A numeric statement before it is given an id: span within the line."""

    metric: str
    op: Op
    value: float
    unit: str
    span: tuple[int, int]
    reply: bool = False
    note: str = ""


def clauses(text: str) -> Iterator[tuple[int, str]]:
    """Sentences and semicolon parts of a line, with their offset in it."""
    start = 0
    for match in _CLAUSE.finditer(text):
        yield start, text[start : match.start()]
        start = match.end()
    yield start, text[start:]


def _segment(clause: str, start: int, end: int) -> tuple[int, int]:
    """The part of the clause between commas or "and" that holds the number at start..end."""
    left, right = 0, len(clause)
    for match in _SEGMENT.finditer(clause):
        if match.end() <= start:
            left = match.end()
        elif match.start() >= end:
            right = match.start()
            break
    return left, right


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
    left, right = _segment(clause, start, end)
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


def _operator(clause: str, start: int, end: int) -> tuple[Op | None, int, int]:
    """The comparator next to the number and the span that includes it."""
    before = clause[:start]
    for pattern, op in _COMPARATORS:
        if match := pattern.search(before):
            previous = before[: match.start()][-1:]
            if match[0][:1].isalpha() and (previous.isalnum() or previous == "_"):
                continue
            return op, match.start(), end  # type: ignore[return-value]
    for pattern, op in _SUFFIXES:
        if match := pattern.match(clause[end:]):
            return op, start, end + match.end()  # type: ignore[return-value]
    return None, start, end


def _percentile(clause: str, start: int, end: int) -> str | None:
    left, right = _segment(clause, start, end)
    for area in (clause[left:right], clause):
        if match := _PERCENTILE.search(area):
            return match[1] or match[2]
    return None


def _canonical(metric: MetricWords, clause: str, span: tuple[int, int]) -> tuple[str, str]:
    """Metric name and note: latency takes its percentile from the clause, p95 when none is stated."""
    if metric.metric != "p95_ms":
        return metric.metric, ""
    percentile = _percentile(clause, *span)
    if percentile is None:
        return "p95_ms", "percentile not stated: p95 assumed"
    return f"p{percentile}_ms", ""


def numeric(clause: str) -> Iterator[Found]:
    """Every numeric claim of one clause; spans are within it."""
    for match in _NUMBER.finditer(clause):
        unit = match["unit"].lower()
        start, end = match.start(), match.end()
        metric = _metric(clause, start, end, unit)
        if metric is None:
            continue
        op, left, right = ("<", start, end) if match["sub"] else _operator(clause, start, end)
        name, note = _canonical(metric, clause, (start, end))
        if op is None:
            stated = metric.bare or (name.endswith("_ms") and not note)
            if not stated:
                continue
            op = ">=" if metric.better == "high" else "<="
        value = round(float(match["number"].replace(",", "")) * metric.units[unit], 9)
        if name == "request_error_pct":  # one metric, not two: an error rate below 1 % is a success rate above 99 %
            flipped: dict[str, Op] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
            name, op, value, note = (
                "request_success_pct",
                flipped[op],
                100 - value,
                f"stated as an error rate of {value:g} %",
            )
        if name == "request_success_pct" and op == "<=" and metric.metric != "request_error_pct":
            op = ">="  # "up to 99.9% uptime" promises no ceiling
        yield Found(name, op, value, metric.unit, (left, right), metric.reply, note)


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
