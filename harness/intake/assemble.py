"""From claimed files to one Submission: vets every path, counts, sizes and clashes, whatever format they came in.

Refuses to choose between contradicting files: the same path twice with different content is an error of the reply.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.intake.paths import find_clash, is_version_control, vet_path
from harness.model.submission import Refusal, Submission, SubmittedFile

MAX_FILES = 200
MAX_FILE_BYTES = 1_000_000
MAX_TOTAL_BYTES = 2_000_000
MAX_NOTES = 50


@dataclass(frozen=True)
class ClaimedFile:
    """A file as the reply states it: nothing is vetted yet; `path` and `content` may be of any JSON type."""

    path: object
    content: object
    executable: bool = False


def assemble(
    claims: Iterable[ClaimedFile], flags: Iterable[str] = (), notes: Iterable[str] = ()
) -> Submission | Refusal:
    """The submission made of `claims`, or the first reason why there is none.

    Caps: 200 files, 1 MB a file, 2 MB in all. Files named `.git*` are dropped with a note.
    """
    files: dict[str, SubmittedFile] = {}
    said = list(notes)
    total = 0
    for claim in claims:
        file = _vetted(claim)
        if isinstance(file, Refusal):
            return file
        if is_version_control(file.path):
            said.append(f"dropped {file.path}: version control files are not part of a submission")
            continue
        earlier = files.get(file.path)
        if earlier is not None and earlier.content != file.content:
            return Refusal("duplicate_path", f"path {file.path!r} appears twice with different content; send it once")
        if earlier is not None:
            said.append(f"{file.path} appears more than once with the same content")
            continue
        files[file.path] = file
        total += len(file.content)
        if len(files) > MAX_FILES:
            return Refusal("too_many_files", f"more than {MAX_FILES} files; a reply may hold at most {MAX_FILES}")
        if total > MAX_TOTAL_BYTES:
            return Refusal("reply_too_large", f"files add up to more than {MAX_TOTAL_BYTES} bytes, the cap for a reply")
    if not files:
        return Refusal("no_files", "no file is left to run; send each file with its path and complete content")
    clash = find_clash(files)
    if clash is not None:
        return clash
    return Submission(tuple(files.values()), tuple(dict.fromkeys(flags)), tuple(said[:MAX_NOTES]))


def _vetted(claim: ClaimedFile) -> SubmittedFile | Refusal:
    path = vet_path(claim.path)
    if isinstance(path, Refusal):
        return path
    if not isinstance(claim.content, str):
        kind = type(claim.content).__name__
        return Refusal("invalid_output", f"content of {path!r} is a {kind}; expected a string with the whole file")
    try:
        content = claim.content.encode("utf-8")
    except UnicodeEncodeError:
        return Refusal("invalid_output", f"content of {path!r} holds lone surrogates; expected valid Unicode text")
    if len(content) > MAX_FILE_BYTES:
        return Refusal("file_too_large", f"{path!r} has {len(content)} bytes; a file may have at most {MAX_FILE_BYTES}")
    return SubmittedFile(path, content, claim.executable)
