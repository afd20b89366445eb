"""Which of several versions of one file counts: the last that is complete.

Refuses to merge: a version that says "the rest is unchanged", an excerpt quoted in the prose and a block that never
closes give way to a complete version, wherever it stands.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from harness.intake.claimed import COMMENT, LABEL, SENTENCE

_MARK = r"^[ \t]*(?:#+|//+|/\*+|--|<!--|;+|\"\"\"|\{/\*|%)?[ \t]*[\[(<]?[ \t]*"
_REST = (
    r"(?:rest|remaining|remainder|existing|unchanged|previous|same as|as before|omitted"
    r"|other (?:code|routes|methods|endpoints|tests|imports|fields|functions)|keep (?:the|all)|code above|code here)"
)
# "# ... rest of the file", "// … existing code …", "(the rest of the file stays the same)"
_ELIDED = re.compile(
    _MARK + rf"(?:(?:\.{{3,}}|…)[ \t]*(?:the[ \t]+)?{_REST}\b"
    r"|(?:the[ \t]+)?(?:rest|remainder)[ \t]+of[ \t]+(?:the[ \t]+|this[ \t]+)?"
    r"(?:file|code|module|class|script|tests?|content)\b"
    r"[^\n]{0,60}\b(?:unchanged|same|as before|omitted|above|here|identical)\b"
    rf"|{_REST}\b[^\n]{{0,60}}(?:\.{{3,}}|…)[ \t]*[\])>*/-]*[ \t]*$)",
    re.I,
)
_HINT = re.compile(r"\.\.\.|…|rest|remainder|else", re.I)
# "# rest unchanged", "// everything else as before": only in a comment of its own
_SAYS_SO = re.compile(
    r"^[ \t]*(?:#+|//+|/\*+|--|<!--|;+)[ \t]*(?:the[ \t]+)?(?:rest|remainder|everything else|all else)\b[^\n]{0,40}"
    r"\b(?:unchanged|as before|the same|omitted)\b[ \t.)\]*/>-]*$",
    re.I,
)
_IMPORTS = re.compile(r"^(?:import |from \S+ import |package |use |#include|const .*require\()", re.M)
_SMALL = 3  # a version of less than a third, without the imports of the other, is an excerpt


@dataclass(frozen=True)
class Version:
    """A version of a file as far as it matters here."""

    content: str
    strength: int
    closed: bool


def elided_line(content: str) -> int:
    """1-based line that stands for code which is not there; 0 when there is none."""
    for number, line in enumerate(content.split("\n"), 1):
        if _HINT.search(line) and (_ELIDED.match(line[:300]) or _SAYS_SO.match(line[:300])):
            return number
    return 0


def why_not(new: Version, old: Version) -> str:
    """Why `new` does not replace `old`; "" when it does."""
    if old.closed and not new.closed:
        return "it never closes; the complete version before it counts"
    at = elided_line(new.content)
    if at and not elided_line(old.content):
        return f"its line {at} stands for code that is not there; the complete version before it counts"
    if _is_indented(new.content) and not _is_indented(old.content):
        return "it begins inside of something: an excerpt; the complete version before it counts"
    lines, before = _lines(new.content), _lines(old.content)
    small = len(lines) * _SMALL < len(before)
    if small and _IMPORTS.search(old.content) and not _IMPORTS.search(new.content):
        return "it is an excerpt; the complete version before it counts"
    if new.strength >= LABEL and set(lines) < set(before):
        return "it is an excerpt of the version before it"
    if (new.strength > old.strength or new.strength in (COMMENT, SENTENCE)) and not _alike(lines, before):
        return "it is an excerpt, or another file's; the version before it is stated more surely"
    return ""


def _alike(lines: Collection[str], before: Collection[str]) -> bool:
    """Half the lines are there again, and half the size: the same file once more."""
    known = set(lines)
    return len(lines) * 2 >= len(before) and sum(line in known for line in before) * 2 >= len(before)


def _is_indented(content: str) -> bool:
    first = next((line for line in content.split("\n") if line.strip()), "")
    return first[:1] in (" ", "\t")


def _lines(content: str) -> list[str]:
    return [line.strip() for line in content.split("\n") if line.strip()]
