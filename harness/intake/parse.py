"""The accepted grammar of a reply: what a careful reader would put on disk.

    0  cap of 10 MB, line ends, one leading thinking block        locate.py
    1  JSON that lists files                                      json_files.py
    2  JSON that holds code by role, with a follow-up turn        structured.py, places.py, follow_up.py
    3  tagged files                                               tags.py
    4  fenced blocks with paths, changes, here-documents; 5 one single block      markdown.py

A reply that is JSON is read as JSON; else its text is read block by block, and where blocks state paths, JSON among
them is read only where it lists files plainly (beside.py). Refuses to raise: whatever the text, the answer is a
Submission, a NeedsFollowUp or a Refusal whose code fixtures/hostile/replies/index.toml shows by example; each lists
every block of the reply. A reply that was cut off is read as far as it goes and flagged `truncated`; cut JSON is not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.intake.assemble import NO_STARTER, assemble
from harness.intake.beside import with_json_beside
from harness.intake.claimed import Piece
from harness.intake.fences import split_lines
from harness.intake.follow_up import read_structured
from harness.intake.json_files import files_of, is_entry, piece_of
from harness.intake.locate import MAX_REPLY_BYTES, Located, exceeds, has_thinking, locate_json, normalise
from harness.intake.markdown import read_text
from harness.intake.names import looks_like_file
from harness.intake.structured import fragments_of, is_structured
from harness.model.submission import Block, NeedsFollowUp, Refusal, Submission

CUT_OFF = frozenset(("length", "max_tokens", "MAX_TOKENS", "model_length"))
MAX_FENCE_LINES = 10_000  # far above 200 files with examples; keeps a hostile reply to a second
Parsed = Submission | NeedsFollowUp | Refusal
_THOUGHT = Block("line 1", "thinking", "", "left_out", "what an agent thinks before it answers is never read")


def parse_reply(
    text: str,
    *,
    finish_reason: str = "stop",
    main_file: str | None = None,
    starter: Mapping[str, bytes] = NO_STARTER,
) -> Parsed:
    """What `text` delivers.

    finish_reason: as the provider said; a cut reply is flagged. main_file: where a single unlabelled block goes, for
    tasks that are answered by one file; None = such a block is no delivery. starter: the project that the task gives,
    which the delivery is laid over.
    """
    if exceeds(text, MAX_REPLY_BYTES):
        parsed: Parsed = Refusal(
            "reply_too_large", f"the reply is larger than {MAX_REPLY_BYTES} bytes; it was not read"
        )
    else:
        parsed = _read(normalise(text), main_file, starter)
        if has_thinking(text):
            parsed = replace(parsed, blocks=(_THOUGHT, *parsed.blocks))
    return _with_finish(parsed, finish_reason) if finish_reason in CUT_OFF else parsed


def _read(text: str, main_file: str | None, starter: Mapping[str, bytes]) -> Parsed:
    if sum("```" in line or "~~~" in line for line in split_lines(text)) > MAX_FENCE_LINES:
        return Refusal(
            "reply_too_large", f"the reply has more than {MAX_FENCE_LINES} lines that open or close a code block"
        )
    located = locate_json(text)
    from_json = _read_json(located, starter)
    if from_json is not None and located.whole:
        return from_json
    pieces, flags = read_text(text, None if located.documents else main_file)
    if any(_delivers(piece) for piece in pieces):
        return assemble(with_json_beside(pieces), flags, starter=starter)
    if from_json is not None:
        others = [piece for piece in pieces if not _holds_json(piece)]
        listed = assemble([*others, Piece("", "", "-", "")]).blocks[:-1] if others else ()
        return replace(from_json, blocks=(*from_json.blocks, *listed))
    if located.error:
        return Refusal("invalid_output", f"the reply's JSON cannot be read: {located.error}")
    said = "the reply holds no file: expected fenced blocks with a path, tagged files, or JSON"
    return replace(Refusal("no_files", said), blocks=assemble(pieces, starter=starter).blocks)


def _delivers(piece: Piece) -> bool:
    """Whether a piece of the text is part of a delivery: then JSON beside it may be an example."""
    return piece.kind in ("file", "change", "delete")


def _holds_json(piece: Piece) -> bool:
    return isinstance(piece.content, str) and piece.content.lstrip()[:1] in ("{", "[")


def _read_json(located: Located, starter: Mapping[str, bytes]) -> Parsed | None:
    """The best of the documents: the first that delivers, else the first refusal, else None."""
    refusal: Refusal | None = None
    notes = () if located.whole else ("text around the JSON was not read for files",)
    for document in (_without_wrapper(document) for document in located.documents):
        if is_structured(document):
            return read_structured(document, starter)
        listed = files_of(document)
        if isinstance(listed, list) and listed:
            return assemble(listed, notes=notes, starter=starter)
        if isinstance(listed, Refusal):
            refusal = refusal or listed
    if refusal is None:
        stated = _stated_anywhere(located.documents)
        if stated:
            return assemble(stated, notes=notes, starter=starter)
    if refusal is None and located.whole and located.error and not located.documents:
        return Refusal("invalid_output", f"the reply is not valid JSON: {located.error}")
    return refusal


def _without_wrapper(document: Any) -> Any:
    """The structured object in {"response": {…}}, where nothing else is one."""
    if not isinstance(document, dict) or is_structured(document) or "files" in document:
        return document
    inner = [value for value in document.values() if is_structured(value)]
    return inner[0] if len(inner) == 1 else document


def _stated_anywhere(documents: Sequence[Any]) -> list[Piece]:
    """Files that are stated with their paths at any depth, in objects of no dialect that is known."""
    pieces: list[Piece] = []
    for document in documents:
        listed = list(_nested(document))
        if listed:
            pieces += listed
        elif isinstance(document, dict | list):
            whole = document if isinstance(document, dict) else {"reply": document}
            found = [fragment for fragment in fragments_of(whole) if fragment.path is not None]
            pieces += [piece_of(one.pointer, one.role or one.group, one.path, one.code) for one in found]
    return pieces


def _nested(value: Any) -> Iterator[Piece]:
    """Lists of files, and single entries that name one, wherever they are; the parser bounds the depth."""
    listed = files_of([value] if is_entry(value) else value) if isinstance(value, dict | list) else None
    if isinstance(listed, list) and all(_names_file(piece) for piece in listed):
        yield from listed
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _nested(item)


def _names_file(piece: Piece) -> bool:
    return isinstance(piece.path, str) and ("/" in piece.path or looks_like_file(piece.path))


def _with_finish(parsed: Parsed, finish_reason: str) -> Parsed:
    said = f"the provider cut the reply off (finish_reason={finish_reason!r})"
    match parsed:
        case Submission():
            flags = tuple(dict.fromkeys((*parsed.flags, "truncated")))
            return replace(parsed, flags=flags, notes=(*parsed.notes, said))
        case Refusal():
            return replace(parsed, message=f"{parsed.message}; {said}")
        case NeedsFollowUp():
            return parsed
