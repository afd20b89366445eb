"""Where each fragment of a structured reply goes: as it states, as `files` states, by convention, or nowhere yet.

`files` wins where given. Once any path is stated, a sentence such as "create_order, in app/main.py" is prose. Refuses
to place a fragment by its meaning: what is left open is asked for (follow_up.py).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.intake.claimed import Piece
from harness.intake.json_files import stated_files
from harness.intake.layout import conventional_path, stack_of
from harness.intake.paths import vet_path
from harness.intake.pointers import normal
from harness.intake.structured import Fragment, fragments_of, is_empty_file, is_nothing
from harness.model.submission import Refusal

_SAME = 0.6  # share of lines: above it a second piece for one path is the same file once more, not a further part
_LONG = 20  # lines
_CODE = re.compile(
    r"^\s*(?:[#@{<]|//|/\*|--|(?:def|class|import|async|from|const|let|var|func|package|export|return|use|web)\b"
    r"|(?:CREATE|INSERT|ALTER|SELECT|UPDATE|DELETE|DROP|BEGIN|PRAGMA)\s|[A-Z][A-Z0-9_]*=\S*\s*$"
    r"|[A-Za-z][\w.\[\]-]*\s*(?:==|>=|~=)\s*[\w.]+\s*$)|[;{})\]]\s*$"
)


@dataclass(frozen=True)
class Places:
    """`paths`: pointer -> path; `open`: fragments without one; `stated`: entries of `files`; `aside`: no code."""

    fragments: tuple[Fragment, ...]
    paths: Mapping[str, object]
    open: tuple[Fragment, ...]
    stated: tuple[Piece, ...]
    aside: tuple[Piece, ...]
    stack: str


def places_of(document: Mapping[str, Any]) -> Places | Refusal:
    """What `document` says of the place of its code. Refusal when an entry of `files` is malformed."""
    stated = stated_files(document)
    if isinstance(stated, Refusal):
        return stated
    found = [f for f in fragments_of(document) if not is_nothing(f.code) or is_empty_file(f)]
    any_path = bool(stated) or any(fragment.path is not None for fragment in found)
    listed = {_key(piece.path) for piece in stated}
    pointed = {normal(piece.what.removeprefix("from ")) for piece in stated if piece.joins}
    contents = [piece.content.strip() for piece in stated if isinstance(piece.content, str)]
    taken = {*listed, *(_key(f.path) for f in found if f.path is not None)}
    stack = stack_of(found)
    whole = {*listed, *(_key(f.path) for f in found if f.path is not None and not is_prose(f.code))}
    kept: list[Fragment] = []
    aside: list[Piece] = []
    paths: dict[str, object] = {}
    for one in found:
        why = ""
        path = one.path
        if any(one.pointer == pointer or one.pointer.startswith(f"{pointer}/") for pointer in pointed):
            continue  # listed by the entry of `files` that points at it
        if path is not None and _key(path) in listed:
            why = "`files` states this path, and wins"
        elif path is not None and _key(path) in whole and is_prose(one.code) and "=" not in one.code:
            why = "a sentence, not code: the file's code is stated elsewhere"
        elif path is None and any_path and is_prose(one.code):
            why = "a sentence, not code: paths are stated elsewhere"
        elif path is None and any(one.code.strip() in content for content in contents):
            why = "it is part of a file that `files` states"
        elif path is None:
            path = conventional_path(one, stack)
            if path is not None and _key(path) in taken:
                why = f"{path} is stated elsewhere"
        if why:
            aside.append(Piece(one.pointer, one.role or one.group, path or "", kind="left_out", why=why))
            continue
        kept.append(one)
        if path is not None:
            paths[one.pointer] = path
    left = tuple(one for one in kept if one.pointer not in paths)
    return Places(tuple(kept), paths, left, tuple(stated), tuple(aside), stack)


def pieces_of(places: Places, paths: Mapping[str, object]) -> tuple[list[Piece], bool]:
    """Files of the fragments at `paths`, and of `files`; the flag says whether any was joined from different pieces."""
    pieces: list[Piece] = []
    seen: dict[str, list[str]] = {}
    joined = False
    for one in places.fragments:
        path = paths[one.pointer]
        text = one.code if one.code.endswith("\n") else f"{one.code}\n"
        held = seen.setdefault(_key(path), [])
        again = bool(held) and _alike(text, held[-1])
        joined = joined or bool(held and text not in held and not again)
        held.append(text)
        pieces.append(Piece(one.pointer, one.role or one.group, path, text, joins=not again))
    for piece in places.stated:
        held = seen.setdefault(_key(piece.path), [])
        joined = joined or bool(held and piece.joins and piece.content not in held)
        held.append(str(piece.content))
    return [*pieces, *places.stated, *places.aside], joined


def is_prose(code: str) -> bool:
    """True for a single line that is a sentence and not code."""
    text = code.strip()
    return "\n" not in text and _CODE.search(text) is None


def listing(fragments: Iterable[Fragment], why: str) -> list[Piece]:
    """Pieces that are only told of."""
    return [Piece(one.pointer, one.role or one.group, "", kind="left_out", why=why) for one in fragments]


def _alike(text: str, other: str) -> bool:
    lines, before = _lines(text), _lines(other)
    if min(len(lines), len(before)) < _LONG:
        return False
    known = set(lines)
    return sum(line in known for line in before) >= _SAME * len(before)


def _lines(text: str) -> Sequence[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _key(path: object) -> str:
    vetted = vet_path(path)
    return str(path) if isinstance(vetted, Refusal) else vetted
