"""Text as the grammar reads it: full-width signs, HTML entities and emphasis replaced, every character in its place.

Refuses to change a length: a claim's span is counted in the text as it was written.
"""

import re

_SIGNS = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},  # full-width ASCII
    0x3000: " ",
    0xFF0C: "、",  # a full-width comma parts statements; an ASCII one may part thousands
    0xFF1B: "。",
    0x3001: "、",
    0x2266: "≤",
    0x2267: "≥",
    0x2A7D: "≤",
    0x2A7E: "≥",
    0x301C: "~",
    0x2013: "-",
}
_ENTITY = re.compile(
    r"&(?P<name>lt|gt|le|ge|leq|geq|nbsp|amp|percnt|#(?:60|62|8804|8805|37));(?P<equal>\s?=)?", re.IGNORECASE
)
_ENTITIES = {
    "lt": "<", "gt": ">", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "nbsp": " ", "amp": "&", "percnt": "%",
    "#60": "<", "#62": ">", "#8804": "≤", "#8805": "≥", "#37": "%",
}  # fmt: skip
_EMPHASIS = re.compile(r"\*+|`+|~~|(?<![A-Za-z0-9])_+(?=\S)|(?<=\S)_+(?![A-Za-z0-9])|\\(?=[<>\[\]])")


def plain(text: str) -> str:
    """`text` with one reading per sign; the result has the same length."""
    text = _ENTITY.sub(_sign, text.translate(_SIGNS))
    return _EMPHASIS.sub(lambda m: " " * len(m[0]), text)


def _sign(entity: re.Match[str]) -> str:
    sign = _ENTITIES[entity["name"].lower()]
    if entity["equal"]:  # "&lt;=" is one sign, too
        sign = {"<": "≤", ">": "≥"}.get(sign, sign + entity["equal"])
    return sign.ljust(len(entity[0]))
