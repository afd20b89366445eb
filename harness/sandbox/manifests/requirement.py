"""Which requirement of a submission we accept: `name[extras] specifier; marker`, and what was found where.

Refuses everything that would change where packages come from or run code: URLs, paths out of the submission, version
control, environment variables. Pure. Errors: DependencyRefused `dependency_policy`, naming the remedy.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from harness.errors import DependencyRefused

T = TypeVar("T")

MAX_LINES = 200
MAX_LENGTH = 1000  # characters of one requirement
PYTHON = "3.11"
_PATCHES = ("3.11.2", "3.11.99")  # which patch release runs depends on the base image
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_VCS = re.compile(r"(?:^|@\s*)(?:git|hg|svn|bzr)\+|^git@|^(?:git|ssh)://", re.IGNORECASE)
_URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://|^file:", re.IGNORECASE)
_PATH = re.compile(r"^(?:\.{1,2}(?:[/\\\[]|$)|/|~)|\.(?:whl|zip|tar\.\w+|tgz)$", re.IGNORECASE)


@dataclass(frozen=True)
class LocalPackage:
    """A folder of the submission that is installed as a package: "." is its root."""

    folder: str
    extras: tuple[str, ...] = ()


@dataclass(frozen=True)
class RequirementLines:
    """Accepted requirements in a canonical form, in the files' order; `notes` are sentences for the trial's record.

    constraints: versions that hold for whatever is installed; prerelease: `--pre` was given.
    """

    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    local: tuple[LocalPackage, ...] = ()
    prerelease: bool = False

    def __add__(self, other: "RequirementLines") -> "RequirementLines":
        """Both, each line once."""
        return RequirementLines(
            _once(self.lines, other.lines),
            _once(self.notes, other.notes),
            _once(self.constraints, other.constraints),
            _once(self.local, other.local),
            self.prerelease or other.prerelease,
        )


def read_requirement(line: str, where: str) -> str:
    """One requirement in canonical form. `where` names file and place in the refusal."""
    shown = line[:120]
    if len(line) > MAX_LENGTH:
        raise refused(f"{where}: {len(line)} characters, expected at most {MAX_LENGTH}: {shown!r}...")
    if _VCS.search(line):
        raise refused(
            f"{where}: {shown!r} is taken from version control, expected a package of the public index: name a version"
        )
    if "${" in line:
        raise refused(f"{where}: {shown!r} needs an environment variable, and none is expanded: write the value out")
    if _URL.search(line) or _PATH.search(line.partition(";")[0].strip()):
        raise refused(
            f"{where}: {shown!r} names a URL or path, expected a package of the public index: name a version instead"
        )
    try:
        requirement = Requirement(line)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise refused(f"{where}: {shown!r} is not `name[extras] specifier; marker` ({reason})") from error
    if requirement.url:
        raise refused(
            f"{where}: {shown!r} names a URL or path, expected a package of the public index: name a version instead"
        )
    return str(requirement)


def read_listed(listed: object, where: str) -> RequirementLines:
    """A list of requirement strings, as TOML has it."""
    if not isinstance(listed, list) or not all(isinstance(entry, str) for entry in listed):
        raise refused(f"{where} = {listed!r:.200}, expected a list of strings")
    return RequirementLines(
        tuple(read_requirement(entry.strip(), f"{where}, entry {i}") for i, entry in enumerate(listed, 1))
    )


def read_optional(listed: object, where: str) -> RequirementLines:
    """Like `read_listed`, for what the service does not need: what is refused is left out, and a note says so."""
    if not isinstance(listed, list):
        return RequirementLines(notes=(f"{where}: {listed!r:.120} is no list and was left out",))
    total = RequirementLines()
    for entry in listed:
        try:
            total += read_listed([entry], where)
        except DependencyRefused as error:
            total += RequirementLines(notes=(f"left out: {error.message}",))
    return total


def check_python(wanted: object, where: str) -> None:
    """Refuse a project that says it does not run on the interpreter that every service gets."""
    if wanted is None:
        return
    try:
        # "==3.11" is written by people who mean any 3.11
        specifier = (
            SpecifierSet(re.sub(r"={2,3}\s*(\d+\.\d+)\s*(?=,|$)", r"==\1.*", wanted))
            if isinstance(wanted, str)
            else None
        )
    except InvalidSpecifier:
        specifier = None
    if specifier is None or not any(specifier.contains(version, prereleases=True) for version in _PATCHES):
        raise refused(
            f"{where} = {wanted!r} excludes Python {PYTHON}, the interpreter of every service: write for {PYTHON} and "
            "say so"
        )


def capped(read: RequirementLines, name: str) -> RequirementLines:
    """Refuse a list that is too long."""
    if len(read.lines) > MAX_LINES:
        raise refused(f"{name}: {len(read.lines)} requirements, expected at most {MAX_LINES}; keep only what is used")
    return read


def decode(content: bytes, name: str) -> str:
    """Text as pip reads it: by its byte order mark, else UTF-8, else as in Latin-1 (which a comment may hold)."""
    encoding = next((told for mark, told in _MARKS.items() if content.startswith(mark)), "utf-8")
    if encoding != "utf-16" and b"\0" in content:
        raise refused(f"{name} is not text (it holds a NUL byte); save it as UTF-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8":
            return content.decode("latin-1")
        raise refused(f"{name} is not {encoding} text ({error.reason} at byte {error.start}); save as UTF-8") from error


def refused(message: str) -> DependencyRefused:
    """The one error of this policy."""
    return DependencyRefused("dependency_policy", message)


def _once(first: Iterable[T], second: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*first, *second)))
