"""Numeric claims in one clause: metric word … comparator number unit [percentile].

Refuses numbers without a metric word in the clause, its label or its heading, or without a comparator (unless the
metric is customarily stated bare, as in "80% coverage"), and a latency whose percentile is not clear: a missed claim
can be added by hand, a false one damages trust in all of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.claims.clauses import segment
from harness.claims.comparators import UP_TO, Bound, beside
from harness.claims.figures import Figure, figures
from harness.claims.metrics import COVERAGE, LATENCY, METRICS, MetricWords
from harness.claims.parts import is_store, names_a_path, names_a_sort
from harness.claims.percentiles import SHARE, Named, inherited, percentiles, stated_beside
from harness.claims.scope import (
    BRANCH,
    coverage_kind,
    coverage_kinds,
    is_availability,
    is_front_end,
    is_http_latency,
    is_request_rate,
    label_of,
    part_of_coverage,
)
from harness.claims.script import words
from harness.model.claim import Op

_ROUGHLY = re.compile(
    r"(?:about|around|approximately|roughly|circa|~|≈|!=|as (?:low|fast|little|few) as)\s*$", re.IGNORECASE
)
_AIM = r"targets?|goals?|目标|目標|цель|Ziel\w*|cibles?|objectifs?|objetivos?|metas?|alvos?|obiettiv[oi]"
_AIMED = words(rf"{_AIM}|budgets?|slos?|slas?|objectives?|required|要求")
_GENERIC = re.compile(  # words that leave it to label or heading what a number is about
    rf"(?i)(?<![\w-])(?:{_AIM}|min(?:imum)?|max(?:imum)?|at|least|most|must|should|shall|be|is|are|the|"
    r"an?|all|for|of|to|"
    r"keep|maintain|ensure|achieve|aim|required?|thresholds?|overall|total|stays?|remain|consistently|always|api|"
    r"apis|rest|http|"
    r"standard|typical|default|endpoints?|requests?|responses?|per|instance|on|average|p\d+|\d+(?:th|st|nd|rd)|percentile|and|with|under|"
    r"load|normal|"
    r"peak|performance|speed|quality|gate|metric|value|lines?|statements?|x)(?![\w-])|目标|要求|达到|保持|确保|目標|必須|阈值|"
    r"[^\w]|_|\d"
)
_BEARS = words(
    r"handl\w+|support\w*|scales?(?: up)? to|scales|scaling(?: up)? to|sustain\w*|withstand\w*|accommodat\w+|"
    r"absorb\w*|cope|copes|serves?|surviv\w+|"
    r"tolerat\w+|manag\w+|bear|bears|capacity|headroom|scalability|支持|承受|应对|扩展|выдерж\w+|bewältig\w+|supporter|soportar"
)
_PLANNED = words(r"(?:plan|design|prepare|architect|think|build)\w* for")  # of a design, not of what it bears
_REPLY = words(r"respon[sd]\w*|repl(?:y|ies)|answers?|outputs?|final message|per task|deliver\w*|submission")
_PER_REPLY = re.compile(
    r"\s*(?:per|(?:in|for) (?:a|an|any|each|every|your|one)) (?:single )?(?:response|reply|answer)\b", re.I
)
_OTHERS = words(  # somebody else's reply
    r"(?:advis[eo]rs?|sub-?agents?|tools?|users?|models?|reviewers?|planners?|\w+ers? agents?|"
    r"(?:each|every|another) agent)"
    r"(?: (?:to|must|should|shall|will|may|can))* (?:respon\w+|repl\w+|answers?|returns?|outputs?)"
)
_AT_WORST = re.compile(r"(?i)\W*(?:max(?:imum)?|worst(?: case)?|slowest)\W*")  # no percentile
_SAME = words(r"apis?|https?|rest|endpoints?|backend|services?")
_COUNTED = words(r"words?|tokens?|use|limit(?:ed)?|up|more|than|no|not|exceed|never|do|\w+n't")
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


def numeric(clause: str, above: tuple[str, ...] = ()) -> Iterator[Found]:
    """Every numeric claim of one clause, contrary ones included; spans are within it.

    above: what names the subject when the clause does not: its table column, its label, its heading, nearest first.
    """
    for figure in figures(clause):
        bound, left, right = ("<", *figure.span) if figure.below else beside(clause, *figure.span)
        if figure.plus and bound is None:
            bound = ">="
        if figure.most:
            bound = "<="
        if (named := _named(clause, figure, (left, right), above)) is not None:
            metric, names = named
            yield from _stated(clause, figure, metric, names, bound, (left, right))


def _named(
    clause: str, figure: Figure, span: tuple[int, int], above: tuple[str, ...]
) -> tuple[MetricWords, Named] | None:
    """The metric that the figure is of, with its names (several for a list of percentiles); None when there is none."""
    candidates = [m for m in METRICS if figure.unit in m.units and not _stopped(m, clause, figure)]
    left, right = segment(clause, *span)
    nearest = _nearest(candidates, clause, (left, right), figure.span)
    percentile = stated_beside(clause, figure.span[1])
    if percentile and candidates and candidates[0].metric == "p95_ms":
        nearest = nearest or (candidates[0], percentile)
    if nearest is None and _is_bare(clause, (left, right), span):
        whole = len(clause) if not clause.lstrip().startswith("|") else right  # the cells that follow are comments
        nearest = _nearest(candidates, clause, (0, whole), figure.span)
    if nearest is None:
        return _from_above(candidates, clause, figure, (left, right), span, above)
    metric, word = nearest
    names = _scoped(metric, clause, word, figure, span, above)
    return (metric, names) if names else None


def _stopped(metric: MetricWords, clause: str, figure: Figure) -> bool:
    """Does a word in the clause make it another thing? Of a table's row only the first cell and the figure's count."""
    if metric.stop is None or (metric.reply and _PER_REPLY.match(clause, figure.span[1])):
        return False
    if clause.lstrip().startswith("|"):
        cells = [cell.span() for cell in re.finditer(r"[^|]+", clause)]
        clause = " | ".join(
            clause[slice(*cell)] for i, cell in enumerate(cells) if i == 0 or cell[0] <= figure.span[0] < cell[1]
        )
    return bool(metric.stop.search(clause))


def _nearest(
    candidates: list[MetricWords], clause: str, area: tuple[int, int], figure: tuple[int, int]
) -> tuple[MetricWords, tuple[int, int]] | None:
    """The metric whose word stands nearest to the figure within the area, and that word."""
    found = []
    for index, metric in enumerate(candidates):
        if metric.counted:
            found.append((0, index, figure))
            continue
        for match in metric.words.finditer(clause, *area):
            inside = match.start() < figure[1] and match.end() > figure[0]
            if not inside:
                found.append((max(match.start() - figure[1], figure[0] - match.end(), 0), index, match.span()))
    if not found:
        return None
    _, index, word = min(found)
    return candidates[index], word


def _is_bare(clause: str, area: tuple[int, int], span: tuple[int, int]) -> bool:
    """Does the segment name nothing of its own besides the figure?"""
    rest = clause[area[0] : span[0]] + " " + clause[span[1] : area[1]]
    return not re.search(r"\w", _GENERIC.sub(" ", BRANCH.sub(" ", rest)))


def _scoped(
    metric: MetricWords,
    clause: str,
    word: tuple[int, int],
    figure: Figure,
    span: tuple[int, int],
    above: tuple[str, ...],
) -> Named | None:
    """The metric's names when the figure has no other scope; None when it has."""
    match metric.metric:
        case "p95_ms":
            of_a_part = names_a_path(clause[: figure.span[0]]) or (
                above and is_store(above[0]) and not _SAME.search(clause)
            )
            clear = not of_a_part and is_http_latency(clause, word, figure.span, above)
            return percentiles(clause, figure) if clear else None
        case "coverage_pct":
            kinds = coverage_kinds(clause, word, (span[0], figure.span[1])) if not is_front_end(above[:1]) else ()
            return tuple((kind, "") for kind in kinds) or None
        case "request_success_pct" if re.search(r"(?i)success", clause[slice(*word)]):
            clear = is_request_rate(clause, word, figure.span[1], max(figure.values))
        case "request_error_pct":
            clear = is_request_rate(clause, word, figure.span[1], 100.0)
        case "request_success_pct":
            clear = is_availability(clause, word)
        case "load_factor":
            clear = (
                bool(_BEARS.search(clause))
                and not _PLANNED.search(clause[: span[0]].rpartition(":")[2])
                and not re.search(r"(?i)\btests?\b|spike", label_of(clause, figure.span[0]))
            )
        case "throughput_rps":
            label = label_of(clause, figure.span[0])
            clear = not (is_store(label) or names_a_sort(label) or names_a_path(clause[: figure.span[0]]))
        case "files":  # "SMALL: <20 files" sorts code bases
            signed = re.search(r"[<≤=]\s*$", clause[: figure.span[0]])
            clear = not signed or bool(re.search(r"(?i)\bper\b|\bfiles\b.{0,12}[<≤:]", clause) or _REPLY.search(clause))
        case "tokens" | "reply_words":
            is_reply = _REPLY.search(clause) or not re.search(r"\w", _GENERIC.sub(" ", _COUNTED.sub(" ", clause)))
            clear = bool(is_reply) and not _OTHERS.search(clause)
        case _:
            clear = True
    return ((metric.metric, ""),) if clear else None


def _from_above(
    candidates: list[MetricWords],
    clause: str,
    figure: Figure,
    area: tuple[int, int],
    span: tuple[int, int],
    above: tuple[str, ...],
) -> tuple[MetricWords, Named] | None:
    """The metric that the label or heading over a short item names: "### Test coverage", then "- At least 85%"."""
    label = label_of(clause, span[0])
    subject = _GENERIC.sub(" ", label or clause[area[0] : span[0]] + " " + clause[span[1] : area[1]]).strip()
    subject = " ".join(subject.split())
    for metric in candidates:
        if metric.metric == "p95_ms" and _is_bare(clause, area, span) and not _AT_WORST.fullmatch(label):
            speed = re.fullmatch(r"(?i)(?:api |response )?(?:performance|latency|speed)", label)
            topic = next((m for m in map(LATENCY.search, above) if m), None)
            if speed or (topic and not subject and _is_topic(topic, above)):
                return metric, inherited(clause, figure, topic.string if topic else "")
        if metric.metric == "coverage_pct":
            named = next((m for m in map(COVERAGE.search, above) if m), None)
            if named is None or len(subject) > 40:
                continue
            end = len(named.string)
            kind = coverage_kind(named.string, named.span(), (end, end))
            part = part_of_coverage(" ".join(_GENERIC.sub(" ", label).split()) if label else subject)
            if kind and part and (label or not subject):
                return metric, ((part if kind == "coverage_pct" else kind, ""),)
    return None


def _is_topic(topic: re.Match[str], above: tuple[str, ...]) -> bool:
    end = len(topic.string) + 1
    return is_http_latency(topic.string, topic.span(), (end, end), above)


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
