"""Files between marker lines, without fences: what some tools print and some models copy.

    === FILE: app/main.py ===            --- BEGIN FILE: app/main.py ---            ##### app/main.py #####
    …                                    …
    === FILE: Procfile ===               --- END FILE: app/main.py ---

Refuses to look where anything else delivers a file: only a reply that holds none otherwise is read like this. A file
ends at the next marker, whatever stands between; one fence around it is taken off.
"""

import re
from collections.abc import Sequence

from harness.intake.claimed import LABEL, Piece
from harness.intake.fences import unwrap_fence
from harness.intake.names import looks_like_file

_MARKER = re.compile(
    r"^[ \t]*([-=#*+~>]{3,})[ \t]*(?:(begin|start|end)\b(?: of\b)?[ \t]*)?(file(?:name|path)?\b[ \t]*:?[ \t]*)?"
    r"[`\"']?([\w@.+-][^\s`\"':=]{0,300}?)?[`\"']?[ \t]*(?:[-=#*+~<]{3,})[ \t]*$",
    re.I,
)
_MOST = 400  # more markers are nobody's delivery


def read_markers(lines: Sequence[str]) -> list[Piece]:
    """The files that marker lines name; [] when there are none."""
    marks = [(number, found) for number, line in enumerate(lines) if (found := _marker(line)) is not None]
    if len(marks) > _MOST or not any(path for _, path in marks):
        return []
    ends = [number for number, _ in marks[1:]] + [len(lines)]
    pieces: list[Piece] = []
    for (number, path), end in zip(marks, ends, strict=True):
        if path:
            content, _ = unwrap_fence("\n".join(lines[number + 1 : end]).strip("\n"))
            text = f"{content.rstrip(chr(10))}\n" if content.strip() else ""
            where = f"lines {number + 1}-{end}"
            pieces.append(Piece(where, lines[number].strip()[:80], path, text, strength=LABEL, line=number + 2))
    return pieces


def _marker(line: str) -> str | None:
    """The path of a line that begins a file, "" for one that ends it, None for any other line."""
    found = _MARKER.match(line[:400])
    if found is None:
        return None
    path = found[4] or ""
    if (found[2] or "").casefold() == "end":
        return "" if found[3] or not path or looks_like_file(path) else None
    named = looks_like_file(path) and (found[3] or "/" in path or "." in path or path[:1].isupper())
    return path if named else None
