"""The metrics that a figure can be about: the words that name them in several languages, and their units.

Refuses to match anything by itself: tables of patterns only, so that a reader can see what counts as a claim.
"""

import re
from dataclasses import dataclass
from typing import Literal

from harness.claims.script import words

Direction = Literal["low", "high"]  # is a small value good, or a large one

_SECOND = r"(?:s|secs?|seconds?|秒)"
_REQUESTS = r"(?:reqs?|requests?|transactions|queries|calls)"
# Unit as the metrics know it -> how people write it. Longer spellings come first where one contains another.
UNITS: dict[str, str] = {
    "rps": rf"rps|qps|tps|r/s|(?:api |http )?{_REQUESTS}(?:\s?/\s?|\s(?:per|a)\s){_SECOND}|req/s",
    "rpm": rf"rpm|(?:api |http )?{_REQUESTS}(?:\s?/\s?|\s(?:per|a)\s)min(?:ute)?",
    "ms": r"ms|msecs?|milli-?secs?|milli-?seconds?|毫秒|ミリ秒|밀리초|мс|миллисекунд\w*|Millisekunden?|millisecondes?"
    r"|milissegundos?|milisegundos?",
    "min": r"mins?|minutes?|分钟|Minuten?",
    "h": r"hours?|hrs?|h",
    "s": r"secs?|seconds?|s|秒|초|сек\w*|Sekunden?|secondes?|segundos?",
    "%": r"%|percent|per ?cent|процент\w*|Prozent|pour ?cent|por ?cent[oa]|퍼센트|パーセント",
    "x": r"x|×|times|fold|-fold|倍|배",
    "files": r"files?|файл\w*|Dateien|fichiers?|archivos?|arquivos?|个文件",
    "iterations": r"iterations?|rounds?",
    "turns": r"turns",
    "tool calls": r"tool[- ](?:calls?|uses?|invocations?)",
    "tokens": r"tokens?",
    "words": r"words?",
}


@dataclass(frozen=True)
class MetricWords:
    """One metric: the words that name it, the units it may carry (with factor to the metric's own unit).

    bare: may be claimed without a comparator ("80% coverage"); counted: the unit is the word that names it ("10
    files"); stop: words whose presence in the clause means another thing; reply: a limit on the agent's run or reply
    rather than a property of the backend.
    """

    metric: str
    unit: str
    words: re.Pattern[str]
    units: dict[str, float]
    better: Direction
    bare: bool = False
    counted: bool = False
    stop: re.Pattern[str] | None = None
    reply: bool = False


LATENCY = words(
    r"(?:response|reply|answer|request|api) times?|responses?|latenc(?:y|ies)|respon[ds]\w*|answers?|"
    r"p\d{2,3}(?:\.\d+)?|\d{2}(?:\.\d+)?(?:th|st|nd|rd)?[ -]percentile|api calls?|apis?|endpoints?|requests?|"
    r"响应(?:时间|延迟)?|響應時間|回應時間|延迟|延遲|"
    r"レスポンス(?:タイム|時間)?|応答時間|レイテンシー?|응답 ?(?:시간|속도)|지연 ?시간|"
    r"врем(?:я|ени) (?:ответ|отклик)\w*|задержк\w+|отклик\w*|Antwortzeit\w*|Reaktionszeit\w*|Latenz\w*|"
    r"temps de réponse|latence|tiempos? de respuesta|latencia|tempos? de resposta|latência|temp[io] di risposta|latenza"
)
COVERAGE = words(
    r"coverage|(?:code|test|line|unit)-coverage|(?:test|code)-abdeckung|覆盖率|覆蓋率|カバレッジ|網羅率|"
    r"커버리지|покрыти\w+|(?:Test|Code|Zeilen)?abdeckung|couverture|cobertura|"
    r"copertura|pokryci\w+|kapsam\w*|jacoco|kover|coverlet|simplecov|pytest-cov|lcov"
)
_PERCENT = {"%": 1.0}

# Order matters only between metrics that share a unit: the nearest word wins, then the earlier row.
SERVICE: tuple[MetricWords, ...] = (
    MetricWords(
        "p95_ms",
        "ms",
        LATENCY,
        {"ms": 1.0, "s": 1000.0},
        "low",
        stop=words(
            r"time-?outs?|timed out|back-?off|retry|retries|ttl|expir\w+|interval|cache(?:d)? for|graceful\w*|"
            r"shut ?down|"
            r"token lifetime|debounce|polling|rate[- ]limit\w*|window"
        ),
    ),
    MetricWords("coverage_pct", "%", COVERAGE, _PERCENT, "high", bare=True),
    MetricWords(
        "request_success_pct",
        "%",
        words(
            r"up-?time|availability|success rates?|"
            r"(?:request|api|http) success|successful requests?|可用性|可用率|稼働率|"
            r"가용성|가용률|가동률|доступност\w+|аптайм\w*|Verfügbarkeit|disponibilité|disponibilidade?|disponibilità"
        ),
        _PERCENT,
        "high",
        bare=True,
    ),
    MetricWords(
        "request_error_pct",
        "%",
        words(
            r"(?:error|failure) (?:rates?|ratio)|failed requests?|"
            r"(?:5xx|server) errors?(?: rates?)?|5xx(?: rate)?|错误率|"
            r"錯誤率|エラー率|오류율|에러율|(?:частота|доля|процент) ошибок|Fehlerrate|Fehlerquote|taux d['’]erreurs?|"
            r"tasa de error(?:es)?|taxa de erros?|tasso di errore"
        ),
        _PERCENT,
        "low",
    ),
    MetricWords(
        "load_factor",
        "x",
        words(
            r"load|traffic|scal(?:e|es|ing|ability)|throughput|concurrency|growth|users?|负载|流量|負荷|"
            r"トラフィック|트래픽|"
            r"부하|нагрузк\w+|Last|charge|carga|tráfico|tráfego|carico"
        ),
        {"x": 1.0},
        "high",
        bare=True,
        stop=words(r"retry|retries|attempts?|faster|slower|cheaper|smaller|speed-?up"),
    ),
    MetricWords(
        "throughput_rps",
        "req/s",
        words(
            r"throughput|handles?|sustains?|supports?|serves?|吞吐量?|スループット|처리량|пропускн\w+|Durchsatz|débit"
        ),
        {"rps": 1.0, "rpm": 1 / 60},
        "high",
        bare=True,
        counted=True,
        stop=words(
            r"rate[- ]?limit\w*|limits?|limited|throttl\w+|quota|per (?:\w+ )?(?:user|ip|client|key|token|tenant|"
            r"caller|account)|"
            r"free tier|free|rpd|tpm|(?:/|per |a )(?:day|month)|per request|burst|max_rpm|限流|database queries|cache"
        ),
    ),
)
