"""The accepted grammar of a reply, in order; the first that yields a file wins.

    0  cap of 10 MB, line ends, one leading thinking block        locate.py
    1  JSON that lists files                                      json_files.py
    2  JSON that holds code by role, with a follow-up turn        structured.py, follow_up.py
    3  tagged files                                               tags.py
    4  fenced blocks with paths; 5 one single block               markdown.py

Refuses to raise: whatever the text, the answer is a Submission, a NeedsFollowUp or a Refusal whose code
fixtures/hostile/replies/index.toml shows by example. A reply that was cut off is read as far as it goes and flagged
`truncated`; cut JSON is not read.
"""

from dataclasses import replace

from harness.intake.assemble import assemble
from harness.intake.fences import split_lines
from harness.intake.follow_up import read_structured
from harness.intake.json_files import files_of
from harness.intake.locate import MAX_REPLY_BYTES, Located, exceeds, locate_json, normalise
from harness.intake.markdown import Found, files_in_fences
from harness.intake.structured import is_structured
from harness.intake.tags import files_in_tags
from harness.model.submission import NeedsFollowUp, Refusal, Submission

CUT_OFF = frozenset(("length", "max_tokens", "MAX_TOKENS", "model_length"))
MAX_FENCE_LINES = 10_000  # far above 200 files with examples; keeps a hostile reply to a second
Parsed = Submission | NeedsFollowUp | Refusal


def parse_reply(text: str, *, finish_reason: str = "stop", main_file: str | None = None) -> Parsed:
    """What `text` delivers.

    finish_reason: as the provider said; a cut reply is flagged. main_file: where a single unlabelled block goes, for
    tasks that are answered by one file; None = such a block is no delivery.
    """
    if exceeds(text, MAX_REPLY_BYTES):
        parsed: Parsed = Refusal(
            "reply_too_large", f"the reply is larger than {MAX_REPLY_BYTES} bytes; it was not read"
        )
    else:
        parsed = _read(normalise(text), main_file)
    return _with_finish(parsed, finish_reason) if finish_reason in CUT_OFF else parsed


def _read(text: str, main_file: str | None) -> Parsed:
    if sum("```" in line or "~~~" in line for line in split_lines(text)) > MAX_FENCE_LINES:
        return Refusal(
            "reply_too_large", f"the reply has more than {MAX_FENCE_LINES} lines that open or close a code block"
        )
    located = locate_json(text)
    from_json = _read_json(located)
    if from_json is not None and (located.whole or not isinstance(from_json, Refusal)):
        return from_json
    for found in (files_in_tags(text), files_in_fences(text, main_file)):
        if found.files:
            return _assembled(found)
    if from_json is not None:
        return from_json
    if located.error:
        return Refusal("invalid_output", f"the reply's JSON cannot be read: {located.error}")
    return Refusal("no_files", "the reply holds no file: expected fenced blocks with a path, tagged files, or JSON")


def _read_json(located: Located) -> Parsed | None:
    """The best of the documents: the first that delivers, else the first refusal, else None."""
    refusal: Refusal | None = None
    for document in located.documents:
        listed = files_of(document)
        if isinstance(listed, list) and listed:
            return assemble(listed, notes=() if located.whole else ("text around the JSON was not read for files",))
        if isinstance(listed, Refusal):
            refusal = refusal or listed
        elif is_structured(document):
            return read_structured(document)
    if refusal is None and located.whole and located.error and not located.documents:
        return Refusal("invalid_output", f"the reply is not valid JSON: {located.error}")
    return refusal


def _assembled(found: Found) -> Submission | Refusal:
    return assemble(found.files, found.flags, found.notes)


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
