"""Numbers with a unit as people write them: decimal commas, thousands, 1k, ranges, and lists such as 200/500 ms.

Refuses a number that can be read in two ways (1.500 ms is one and a half, or one thousand five hundred).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.claims.metrics import UNITS

_UNIT = "|".join(f"(?:{spelling})" for spelling in UNITS.values())
_CANONICAL = [(unit, re.compile(spelling, re.IGNORECASE)) for unit, spelling in UNITS.items()]
_DIGITS = r"\d+(?:[.,]\d+)*(?:\s?k(?![a-z]))?"
_PERIOD = (
    "day|week|month|year|jour|mois|semaine|an|d[ií]a|mes|tag|monat|giorno|mese"  # "0.5 %/day": of the day's requests
)
_GAP = r"(?:[ -]{0,4})"
_ITEM = rf"{_DIGITS}(?:{_GAP}(?:{_UNIT}))?"
_FIGURE = re.compile(
    rf"(?<![A-Za-z0-9_.,'’/+–—-])(?P<sub>sub[- ]?)?"
    rf"(?:(?P<list>{_ITEM}(?:\s*/\s*{_ITEM})*?)\s*/\s*"
    rf"|between\s+(?P<least>{_ITEM})\s+and\s+"
    rf"|(?P<low>{_ITEM})(?:\s*(?:-|–|—|~|…|\.\.+|至|到)\s*|\s+to\s+))?"
    rf"(?P<number>{_DIGITS})(?P<plus>\s?\+)?{_GAP}(?P<unit>{_UNIT})(?:(?<=%)(?=/(?:{_PERIOD})\b)|(?![A-Za-z0-9/À-ž]))",
    re.IGNORECASE,
)
_SIGN_FIRST = re.compile(r"(?<![\w%.,)])%\s?(?P<number>\d{1,3}(?:[.,]\d+)?)(?![\w%]|[.,]\d)")  # %80, as in Turkish
_NAMED_LIMIT = re.compile(  # the unit before the number
    r"\bmax(?:imum|\.)?\s+(?:number of\s+)?(?P<unit>turns|iterations|tool calls|files)"
    r"(?:\s+per (?:task|run|reply|response))?"
    r"\s*[:=]\s*(?P<number>\d+)(?![\w.,]*\d)",
    re.IGNORECASE,
)
_ITEMS = re.compile(rf"({_DIGITS})(?:{_GAP}({_UNIT}))?", re.IGNORECASE)
_FROM = re.compile(r"(?:\bfrom|从|從|\bс|\bvon|\bde)\s*$", re.IGNORECASE)
_SPACED = re.compile(r"(?<![\w.,])\d{1,3}[ \u00a0\u202f]$")  # the 1 of 1 500
_ENGLISH = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_CONTINENTAL = re.compile(r"[1-9]\d{0,2}(?:\.\d{3}){2,}(?:,\d+)?|[1-9]\d{0,2}\.\d{3},\d+")
_TWO_WAYS = re.compile(r"[1-9]\d{0,2}\.\d{3}")


@dataclass(frozen=True)
class Figure:
    """One number, or several that belong together, in the unit as the metrics know it. span: within the clause.

    A range has two values and `is_range`; a list has one value per item.
    """

    values: tuple[float, ...]
    unit: str
    span: tuple[int, int]
    is_range: bool = False
    below: bool = False  # sub-100ms
    plus: bool = False  # 10,000+ requests
    most: bool = False  # max turns: 30


def figures(clause: str) -> Iterator[Figure]:
    """Every figure of one clause that can be read in one way only."""
    for match in _FIGURE.finditer(clause):
        found = _read(match, clause[: match.start()])
        if found is not None:
            yield found
    for match in _SIGN_FIRST.finditer(clause):
        share = _value(match["number"], True)
        if share is not None and share <= 100:
            yield Figure((share,), "%", match.span())
    for match in _NAMED_LIMIT.finditer(clause):
        yield Figure((float(match["number"]),), _canonical(match["unit"]), match.span(), most=True)


def _read(match: re.Match[str], before: str) -> Figure | None:
    unit = _canonical(match["unit"])
    low = match["low"] or match["least"] or ""
    items = [*_ITEMS.findall(match["list"] or low), (match["number"], match["unit"])]
    values = [_value(text, unit == "%") for text, _ in items]
    known = tuple(value for value in values if value is not None)
    mixed = any(own and _canonical(own) != unit for _, own in items)
    spaced = len(items) == 1 and len(match["number"]) == 3 and _SPACED.search(before)
    if mixed or spaced or len(known) < len(values) or (low and _FROM.search(before)):
        return None
    if unit == "%" and max(known) > 100:
        return None
    return Figure(known, unit, match.span(), bool(low), bool(match["sub"]), bool(match["plus"]))


def _canonical(written: str) -> str:
    return next(unit for unit, spelling in _CANONICAL if spelling.fullmatch(written))


def _value(text: str, percent: bool) -> float | None:
    """The number a text means; None when it can mean two, or none. A share is never above 100 by a thousands mark."""
    if text[-1] in "kK":
        thousands = _value(text[:-1].rstrip(), percent)
        return None if thousands is None or percent else thousands * 1000
    if text.isdigit():
        return float(text)
    if _ENGLISH.fullmatch(text) and not percent:
        return float(text.replace(",", ""))
    if _CONTINENTAL.fullmatch(text):
        return float(text.replace(".", "").replace(",", "."))
    if _TWO_WAYS.fullmatch(text) and not percent:
        return None
    return float(text.replace(",", ".")) if len(re.findall(r"[.,]", text)) == 1 else None
