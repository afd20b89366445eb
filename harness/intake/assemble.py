"""From pieces to one Submission: vets every path, counts, sizes and clashes, whatever format they came in.

Of a path that is given twice the last complete version counts, and a note says so. With a starter, pieces are laid over
its files and changes are applied to them. Every piece ends as one Block, whatever becomes of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from harness.intake.changes import apply_change
from harness.intake.claimed import INFO, Piece
from harness.intake.paths import find_clash, is_version_control, vet_path
from harness.intake.scratch import scratch_files
from harness.intake.versions import Version, elided_line, why_not
from harness.model.submission import Block, Fate, Refusal, Submission, SubmittedFile

MAX_FILES = 200
MAX_FILE_BYTES = 1_000_000
MAX_TOTAL_BYTES = 2_000_000
MAX_NOTES = 50
MAX_BLOCKS = 1_000
NO_STARTER: Mapping[str, bytes] = {}


@dataclass
class _Desk:
    """What is on disk so far, if the pieces are laid down one by one."""

    starter: Mapping[str, bytes]
    files: dict[str, SubmittedFile] = field(default_factory=dict)
    versions: dict[str, tuple[Version, int]] = field(default_factory=dict)  # with the number of its block
    deleted: set[str] = field(default_factory=set)
    blocks: list[Block] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def read(self, path: str) -> str | None:
        """The text of `path` as it is by now; None when there is no such file."""
        if path in self.files:
            return self.files[path].content.decode("utf-8")
        if path in self.starter and path not in self.deleted:
            return self.starter[path].decode("utf-8", "replace")
        return None

    def say(self, piece: Piece, fate: Fate, path: str = "", why: str = "") -> None:
        """One more block, with what became of it."""
        whole = "; ".join(part for part in (why, piece.why) if part)
        self.blocks.append(Block(piece.where, piece.what[:200], path[:400], fate, whole))

    def put(self, path: str, content: bytes, executable: bool) -> Refusal | None:
        """Lay a file down; caps are checked as it happens."""
        if len(content) > MAX_FILE_BYTES:
            return Refusal(
                "file_too_large", f"{path!r} has {len(content)} bytes; a file may have at most {MAX_FILE_BYTES}"
            )
        self.files[path] = SubmittedFile(path, content, executable or content.startswith(b"#!"))
        self.deleted.discard(path)
        if len(self.files) > MAX_FILES:
            return Refusal("too_many_files", f"more than {MAX_FILES} files; a reply may hold at most {MAX_FILES}")
        if sum(len(file.content) for file in self.files.values()) > MAX_TOTAL_BYTES:
            return Refusal("reply_too_large", f"files add up to more than {MAX_TOTAL_BYTES} bytes, the cap for a reply")
        return None


def assemble(
    pieces: Iterable[Piece],
    flags: Iterable[str] = (),
    notes: Iterable[str] = (),
    starter: Mapping[str, bytes] = NO_STARTER,
) -> Submission | Refusal:
    """The submission made of `pieces`, or the first reason why there is none.

    Caps: 200 files, 1 MB a file, 2 MB in all. Files named `.git*` are dropped with a note.
    """
    desk = _Desk(starter)
    refusal: Refusal | None = None
    for piece in pieces:
        if refusal is None:
            refusal = _lay(piece, desk)
            if refusal is not None:
                desk.say(piece, "left_out", str(piece.path) if isinstance(piece.path, str) else "", refusal.message)
        else:
            desk.say(piece, "left_out", why="not looked at: the reply was refused before it")
        if len(desk.blocks) > MAX_BLOCKS:
            refusal = refusal or Refusal("reply_too_large", f"the reply has more than {MAX_BLOCKS} blocks")
            break
    if refusal is None:
        refusal = _whole(desk)
    blocks = tuple(desk.blocks)
    if refusal is not None:
        return replace(refusal, blocks=blocks)
    base = [
        SubmittedFile(path, content, content.startswith(b"#!"))
        for path, content in starter.items()
        if path not in desk.files and path not in desk.deleted
    ]
    files = (*base, *desk.files.values())
    said = [*notes, *desk.notes, *_remarks(desk), *scratch_files({f.path: f.content for f in desk.files.values()})]
    stopped = ["truncated"] if any(block.fate == "truncated" for block in blocks) else []
    return Submission(files, tuple(dict.fromkeys([*flags, *stopped])), tuple(said[:MAX_NOTES]), blocks)


def _lay(piece: Piece, desk: _Desk) -> Refusal | None:
    if piece.kind == "file":
        return _lay_file(piece, desk)
    if piece.kind == "delete":
        return _delete(piece, desk)
    if piece.kind == "change":
        return _change(piece, desk)
    fate: Fate = "left_out" if piece.kind == "left_out" else "example" if piece.closed else "truncated"
    desk.say(piece, fate, piece.path if isinstance(piece.path, str) else "")
    return None


def _lay_file(piece: Piece, desk: _Desk) -> Refusal | None:
    path = vet_path(piece.path)
    if isinstance(path, Refusal):
        if piece.strength == INFO:
            return path
        desk.say(piece, "example", str(piece.path), "the path that is read off the text cannot be a file here")
        desk.notes.append(f"{piece.where}: {str(piece.path)[:80]!a} cannot be a file here; kept as an example")
        return None
    if is_version_control(path):
        desk.say(piece, "left_out", path, "version control files are not part of a submission")
        desk.notes.append(f"dropped {path}: version control files are not part of a submission")
        return None
    text = piece.content
    if not isinstance(text, str):
        return Refusal(
            "invalid_output", f"content of {path!r} is a {type(text).__name__}; expected a string with the whole file"
        )
    held = desk.versions.get(path)
    if held is not None:
        if text == held[0].content or (piece.joins and text.strip() in held[0].content):
            desk.say(piece, "repeated", path)
            desk.notes.append(f"{path} appears more than once with the same content")
            return None
        if piece.joins:
            text = f"{held[0].content.rstrip(chr(10))}\n\n\n{text}"
        else:
            reason = why_not(Version(text, piece.strength, piece.closed), held[0])
            if reason:
                desk.say(piece, "left_out" if piece.closed else "truncated", path, reason)
                desk.notes.append(f"{piece.where}: a later {path} was left out: {reason}")
                return None
            _replaced(desk, path, held[1], piece)
    return _put(piece, path, text, desk)


def _put(piece: Piece, path: str, text: str, desk: _Desk) -> Refusal | None:
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError:
        return Refusal("invalid_output", f"content of {path!r} holds lone surrogates; expected valid Unicode text")
    shorter = path in desk.starter and text.count("\n") <= desk.starter[path].count(b"\n")
    at = elided_line(text) if shorter else 0
    if at:
        return Refusal(
            "incomplete_file",
            f"{path!r} line {at} ({piece.where}) stands for code that is not there; send the whole file, or a diff that"
            " applies exactly",
        )
    desk.versions[path] = (Version(text, piece.strength, piece.closed), len(desk.blocks))
    desk.say(piece, "file" if piece.closed else "truncated", path)
    if not piece.closed:
        desk.notes.append(f"{piece.where}: {path} is never closed; it is kept as far as it goes")
    if piece.why:
        desk.notes.append(f"{piece.where}: {path}: {piece.why}")
    return desk.put(path, content, piece.executable)


def _replaced(desk: _Desk, path: str, number: int, by: Piece) -> None:
    desk.blocks[number] = replace(desk.blocks[number], fate="replaced", why=f"the version of {by.where} counts")
    desk.notes.append(f"{path} is given more than once; the last complete version counts ({by.where})")


def _delete(piece: Piece, desk: _Desk) -> Refusal | None:
    path = vet_path(piece.path)
    if isinstance(path, Refusal):
        return path
    if desk.read(path) is None:
        if desk.starter and path not in desk.deleted:
            return Refusal("change_does_not_apply", f"{piece.where} deletes {path!r}, which is not there")
        desk.say(piece, "left_out", path, "there is no such file")
        return None
    desk.files.pop(path, None)
    desk.versions.pop(path, None)
    desk.deleted.add(path)
    desk.say(piece, "deleted", path)
    return None


def _change(piece: Piece, desk: _Desk) -> Refusal | None:
    changed = apply_change(piece, desk.read, bool(desk.starter), {*desk.files, *desk.deleted})
    if isinstance(changed, Refusal):
        return changed
    for path, text in changed.files:
        if text is None:
            desk.files.pop(path, None)
            desk.deleted.add(path)
        else:
            problem = desk.put(path, text.encode("utf-8", "surrogatepass"), False)
            if problem is not None:
                return problem
            desk.versions[path] = (Version(text, INFO, True), len(desk.blocks))
    paths = ", ".join(path for path, _ in changed.files)
    desk.say(piece, "applied" if changed.files else "diff", paths or str(piece.path), changed.why)
    if not changed.files:
        desk.notes.append(f"{piece.where}: a diff was not applied: {changed.why}")
    return None


def _whole(desk: _Desk) -> Refusal | None:
    """What can only be said of all files together."""
    if not desk.files and not desk.deleted:
        return Refusal("no_files", "no file is left to run; send each file with its path and complete content")
    return find_clash([*(path for path in desk.starter if path not in desk.deleted), *desk.files])


def _remarks(desk: _Desk) -> Iterable[str]:
    for path, (version, _) in desk.versions.items():
        at = elided_line(version.content)
        if at:
            yield f"{path} line {at} stands for code that is not there; no complete version of it was sent"
    loose = sum(block.fate == "example" for block in desk.blocks)
    if loose and desk.files:
        yield f"{loose} code block(s) without a path were read as examples"
