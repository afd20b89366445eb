"""What stands beside a number and says which side of it is meant, in several languages.

Refuses to know metrics: only `up to` depends on what is measured, and that is left to the caller.
"""

import re
from typing import Final, Literal

from harness.claims.script import is_spaced
from harness.model.claim import Op

UP_TO: Final = "up to"  # an upper bound where less is better, and no ceiling at all where more is
Bound = Op | Literal["up to"]

_NOT = r"(?:(?:must |may |should |do |does |can |shall |will )?(?:not|never)|cannot|\w+n['’]t)"
_MORE = r"(?:more|longer|higher|greater|slower|larger)"
_FEWER = r"(?:less|fewer|lower|faster|quicker|shorter|smaller)"
# Longest and negated forms first, because "not exceed" contains "exceed".
_BEFORE: tuple[tuple[str, Bound], ...] = (
    (rf"{_NOT} (?:be |take |last |need |use |contain |have )?(?:exceed(?:s|ing)?|above|over|{_MORE} than)", "<="),
    (rf"no {_MORE} than|不(?:得)?(?:超过|超過|高于|高於|大于|多于)|至多|最多|不超|最大", "<="),
    (r"не (?:более|больше|выше|превыша\w+|дольше)(?: чем)?|nicht (?:mehr als|über)|höchstens|maximal", "<="),
    (r"au plus|ne (?:doit )?(?:pas )?dépass\w+|como máximo|no máximo|máximo(?: de)?|a lo sumo|até|al massimo", "<="),
    (rf"{_NOT} (?:be |fall |drop |go )?(?:below|under|less than|lower than)", ">="),
    (r"no (?:less|lower|fewer) than|不(?:得)?(?:低于|低於|少于|小于)|至少|最低|최소|최저|最小", ">="),
    (
        (
            r"не (?:менее|ниже|меньше)(?: чем)?|минимум|как минимум|nicht unter|mindestens|wenigstens|"
            r"min(?:destens)?\."
        ),
        ">=",
    ),
    (
        (
            r"au moins|au minimum|pas moins de|al menos|como mínimo|"
            r"mínim[oa](?: de)?|por lo menos|pelo menos|no mínimo|"
            r"almeno|en az|co najmniej"
        ),
        ">=",
    ),
    (rf"{_FEWER} than or equal(?:s)? to|<\s?=|≤|=<", "<="),
    (r"(?:greater|more|higher) than or equal(?:s)? to|>\s?=|≥|=>", ">="),
    (r"(?:at|equal to) or (?:above|over|greater than|higher than|more than|exceeding)", ">="),
    (r"(?:at|equal to) or (?:below|under|less than|lower than)", "<="),
    (r"up to|as (?:much|many|high) as", UP_TO),
    (
        (
            r"at most|max(?:imum|\.)?(?: of)?|within|limit(?:ed)?(?: of|(?: \w+){0,2} to)?|capped at|(?:stop|end|"
            r"finish) after"
        ),
        "<=",
    ),
    (r"at least|min(?:imum|\.)?(?: of)?|not less than", ">="),
    (r"exceed(?:s|ing)?|above|over|(?:more|greater|higher|better) than|beyond|>|超过|超過|高于|高於|大于|大於", ">"),
    (r"более|больше|выше|свыше|über|mehr als|größer als|supérieure?s? à|plus de|au-dessus de|dépass\w+", ">"),
    (
        (
            r"superior(?:es)? a[ol]?|más de|mayor(?:es)? (?:a|que)|"
            r"por encima de|acima de|mais de|maior(?:es)? que|oltre|"
            r"superiore a"
        ),
        ">",
    ),
    (rf"under|below|{_FEWER} than|sub-?|<|低于|低於|小于|小於|少于", "<"),
    (r"менее|меньше|ниже|unter|weniger als|kleiner als|inférieure?s? à|moins de|en dessous de|sous(?: les)?", "<"),
    (
        (
            r"inferior(?:es)? a[ol]?|menos de|menor(?:es)? (?:a|de|que)|por debajo de|abaixo de|meno di|inferiore a|"
            r"sotto(?: i)?"
        ),
        "<",
    ),
)
_THING = (
    r"(?:\s+(?:test|code|line|branch|unit|statement))*(?:\s+(?:coverage|up-?time|availability|load|response time))?"
)
_AFTER: tuple[tuple[str, Bound], ...] = (
    (
        rf"\+|{_THING}\s*(?:or (?:more|higher|above|better|greater)|and (?:above|up|higher)|min(?:imum|\.)?|at least)",
        ">=",
    ),
    (r"\s*(?:及|或|và )?以上|\s*이상|\s*(?:и|или) (?:выше|более|больше)|\s*(?:oder|und) (?:mehr|höher)", ">="),
    (r"\s*(?:ou plus|ou mieux|o más|o superior|ou mais|ou superior|como mínimo|mínimo|no mínimo|minimum|o più)", ">="),
    (rf"{_THING}\s*(?:or (?:less|fewer|lower|faster|below|under)|max(?:imum|\.)?|at most|tops)", "<="),
    (
        r"\s*(?:以内|以內|以下|이하|이내|或更少|или (?:менее|меньше)|oder weniger|ou moins|o menos|ou menos|máximo)",
        "<=",
    ),
    (r"\s*(?:未満|미만)", "<"),
)
_FILLER = (
    r"(?:\s*:)?\s*"
    r"(?:about |around |approximately |roughly |a |an |the |of |= ?|~|target(?:s|ed)?:? |de |der |на |les? )?"
)
BEFORE = [(re.compile(rf"(?:{p}){_FILLER}$", re.IGNORECASE), op) for p, op in _BEFORE]
AFTER = [(re.compile(rf"^(?:{p})(?![A-Za-zÀ-ž])", re.IGNORECASE), op) for p, op in _AFTER]
_REACH = 60  # characters before a number that a comparator may take


def beside(clause: str, start: int, end: int) -> tuple[Bound | None, int, int]:
    """The comparator next to the characters start..end (as written) and the span that includes it."""
    first = max(0, start - _REACH)
    before = clause[first:start]
    for pattern, op in BEFORE:
        if match := pattern.search(before):
            previous = before[: match.start()][-1:]
            if match[0][0].isalpha() and is_spaced(match[0][0]) and previous and is_spaced(previous):
                continue
            return op, first + match.start(), end
    for pattern, op in AFTER:
        if match := pattern.match(clause[end:]):
            return op, start, end + match.end()
    return None, start, end
