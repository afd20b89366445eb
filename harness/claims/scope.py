"""What a figure is about: a number keeps its scope, so that the coverage of types is not that of tests.

Refuses a figure whose scope is another thing than the metric: of "cache latency < 5 ms" nothing is promised about HTTP.
"""

import re

from harness.claims.behind import is_of_a_part
from harness.claims.metrics import LATENCY
from harness.claims.phrases import label_of, noun_phrase
from harness.claims.script import words

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
    r"auto-?complet\w*|typeahead|suggest\w*|uploads?|downloads?|exports?|reports?|webhooks?|unit tests?|tests?|"
    r"test suite|gc|garbage|fail-?over|recovery|"
    r"mttr|mttd|alerts?|alerting|detection|incidents?|locks?|dns|handshake|network|connections?|notifications?|emails?|"
    r"health|health-?checks?|liveness|kernel|disk|i/o|memory|cpu|agents?|tools?|support|tickets?|on-?call|human|"
    r"activation|adaptation|execution|coordination|swarm|consensus|lag|jitter|human|mobile|app|screen|click|typing|"
    r"keystroke|debug\w*|lint\w*|compil\w+|pod|container|autoscal\w*|scale-?up|third[- ]party|external|upstream|login|"
    r"authentication|auth|token|checkout|payments?|quer(?:y|ies) execution|query time"
)
_SCOPED_LATENCY = words(
    _LATENCY_OF + r"|数据库|(?<!API)(?<!接口)查询|缓存|页面|首屏|消息|队列|后台|データベース|"
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
    r"integrations?|change|deploy\w*|builds?|tests?|jobs?|4xx(?!\s?[/+&,]\s?5xx)|client|time-?outs?|pars\w+|"
    r"validation|cach\w+|sync\w*|import|"
    r"payments?|tasks?|"
    r"agents?|tools?|pipelines?|migrations?|false|transcription|bit|word|login|human|retry|packet|batch|messages?|"
    r"delivery|"
    r"bounce|recovery|backup|restore|rollback|release|first\S*|conversion|training|compliance|detection|security|"
    r"automation|completion|workflow|webhooks?|uploads?|resolution|merge|review|browser|executions?|operations?"
)
_AIM_LABEL = words(r"slos?|slas?|slis?")
_AVAILABILITY_OF = words(
    r"integrations?|partners?|vendors?|third[- ]party|clusters?|databases?|db|cdn|monitoring|"
    r"pipelines?|jobs?|websockets?|nodes?|"
    r"features?|sessions?|audio|video|data|stock|inventory|agents?|tools?|cache|backup|documentation|resource|"
    r"staff|calendar|slo|slot|room"
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
    behind = _NEXT_FIGURE.sub("", clause[figure[1] :])
    if _SCOPED_LATENCY.search(LATENCY.sub(" ", phrase)) or _LATENCY_FOR.search(behind) or is_of_a_part(behind):
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
    after = clause[max(end, word[1]) :]
    if re.match(r"\W*(?:due to|caused by|because of)\b", after):
        return False
    of = re.match(r"[^,.;|]*?\b(?:for|of|in|on)\b([^,.;|]*)", after)
    what = re.match(r"\s*((?:[\w-]+\s+){1,2})(?:failures?|errors?)\b", after)  # "< 0.1% integration failures"
    return not any(map(_RATE_OF.search, (phrase, named, of[1] if of else "", what[1] if what else "")))


def is_front_end(above: tuple[str, ...]) -> bool:
    """Does a label or heading say that all below it is about what runs in a browser?"""
    return any(map(_FRONT.search, above))


def is_availability(clause: str, word: tuple[int, int], end: int) -> bool:
    """The uptime of the service, not the availability of data or staff."""
    of = re.match(r"[^,.;|()]*?\b(?:for|of|in|on)\b([^,.;|]*)", clause[max(word[1], end) :])
    texts = (noun_phrase(clause[: word[0]]), _AIM_LABEL.sub("", label_of(clause, word[0])), of[1] if of else "")
    return not any(map(_AVAILABILITY_OF.search, texts))
