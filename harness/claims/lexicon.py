"""The words of the claims grammar: metric words, comparators, units, capabilities, behaviours.

Refuses to match anything by itself: tables of patterns only, so that a reader can see what counts as a claim.
Source: the definitions of five published agents and the grammar derived from them (`harness agent claims` prints it).
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from harness.model.claim import Op

Direction = Literal["low", "high"]  # is a small value good, or a large one


@dataclass(frozen=True)
class MetricWords:
    """One metric: the words that name it, the units it may carry (with factor to the metric's own unit).

    bare: may be claimed without a comparator ("80% coverage"); stop: words whose presence in the clause means another
    thing; reply: a limit on the agent's run or reply rather than a property of the backend.
    """

    metric: str
    unit: str
    words: re.Pattern[str]
    units: dict[str, float]
    better: Direction
    bare: bool = False
    stop: re.Pattern[str] | None = None
    reply: bool = False


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE)


_MS = {"ms": 1.0, "millisecond": 1.0, "s": 1000.0, "sec": 1000.0, "second": 1000.0}
_MINUTES = {"minute": 1.0, "min": 1.0, "s": 1 / 60, "sec": 1 / 60, "second": 1 / 60, "hour": 60.0, "h": 60.0}
_PERCENT = {"%": 1.0, "percent": 1.0}

# Order matters only between metrics that share a unit: the nearest word wins, then the earlier row.
METRICS: tuple[MetricWords, ...] = (
    MetricWords(
        "p95_ms",
        "ms",
        _words(
            r"(?:response|query|request|api) times?|latenc(?:y|ies)|quer(?:y|ies)|responds?|"
            r"p\d{2,3}(?:\.\d+)?|\d{2}(?:\.\d+)?(?:th|st|nd|rd)?[ -]percentile|响应时间"
        ),
        _MS,
        "low",
        stop=_words(r"time-?outs?|back-?off|retry|retries|ttl|expir\w+|interval|cache for|graceful|shut ?down"),
    ),
    MetricWords("branch_coverage_pct", "%", _words(r"branch coverage"), _PERCENT, "high", bare=True),
    MetricWords(
        "coverage_pct",
        "%",
        _words(r"(?:test|code|line|statement|unit|unit test|api)?[ -]?coverage|(?:测试)?覆盖率"),
        _PERCENT,
        "high",
        bare=True,
    ),
    MetricWords(
        "request_success_pct",
        "%",
        _words(r"up-?time|availability|success rates?|(?:request|successful) success|successful requests?"),
        _PERCENT,
        "high",
        bare=True,
    ),
    MetricWords("request_error_pct", "%", _words(r"(?:error|failure) rates?|failed requests?"), _PERCENT, "low"),
    MetricWords(
        "load_factor",
        "x",
        _words(r"load|traffic|scal(?:e|es|ing)|throughput|concurrency"),
        {"x": 1.0, "×": 1.0, "times": 1.0, "fold": 1.0},
        "high",
        bare=True,
        stop=_words(r"retry|retries|attempts?"),
    ),
    MetricWords(
        "throughput_rps",
        "req/s",
        _words(r"throughput|handles?|sustains?|supports?|serves?"),
        {"rps": 1.0, "req/s": 1.0, "requests/s": 1.0, "requests per second": 1.0, "requests/second": 1.0},
        "high",
        bare=True,
        stop=_words(r"rate[- ]limit\w*|throttl\w+"),
    ),
    MetricWords(
        "files",
        "files",
        _words(r"files?"),
        {"file": 1.0},
        "low",
        stop=_words(
            r"uploads?|uploaded|attachments?|open files?|log files?|"
            r"per (?!deliver|response|repl|submission|task|answer|run\b|message)\w+|"
            r"(?:each|every) (?:module|package|folder|directory|component|commit|pull request|pr|endpoint|layer)"
        ),
        reply=True,
    ),
    MetricWords(
        "iterations", "iterations", _words(r"iterations?|rounds?"), {"iteration": 1.0, "round": 1.0}, "low", reply=True
    ),
    MetricWords(
        "wall_time_min",
        "min",
        _words(
            r"(?:maximum |max )?run ?-?time|wall[- ]?(?:clock )?time|"
            r"(?:finish|complete|deliver|end)(?: \w+)? (?:task|work|job|implementation|delivery)s?|per task"
        ),
        _MINUTES,
        "low",
        reply=True,
    ),
    MetricWords(
        "tool_calls",
        "calls",
        _words(r"(?:tool )?calls?"),
        {"tool call": 1.0, "call": 1.0},
        "low",
        reply=True,
        stop=_words(r"api calls?|external|upstream|per (?:request|user|second|minute|hour|day)"),
    ),
    MetricWords(
        "tokens",
        "tokens",
        _words(r"tokens?"),
        {"token": 1.0},
        "low",
        reply=True,
        stop=_words(r"jwt|access|refresh|bearer|api tokens?|per user|sessions?"),
    ),
    MetricWords(
        "reply_words",
        "words",
        _words(r"words?"),
        {"word": 1.0},
        "low",
        reply=True,
        stop=_words(r"password\w*|dictionary"),
    ),
)

_NOT = r"(?:(?:must |may |should |do |does |can |shall |will )?(?:not|never)|cannot|\w+n['’]t)"
UP_TO: Final = "up to"  # an upper bound where less is better, and no ceiling at all where more is
# Before a number; longest and negated forms first, because "not exceed" contains "exceed".
COMPARATORS: tuple[tuple[str, Op | Literal["up to"]], ...] = (
    (
        (
            rf"{_NOT} (?:be |take |last |need |use |contain |have )?"
            r"(?:exceed(?:s|ing)?|above|over|(?:more|longer|higher|greater|slower) than)"
        ),
        "<=",
    ),
    (r"no (?:more|longer|higher|greater|slower) than|不(?:超过|高于|大于|多于)|至多|最多", "<="),
    (rf"{_NOT} (?:be |fall |drop )?(?:below|under|less than|lower than)", ">="),
    (r"no (?:less|lower|fewer) than|不(?:低于|少于|小于)|至少", ">="),
    (r"(?:less|fewer|lower|faster|quicker) than or equal to|<=|≤|=<|&le;", "<="),
    (r"(?:greater|more|higher) than or equal to|>=|≥|=>|&ge;", ">="),
    (r"up to|as (?:much|many|high) as", UP_TO),
    (
        (
            r"at most|max(?:imum|\.)?(?: of)?|within|limit(?:ed)?(?: of| to)?|capped at|"
            r"(?:stop|end|finish) after"
        ),
        "<=",
    ),
    (r"at least|min(?:imum|\.)?(?: of)?|not less than", ">="),
    (r"exceed(?:s|ing)?|above|over|(?:more|greater|higher|better) than|beyond|>|&gt;|超过|高于|大于", ">"),
    (r"under|below|(?:less|fewer|lower|faster|quicker) than|sub-?|<|&lt;|低于|小于|少于", "<"),
)
# After the unit.
SUFFIXES: tuple[tuple[str, Op], ...] = (
    (
        (
            r"\+|(?: test| code| line| branch)?(?: coverage| uptime| availability)? "
            r"(?:or (?:more|higher|above|better)|minimum|and above)"
        ),
        ">=",
    ),
    (
        (
            r"(?: test| code| line| branch)?(?: coverage| load)? "
            r"(?:or (?:less|fewer|lower|faster|below)|max(?:imum)?|at most)"
        ),
        "<=",
    ),
)

ZEROES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "critical_vulnerabilities",
        _words(r"(?:zero|no|0) (?:known |open )?critical (?:security )?(?:vulnerabilit(?:y|ies)|findings?|issues?)"),
    ),
    (
        "high_vulnerabilities",
        _words(r"(?:zero|no|0) high[- ]severity (?:security )?(?:vulnerabilit(?:y|ies)|findings?|issues?)"),
    ),
    ("vulnerabilities", _words(r"(?:zero|no|0) (?:known |security )*vulnerabilit(?:y|ies)")),
    ("lost_records", _words(r"zero data[- ]loss")),
    ("downtime_s", _words(r"zero[- ]downtime")),
)

VERSIONED = _words(r"node(?:\.js)?|python|go(?:lang)?|java|rust|ruby|php|typescript|postgres(?:ql)?|mysql|redis|kotlin")

CAPABILITIES: dict[str, str] = {
    "rest_api": r"rest(?:ful)?(?: api\w*)?",
    "graphql": r"graphql",
    "grpc": r"grpc",
    "websocket": r"websockets?",
    "openapi": r"openapi|swagger",
    "api_versioning": r"api versioning|versioning strateg\w+",
    "pagination": r"pagination",
    "filtering": r"(?:data )?filtering",
    "rate_limiting": r"rate[- ]limit\w*",
    "cors": r"cors",
    "security_headers": r"security headers",
    "input_validation": r"input validation|request/response validation|validation",
    "sql_injection_prevention": r"sql injection(?: prevention)?",
    "authentication": r"authentication",
    "jwt": r"jwt",
    "oauth2": r"oauth ?2?",
    "rbac": r"rbac|abac|role-based access control",
    "encryption": r"encrypt\w*",
    "password_hashing": r"bcrypt|argon2|password hashing|hashing",
    "audit_logging": r"audit logging",
    "migrations": r"migrations?(?: scripts?)?",
    "seed_data": r"seed data(?: scripts?)?",
    "transactions": r"transactions?(?: management)?|rollback",
    "connection_pooling": r"connection pool\w*",
    "caching": r"cach(?:e|es|ing)(?: layers?| strateg\w+)?",
    "idempotency": r"idempotency",
    "message_queue": r"message queues?|dead letter\w*",
    "circuit_breaker": r"circuit breakers?",
    "health_checks": r"health[- ]checks?",
    "graceful_shutdown": r"graceful shutdown",
    "metrics_endpoint": r"prometheus|metrics endpoints?",
    "structured_logging": r"structured log\w*",
    "correlation_ids": r"correlation ids?",
    "tracing": r"distributed tracing|opentelemetry",
    "unit_tests": r"unit (?:and integration )?tests?",
    "integration_tests": r"integration tests?",
    "multi_stage_build": r"multi-stage build",
    "secret_management": r"secrets? management",
    "owasp": r"owasp",
}

BEHAVIOURS: dict[str, str] = {
    "no_delegation": r"(?:do not|don't|never)(?: \w+)? delegate",
    "no_infinite_loops": r"infinite loops?",
    "asks_when_ambiguous": r"ambiguous[^.\n]*clarif\w+|seek clarification",
    "structured_json": r"structured json",
    "concise_replies": r"(?:keep )?responses concise",
    "summary": r"clear summary",
    "backend_only": r"backend development only",
    "halts_on_circular_dependencies": r"halt if circular dependenc\w+",
    "stops_at_requested_endpoints": r"stop after generating all requested endpoints",
    "status_updates": r"status updates",
}

SKILL_LINE = _words(
    r"expertise|proficien\w+|specializ\w+ in|specialis\w+ in|familiar\w* with|"
    r"experienced? (?:in|with)|knowledge of|basics"
)
SKILL_HEADING = _words(
    r"expertise|proficien\w+|skills?|mastery|capabilities|technolog(?:y|ies)|tool preferences|development tools|stack"
)
OUTPUT_HEADING = _words(r"(?:output|response|reply|answer) (?:structure|format|sections?)|deliverables")
EXAMPLE_LEAD = re.compile(
    r"\be\.g\.|\bfor example\b|\bfor instance\b|\bsuch as\b|<example>|"
    r"\b(?:counter|anti)?-?examples?\b[^:.\w]*:|例如|比如|示例|例子",
    re.IGNORECASE,
)
EXAMPLE_HEADING = re.compile(r"^\W*(?:\w+ ){0,2}(?:counter|anti)?-?examples?\W*$|示例|例子", re.IGNORECASE)
