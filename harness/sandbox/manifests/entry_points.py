"""Console scripts and other entry points of a project, as its tables and files state them. Pure.

Refuses nothing: what is no `module:attribute` is left out, as an installer could not use it either.
"""

import configparser
import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.sandbox.manifests.pyproject import strings, table

ENTRY = re.compile(r"[A-Za-z_]\w*")
_OBJECT = re.compile(r"([A-Za-z_][\w.]*)\s*(?::\s*([A-Za-z_][\w.]*))?\s*(?:\[[^\]]*\])?")
_NAME = re.compile(r"[A-Za-z0-9_][\w.+-]{0,99}")
_GROUP = re.compile(r"\w+(?:\.\w+)*")
CONSOLE = "console_scripts"


def plain_name(name: str) -> str:
    """A distribution's name as its folder has it."""
    return re.sub(r"[-_.]+", "_", re.sub(r"[^\w.-]", "", name, flags=re.ASCII)).strip("_").lower()[:80]


def entry_points_of(
    project: Mapping[str, Any],
    tool: Mapping[str, Any],
    cfg: Mapping[str, Mapping[str, str]],
    call: Mapping[str, Any],
) -> dict[str, dict[str, str]]:
    """Group -> name -> `module:attribute`."""
    found: dict[str, dict[str, str]] = {}
    for group, name, target in _stated(project, tool, cfg, call):
        match = _OBJECT.fullmatch(target.strip())
        if match and _NAME.fullmatch(name.strip()) and _GROUP.fullmatch(group):
            found.setdefault(group, {})[name.strip()] = match[1] + (f":{match[2]}" if match[2] else "")
    return found


def _stated(
    project: Mapping[str, Any],
    tool: Mapping[str, Any],
    cfg: Mapping[str, Mapping[str, str]],
    call: Mapping[str, Any],
) -> Iterator[tuple[str, str, str]]:
    for scripts in (table(project, "scripts"), table(tool, "poetry", "scripts"), table(tool, "flit", "scripts")):
        yield from ((CONSOLE, name, _target(target)) for name, target in scripts.items())
    for groups in (table(project, "entry-points"), table(tool, "poetry", "plugins")):
        for group in groups:
            yield from ((group, name, _target(target)) for name, target in table(groups, group).items())
    for group, lines in cfg.get("options.entry_points", {}).items():
        yield from _lines(group, lines.splitlines())
    old = call.get("entry_points")
    if isinstance(old, str):
        parser = configparser.ConfigParser(interpolation=None, strict=False, delimiters=("=",))
        try:
            parser.read_string(old)
        except configparser.Error:
            return
        yield from ((group, name, target) for group in parser.sections() for name, target in parser[group].items())
    elif isinstance(old, Mapping):
        for group, listed in old.items():
            yield from _lines(group, strings(listed))


def _lines(group: str, lines: object) -> Iterator[tuple[str, str, str]]:
    for line in lines if isinstance(lines, list | tuple) else ():
        name, equals, target = line.partition("=")
        if equals:
            yield group, name, target


def _target(value: object) -> str:
    """A string, or poetry's `{reference = "module:attribute", type = "console"}`."""
    if isinstance(value, Mapping):
        value = value.get("reference", value.get("callable", ""))
    return value if isinstance(value, str) else ""
