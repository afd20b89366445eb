"""The one follow-up turn of the structured dialect: which fragment goes to which file.

Only paths and pointers are asked, so the content cannot change; anything else in the answer is ignored. Refuses a
second turn: what the answer leaves open is placed by the fixed layout and flagged `layout_by_harness`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.intake.assemble import assemble
from harness.intake.layout import conventional_path, layout_paths, stack_of
from harness.intake.locate import MAX_REPLY_BYTES, exceeds, json_documents, normalise
from harness.intake.structured import Fragment, fragments_of, is_structured, join_fragments
from harness.model.submission import NeedsFollowUp, Refusal, Submission

MAX_LISTED = 200
_MESSAGE = """Your JSON holds code without file paths. Say where each piece goes, and nothing else.
Reply with exactly one JSON object of this form:

{{"files": [{{"path": "app/main.py", "from": "/services/0/code"}}]}}

`path` is relative to the project's root; `from` is a JSON Pointer into your previous reply. Pieces that share a path
are joined in the order of your reply. Do not repeat or change any code. The pieces without a path are:
{pieces}"""


def read_structured(document: Mapping[str, Any]) -> Submission | NeedsFollowUp | Refusal:
    """A submission when every fragment has its place; else the question to ask."""
    fragments = fragments_of(document)
    if not fragments:
        return Refusal(
            "no_files", "the JSON object holds no code; put code into its services, models and api_endpoints"
        )
    stack = stack_of(fragments)
    places = _stated(fragments, stack)
    open_ones = [f for f in fragments if f.pointer not in places]
    if not open_ones:
        return _submission(fragments, places, [], [])
    if len(fragments) > MAX_LISTED:
        return Refusal("too_many_files", f"{len(fragments)} pieces of code; a reply may hold at most {MAX_LISTED}")
    pieces = "\n".join(f"- {_describe(f)}" for f in open_ones)
    return NeedsFollowUp(_MESSAGE.format(pieces=pieces), f"{len(open_ones)} of {len(fragments)} pieces have no path")


def apply_follow_up(first_reply: str, follow_up_text: str) -> Submission | Refusal:
    """The submission of `first_reply` with the paths of the answer; an unusable answer falls back to the layout table.

    Flags: `follow_up` always; `layout_by_harness` when the table had to place anything.
    """
    document = next((d for d in json_documents(normalise(first_reply)) if is_structured(d)), None)
    if document is None:
        return Refusal(
            "invalid_output", "the first reply is not a structured object; a follow-up cannot place its code"
        )
    fragments = fragments_of(document)
    stack = stack_of(fragments)
    places = _stated(fragments, stack)
    answered, notes = _answered(follow_up_text, fragments)
    places.update((pointer, path) for pointer, path in answered.items() if pointer not in places)
    flags = ["follow_up"]
    left = [f for f in fragments if f.pointer not in places]
    if left:
        flags.append("layout_by_harness")
        notes.append(f"{len(left)} of {len(fragments)} pieces were placed by the harness's layout for {stack}")
        taken = [path for path in places.values() if isinstance(path, str)]
        places.update(layout_paths(left, stack, taken))
    return _submission(fragments, places, flags, notes)


def _stated(fragments: Sequence[Fragment], stack: str) -> dict[str, object]:
    """pointer -> path, for fragments whose path the reply states or convention fixes."""
    places: dict[str, object] = {}
    for fragment in fragments:
        path = fragment.path if fragment.path is not None else conventional_path(fragment, stack)
        if path is not None:
            places[fragment.pointer] = path
    return places


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
            normal = pointer.removeprefix("#") if isinstance(pointer, str) else ""
            if normal in known and normal not in places:
                places[normal] = entry["path"]
            else:
                unknown += 1
    return places, [f"{unknown} entries of the follow-up answer point at no open piece of code"] if unknown else []


def _submission(
    fragments: Sequence[Fragment], places: Mapping[str, object], flags: list[str], notes: list[str]
) -> Submission | Refusal:
    files, joined = join_fragments((places[f.pointer], f.code) for f in fragments)
    return assemble(files, [*flags, "joined_fragments"] if joined else flags, notes)


def _describe(fragment: Fragment) -> str:
    return f"{fragment.pointer[:200]} ({fragment.name[:80]!a})" if fragment.name else fragment.pointer[:200]
