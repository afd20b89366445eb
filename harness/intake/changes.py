"""Changes to files that exist: a unified diff or SEARCH/REPLACE blocks, applied exactly or refused with file and line.

Where the task gives no project, only what makes a new file is taken from a change, and an edit of a file that the same
reply gave before (SEARCH/REPLACE, `*** Begin Patch`) is made where it applies exactly; a unified diff shows what could
be otherwise as often as what is, and stays a diff.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from harness.intake.begin_patch import is_begin_patch, read_begin_patch
from harness.intake.claimed import Piece
from harness.intake.diffs import Misfit, Patch, apply_hunks, is_diff, read_diff
from harness.intake.paths import vet_path
from harness.intake.replacements import Replacement, has_replacements, read_replacements, replaced
from harness.model.submission import Refusal

MADE = "it shows what this reply did otherwise already"
NO_PROJECT = "the task gives no project to apply it to; files are sent whole"
_UNIFIED = re.compile(r"^(?:@@|--- |\+\+\+ |diff --git )", re.M)
Read = Callable[[str], str | None]


@dataclass(frozen=True)
class Changed:
    """New contents by path, None = deleted; `why` when nothing was done."""

    files: tuple[tuple[str, str | None], ...]
    why: str = ""


def is_change(language: str, content: str) -> bool:
    """True for a block that shows a change and not a file."""
    return has_replacements(content) or is_begin_patch(content) or is_diff(language, content)


def apply_change(piece: Piece, read: Read, has_project: bool, done: Collection[str] = ()) -> Changed | Refusal:
    """What the change makes of the files that `read` knows; refused when it does not apply exactly.

    done: paths that this reply gave whole or deleted before; of them a change may show what is there by now.
    """
    text = piece.content if isinstance(piece.content, str) else ""
    stated = piece.path if isinstance(piece.path, str) else ""
    if has_replacements(text):
        changed = _replace(piece, text, stated, read, has_project)
        shown = isinstance(changed, Refusal) and _replaced_already(text, stated, read, done)
        return Changed((), MADE) if shown else changed
    edit = is_begin_patch(text)
    patches = read_begin_patch(text) if edit else read_diff(text)
    if not has_project and not all(patch.new and not patch.old for patch in patches):
        made = _patch(piece, patches, stated, read) if edit else None
        return made if isinstance(made, Changed) else Changed((), NO_PROJECT)
    if not patches and has_project and done and stated in ("", *done) and not _UNIFIED.search(text):
        return Changed((), "it names no file and no place in one; files of this reply are given whole")
    if not patches:
        if has_project and text.strip():
            return _refused(piece, 0, stated or "a diff", "it has no hunk that begins with @@")
        return Changed((), NO_PROJECT)
    changed = _patch(piece, patches, stated, read)
    shown = isinstance(changed, Refusal) and _patched_already(patches, stated, read, done)
    return Changed((), MADE) if shown else changed


def _patched_already(patches: Sequence[Patch], stated: str, read: Read, done: Collection[str]) -> bool:
    """Whether each patch can be taken back exactly from a file that this reply gave, or deletes what it deleted."""
    for patch in patches:
        path = _vetted(patch.new or patch.old or stated)
        if isinstance(path, Refusal) or path not in done:
            return False
        now = read(path)
        if now is None or not patch.new:
            if now is None and not patch.new and patch.old:
                continue
            return False
        turned = {"+": "-", "-": "+", " ": " "}
        back = [replace(one, lines=tuple((turned[tag], line) for tag, line in one.lines)) for one in patch.hunks]
        if isinstance(apply_hunks(now, back), Misfit):
            return False
    return True


def _replaced_already(text: str, stated: str, read: Read, done: Collection[str]) -> bool:
    """Whether what each SEARCH/REPLACE block writes is there by now, and what it searches for is not."""
    found = read_replacements(text)
    for one in [] if isinstance(found, int) else found:
        path = _vetted(one.path or stated)
        now = read(path) if isinstance(path, str) and path in done else None
        if now is None or not one.replace.strip() or f"\n{one.replace}\n" not in f"\n{now}\n":
            return False
    return not isinstance(found, int)


def _patch(piece: Piece, patches: Sequence[Patch], stated: str, read: Read) -> Changed | Refusal:
    made: dict[str, str | None] = {}
    for patch in patches:
        at = patch.hunks[0].at if patch.hunks else 1
        old, new = _vetted(patch.old or patch.new or stated), _vetted(patch.new or patch.old or stated)
        if isinstance(old, Refusal) or isinstance(new, Refusal):
            return old if isinstance(old, Refusal) else new  # type: ignore[return-value]
        before = made[old] if old in made else read(old)
        creates = bool(patch.new) and not patch.old
        if creates and before is not None:
            return _refused(piece, at, f"{old}: line 1", "the diff makes it, and it is there already")
        if not creates and before is None:
            return _refused(piece, at, f"{old}: line 1", "there is no such file")
        after = apply_hunks(before or "", patch.hunks)
        if isinstance(after, Misfit):
            return _refused(piece, after.at, f"{old}: line {after.line}", after.said)
        if old != new or (patch.old and not patch.new):
            made[old] = None
        if patch.new or not patch.old:
            made[new] = after if after.endswith("\n") or not after else f"{after}\n"
    return Changed(tuple(made.items()))


def _replace(piece: Piece, text: str, stated: str, read: Read, has_project: bool) -> Changed | Refusal:
    made = _replaced_in(piece, text, stated, read)
    return Changed((), NO_PROJECT) if isinstance(made, Refusal) and not has_project else made


def _replaced_in(piece: Piece, text: str, stated: str, read: Read) -> Changed | Refusal:
    found = read_replacements(text)
    if isinstance(found, int):
        return _refused(piece, found, stated or "a SEARCH block", "its ======= or >>>>>>> REPLACE is missing")
    made: dict[str, str | None] = {}
    for one in found:
        path = _vetted(one.path or stated)
        if isinstance(path, Refusal):
            return path
        before = made[path] if path in made else read(path)
        after = _one(before, one)
        if isinstance(after, ValueError):
            return _refused(piece, one.at, f"{path}: {str(after).partition(': ')[0]}", str(after).partition(": ")[2])
        made[path] = after
    return Changed(tuple(made.items()))


def _one(before: str | None, one: Replacement) -> str | ValueError:
    if before is None:
        if one.search.strip():
            return ValueError("line 1: there is no such file")
        return f"{one.replace}\n" if one.replace else ""
    try:
        return replaced(before, one)
    except ValueError as error:
        return error


def _vetted(path: str) -> str | Refusal:
    return vet_path(path) if path else Refusal("change_does_not_apply", "a change names no file")


def _refused(piece: Piece, at: int, place: str, why: str) -> Refusal:
    line = f"line {piece.line + at - 1}" if piece.line and at else piece.where
    return Refusal("change_does_not_apply", f"{place}: the change at {line} of the reply does not apply: {why}")
