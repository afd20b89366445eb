"""Where one statement ends and the next begins: sentences of a line, segments of a sentence, lines of a paragraph.

Refuses to read words: punctuation, "and" and "but" are all it knows.
"""

import re
from collections.abc import Iterable, Iterator

from harness.claims.lines import Line

_CLAUSE = re.compile(r"(?<=[;!?])\s+|(?<=\.)\s+(?=[A-Z*])|(?<=[。;!?])(?=.)")
_SEGMENT = re.compile(r"[,;|]\s+|[,;、。()()]\s*|\s+(?:and|but)\s+")
_NEW_BLOCK = re.compile(r"\s*(?:[-*+]\s|\d{1,9}[.)]\s|\||#|<|>|$)")
_LONGEST = 20  # lines of one wrapped sentence; nobody writes more
_WRAPPED = 60  # characters: a line as long as this that ends without a full stop goes on in the next one


def clauses(text: str) -> Iterator[tuple[int, str]]:
    """Sentences and semicolon parts of a line, with their offset in it."""
    start = 0
    for match in _CLAUSE.finditer(text):
        yield start, text[start : match.start()]
        start = match.end()
    yield start, text[start:]


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


def paragraphs(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Lines outside of code, with the lines that go on with the same sentence kept together."""
    block: list[Line] = []
    for line in lines:
        if block and not (len(block) < _LONGEST and line.fence is None and _goes_on(block[-1], line)):
            yield block
            block = []
        if line.fence is None:
            block.append(line)
    if block:
        yield block


def _goes_on(before: Line, line: Line) -> bool:
    """Was a sentence wrapped between the two? A capital after a short line begins another."""
    ended = before.text.rstrip()
    if (
        line.number != before.number + 1
        or before.is_heading
        or line.is_heading
        or not ended
        or _NEW_BLOCK.match(line.text)
    ):
        return False
    if before.text.endswith("  ") or ended[-1] in ".!?:;。!?|":
        return False
    return not line.text.lstrip()[:1].isupper() or len(ended) >= _WRAPPED


def sentence_at(block: list[Line], line: Line, offset: int) -> tuple[str, int, str]:
    """The whole sentence around the character `offset` of `line`, wrapped lines included; its offset in there; and the
    next sentence."""
    whole = " ".join(part.text for part in block)
    at = offset + sum(len(part.text) + 1 for part in block if part.number < line.number)
    parts = list(clauses(whole))
    index = max(n for n, (start, _) in enumerate(parts) if start <= at)
    start, sentence = parts[index]
    return sentence, at - start, parts[index + 1][1] if index + 1 < len(parts) else ""
