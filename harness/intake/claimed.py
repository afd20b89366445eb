"""One piece of a reply as a reader found it: a file as stated, a change, or something that is no file.

Nothing is vetted yet: `path` and `content` may be of any JSON type.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["file", "change", "delete", "example", "left_out"]
INFO, LABEL, COMMENT, SENTENCE = 0, 1, 2, 3  # how surely `path` is meant; a stronger claim is a smaller number


@dataclass(frozen=True)
class Piece:
    """`where` and `what` are for people: lines or a JSON Pointer, and how the reply introduces the piece.

    kind "change": a unified diff or SEARCH/REPLACE block. joins: what has the same path is added to it, not replaced.
    why: what is to be said of it, whatever becomes of it. line: 1-based, where the content begins; 0 = not by lines.
    """

    where: str
    what: str
    path: object = ""
    content: object = ""
    kind: Kind = "file"
    strength: int = INFO
    closed: bool = True
    executable: bool = False
    joins: bool = False
    why: str = ""
    line: int = 0
