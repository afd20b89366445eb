"""Amounts of a change, which promise no level: "by 10 %", "a drop of at most 2 %", "from 420 ms to 47 ms".

Refuses to take the multiple of a load for an amount: "handle a 10x load increase" means ten times the load.
"""

from harness.claims.script import any_of as _any

_LEVEL = _any(r"\b(?:below|under|above|over|exceed\w*|beyond|within)\b|[<>≤≥]|&[lg][te];")
_CHANGE = (
    r"(?:drop|decrease|increase|reduction|regression|degradation|improvement|change|loss|decline|gain|growth|rise|"
    r"delta|deviation|variation|variance|difference|overhead|jitter|slow-?down|speed-?up|saving)s?"
)
_CHANGING = (
    r"(?:drop(?:s|ped|ping)?|fall(?:s|ing)?|fell|decreas\w+|increas\w+|rais\w+|improv\w+|reduc\w+|ris(?:e|es|en|ing)|"
    r"gr[eo]w\w*|lower(?:s|ed|ing)?|boost\w*|cut|degrad\w+|chang\w+|var(?:y|ies)|shrink\w*|slow(?:s|ed)?|regress\w*|"
    r"deviat\w+|gain(?:s|ed)?|los(?:e|es|t))"
)
_OBJECT = (  # what may stand between a change and its amount
    r"(?:[\s:=(~]+(?:of|in|is|are|be|must|should|may|might|can|could|will|shall|not|never|stay\w*|remain\w*|kept|"
    r"the|a|an|"
    r"any|our|its|test|code|line|branch|overall|total|average|response|query|request|api|times?|latenc(?:y|ies)|"
    r"coverage|"
    r"up-?time|availability|load|traffic|throughput|concurrency|p\d+|rates?|error|success|performance|between \w+|"
    r"from \w+|per \w+|about|around|roughly|approximately)\b)*[\s:=(~]*$"
)
_BY = _any(
    r"\bby(?:\s+(?:about|around|approximately|roughly|a factor of))?\s*~?$",
    r"(?:提升|提高|增加|降低|减少|下降|上升|增长)了?约?\s*$",
)
_FROM_TO = _any(  # "from 420 ms to 47 ms", "850ms → 180ms": two states of one thing
    r"\bfrom\s+[^.;]{0,40}?\d[^.;]{0,30}?\b(?:to|down to)\b",
    r"(?:从|從|由)[^。;、]{0,12}?\d[^。;]{0,12}?(?:到|至|降|减|減|提|增)",
    r"\b(?:с|von|de|desde)\s+\d[^.;]{0,20}?\s(?:до|auf|à|a|para)\s+\d",
    r"\d\s?(?:%|ms|s|x|rps)?\s*(?:→|->|=>|⇒)\s*[<>~]?\s?\d",
    r"\(\s*\d[\d.,]*\s?(?:ms|s|%|k|x)?\s+(?:to|→|->)\s+\d",
    r"\d\s?(?:ms|s|%|m)\w*\s*から\s*\d",
)
_CHANGE_OF = _any(rf"\b{_CHANGE}{_OBJECT}")
_CHANGES = _any(rf"\b{_CHANGING}{_OBJECT}")
_BETTERED = _any(
    rf"\b(?:improv\w+|boost\w*|optimi[sz]\w+|accelerat\w+|reduc\w+|increas\w+\s+(?:throughput|concurrency)){_OBJECT}"
)
_CHANGE_AFTER = _any(
    rf"^\s*(?:(?:p\d+|test|code|line|branch|response|query|request|coverage|latency|times?|rate|error)\s+)*{_CHANGE}\b",
    r"^\s*(?:more|less|higher|lower|faster|slower|better|worse|fewer|extra|additional)\b",
)


def is_change(before: str, stated: str, after: str, growing: bool) -> bool:
    """ "by 10 %", "a drop of at most 2 %", "20 ms faster": amounts of a change, not levels."""
    if _BY.search(before) or _FROM_TO.search(before + stated + after):
        return True
    if growing:  # "handle a 10x load increase" means ten times the load
        return bool(_BETTERED.search(before))
    level = _LEVEL.search(stated)
    return bool(_CHANGE_OF.search(before) or (not level and _CHANGES.search(before)) or _CHANGE_AFTER.search(after))
