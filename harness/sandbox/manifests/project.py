"""The submission as a package, as after `pip install -e .`: what is importable from where, and its console scripts.

Read from the tables of setuptools, hatch, poetry, flit, pdm and uv; no build back end is run. What none of them says
is found as they find it: `src/` when that holds code, else the folder itself. Pure.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.sandbox.manifests.entry_points import ENTRY, entry_points_of, plain_name
from harness.sandbox.manifests.pyproject import read_toml_table, strings, table
from harness.sandbox.manifests.requirement import LocalPackage
from harness.sandbox.manifests.setuptools_files import cfg_sections, read_setup_call

_VERSION_LINE = re.compile(r"^(?:__version__|VERSION|version)\s*(?::\s*\w+\s*)?=\s*['\"]([\w.+!-]+)['\"]", re.MULTILINE)


@dataclass(frozen=True)
class Project:
    """One package. Paths are the submission's ("." is its root).

    roots: folders from which it is imported; links: import name -> folder of another name; entry_points: group -> name
    -> `module:attribute`; scripts: files that stand on the PATH as they are.
    """

    name: str
    version: str
    roots: tuple[str, ...]
    links: Mapping[str, str] = field(default_factory=dict)
    entry_points: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    scripts: tuple[str, ...] = ()


def projects_of(files: Mapping[str, bytes], local: tuple[LocalPackage, ...]) -> tuple[Project, ...]:
    """The root's project, and those that the requirements install from other folders."""
    folders = dict.fromkeys((".", *(package.folder for package in local)))
    return tuple(project for folder in folders if (project := _project_in(files, folder)) is not None)


def _project_in(files: Mapping[str, bytes], folder: str) -> Project | None:
    def at(name: str) -> str:
        return posixpath.normpath(posixpath.join(folder, name))

    path = at("pyproject.toml")
    document = read_toml_table(files[path], path) if path in files else {}
    project, tool = table(document, "project"), table(document, "tool")
    poetry, flit = table(tool, "poetry"), table(tool, "flit")
    cfg = cfg_sections(files, at("setup.cfg"))
    call = read_setup_call(files, at("setup.py")).arguments
    metadata = cfg.get("metadata", {})
    named = (project.get("name"), poetry.get("name"), metadata.get("name"), call.get("name"))
    name = next((given for given in named if isinstance(given, str)), None)
    known = bool(project or poetry.get("packages") or flit or "options" in cfg or call)
    if name is None and not known:
        return None
    own = {posixpath.relpath(file, folder) if folder != "." else file for file in files if _within(file, folder)}
    roots, links = _layout(document, tool, cfg, call, own)
    versions = (project.get("version"), poetry.get("version"), metadata.get("version"), call.get("version"))
    return Project(
        plain_name(name or posixpath.basename(folder) or "project") or "project",
        _version(versions, files, folder),
        tuple(dict.fromkeys(at(root) for root in roots if not at(root).startswith(("..", "/")))),
        {module: at(place) for module, place in links.items() if not at(place).startswith(("..", "/"))},
        entry_points_of(project, tool, cfg, call),
        tuple(at(script) for script in strings(call.get("scripts")) if at(script) in files),
    )


def _within(file: str, folder: str) -> bool:
    return folder == "." or file.startswith(folder + "/")


def _version(given: tuple[object, ...], files: Mapping[str, bytes], folder: str) -> str:
    """The version that is written down, there or in the code; "0" when only running something would tell."""
    for version in given:
        if isinstance(version, str) and re.fullmatch(r"[\w.+!-]{1,60}", version):
            return version
    for file in sorted(files):
        if _within(file, folder) and file.endswith(("__init__.py", "_version.py", "__about__.py")):
            match = _VERSION_LINE.search(files[file].decode("utf-8", "replace"))
            if match:
                return match[1]
    return "0"


def _layout(
    document: Mapping[str, Any],
    tool: Mapping[str, Any],
    cfg: Mapping[str, Mapping[str, str]],
    call: Mapping[str, Any],
    own: set[str],
) -> tuple[list[str], dict[str, str]]:
    """Roots, and packages that stand in a folder of another name; relative to the project's folder."""
    roots, links = [], {}
    for module, place in _stated(document, tool, cfg, call):
        if module and posixpath.basename(place) != module:
            links[module] = place
        else:
            roots.append((posixpath.dirname(place) or ".") if module else place)
    source = any(name.startswith("src/") and name.endswith(".py") for name in own) and "src/__init__.py" not in own
    if not roots:
        roots = ["src"] if source else ["."]
    return roots, {module: place for module, place in links.items() if ENTRY.fullmatch(module)}


def _stated(
    document: Mapping[str, Any],
    tool: Mapping[str, Any],
    cfg: Mapping[str, Mapping[str, str]],
    call: Mapping[str, Any],
) -> Iterator[tuple[str, str]]:
    """(import name, its folder), or ("", a folder that holds import names), as the tools' tables say."""
    setuptools = table(tool, "setuptools")
    yield from _package_dir(table(setuptools, "package-dir"))
    yield from (("", place) for place in strings(table(setuptools, "packages", "find").get("where")))
    yield from _package_dir(_pairs(cfg.get("options", {}).get("package_dir", "")))
    found = cfg.get("options.packages.find", {}).get("where", "")
    yield from (("", place.strip()) for place in found.split(",") if place)
    yield from _package_dir(table(call, "package_dir"))
    yield from (("", place) for place in strings(table(call, "packages").get("find")))
    wheel, build = table(tool, "hatch", "build", "targets", "wheel"), table(tool, "hatch", "build")
    for key in ("packages", "only-include"):
        yield from ((posixpath.basename(place.rstrip("/")), place.rstrip("/")) for place in strings(wheel.get(key)))
    for sources in (wheel.get("sources"), build.get("sources"), build.get("dev-mode-dirs")):
        yield from (("", place) for place in (tuple(sources) if isinstance(sources, Mapping) else strings(sources)))
    for package in table(tool, "poetry").get("packages", ()):
        if isinstance(package, Mapping) and isinstance(package.get("from", "."), str):
            yield "", package.get("from", ".")
    pdm = table(tool, "pdm", "build").get("package-dir")
    if isinstance(pdm, str):
        yield "", pdm
    uv = table(tool, "uv", "build-backend")
    if isinstance(uv.get("module-root"), str):
        yield "", uv["module-root"] or "."


def _package_dir(pairs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """`{"": "src", "orders": "lib/orders"}` of setuptools."""
    for module, place in pairs.items():
        if isinstance(place, str) and "." not in module:
            yield module, place.strip("/") or "."


def _pairs(text: str) -> dict[str, str]:
    """`=src` or `name = place`, a line or a comma apart."""
    pairs = {}
    for entry in re.split(r"[\n,]", text):
        module, equals, place = entry.partition("=")
        if equals:
            pairs[module.strip()] = place.strip()
    return pairs
