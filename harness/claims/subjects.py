"""Which metric a figure is of: the nearest word that names one, or the column, label or heading over a bare figure.

Refuses a figure that no word of its sentence, column, label or heading gives a metric, and one with another scope.
"""

import re

from harness.claims.above import from_above, from_column, titled
from harness.claims.clauses import segment
from harness.claims.coverage import coverage_kinds
from harness.claims.figures import Figure
from harness.claims.generic import GENERIC, is_bare
from harness.claims.limits import LIMITS
from harness.claims.metrics import SERVICE, MetricWords
from harness.claims.parts import is_store, names_a_path, names_a_sort
from harness.claims.percentiles import Named, percentiles, stated_beside
from harness.claims.phrases import label_of
from harness.claims.scope import is_availability, is_front_end, is_http_latency, is_request_rate
from harness.claims.script import words

_BEARS = words(
    r"handl\w+|support\w*|scales?(?: up)? to|scales|scaling(?: up)? to|sustain\w*|withstand\w*|accommodat\w+|"
    r"absorb\w*|cope|copes|serves?|surviv\w+|"
    r"tolerat\w+|manag\w+|bear|bears|capacity|headroom|scalability|支持|支撑|支撐|正常服务|正常运行|稳定运行|"
    r"承受|应对|扩展|выдерж\w+|bewältig\w+|"
    r"supporter|soportar"
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
_SAME = words(r"apis?|https?|rest|endpoints?|backend|services?")
_COUNTED = words(r"words?|tokens?|use|limit(?:ed)?|up|more|than|no|not|exceed|never|do|\w+n't")


def named(
    clause: str, figure: Figure, span: tuple[int, int], above: tuple[str, ...], column: str = ""
) -> tuple[MetricWords, Named] | None:
    """The metric that the figure is of, with its names (several for a list of percentiles); None when there is none."""
    candidates = [m for m in (*SERVICE, *LIMITS) if figure.unit in m.units and not _stopped(m, clause, figure, column)]
    if (metric_above := titled(candidates, column)) is not None:
        return from_column(metric_above, clause, figure, column)
    left, right = segment(clause, *span)
    nearest = _nearest(candidates, clause, (left, right), figure.span)
    percentile = stated_beside(clause, figure.span[1])
    if percentile and candidates and candidates[0].metric == "p95_ms":
        nearest = nearest or (candidates[0], percentile)
    broad = bool(candidates) and candidates[0].metric == "p95_ms"
    if nearest is None and is_bare(clause, (left, right), span, broad):
        whole = len(clause) if not clause.lstrip().startswith("|") else right  # the cells that follow are comments
        nearest = _nearest(candidates, clause, (0, whole), figure.span)
    if nearest is None:
        return from_above(candidates, clause, figure, (left, right), span, above)
    metric, word = nearest
    names = _scoped(metric, clause, word, figure, span, above)
    return (metric, names) if names else None


def _stopped(metric: MetricWords, clause: str, figure: Figure, column: str) -> bool:
    """Does a word in the clause make it another thing? Of a table's row only the first cell and the figure's count."""
    if metric.stop is None or (metric.reply and _PER_REPLY.match(clause, figure.span[1])):
        return False
    if clause.lstrip().startswith("|"):
        cells = [cell.span() for cell in re.finditer(r"[^|]+", clause)]
        clause = " | ".join(
            clause[slice(*cell)] for i, cell in enumerate(cells) if i == 0 or cell[0] <= figure.span[0] < cell[1]
        )
        clause += f" | {column}"
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
            clear = is_availability(clause, word, figure.span[1])
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
            is_reply = _REPLY.search(clause) or not re.search(r"\w", GENERIC.sub(" ", _COUNTED.sub(" ", clause)))
            clear = bool(is_reply) and not _OTHERS.search(clause)
        case _:
            clear = True
    return ((metric.metric, ""),) if clear else None
