"""What a figure is about: a number keeps its scope, so that the coverage of types is not that of tests.

Refuses a figure whose scope is another thing than the metric: of "cache latency < 5 ms" nothing is promised about HTTP.
"""

import re

from harness.claims.clauses import segment
from harness.claims.metrics import COVERAGE, LATENCY
from harness.claims.script import any_of, words

BRANCH = words(r"branch(?:es)?|decisions?|分支|ブランチ|분기|ветв\w+|Zweige?|ramas?|branches")
_LINES = words(r"lines?|statements?|行数?|行數|语句|陳述式|ステートメント|행|строк\w*|Zeilen|lignes|líneas|linhas")
_OTHER_PARTS = words(r"functions?|methods?|classes|class|函数|函式|関数|함수|функци\w+|Funktionen|fonctions|funciones")
_PART = rf"(?:{_LINES.pattern}|{BRANCH.pattern}|{_OTHER_PARTS.pattern})"
_LISTED = words(  # "line, branch and function coverage": one figure for several kinds
    rf"{_PART}(?:(?:\s*[,/&+]\s*(?:and |or )?|\s+(?:and|or|und|et|y)\s+){_PART})+\s+(?:(?:test|code)\s+)?"
    rf"(?:{COVERAGE.pattern})"
)
_OF_CODE = (  # words of a coverage that is not that of the tests as a whole
    r"types?|typing|endpoints?|apis?|documentation|docs?|docstrings?|comments?|requirements?|scenarios?|features?|"
    r"automation|automated|slos?|slis?|index|monitoring|alerts?|mutation|functions?|methods?|class(?:es)?|paths?|"
    r"critical|"
    r"crucial|integration|e2e|end-to-end|functional|regression|acceptance|contracts?|security|ui|frontend|front-end|"
    r"components?|visual|browsers?|devices?|platforms?|use-?cases?|cases?|stor(?:y|ies)|schemas?|log(?:s|ging)?|"
    r"trac(?:es?|ing)|"
    r"observability|data|cache|edge|errors?|rules?|polic(?:y|ies)|threats?|compliance|controls?|audit|"
    r"translations?|i18n|"
    r"accessibility|a11y|keywords?|quer(?:y|ies)|models?|domain|business|core|risks?|attacks?|migrations?|snapshots?|"
    r"behaviou?rs?|workflows?|flows?|journeys?|routes?|rls|openapi|swagger|specs?|config\w*|utils?|utilit(?:y|"
    r"ies)|hooks?|"
    r"helpers?|public|exported|payments?|auth\w*|financial|money|happy|services? layer|backup|rollout|"
    r"tests? of critical"
)
_SCOPED_COVERAGE = words(_OF_CODE)
_HAN_LABEL = any_of(r"关键|核心|业务逻辑|集成|接口|文档|工具|クリティカル|Kritik|핵심")
_SCOPED_HAN = any_of(
    r"(?:自动化|自動化|接口|端点|文档|文檔|类型|功能|需求|场景|核心|关键|集成|E2E|API|エンドポイント|統合|結合|機能)[^,、。]{0,4}$"
)
_COVERAGE_OF = words(
    r"(?:for|of|on|in|across|über|sur|para|для|de)\s+(?:(?:all|the|every|our|your|any|les|los|das|"
    r"alle)\s+)?(?:[\w-]+\s+)?"
    r"(?:[\w-]*critical[\w-]*|crucial|core|business|key|public|exported|edge|error|security|auth\w*|payments?|"
    r"financial|domain|"
    r"services? layer|endpoints?|routes?|utils?|utilities|helpers?|components?|ui|frontend|hooks?|types?|"
    r"documentation|requirements?|"
    r"slos?|"
    r"domain logic|integration tests?|e2e tests?|paths?|workflows?)"
)
_LATENCY_OF = (  # what is not an answer of the API over HTTP
    r"databases?|db|sql|postgres\w*|mysql|mongo\w*|redis|memcached|cach(?:e|ed|es|ing)|cdn|edge|index\w*|"
    r"background|jobs?|"
    r"workers?|queues?|batch\w*|cron|etl|pipelines?|stream(?:s|ing)?|events?|messages?|messaging|web ?sockets?|"
    r"sse|kafka|"
    r"consumers?|producers?|replica\w*|replication|sync\w*|page|pages|load time|loads? time|lcp|fcp|tti|fid|inp|"
    r"cls|paint|"
    r"interactive|interaction|frontend|front-end|ui|animations?|render\w*|bundle|web vitals|builds?|ci|cd|"
    r"deploy\w*|startup|start-?up|"
    r"cold|boot|warm-?up|hot reload|search|retrieval|rag|vector|llm|models?|inference|embedding\w*|generation|ocr|pdf|"
    r"uploads?|downloads?|exports?|reports?|webhooks?|unit tests?|tests?|test suite|gc|garbage|fail-?over|recovery|"
    r"mttr|mttd|alerts?|alerting|detection|incidents?|locks?|dns|handshake|network|connections?|notifications?|emails?|"
    r"health|health-?checks?|liveness|kernel|disk|i/o|memory|cpu|agents?|tools?|support|tickets?|on-?call|human|"
    r"activation|adaptation|execution|coordination|swarm|consensus|lag|jitter|human|mobile|app|screen|click|typing|"
    r"keystroke|debug\w*|lint\w*|compil\w+|pod|container|autoscal\w*|scale-?up|third[- ]party|external|upstream|login|"
    r"authentication|auth|token|checkout|payments?|quer(?:y|ies) execution|query time"
)
_SCOPED_LATENCY = words(
    _LATENCY_OF + r"|数据库|查询|缓存|页面|首屏|消息|队列|后台|データベース|"
    r"キャッシュ|ページ|데이터베이스|캐시|페이지|баз\w*|кэш\w*|"
    r"страниц\w*|Datenbank\w*|Seite\w*|base de données|pages?|base de datos|banco de dados|página|consultas?"
)
_SAME_LATENCY = words(  # beside one of these the words above are no scope
    r"api|http|rest|endpoints?|requests?|services?|servers?|backend|p\d\d|overall|end-to-end|接口|응답"
)
_LATENCY_FOR = words(
    rf"(?:for|of|from|on|in|per|to)\s+(?:(?:the|all|most|any|each|every|our)\s+)?(?:[\w-]+\s+)?(?:{_LATENCY_OF}|"
    rf"reads? from \w+)"
)
_NEXT_FIGURE = re.compile(  # what stands there is the next figure's scope, or another instruction's
    r"(?:[,;]|\band)\s+[<>≤≥~]?\s*\d.*|[,;]\s+(?!(?:for|of|from|on|in|per|to|but|except|only)\b).*",
    re.DOTALL | re.IGNORECASE,
)
_ANOTHERS = re.compile(r"\d\s?[^\W\d]{1,12}\s*\($")  # "< 500 ms (API), < 200 ms": the API belongs to the first
_FRONT = words(r"bundles?|frontend|front-end|ui|web vitals|mobile|browser|client-side|cdn|lighthouse|page")
_WEAK = words(
    r"p\d{2,3}(?:\.\d+)?|\d{2}(?:\.\d+)?(?:th|st|nd|rd)?[ -]percentile|apis?|endpoints?|requests?|respon[ds]\w*|"
    r"answers?"
)
_STRONG_BESIDE = re.compile(
    r"\W{0,3}(?:response|reply|request|api)s? (?:times?|latenc)|\W{0,3}(?:latenc|响应|延迟|応答|응답)", re.IGNORECASE
)
_MODIFIERS = words(  # adjectives and nouns that leave a response the API's own
    r"apis?|http|rest(?:ful)?|graphql|grpc|endpoints?|requests?|servers?|services?|micro-?services?|backend|"
    r"systems?|app|"
    r"applications?|web|crud|core|public|user|users|client|average|avg|mean|median|typical|normal|standard|"
    r"max(?:imum)?|min(?:imum)?|"
    r"target\w*|required|expected|acceptable|overall|total|global|end-to-end|fast|faster|low|lower|quick|optimal|"
    r"optimi[sz]ed|improved|better|"
    r"best|good|great|excellent|consistent\w*|stable|sustained|strict|sub|all|every|most|any|its|our|your|their|"
    r"these|each|"
    r"p\d+|\d+th|percentile|tail|peak|get|read|write|post|simple|complex|data|method|route|function|"
    r"performance|speed|maintained|guaranteed|deliver\w*|provid\w*|design|build|optimi[sz]e\w*|reduce|meets?|less|"
    r"verify|verifies|"
    r"validat\w+|monitor|track|measure|check|confirm|make|sure|get|improve|critical|production|real-time|high|median|p"
)
_RATE_OF = words(
    r"change|deploy\w*|builds?|tests?|jobs?|4xx(?!\s?[/+&,]\s?5xx)|client|time-?outs?|pars\w+|validation|cach\w+|sync\w*|import|"
    r"payments?|tasks?|"
    r"agents?|tools?|pipelines?|migrations?|false|transcription|bit|word|login|human|retry|packet|batch|messages?|"
    r"delivery|"
    r"bounce|recovery|backup|restore|rollback|release|first\S*|conversion|training|compliance|detection|security|"
    r"automation|completion|workflow|webhooks?|uploads?|resolution|merge|review|browser|executions?|operations?"
)
_AVAILABILITY_OF = words(
    r"data|stock|inventory|agents?|tools?|cache|backup|documentation|resource|staff|calendar|slo|slot|room"
)
_BREAK = re.compile(  # where a noun phrase begins
    r".*(?:[:,;.()|—–<>=≥≤]|(?<![\w-])(?:with|for|to|that|of|in|on|at|and|or|so|keep\w*|maintain\w*|ensur\w+|"
    r"achiev\w+|by|the|a|an|"
    r"is|are|be|via|when|while|without|through|using|under|below|above|over|target\w*|meet\w*|has|have|must|"
    r"should)(?![\w-]))",
    re.IGNORECASE,
)
_OF_ITS_OWN = words(r"with|rates?|ratio|scores?|while|having")  # "100% pass rate with 85% coverage"
_LABEL = re.compile(r"^[\s\-*+•>|\d.)\[\]xX✅]*([^:|]{1,60}?)\s*[:|]")


def label_of(clause: str, before: int) -> str:
    """`Cache` of "- Cache: latency < 5 ms" or "| Cache | < 5 ms |": the words before a colon or the first cell."""
    match = _LABEL.match(clause[:before])
    return match[1].strip() if match else ""


def noun_phrase(text: str) -> str:
    """The words at the end of `text` that belong to what follows it."""
    match = _BREAK.match(text)
    return text[match.end() :] if match else text[-60:]


def coverage_kinds(clause: str, word: tuple[int, int], figure: tuple[int, int]) -> tuple[str, ...]:
    """The metrics of a coverage's figure: several for "line and branch coverage", none for that of something else."""
    for match in _LISTED.finditer(clause):
        if match.start() <= word[0] and word[1] <= match.end():
            parts = (("coverage_pct", _LINES), ("branch_coverage_pct", BRANCH))
            return tuple(kind for kind, part in parts if part.search(match[0]))
    kind = coverage_kind(clause, word, figure)
    return (kind,) if kind else ()


def coverage_kind(clause: str, word: tuple[int, int] | None, figure: tuple[int, int]) -> str | None:
    """`coverage_pct`, `branch_coverage_pct`, or None for the coverage of something else. word: where it is named."""
    after = clause[figure[1] :]
    part = re.match(r"\s*(?:of\s+|for\s+)?(?:the\s+|all\s+)?([^\s,;.)]+)", after)
    beside = part[1] if part else ""
    if word is None or word[0] > figure[1]:
        modifiers = clause[figure[1] : word[0]] if word else beside
        if word and (_OF_ITS_OWN.search(modifiers) or _SCOPED_COVERAGE.search(noun_phrase(clause[: figure[0]]))):
            return None
    else:
        modifiers = noun_phrase(clause[: word[0]])
        if _LINES.fullmatch(beside):
            return "coverage_pct"
        of_it = re.match(r"\s*\+?\s*((?:(?!(?:for|of|on|in|across|with)\b)[\w-]+\s*){1,2})", after)
        if of_it and _SCOPED_COVERAGE.search(of_it[1].replace("-", " ")):
            return None
    for text in (beside if word is None or word[0] < figure[0] else "", modifiers):
        if BRANCH.search(text):
            return "branch_coverage_pct"
        if _OTHER_PARTS.search(text):
            return None
    label = label_of(clause, figure[0])
    named_in_label = bool(COVERAGE.search(label))
    if _SCOPED_COVERAGE.search(modifiers) or (label and not named_in_label and _SCOPED_COVERAGE.search(label)):
        return None
    if label and not named_in_label and _HAN_LABEL.search(label):
        return None
    if word and _SCOPED_HAN.search(clause[max(0, word[0] - 12) : word[0]]):
        return None
    if not named_in_label and label and BRANCH.search(label):
        return "branch_coverage_pct"
    tail = clause[min(word[1] if word else figure[1], figure[1]) : segment(clause, *figure)[1]]
    return None if _COVERAGE_OF.search(tail) else "coverage_pct"


def part_of_coverage(subject: str) -> str | None:
    """The same for an item below a heading about coverage: `Branches: 75%`."""
    if not subject or _LINES.search(subject):
        return None if _OTHER_PARTS.search(subject) else "coverage_pct"
    if BRANCH.search(subject):
        return "branch_coverage_pct"
    if _OTHER_PARTS.search(subject) or _SCOPED_COVERAGE.search(subject):
        return None
    return (
        "coverage_pct"
        if re.search(r"(?i)\b(?:unit|tests?|code|overall|total|global|backend|minimum|target)\b", subject)
        else None
    )


def is_http_latency(clause: str, word: tuple[int, int], figure: tuple[int, int], above: tuple[str, ...]) -> bool:
    """Is the latency that of the API's answers? above: the label and heading over the clause."""
    named = clause[slice(*word)].strip(" ([@)]")
    weak = bool(_WEAK.fullmatch(named)) and not _STRONG_BESIDE.match(clause[word[1] :])
    if word[0] >= figure[1]:
        phrase = clause[figure[1] : word[0]] + " " + (noun_phrase(clause[: figure[0]]) if weak else "")
    else:
        phrase = noun_phrase(clause[: word[0]]) + " " + clause[word[1] : figure[0]]
    if weak:
        phrase += " " + clause[max(0, figure[0] - 60) : figure[0]]
    if _SCOPED_LATENCY.search(LATENCY.sub(" ", phrase)) or _LATENCY_FOR.search(
        _NEXT_FIGURE.sub("", clause[figure[1] :])
    ):
        return False
    in_brackets = re.search(r"\(\s*([^()]*)\)", clause[figure[1] :])
    if in_brackets and _SCOPED_LATENCY.search(in_brackets[1]) and not LATENCY.search(in_brackets[1]):
        return False
    modifiers = clause[figure[1] : word[0]] if word[0] >= figure[1] else noun_phrase(clause[: word[0]])
    if not _is_plain(modifiers, named):
        return False
    if word[1] <= figure[0] and not re.match(r"(?i)p?\d", named) and _ANOTHERS.search(clause[: word[0]]):
        return False
    label = label_of(clause, figure[0])
    if not LATENCY.search(label) and _SCOPED_LATENCY.search(label) and not _SAME_LATENCY.search(named + " " + phrase):
        return False
    if is_front_end(above):
        return False
    return not (weak and any(_SCOPED_LATENCY.search(a) and not LATENCY.search(a) for a in above[:1]))


def _is_plain(phrase: str, named: str) -> bool:
    """No noun before "response" that makes it another thing's, as in "Focus group response: < 3s"."""
    if not re.match(r"(?i)(?:respon|repl|answer|latenc)", named):
        return True
    return not re.search(r"[^\W\d_]{2,}", _MODIFIERS.sub(" ", LATENCY.sub(" ", phrase)))


def is_request_rate(clause: str, word: tuple[int, int], end: int, value: float) -> bool:
    """An error or success rate of requests, not of builds or tasks; a bare "success rate" only from 99 % on."""
    named = clause[slice(*word)].lower()
    if re.search(r"(?i)\b(?:precision|recall|accuracy)\b", clause):
        return False
    phrase = noun_phrase(clause[: word[0]]) + " " + label_of(clause, word[0])
    if "success rate" in named and not re.search(r"(?i)request|api|http|response", phrase):
        return value >= 99 and not re.search(r"\w{3}", phrase)
    of = re.match(r"[^,.;|]*?\b(?:for|of|in|on)\b([^,.;|]*)", clause[max(end, word[1]) :])
    return not any(map(_RATE_OF.search, (phrase, named, of[1] if of else "")))


def is_front_end(above: tuple[str, ...]) -> bool:
    """Does a label or heading say that all below it is about what runs in a browser?"""
    return any(map(_FRONT.search, above))


def is_availability(clause: str, word: tuple[int, int]) -> bool:
    """The uptime of the service, not the availability of data or staff."""
    return not _AVAILABILITY_OF.search(noun_phrase(clause[: word[0]]))
