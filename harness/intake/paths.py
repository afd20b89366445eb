"""Which file names a submission may hold.

Refuses to repair a dangerous name: a path is either written exactly as vetted here or not at all. The only
liberty taken is POSIX normalisation of `./` and doubled slashes, which cannot change where a path points.
"""

import re
import unicodedata
from collections.abc import Iterable

from harness.model.submission import Refusal

MAX_SEGMENT_BYTES = 200
MAX_DEPTH = 32
MAX_PATH_BYTES = 1_000
# Names that Windows resolves to devices, with or without an extension (Microsoft, "Naming Files, Paths, Namespaces").
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$", *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789")]
)
# Cc control, Cf format (bidi, zero width), Cs surrogate, Co private, Cn unassigned, Zl/Zp separators.
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_DRIVE = re.compile(r"^[A-Za-z]:")


def vet_path(raw: object) -> str | Refusal:
    """`raw` as a normalised relative POSIX path, or why not.

    Codes: `path_escape` (it points outside of the submission, or would on some system), `invalid_path` (anything else).
    """
    if not isinstance(raw, str):
        return Refusal("invalid_output", f"a file path is {raw!r:.80}; expected a string such as 'app/main.py'")
    if raw.startswith(("/", "\\", "~")) or _DRIVE.match(raw):
        return _escape(raw, "is absolute")
    if "\\" in raw:
        return _escape(raw, "holds a backslash")
    segments = [segment for segment in raw.split("/") if segment not in ("", ".")]
    if ".." in segments:
        return _escape(raw, "climbs out with '..'")
    if not segments or raw.endswith(("/", "/.")):
        return _invalid(raw, "names no file")
    if any(unicodedata.category(c) in _INVISIBLE for c in raw):
        return _invalid(raw, "holds control or invisible characters")
    if unicodedata.normalize("NFC", raw) != raw:
        return _invalid(raw, "is not in Unicode normal form NFC")
    if len(segments) > MAX_DEPTH:
        return _invalid(raw, f"is {len(segments)} levels deep; at most {MAX_DEPTH} are accepted")
    path = "/".join(segments)
    if len(path.encode()) > MAX_PATH_BYTES:
        return _invalid(raw, f"is longer than {MAX_PATH_BYTES} bytes")
    for segment in segments:
        reason = _bad_segment(segment)
        if reason:
            return _invalid(raw, reason)
    return path


def is_version_control(path: str) -> bool:
    """True for names such as `.gitignore` or `.github/…`: harmless, but dropped so that no git of ours obeys them."""
    return any(segment.casefold().startswith(".git") for segment in path.split("/"))


def find_clash(paths: Iterable[str]) -> Refusal | None:
    """The first pair of different paths that cannot both exist everywhere: A.py and a.py, a and a/b."""
    by_fold: dict[str, str] = {}
    folders: dict[str, str] = {}  # case-folded folder -> the folder as first spelt
    ordered = sorted(set(paths))
    for path in ordered:
        other = by_fold.setdefault(_fold(path), path)
        if other != path:
            return Refusal("case_collision", f"{_show(other)} and {_show(path)} differ in case only; rename one")
        parts = path.split("/")
        for end in range(1, len(parts)):
            folder = "/".join(parts[:end])
            spelt = folders.setdefault(_fold(folder), folder)
            if spelt != folder:
                return Refusal("case_collision", f"folders {_show(spelt)} and {_show(folder)} differ in case only")
    for path in ordered:
        if _fold(path) in folders:
            return Refusal(
                "path_conflict", f"{_show(path)} is both a file and a folder; one name can be only one of them"
            )
    return None


def _bad_segment(segment: str) -> str:
    if segment.startswith(("-", " ")) or segment.endswith((" ", ".")):
        return f"has a part that starts with '-' or a space, or ends with a space or dot: {_show(segment)}"
    if ":" in segment:
        return "holds a colon"
    if len(segment.encode()) > MAX_SEGMENT_BYTES:
        return f"has a part longer than {MAX_SEGMENT_BYTES} bytes"
    folded = _fold(segment)
    if folded == ".git" or re.fullmatch(r"git~\d+", folded):
        return "writes into a git repository's own folder"
    if folded.split(".", 1)[0].strip() in _RESERVED:
        return f"uses the reserved device name {_show(segment)}"
    return ""


def _fold(text: str) -> str:
    """What a case-insensitive, normalising file system would compare."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", text).casefold())


def _escape(raw: str, why: str) -> Refusal:
    return Refusal("path_escape", f"path {_show(raw)} {why}; expected a path below the project's root")


def _invalid(raw: str, why: str) -> Refusal:
    return Refusal("invalid_path", f"path {_show(raw)} {why}; expected a plain relative name such as 'app/main.py'")


def _show(text: str) -> str:
    return ascii(text[:80] + "…" if len(text) > 80 else text)
