"""Which words belong to a word or figure: those of its noun phrase, and the label before a colon or in the first cell.

Refuses to know any metric: it only says where a phrase begins.
"""

import re

_BREAK = re.compile(  # where a noun phrase begins
    r".*(?:[:,;.()|—–<>=≥≤]|(?<![\w-])(?:with|for|to|that|of|in|on|at|and|or|so|keep\w*|maintain\w*|ensur\w+|"
    r"achiev\w+|by|the|a|an|"
    r"is|are|be|via|when|while|without|through|using|under|below|above|over|target\w*|meet\w*|has|have|must|"
    r"should)(?![\w-]))",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^[\s\-*+•>|\d.)\[\]xX✅]*([^:|]{1,60}?)\s*[:|]")


def label_of(clause: str, before: int) -> str:
    """`Cache` of "- Cache: latency < 5 ms" or "| Cache | < 5 ms |": the words before a colon or the first cell."""
    match = _LABEL.match(clause[:before])
    return match[1].strip() if match else ""


def noun_phrase(text: str) -> str:
    """The words at the end of `text` that belong to what follows it."""
    match = _BREAK.match(text)
    return text[match.end() :] if match else text[-60:]
