"""JSON that delivers files beside fenced files: "and the small files:" with a list, or a structured object first.

Refuses what may be a request or an answer of the API: an object has to say `files`, be of the structured dialect or be
a map of file names, each of them a file's name; a sentence before it that calls it an example is believed. What a
fenced block states more surely wins.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from harness.intake.bounded_json import BadJson, parse_json
from harness.intake.claimed import SENTENCE, Piece
from harness.intake.json_files import files_of
from harness.intake.names import looks_like_file
from harness.intake.places import pieces_of, places_of
from harness.intake.structured import is_structured
from harness.model.submission import Refusal

SHOWN = "it is shown as an example"
_HINTS = re.compile(
    r"\b(?:examples?|requests?|respon(?:se|ds)|repl(?:y|ies)|answers?|returns?|payload|body|output|prints?|GET|POST|PUT|PATCH"
    r"|DELETE|HTTP|curl)\b|\b[1-5]\d\d\b|示例|响应|返回|请求|例|пример|ответ|запрос",
    re.I,
)
_MOST = 2  # a map of fewer names may be anything


def calls_it_example(line: str) -> bool:
    """Whether the line before a JSON block introduces what goes over the wire."""
    return _HINTS.search(line[:400]) is not None


def with_json_beside(pieces: Sequence[Piece]) -> list[Piece]:
    """`pieces`, and after each example that is JSON with files, those files."""
    found: list[Piece] = []
    for piece in pieces:
        listed = list(_files_in(piece))
        found.append(replace(piece, why="its files are read from it") if listed else piece)
        found += listed
    return found


def _files_in(piece: Piece) -> Iterator[Piece]:
    text = piece.content
    if piece.kind != "example" or piece.why == SHOWN or not isinstance(text, str) or text.lstrip()[:1] != "{":
        return
    try:
        listed = _stated(parse_json(text))
    except BadJson:
        return
    for one in listed:
        yield replace(one, where=f"{piece.where} {one.where}", strength=SENTENCE)


def _stated(document: Any) -> Sequence[Piece]:
    if not isinstance(document, dict):
        return ()
    if is_structured(document):
        places = places_of(document)
        return () if isinstance(places, Refusal) or places.open else pieces_of(places, places.paths)[0]
    listed = files_of(document)
    if not isinstance(listed, list) or not ("files" in document or len(listed) >= _MOST):
        return ()
    named = all(isinstance(p.path, str) and looks_like_file(p.path) and isinstance(p.content, str) for p in listed)
    return listed if named else ()
