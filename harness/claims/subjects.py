"""Which metric a figure is of: the nearest word that names one, or the column, label or heading over a bare figure.

Refuses a figure that no word of its sentence, column, label or heading gives a metric, and one with another scope.
"""

import re

from harness.claims.clauses import segment
from harness.claims.coverage import BRANCH, coverage_kind, coverage_kinds, is_a_kind, listed_behind, part_of_coverage
from harness.claims.figures import Figure
from harness.claims.metrics import COVERAGE, LATENCY, METRICS, MetricWords
from harness.claims.parts import is_store, names_a_path, names_a_sort
from harness.claims.percentiles import Named, inherited, percentiles, stated_beside
from harness.claims.phrases import label_of
from harness.claims.scope import is_availability, is_front_end, is_http_latency, is_request_rate
from harness.claims.script import words

AIM = r"targets?|goals?|目标|目標|цель|Ziel\w*|cibles?|objectifs?|objetivos?|metas?|alvos?|obiettiv[oi]"
_GENERIC = re.compile(  # words that leave it to label or heading what a number is about
    rf"(?i)(?<![\w-])(?:{AIM}|min(?:imum)?|max(?:imum)?|at|least|most|must|should|shall|be|is|are|the|"
    r"an?|all|for|of|to|"
    r"keep|maintain|ensure|achieve|aim|required?|thresholds?|commitments?|objective|slos?|slas?|overall|total|"
    r"stays?|remain|consistently|always|api|"
    r"apis|rest|http|"
    r"standard|typical|default|endpoints?|requests?|responses?|per|instance|on|average|p\d+|\d+(?:th|st|nd|rd)|"
    r"percentile|and|with|under|"
    r"load|normal|"
    r"peak|performance|speed|quality|gate|metric|value|lines?|statements?|x)(?![\w-])|目标|要求|达到|保持|确保|"
    r"目標|必須|阈值|门禁|最低|整体|总体|全体|总的?|전체|"
    r"[^\w]|_|\d"
)
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
_RATE_TITLE = words(r"throughput|rps|qps|tps|req(?:uests)?/s(?:ec)?|吞吐量?|并发|スループット|처리량")
_WHOLE_ROW = words(  # first cells that mean the service, or a broad class of its requests
    r"apis?|http|rest|graphql|backend|services?|servers?|system|overall|total|all|every|any|default|standard|"
    r"normal|typical|average|"
    r"simple|complex|crud|core|reads?|writes?|get|post|put|patch|delete|quer(?:y|ies)|lists?|endpoints?|"
    r"requests?|responses?|"
    r"operations?|targets?|goals?|prod(?:uction)?|p\d+|time|and|or|of|the|global|public|main|接口|查询|写入|"
    r"读取|读|写|后端|服务|系统|"
    r"整体|总体|全部|所有|核心|普通|读写|バックエンド|全体|전체"
)
_AT_WORST = re.compile(r"(?i)\W*(?:max(?:imum)?|worst(?: case)?|slowest)\W*")  # no percentile
_SAME = words(r"apis?|https?|rest|endpoints?|backend|services?")
_COUNTED = words(r"words?|tokens?|use|limit(?:ed)?|up|more|than|no|not|exceed|never|do|\w+n't")


def named(
    clause: str, figure: Figure, span: tuple[int, int], above: tuple[str, ...], column: str = ""
) -> tuple[MetricWords, Named] | None:
    """The metric that the figure is of, with its names (several for a list of percentiles); None when there is none."""
    candidates = [m for m in METRICS if figure.unit in m.units and not _stopped(m, clause, figure, column)]
    if titled := _titled(candidates, column):
        return _from_column(titled, clause, figure, column)
    left, right = segment(clause, *span)
    nearest = _nearest(candidates, clause, (left, right), figure.span)
    percentile = stated_beside(clause, figure.span[1])
    if percentile and candidates and candidates[0].metric == "p95_ms":
        nearest = nearest or (candidates[0], percentile)
    broad = bool(candidates) and candidates[0].metric == "p95_ms"
    if nearest is None and _is_bare(clause, (left, right), span, broad):
        whole = len(clause) if not clause.lstrip().startswith("|") else right  # the cells that follow are comments
        nearest = _nearest(candidates, clause, (0, whole), figure.span)
    if nearest is None:
        return _from_above(candidates, clause, figure, (left, right), span, above)
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


def _is_bare(clause: str, area: tuple[int, int], span: tuple[int, int], broad: bool = False) -> bool:
    """Does the segment name nothing of its own besides the figure? broad: a class of requests is nothing of its own."""
    rest = clause[area[0] : span[0]] + " " + clause[span[1] : area[1]]
    rest = _WHOLE_ROW.sub(" ", rest) if broad else rest
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
            is_reply = _REPLY.search(clause) or not re.search(r"\w", _GENERIC.sub(" ", _COUNTED.sub(" ", clause)))
            clear = bool(is_reply) and not _OTHERS.search(clause)
        case _:
            clear = True
    return ((metric.metric, ""),) if clear else None


def _titled(candidates: list[MetricWords], column: str) -> MetricWords | None:
    """The metric that a table's column is about: "P95 latency", "Error rate", "RPS"; none for "Target"."""
    return next((m for m in candidates if m.words.search(column) or (m.counted and _RATE_TITLE.search(column))), None)


def _from_column(metric: MetricWords, clause: str, figure: Figure, column: str) -> tuple[MetricWords, Named] | None:
    """The same for a row of a table whose columns name the metrics: held where the row is the service as a whole."""
    row = label_of(clause, figure.span[0])
    if metric.metric == "coverage_pct":
        if part_of_coverage(" ".join(_GENERIC.sub(" ", row).split())) != "coverage_pct":
            return None
    elif not _is_broad(row) or names_a_path(row):
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
    row = clause.lstrip().startswith("|")  # a row that names a class of requests is one of several
    for metric in candidates:
        if metric.metric.startswith("request_") and not subject and _is_rate(metric, above[:1]):
            return metric, ((metric.metric, ""),)
        if metric.metric == "p95_ms" and _is_bare(clause, area, span, not row) and not _AT_WORST.fullmatch(label):
            speed = re.fullmatch(r"(?i)(?:api |response )?(?:performance|latency|speed)", label)
            topic = next((m for m in map(LATENCY.search, above) if m), None)
            if speed or (topic and not (subject if row else not _is_broad(subject)) and _is_topic(topic, above)):
                return metric, inherited(clause, figure, topic.string if topic else "")
        if metric.metric == "coverage_pct":
            named = next((m for m in map(COVERAGE.search, above) if m), None)
            if named is None or len(subject) > 40:
                continue
            end = len(named.string)
            kind = coverage_kind(named.string, named.span(), (end, end))
            own = clause[max(area[0], clause.find(label) + len(label) if label else 0) : span[0]]
            item = " ".join(_GENERIC.sub(" ", f"{label} {own}").split()) if label else subject
            part = part_of_coverage(item)
            listed = listed_behind(clause, figure.span[1])
            if kind and part and (label or listed or not subject or is_a_kind(subject)):
                return metric, tuple((k, "") for k in listed or (part if kind == "coverage_pct" else kind,))
    return None


def _is_broad(text: str) -> bool:
    """Is it the service, or a broad class of its requests?"""
    return not re.search(r"[^\W\d_]", _WHOLE_ROW.sub(" ", LATENCY.sub(" ", text)))


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
