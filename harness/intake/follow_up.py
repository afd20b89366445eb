"""The one follow-up turn of the structured dialect: which fragment goes to which file.

Only paths and pointers are asked, so the content cannot change; anything else in the answer is ignored. Refuses a
second turn: what the answer leaves open is placed by the fixed layout and flagged `layout_by_harness`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.intake.assemble import NO_STARTER, assemble
from harness.intake.layout import layout_paths
from harness.intake.locate import MAX_REPLY_BYTES, exceeds, json_documents, normalise
from harness.intake.places import Places, listing, pieces_of, places_of
from harness.intake.pointers import normal
from harness.intake.structured import Fragment, is_structured
from harness.model.submission import Block, NeedsFollowUp, Refusal, Submission

MAX_LISTED = 200
_MESSAGE = """Your JSON holds code without file paths. Say where each piece goes, and nothing else.
Reply with exactly one JSON object of this form:

{{"files": [{{"path": "app/main.py", "from": "/services/0/code"}}]}}

`path` is relative to the project's root; `from` is a JSON Pointer into your previous reply. Pieces that share a path
are joined in the order of your reply. Do not repeat or change any code. The pieces without a path are:
{pieces}"""


def read_structured(
    document: Mapping[str, Any], starter: Mapping[str, bytes] = NO_STARTER
) -> Submission | NeedsFollowUp | Refusal:
    """A submission when every fragment has its place; else the question to ask."""
    places = places_of(document)
    if isinstance(places, Refusal):
        return places
    if not places.fragments and not places.stated:
        return Refusal(
            "no_files", "the JSON object holds no code; put code into its services, models and api_endpoints"
        )
    if not places.open:
        return _submission(places, places.paths, [], [], starter)
    if len(places.fragments) > MAX_LISTED:
        return Refusal(
            "too_many_files", f"{len(places.fragments)} pieces of code; a reply may hold at most {MAX_LISTED}"
        )
    pieces = "\n".join(f"- {_describe(f)}" for f in places.open)
    reason = f"{len(places.open)} of {len(places.fragments)} pieces have no path"
    return NeedsFollowUp(_MESSAGE.format(pieces=pieces), reason, _asked(places))


def apply_follow_up(
    first_reply: str, follow_up_text: str, starter: Mapping[str, bytes] = NO_STARTER
) -> Submission | Refusal:
    """The submission of `first_reply` with the paths of the answer; an unusable answer falls back to the layout table.

    Flags: `follow_up` always; `layout_by_harness` when the table had to place anything.
    """
    document = next((d for d in json_documents(normalise(first_reply)) if is_structured(d)), None)
    if document is None:
        return Refusal(
            "invalid_output", "the first reply is not a structured object; a follow-up cannot place its code"
        )
    places = places_of(document)
    if isinstance(places, Refusal):
        return places
    answered, notes = _answered(follow_up_text, places.open)
    paths = {**places.paths, **answered}
    flags = ["follow_up"]
    left = [f for f in places.open if f.pointer not in paths]
    if left:
        flags.append("layout_by_harness")
        notes.append(
            f"{len(left)} of {len(places.fragments)} pieces were placed by the harness's layout for {places.stack}"
        )
        taken = [path for path in (*paths.values(), *(p.path for p in places.stated)) if isinstance(path, str)]
        paths.update(layout_paths(left, places.stack, taken))
    return _submission(places, paths, flags, notes, starter)


def _answered(text: str, fragments: Sequence[Fragment]) -> tuple[dict[str, object], list[str]]:
    """pointer -> path as the answer says, and notes on what in it could not be used."""
    if exceeds(text, MAX_REPLY_BYTES):
        return {}, ["the follow-up answer is too large to be read"]
    known = {f.pointer for f in fragments}
    answer = next((d for d in json_documents(normalise(text)) if isinstance(d, dict) and "files" in d), None)
    if answer is None or not isinstance(answer["files"], list):
        return {}, ["the follow-up answer holds no JSON object with a list 'files'"]
    places: dict[str, object] = {}
    unknown = 0
    for entry in answer["files"]:
        if not isinstance(entry, dict) or "path" not in entry:
            unknown += 1
            continue
        pointers = entry.get("from")
        for pointer in pointers if isinstance(pointers, list) else [pointers]:
            place = normal(pointer)
            if place in known and place not in places:
                places[place] = entry["path"]
            else:
                unknown += 1
    return places, [f"{unknown} entries of the follow-up answer point at no open piece of code"] if unknown else []


def _submission(
    places: Places, paths: Mapping[str, object], flags: list[str], notes: list[str], starter: Mapping[str, bytes]
) -> Submission | Refusal:
    pieces, joined = pieces_of(places, paths)
    return assemble(pieces, [*flags, "joined_fragments"] if joined else flags, notes, starter)


def _asked(places: Places) -> tuple[Block, ...]:
    """The blocks of a reply whose paths are asked for."""
    known = [
        Block(f.pointer, f.role or f.group, str(places.paths[f.pointer])[:400], "file")
        for f in places.fragments
        if f.pointer in places.paths
    ]
    stated = [Block(piece.where, piece.what[:200], str(piece.path)[:400], "file") for piece in places.stated]
    rest = [*listing(places.open, "it has no path: the follow-up turn asks for one"), *places.aside]
    return (*known, *stated, *(Block(piece.where, piece.what[:200], "", "left_out", piece.why) for piece in rest))


def _describe(fragment: Fragment) -> str:
    return f"{fragment.pointer[:200]} ({fragment.name[:80]!a})" if fragment.name else fragment.pointer[:200]
