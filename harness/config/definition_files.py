"""The files that make up a definition: read once each, inside its own folder only, within limits.

Refuses what lies elsewhere, however the way there is written (`..`, an absolute path, a symbolic link), and what is no
text; whoever asks is told why in words, and decides whether that is an error or a warning.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError

MAX_BYTES = 1_000_000  # of one file, and of all that is inlined
MAX_FILES = 50  # that one definition may read besides itself
MAX_FOLDER_FILES, MAX_FOLDER_BYTES = 5_000, 50_000_000
_LEFT_OUT = frozenset((".git", "__pycache__", "node_modules", ".venv"))
_WIDE = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}  # what Windows editors write


@dataclass(frozen=True)
class Missing:
    """A file that is not read, and why, as the end of a sentence that begins with its path."""

    why: str


def read_bytes(path: Path) -> bytes:
    """The bytes of a definition file; UsageError names it and what to do."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(
            "unreadable", f"{path}: definition cannot be read ({reason}); check path and permissions"
        ) from None
    if len(raw) > MAX_BYTES:
        raise UsageError(
            "too_large", f"{path}: a definition may have at most {MAX_BYTES} bytes; is this the right file?"
        )
    if not raw.strip():
        raise UsageError(
            "empty_definition", f"{path}: the file is empty; expected front matter and a prompt in Markdown"
        )
    return raw


def decoded(raw: bytes, path: Path) -> str:
    """The text of a definition file, with `\\n` as line end and without byte order marks."""
    encoding = _WIDE.get(raw[:2], "utf-8-sig")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise UsageError("unreadable", f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from None
    if "\0" in text:
        raise UsageError("unreadable", f"{path}: holds NUL bytes, so it is not text; expected Markdown in UTF-8")
    return text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


class Nearby:
    """Reads files below one folder; `read_so_far` maps their paths below it to their bytes."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.read_so_far: dict[str, bytes] = {}
        self._bytes = 0

    def path_of(self, reference: str, beside: Path) -> Path | Missing:
        """Where `reference`, written in a file of the folder `beside`, leads."""
        try:
            path = (beside / reference).resolve()
            if not path.is_relative_to(self.root):
                return Missing("lies outside the definition's folder")
            if path.is_dir():
                return Missing("is a folder")
            return path if path.is_file() else Missing("does not exist beside the definition")
        except (OSError, ValueError, RuntimeError):  # too long a name, a NUL, links in a circle
            return Missing("is no usable path")

    def text(self, path: Path) -> str | Missing:
        """The text of `path`, which `path_of` gave."""
        name = path.relative_to(self.root).as_posix()
        if name not in self.read_so_far and len(self.read_so_far) >= MAX_FILES:
            return Missing(f"is one too many: a definition may read {MAX_FILES} other files")
        try:
            with path.open("rb") as stream:
                raw = stream.read(MAX_BYTES - self._bytes + 1)
        except OSError as error:
            return Missing(f"cannot be read ({error.strerror})")
        if len(raw) + self._bytes > MAX_BYTES:
            return Missing(f"is too large: a definition and what it reads may have {MAX_BYTES} bytes")
        try:
            text = decoded(raw, path)
        except UsageError:
            return Missing("is not UTF-8 text")
        self.read_so_far[name] = raw
        self._bytes += len(raw)
        return text

    def matching(self, pattern: str) -> list[Path]:
        """Files below the folder that a glob pattern names, by path; none for a pattern that leads out of it."""
        if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
            return []
        try:
            found = sorted(path for path in self.root.glob(pattern) if path.is_file())
        except (ValueError, OSError, NotImplementedError):
            return []
        return [path for path in found if path.resolve().is_relative_to(self.root)][: MAX_FILES + 1]


def folder_bytes(folder: Path) -> dict[str, bytes]:
    """Every regular file below `folder`, POSIX path -> bytes; links are not followed. UsageError past a cap."""
    found: dict[str, bytes] = {}
    total = 0
    for path in _walk(folder):
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise UsageError("unreadable", f"{path}: cannot be read ({error.strerror}); check permissions") from None
        total += len(raw)
        if len(found) >= MAX_FOLDER_FILES or total > MAX_FOLDER_BYTES:
            raise UsageError(
                "too_large",
                f"{folder}: more than {MAX_FOLDER_FILES} files or {MAX_FOLDER_BYTES} bytes; name the folder that holds"
                " the agents (.claude, .github/agents), or one definition file",
            )
        found[path.relative_to(folder).as_posix()] = raw
    return found


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - _LEFT_OUT)
        for name in sorted(names):
            path = Path(place) / name
            if path.is_file() and not path.is_symlink():
                yield path
