"""Which percentile a latency was stated for: p95, "99th percentile", "99% of requests", or none.

Refuses to choose between two: of "p95 and p99 below 200 and 500 ms" it says nothing.
"""

import re
from dataclasses import replace

from harness.claims.clauses import segment
from harness.claims.figures import Figure

_REQUESTS = (
    r"(?:(?:all|the|our|its|your|user|api|http|read|write|get|post|incoming) )*"
    r"(?:requests?|responses?|queries|calls|cases|reads|writes|traffic|time)\b"
)
SHARE = re.compile(rf"(?P<share>\d{{2}}(?:[.,]\d+)?)\s*(?:%|percent) of {_REQUESTS}", re.IGNORECASE)
_OTHER_SHARE = re.compile(r"\d\s*(?:%|percent) of ", re.IGNORECASE)
_PERCENTILE = re.compile(
    rf"(?<![A-Za-z0-9_])p\s?\(?(?P<p>\d{{2,3}}(?:\.\d+)?)\)?(?![A-Za-z0-9_]|\.\d)|"
    rf"(?P<th>\d{{2}}(?:\.\d+)?)(?:th|st|nd|rd|-?й|-?го)?[ -]?(?:percentile|перцентил\w+)|Perzentil\w* (?P<de>\d{{2}})|"
    r"(?P<bare>\d{2}(?:[.,]\d+)?)\s*%(?=\s*(?:[<≤]|under\b|below\b|within\b)\s*\d[\d.,]*\s?m?s\b)|"
    rf"percentile? (?P<after>\d{{2}}(?:\.\d+)?)|(?P<cn>\d{{2}})\s*(?:%\s*)?(?:百?分位|パーセンタイル)|{SHARE.pattern}",
    re.IGNORECASE,
)
_BESIDE = re.compile(  # 200ms (p95), 200 ms at p95
    rf"^\s*(?:[\(\[]\s*|(?:at|for)\s+(?:the\s+)?|@\s*)?(?:{_PERCENTILE.pattern})(?!\s*(?:[<>≤≥=:~]|\d))", re.IGNORECASE
)
_LIST = re.compile(r"(?<![A-Za-z0-9_])p\d{2,3}(?:\.\d+)?(?:\s*/\s*p?\d{2,3}(?:\.\d+)?)+", re.IGNORECASE)
_MEAN = re.compile(
    r"\b(?:average|mean|avg)\b|平均|평균|средн\w+|durchschnittlich\w*|en moyenne|moyenne?\b|promedio|\bmédi[oa]\b",
    re.IGNORECASE,
)
_MEDIAN = re.compile(r"\bmedian\b|中位", re.IGNORECASE)

Named = tuple[tuple[str, str], ...]  # metric name, note


def percentiles(clause: str, figure: Figure) -> Named:
    """The metrics a latency figure is about, with what was assumed; empty when that is not clear.

    What stands right behind the figure decides, then its own segment, then the clause; p95 is assumed where no
    percentile is named at all.
    """
    if beside := _BESIDE.search(clause[figure.span[1] :]):
        return ((_metric(_number(beside)), ""),)
    left, right = segment(clause, *figure.span)
    for area in (clause[left:right], clause):
        if stated := _LIST.search(area):
            return tuple((_metric(number), "") for number in re.findall(r"\d+(?:\.\d+)?", stated[0]))
        found = dict.fromkeys(_metric(_number(match)) for match in _PERCENTILE.finditer(area))
        if found:
            return tuple((name, "") for name in found) if len(found) == 1 else ()
        if _OTHER_SHARE.search(area):
            return ()  # a share of something else than requests is no percentile
        if _MEDIAN.search(area):
            return (("p50_ms", ""),)
        if _MEAN.search(area):
            return (("mean_ms", ""),)
    return (("p95_ms", "percentile not stated: p95 assumed"),)


def inherited(clause: str, figure: Figure, topic: str) -> Named:
    """The same for a clause that leaves it to its label or heading to name the percentile."""
    names = percentiles(clause, figure)
    return percentiles(topic, replace(figure, span=(len(topic), len(topic)))) if names and names[0][1] else names


def stated_beside(clause: str, end: int) -> tuple[int, int] | None:
    """Where a percentile stands right behind the character `end`: the `(p95)` of "under 300 ms (p95)"."""
    match = _BESIDE.search(clause[end:])
    return (end + match.start(), end + match.end()) if match else None


def _number(match: re.Match[str]) -> str:
    return next(text for text in match.groups() if text is not None).replace(",", ".")


def _metric(number: str) -> str:
    """`p95_ms`; p999 is how people write p99.9."""
    return f"p99.{number[2:]}_ms" if re.fullmatch(r"99\d+", number) else f"p{number}_ms"
