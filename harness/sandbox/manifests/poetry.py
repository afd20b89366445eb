"""Poetry's tables as requirements: its version notation, its groups, its sources.

Refuses packages from version control, URLs and other sources. Pure.
Notation: https://python-poetry.org/docs/dependency-specification/
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from packaging.version import InvalidVersion, Version

from harness.errors import DependencyRefused
from harness.sandbox.manifests.requirement import (
    PYTHON,
    LocalPackage,
    RequirementLines,
    check_python,
    read_requirement,
    refused,
)
from harness.sandbox.manifests.requirement_file import inside, is_public_index

_CLAUSE = re.compile(r"^(\^|~(?!=)|~=|===?|!=|>=?|<=?)?\s*v?(\S+)$")
_FROM_ELSEWHERE = ("git", "url", "hg", "svn")


def read_poetry_table(table: object, where: str) -> RequirementLines:
    """One table name -> version or settings. `python` is checked, not installed; optional packages are left out."""
    if not isinstance(table, Mapping):
        raise refused(f"{where}: expected a table of names and versions")
    lines, local = [], []
    for name, value in table.items():
        if name == "python":
            check_python(specifier_of(value, where) if isinstance(value, str) else None, f"{where}: python")
            continue
        for entry in value if isinstance(value, list) else [value]:
            settings = entry if isinstance(entry, Mapping) else {"version": entry}
            if "path" in settings:
                local.append(LocalPackage(inside(str(settings["path"]), "", f"{where}: {name}")))
            elif not settings.get("optional"):
                lines.append(_requirement(name, settings, f"{where}: {name}"))
    return RequirementLines(tuple(lines), local=tuple(local))


def read_optional_table(table: object, where: str) -> RequirementLines:
    """Like `read_poetry_table`, for what the service does not need: what is refused is left out and noted."""
    total = RequirementLines()
    for name, value in table.items() if isinstance(table, Mapping) else ():
        try:
            total += read_poetry_table({name: value}, where)
        except DependencyRefused as error:
            total += RequirementLines(notes=(f"left out: {error.message}",))
    return total


def check_sources(sources: object, where: str) -> None:
    """Refuse a source that is another index than the public one."""
    for source in sources if isinstance(sources, list) else ():
        url = source.get("url", "") if isinstance(source, Mapping) else ""
        if url and not is_public_index(str(url)):
            raise refused(
                f"{where}: {str(url)[:120]!r}: packages come from the public index only: leave the source out"
            )


def _requirement(name: str, settings: Mapping[str, Any], where: str) -> str:
    elsewhere = [key for key in _FROM_ELSEWHERE if key in settings]
    if elsewhere:
        raise refused(f"{where} comes from {elsewhere[0]!r}, expected a package of the public index: name a version")
    extras = f"[{','.join(map(str, settings.get('extras', ())))}]" if settings.get("extras") else ""
    markers = [str(settings["markers"])] if settings.get("markers") else []
    if isinstance(settings.get("python"), str):
        markers += [_python_marker(clause) for clause in specifier_of(settings["python"], where).split(",") if clause]
    marker = f" ; {' and '.join(f'({one})' for one in markers)}" if markers else ""
    return read_requirement(f"{name}{extras}{specifier_of(settings.get('version', '*'), where)}{marker}", where)


def _python_marker(clause: str) -> str:
    match = _CLAUSE.match(clause.strip())
    assert match is not None  # it was made by specifier_of
    return f"python_full_version {match[1] or '=='} '{match[2]}'"


def specifier_of(constraint: object, where: str) -> str:
    """`^1.2`, `~1.2`, `1.*`, `>=1 <2`, `*` as a PEP 440 specifier; of `a || b` the last, which satisfies it."""
    if not isinstance(constraint, str):
        raise refused(f"{where} = {constraint!r:.120}, expected a version such as '^1.2'")
    last = constraint.split("||")[-1].strip()
    spaced = re.sub(r"(\^|~=?|===?|!=|>=?|<=?)\s+", r"\1", last)
    return ",".join(part for clause in re.split(r"[,\s]+", spaced) if clause for part in _clauses(clause, where))


def _clauses(clause: str, where: str) -> Iterator[str]:
    match = _CLAUSE.match(clause)
    sign, number = (match[1] or "", match[2]) if match else ("", "")
    if clause in ("*", "latest"):
        return
    if sign in ("^", "~"):
        lower = number.replace(".*", "")
        yield f">={lower}"
        yield f"<{_upper(lower, sign, where)}"
    elif match and sign:
        yield clause
    elif match:
        yield f"=={number}"
    else:
        raise refused(f"{where}: {clause[:80]!r} is no version we know, expected one such as '^1.2' or '>=1,<2'")


def _upper(number: str, sign: str, where: str) -> str:
    """The first version that is too new."""
    try:
        release = Version(number).release
    except InvalidVersion as error:
        raise refused(f"{where}: {number[:80]!r} is no version, expected one such as '1.2' for {PYTHON}") from error
    if sign == "~":
        place = 0 if len(release) == 1 else 1
    else:
        place = next((i for i, part in enumerate(release) if part), len(release) - 1)
    return ".".join(str(part + (i == place)) for i, part in enumerate(release[: place + 1]))
