"""Where one statement ends and the next begins: sentences of a text, segments of a sentence.

Refuses to read words: punctuation, "and" and "but" are all it knows.
"""

import re
from collections.abc import Iterator

_CLAUSE = re.compile(r"(?<=[;!?])\s+|(?<=\.)\s+(?=[^\W\d_a-zа-я])|(?<=[。;!?])(?=.)")
_SEGMENT = re.compile(
    r"[,;|]\s+|[、。()\[\]]\s*|\s+(?:and|but|plus|while|und|et|y|e|и)\s+|\s[-–—]+\s|\s\|$|且|并且|"
    r"以及",
    re.IGNORECASE,
)


_LONGEST = 500  # characters; a sentence longer than that is none, and is read in pieces


def clauses(text: str) -> Iterator[tuple[int, str]]:
    """Sentences and semicolon parts of a text, with their offset in it."""
    start = 0
    for match in _CLAUSE.finditer(text):
        yield from _pieces(text, start, match.start())
        start = match.end()
    yield from _pieces(text, start, len(text))


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    while end - start > _LONGEST:
        cut = text.rfind(" ", start, start + _LONGEST) + 1 or start + _LONGEST
        yield start, text[start:cut]
        start = cut
    yield start, text[start:end]


def segment(clause: str, start: int, end: int) -> tuple[int, int]:
    """The part of the clause between commas, brackets or "and" that holds the characters start..end."""
    left, right = 0, len(clause)
    for match in _SEGMENT.finditer(clause):
        if match.end() <= start:
            left = match.end()
        elif match.start() >= end:
            right = match.start()
            break
    return left, right
