"""Which requirement lines of a submission we accept: `name[extras] specifier; marker`, nothing else.

Refuses everything that would change where packages come from or run code: options (`-r`, `-e`, `--index-url`, ...),
URLs and paths, environment variables. Pure. A `--hash` beside a requirement is taken off and noted: the wheels come
from the harness's own index settings and are pinned by our own lock, so the agent's hash protects nothing here, and
hashes in a model's reply are seldom real. Errors: DependencyRefused `dependency_policy`.
"""

import re
import tomllib
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from harness.errors import DependencyRefused

MAX_LINES = 200
MAX_LENGTH = 1000  # characters of one requirement
PYTHON = "3.11"
_COMMENT = re.compile(r"(^|\s)#.*$")  # as pip reads it: a hash inside a word is no comment
_HASH = re.compile(r"\s--hash[=\s]\s*\S+")


@dataclass(frozen=True)
class RequirementLines:
    """Accepted requirements in a canonical form, in the file's order; `notes` are sentences for the trial's record."""

    lines: tuple[str, ...]
    notes: tuple[str, ...] = ()


def parse_requirements(content: bytes, name: str = "requirements.txt") -> RequirementLines:
    """Read a requirements file (pip's format, the accepted part of it)."""
    text = _decode(content, name)
    joined = re.sub(r"\\\r?\n", " ", text)  # a backslash at the end continues the line
    accepted, hashes = [], 0
    for number, raw in enumerate(joined.splitlines(), start=1):
        line = _COMMENT.sub("", raw).strip()
        if not line:
            continue
        where = f"{name}: requirement line {number}"
        if not line.startswith("-"):
            line, found = _HASH.subn("", f" {line}")
            line, hashes = line.strip(), hashes + found
        accepted.append(_requirement(line, where))
    notes = (f"{name}: {hashes} --hash options were not used; our own lock pins the wheels",) if hashes else ()
    return RequirementLines(_capped(accepted, name), notes)


def parse_pyproject(content: bytes, name: str = "pyproject.toml") -> RequirementLines:
    """Read `[project] dependencies` (PEP 621). Build system and optional groups are not installed."""
    try:
        document = tomllib.loads(_decode(content, name))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _refused(f"{name} is not valid TOML ({error}); correct the file") from error
    project = document.get("project")
    if not isinstance(project, dict):
        raise _refused(f"{name} has no [project] table: list the dependencies there (PEP 621) or in requirements.txt")
    _check_python(project.get("requires-python"), name)
    dynamic = project.get("dynamic")
    if isinstance(dynamic, list) and "dependencies" in dynamic:
        raise _refused(f"{name}: [project] dependencies are 'dynamic', expected a list; write them into the file")
    listed = project.get("dependencies", [])
    if not isinstance(listed, list) or not all(isinstance(entry, str) for entry in listed):
        raise _refused(f"{name}: [project] dependencies = {listed!r}, expected a list of strings")
    accepted = [
        _requirement(entry.strip(), f"{name}: [project] dependencies, entry {i}") for i, entry in enumerate(listed, 1)
    ]
    return RequirementLines(_capped(accepted, name))


def _requirement(line: str, where: str) -> str:
    """One requirement in canonical form."""
    shown = line[:120]
    if line.startswith("-"):
        option = re.split(r"[\s=]", line)[0]
        raise _refused(f"{where}: option {option!r} is not accepted, expected `name[extras] specifier; marker`")
    if len(line) > MAX_LENGTH:
        raise _refused(f"{where}: {len(line)} characters, expected at most {MAX_LENGTH}: {shown!r}...")
    try:
        requirement = Requirement(line)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise _refused(f"{where}: {shown!r} is not `name[extras] specifier; marker` ({reason})") from error
    if requirement.url:
        raise _refused(
            f"{where}: {shown!r} names a URL or path, expected a package of the index; name a version instead"
        )
    return str(requirement)


def _check_python(wanted: object, name: str) -> None:
    if wanted is None:
        return
    try:
        fits = isinstance(wanted, str) and SpecifierSet(wanted).contains(f"{PYTHON}.2", prereleases=True)
    except InvalidSpecifier:
        fits = False
    if not fits:
        raise _refused(
            f"{name}: requires-python = {wanted!r} excludes Python {PYTHON}, the interpreter of every service"
        )


def _capped(accepted: list[str], name: str) -> tuple[str, ...]:
    if len(accepted) > MAX_LINES:
        raise _refused(f"{name}: {len(accepted)} requirements, expected at most {MAX_LINES}; keep only what is used")
    return tuple(accepted)


def _decode(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(f"{name} is not UTF-8 text ({error.reason} at byte {error.start}); save it as UTF-8") from error


def _refused(message: str) -> DependencyRefused:
    return DependencyRefused("dependency_policy", message)
