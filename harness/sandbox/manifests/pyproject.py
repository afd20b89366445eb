"""`pyproject.toml`: what it lists, by the standard's tables and by those of poetry, pdm, uv, hatch and setuptools.

Refuses what comes from elsewhere than the public index. Pure. Sources: PEP 621, PEP 735 and each tool's documentation.
"""

import posixpath
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness.sandbox.manifests.poetry import check_sources, read_optional_table, read_poetry_table
from harness.sandbox.manifests.requirement import (
    LocalPackage,
    RequirementLines,
    check_python,
    decode,
    read_listed,
    read_optional,
    refused,
)
from harness.sandbox.manifests.requirement_file import inside, is_public_index, read_requirement_file

NAME = "pyproject.toml"


@dataclass(frozen=True)
class Declared:
    """What a manifest lists: for the service, per extra, per dependency group (names canonical).

    listed: False when the file says nothing of packages at all (it configures tools).
    """

    runtime: RequirementLines
    extras: Mapping[str, RequirementLines] = field(default_factory=dict)
    groups: Mapping[str, RequirementLines] = field(default_factory=dict)
    listed: bool = True


def read_toml_table(content: bytes, name: str) -> dict[str, Any]:
    """The document. Refused when it is not TOML."""
    try:
        return tomllib.loads(decode(content, name))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise refused(f"{name} is not valid TOML ({error}); correct the file") from error


def read_pyproject(files: Mapping[str, bytes], name: str = NAME) -> Declared:
    """Everything that `name` declares. `files`: path in the submission -> content."""
    document = read_toml_table(files[name], name)
    project, tool = table(document, "project"), table(document, "tool")
    poetry, pdm, uv = table(tool, "poetry"), table(tool, "pdm"), table(tool, "uv")
    check_python(project.get("requires-python"), f"{name}: [project] requires-python")
    _check_indexes(poetry, pdm, uv, name)
    runtime = _runtime(files, name, project, tool)
    extras = _extras(files, name, project, tool)
    groups = _groups(document, name, poetry, pdm, uv)
    runtime += RequirementLines(
        constraints=read_listed(uv.get("constraint-dependencies", []), f"{name}: [tool.uv]").lines
    )
    runtime = _from_sources(runtime, table(uv, "sources"), name)
    listed = bool(project or poetry.get("dependencies") or runtime.lines)
    return Declared(runtime, extras, groups, listed)


def table(parent: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """The table under `keys`, empty when there is none."""
    for key in keys:
        child = parent.get(key)
        if not isinstance(child, Mapping):
            return {}
        parent = child
    return parent


def strings(value: object) -> tuple[str, ...]:
    """A string or a list of strings."""
    if isinstance(value, str):
        return (value,)
    return tuple(entry for entry in value if isinstance(entry, str)) if isinstance(value, list) else ()


def _runtime(
    files: Mapping[str, bytes], name: str, project: Mapping[str, Any], tool: Mapping[str, Any]
) -> RequirementLines:
    listed = read_listed(project.get("dependencies", []), f"{name}: [project] dependencies")
    poetry = table(tool, "poetry")
    if "dependencies" in poetry:  # beside [project] they add versions and sources to the same packages
        own = read_poetry_table(poetry["dependencies"], f"{name}: [tool.poetry.dependencies]")
        listed += own
    if "dependencies" not in strings(project.get("dynamic")):
        return listed
    found = _dynamic_files(tool, "dependencies")
    if found:
        return _included(files, name, found, listed)
    if "dependencies" in poetry or "setup.py" in files or "setup.cfg" in files:
        return listed
    raise refused(
        f"{name}: [project] dependencies are 'dynamic' and no file is named that we can read; write the list into the "
        "file, or into requirements.txt"
    )


def _dynamic_files(tool: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Files that setuptools or hatch-requirements-txt take the list from."""
    setuptools = table(tool, "setuptools", "dynamic", key)
    hatch = table(tool, "hatch", "metadata", "hooks", "requirements_txt")
    return strings(setuptools.get("file")) or (strings(hatch.get("files")) if key == "dependencies" else ())


def _included(
    files: Mapping[str, bytes], name: str, found: tuple[str, ...], listed: RequirementLines
) -> RequirementLines:
    for written in found:
        path = inside(written, posixpath.dirname(name), name)
        if path not in files:
            raise refused(f"{name}: takes its dependencies from {written!r}, and the submission has no such file")
        listed += read_requirement_file(files, path)
    return listed


def _extras(
    files: Mapping[str, bytes], name: str, project: Mapping[str, Any], tool: Mapping[str, Any]
) -> dict[str, RequirementLines]:
    """[project.optional-dependencies], those that setuptools reads from files, and poetry's [extras]."""
    found: dict[str, RequirementLines] = {
        canonicalize_name(extra): read_optional(listed, f"{name}: [project.optional-dependencies] {extra}")
        for extra, listed in table(project, "optional-dependencies").items()
        if not (isinstance(listed, list) and any(isinstance(e, str) and _is_own(e, project) for e in listed))
    }
    for extra, listed in table(project, "optional-dependencies").items():  # `own-name[a,b]` means those extras
        if canonicalize_name(extra) not in found:
            found[canonicalize_name(extra)] = _composed(listed, found, project, f"{name}: extra {extra}")
    for extra, settings in table(tool, "setuptools", "dynamic", "optional-dependencies").items():
        paths = strings(settings.get("file")) if isinstance(settings, Mapping) else ()
        found[canonicalize_name(extra)] = _included(files, name, paths, RequirementLines())
    dependencies = table(tool, "poetry", "dependencies")
    for extra, names in table(tool, "poetry", "extras").items():
        chosen = {key: _required(value) for key, value in dependencies.items() if key in strings(names)}
        found[canonicalize_name(extra)] = read_optional_table(chosen, f"{name}: [tool.poetry.extras] {extra}")
    return found


def _is_own(entry: str, project: Mapping[str, Any]) -> bool:
    own = project.get("name")
    bare = entry.partition("[")[0].strip()
    return isinstance(own, str) and bare != entry and canonicalize_name(bare) == canonicalize_name(own)


def _composed(
    listed: list[str], found: Mapping[str, RequirementLines], project: Mapping[str, Any], where: str
) -> RequirementLines:
    total = RequirementLines()
    for entry in listed:
        if _is_own(entry, project):
            for extra in sorted(Requirement(entry).extras):
                total += found.get(canonicalize_name(extra), RequirementLines())
        else:
            total += read_optional([entry], where)
    return total


def _required(value: object) -> object:
    return {**value, "optional": False} if isinstance(value, Mapping) else value


def _groups(
    document: Mapping[str, Any],
    name: str,
    poetry: Mapping[str, Any],
    pdm: Mapping[str, Any],
    uv: Mapping[str, Any],
) -> dict[str, RequirementLines]:
    """PEP 735's groups, and what the tools had before it."""
    standard = table(document, "dependency-groups")
    found: dict[str, RequirementLines] = {
        canonicalize_name(group): _group(standard, group, name, ()) for group in standard
    }
    for group, settings in table(poetry, "group").items():
        where = f"{name}: [tool.poetry.group.{group}.dependencies]"
        _add(found, group, read_optional_table(table({"group": settings}, "group", "dependencies"), where))
    if "dev-dependencies" in poetry:
        _add(found, "dev", read_optional_table(poetry["dev-dependencies"], f"{name}: [tool.poetry.dev-dependencies]"))
    for group, listed in table(pdm, "dev-dependencies").items():
        kept = [entry for entry in strings(listed) if not entry.startswith("-e ")]
        _add(found, group, read_optional(kept, f"{name}: [tool.pdm.dev-dependencies] {group}"))
    if "dev-dependencies" in uv:
        _add(found, "dev", read_optional(uv["dev-dependencies"], f"{name}: [tool.uv] dev-dependencies"))
    for environment, settings in table(document, "tool", "hatch", "envs").items():
        for key in ("dependencies", "extra-dependencies"):
            if isinstance(settings, Mapping) and key in settings:
                where = f"{name}: [tool.hatch.envs.{environment}] {key}"
                _add(found, environment, read_optional(settings[key], where))
    return found


def _add(found: dict[str, RequirementLines], group: str, read: RequirementLines) -> None:
    key = canonicalize_name(group)
    found[key] = found.get(key, RequirementLines()) + read


def _group(groups: Mapping[str, Any], group: str, name: str, within: tuple[str, ...]) -> RequirementLines:
    where, listed = f"{name}: [dependency-groups] {group}", groups.get(group)
    if not isinstance(listed, list) or group in within:
        return RequirementLines(notes=(f"{where}: expected a list of requirements that does not include itself",))
    total = RequirementLines()
    for entry in listed:
        if isinstance(entry, Mapping) and isinstance(entry.get("include-group"), str):
            wanted = canonicalize_name(entry["include-group"])
            other = next((key for key in groups if canonicalize_name(key) == wanted), entry["include-group"])
            total += _group(groups, other, name, (*within, group))
        else:
            total += read_optional([entry], where)
    return total


def _check_indexes(poetry: Mapping[str, Any], pdm: Mapping[str, Any], uv: Mapping[str, Any], name: str) -> None:
    check_sources(poetry.get("source"), f"{name}: [[tool.poetry.source]]")
    check_sources(pdm.get("source"), f"{name}: [[tool.pdm.source]]")
    check_sources(uv.get("index"), f"{name}: [[tool.uv.index]]")
    for key in ("index-url", "extra-index-url", "find-links"):
        for url in strings(uv.get(key)):
            if not is_public_index(url):
                raise refused(f"{name}: [tool.uv] {key} = {url[:120]!r}: packages come from the public index only")


def _from_sources(runtime: RequirementLines, sources: Mapping[str, Any], name: str) -> RequirementLines:
    """[tool.uv.sources]: a folder of the submission instead of the index; anything else is refused."""
    lines, local = list(runtime.lines), list(runtime.local)
    for package, source in sources.items():
        used = [line for line in lines if canonicalize_name(Requirement(line).name) == canonicalize_name(package)]
        settings = source if isinstance(source, Mapping) else {}
        if not used or settings.get("index"):  # the indexes have been checked
            continue
        if "path" not in settings:
            raise refused(
                f"{name}: [tool.uv.sources] {package} comes from elsewhere than the public index: name a version"
            )
        folder = inside(str(settings["path"]), posixpath.dirname(name), f"{name}: [tool.uv.sources] {package}")
        lines = [line for line in lines if line not in used]
        local.append(LocalPackage(folder))
    return RequirementLines(tuple(lines), runtime.notes, runtime.constraints, tuple(local), runtime.prerelease)
