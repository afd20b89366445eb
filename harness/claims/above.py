"""What stands over a figure names its metric: the column of a table, the label of a list, the heading of a section.

Refuses a column, label or heading with another scope, and a row or item that names something of its own.
"""

import re

from harness.claims.coverage import coverage_kind, is_a_kind, listed_behind, part_of_coverage
from harness.claims.figures import Figure
from harness.claims.generic import GENERIC, is_bare, is_broad
from harness.claims.metrics import COVERAGE, LATENCY, MetricWords
from harness.claims.parts import names_a_path
from harness.claims.percentiles import Named, inherited
from harness.claims.phrases import label_of
from harness.claims.scope import is_availability, is_http_latency, is_request_rate
from harness.claims.script import words

_RATE_TITLE = words(r"throughput|rps|qps|tps|req(?:uests)?/s(?:ec)?|吞吐量?|并发|スループット|처리량")
_AT_WORST = re.compile(r"(?i)\W*(?:max(?:imum)?|worst(?: case)?|slowest)\W*")  # no percentile


def titled(candidates: list[MetricWords], column: str) -> MetricWords | None:
    """The metric that a table's column is about: "P95 latency", "Error rate", "RPS"; none for "Target"."""
    return next((m for m in candidates if m.words.search(column) or (m.counted and _RATE_TITLE.search(column))), None)


def from_column(metric: MetricWords, clause: str, figure: Figure, column: str) -> tuple[MetricWords, Named] | None:
    """The same for a row of a table whose columns name the metrics: held where the row is the service as a whole."""
    row = label_of(clause, figure.span[0])
    if metric.metric == "coverage_pct":
        if part_of_coverage(" ".join(GENERIC.sub(" ", row).split())) != "coverage_pct":
            return None
    elif not is_broad(row) or names_a_path(row):
        return None
    end = len(column)
    word = metric.words.search(column)
    match metric.metric:
        case "p95_ms" if word and is_http_latency(column, word.span(), (end, end), ()):
            return metric, inherited(clause, figure, column)
        case "coverage_pct" if word:
            kind = coverage_kind(column, word.span(), (end, end))
            return (metric, ((kind, ""),)) if kind else None
        case "request_success_pct" | "request_error_pct" if word and not is_request_rate(
            column, word.span(), end, 100.0
        ):
            return None
        case "p95_ms" | "coverage_pct":
            return None
    return metric, ((metric.metric, ""),)


def from_above(
    candidates: list[MetricWords],
    clause: str,
    figure: Figure,
    area: tuple[int, int],
    span: tuple[int, int],
    above: tuple[str, ...],
) -> tuple[MetricWords, Named] | None:
    """The metric that the label or heading over a short item names: "### Test coverage", then "- At least 85%"."""
    label = label_of(clause, span[0])
    subject = GENERIC.sub(" ", label or clause[area[0] : span[0]] + " " + clause[span[1] : area[1]]).strip()
    subject = " ".join(subject.split())
    row = clause.lstrip().startswith("|")  # a row that names a class of requests is one of several
    for metric in candidates:
        if metric.metric.startswith("request_") and not subject and _is_rate(metric, above[:1]):
            return metric, ((metric.metric, ""),)
        if metric.metric == "p95_ms" and is_bare(clause, area, span, not row) and not _AT_WORST.fullmatch(label):
            speed = re.fullmatch(r"(?i)(?:api |response )?(?:performance|latency|speed)", label)
            topic = next((m for m in map(LATENCY.search, above) if m), None)
            if speed or (topic and not (subject if row else not is_broad(subject)) and _is_topic(topic, above)):
                return metric, inherited(clause, figure, topic.string if topic else "")
        if metric.metric == "coverage_pct":
            named = next((m for m in map(COVERAGE.search, above) if m), None)
            if named is None or len(subject) > 40:
                continue
            end = len(named.string)
            kind = coverage_kind(named.string, named.span(), (end, end))
            own = clause[max(area[0], clause.find(label) + len(label) if label else 0) : span[0]]
            item = " ".join(GENERIC.sub(" ", f"{label} {own}").split()) if label else subject
            part = part_of_coverage(item)
            listed = listed_behind(clause, figure.span[1])
            if kind and part and (label or listed or not subject or is_a_kind(subject)):
                return metric, tuple((k, "") for k in listed or (part if kind == "coverage_pct" else kind,))
    return None


def _is_rate(metric: MetricWords, above: tuple[str, ...]) -> bool:
    """Does the label or heading right above name the service's own rate: "availability:", then "target: 99.9%"?"""
    word = next((m for m in map(metric.words.search, above) if m), None)
    if word is None:
        return False
    text, end = word.string, len(word.string)
    if re.search(r"(?i)success|error|fail|5xx", word[0]):
        return is_request_rate(text, word.span(), end, 100.0)
    return is_availability(text, word.span(), end)


def _is_topic(topic: re.Match[str], above: tuple[str, ...]) -> bool:
    end = len(topic.string) + 1
    return is_http_latency(topic.string, topic.span(), (end, end), above)
