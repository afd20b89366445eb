"""Which tools a definition allows: none, all but some, or those that it names; in the words of every program seen.

Refuses to guess: a name that is not in the table is reported as unknown, in the words of the definition.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from harness.config.tool_names import BY_NAME, CANONICAL, EVERYTHING, GROUPS, NOTHING, OTHERS, squeezed

__all__ = ["CANONICAL", "ToolRule", "canonical_tools", "tool_rule"]
_ALLOW = ("tools", "allowed-tools", "allowedTools", "allowed_tools", "groups", "tools_allowed", "tool", "toolsets")
_DENY = (
    *("disallowedTools", "disallowed-tools", "disallowed_tools", "excludeTools", "exclude_tools", "excludedTools"),
    *("tools_denied", "denied-tools", "deniedTools", "disabled_tools", "blocked_tools", "denied_tools"),
)
_MAX_TOOLS = 500
_MCP = re.compile(r"^(?:mcp(?:__|[_/:.]|$)|@[\w-]+|[\w .-]+/)", re.I)
_PREFIX = re.compile(r"^(edit|execute|search|read|web|agent|vscode|todo|browser)/", re.I)


@dataclass(frozen=True)
class ToolRule:
    """What a definition says of its tools. listed = `tools` and no others; unrestricted = all but `denied`."""

    rule: Literal["unrestricted", "listed", "none"] = "unrestricted"
    tools: tuple[str, ...] = ()  # canonical names that it names
    denied: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass
class _Said:
    allowed: list[str]
    denied: list[str]
    others: bool | None  # whether tools that are not named are allowed; None = not said
    warnings: list[str]


def tool_rule(values: Mapping[str, object], grouped: bool = False) -> ToolRule:
    """What `values` (front matter, or an agent's keys) say of tools; grouped: its words name groups (Roo, Copilot)."""
    said = _Said([], [], None, [])
    for key in (key for key in _ALLOW if key in values):
        _allow(key, values[key], said)
        break  # `allowedTools` beside `tools` says what needs no confirmation
    for key in _DENY:
        if key in values:
            said.denied += _names(values[key], key, said.warnings)
    _permission(values.get("permission", values.get("permissions")), said)
    if values.get("sandbox_mode") == "read-only" or values.get("readonly") is True:
        said.denied += ["write", "edit"]
    if values.get("allow_delegation") is False:
        said.denied += ["delegate"]
    return _ruled(said, grouped or "groups" in values)


def canonical_tools(value: object) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
    """(canonical names, unknown names, warnings) of a `tools` value: list, comma string, inline list or mapping."""
    rule = tool_rule({"tools": value})
    return rule.tools, rule.unknown, list(rule.warnings)


def _allow(key: str, value: object, said: _Said) -> None:
    if isinstance(value, Mapping):  # opencode: all are offered; {write: false} withholds one, {"*": false} the others
        allowed, denied = _switches(value)
        said.allowed += allowed
        said.denied += denied
        said.others = "*" not in denied
        return
    if value is None:
        said.warnings.append(f"tools_empty: key {key} has no value; read as no restriction")
        return
    names = _names(value, key, said.warnings)
    if isinstance(value, str | list) and not [n for n in names if n.casefold() not in NOTHING]:
        said.others = False
        said.denied.append("*")
    elif any(name.casefold() in EVERYTHING for name in names):
        said.others = True
    elif isinstance(value, str | list):
        said.others = False
    said.allowed += names


def _permission(value: object, said: _Said) -> None:
    """opencode's `permission`: what is not named is allowed. Claude Code's has lists `allow` and `deny`."""
    if isinstance(value, str):
        if value.casefold() == "deny":
            said.denied.append("*")
            said.others = False
        return
    if not isinstance(value, Mapping):
        if value is not None:
            said.warnings.append("tools_unreadable: key permission is no mapping; expected tool: allow, ask or deny")
        return
    if any(isinstance(value.get(key), list) for key in ("allow", "deny", "ask")):
        said.denied += _names(value.get("deny") or [], "permission.deny", said.warnings)
        return
    allowed, denied = _switches(value)
    if said.others is not False:  # a list of tools stands, whatever is permitted besides
        said.allowed += allowed
        said.others = "*" not in denied
    said.denied += denied


def _switches(value: Mapping[str, object]) -> tuple[list[str], list[str]]:
    allowed: list[str] = []
    denied: list[str] = []
    for name, state in list(value.items())[:_MAX_TOOLS]:
        states = list(state.values()) if isinstance(state, Mapping) else [state]
        off = bool(states) and all(s is False or str(s).casefold() in ("deny", "false", "off", "never") for s in states)
        (denied if off else allowed).append(str(name))
    return allowed, denied


def _ruled(said: _Said, grouped: bool) -> ToolRule:
    allowed, unknown, elsewhere = _sorted(said.allowed, grouped)
    denied, unknown_too, _ = _sorted((name for name in said.denied if name != "*"), grouped)
    unknown |= unknown_too
    warnings = list(said.warnings)
    if unknown:
        warnings.append(f"unknown_tools: {', '.join(ascii(name) for name in unknown)} match no tool known here")
    if elsewhere:
        named = ", ".join(ascii(name) for name in list(elsewhere)[:20])
        warnings.append(f"tool_unavailable: {named} of an editor or an MCP server are not offered here")
    if "web" in allowed:
        warnings.append("tool_unavailable: web access is not offered here")
    tools = tuple(name for name in allowed if name not in denied)
    if said.others is not False:
        return ToolRule("unrestricted", tools, tuple(denied), tuple(unknown), tuple(warnings))
    nothing = not tools and not unknown and not elsewhere
    return ToolRule("none" if nothing else "listed", tools, tuple(denied), tuple(unknown), tuple(warnings))


def _sorted(names: Iterable[str], grouped: bool) -> tuple[dict[str, None], dict[str, None], dict[str, None]]:
    """Canonical names, unknown ones, and known ones that nothing here offers."""
    known: dict[str, None] = {}
    unknown: dict[str, None] = {}
    elsewhere: dict[str, None] = {}
    for name in list(names)[:_MAX_TOOLS]:
        bare = re.sub(r"\(.*\)$", "", name, flags=re.DOTALL).strip()  # Bash(git log:*) restricts, but is Bash
        if bare.casefold() in EVERYTHING | NOTHING or not bare:
            continue
        prefix = _PREFIX.match(bare)
        last = squeezed(bare[prefix.end() :] if prefix else bare)
        group = GROUPS.get(last) if grouped else None
        canonical = BY_NAME.get(last) or (BY_NAME.get(prefix[1].casefold()) if prefix else None)
        if group or canonical:
            known |= dict.fromkeys(group or (str(canonical),))
            if grouped and canonical == "edit":
                known["write"] = None
        elif last in OTHERS or squeezed(bare) == "mcp" or _MCP.match(bare):
            elsewhere[bare[:100]] = None
        else:
            unknown[bare[:100]] = None
    return known, unknown, elsewhere


def _names(value: object, key: str, warnings: list[str]) -> list[str]:
    if isinstance(value, str):
        text = value.strip()
        return _split(text.removeprefix("[").removesuffix("]") if text.startswith("[") else text)
    if isinstance(value, list):
        return [name for item in value for name in _item(item)]
    if isinstance(value, Mapping):
        return _switches(value)[0]
    warnings.append(
        f"tools_unreadable: key {key} is a {type(value).__name__}; expected a list, a comma string or a mapping"
    )
    return []


def _item(item: object) -> list[str]:
    if isinstance(item, str):
        return _split(item)
    if isinstance(item, list) and item and isinstance(item[0], str):  # Roo: [edit, {fileRegex: ...}]
        return [item[0]]
    if isinstance(item, Mapping):  # {name: Read}, or {edit: {fileRegex: ...}}
        name = item.get("name") or item.get("type") or next(iter(item), "")
        return [str(name)]
    return [str(item)]


def _split(text: str) -> list[str]:
    """Names between commas that stand outside of parentheses; between spaces where no comma stands."""
    names, depth, current = [], 0, ""
    spaced = "," not in text and text.casefold() not in EVERYTHING | NOTHING and _looks_spaced(text)
    for character in text[:20_000]:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth <= 0 and (character == "," or (spaced and character.isspace())):
            names.append(current)
            current = ""
        else:
            current += character
    return [name.strip().strip("\"'") for name in [*names, current] if name.strip()]


def _looks_spaced(text: str) -> bool:
    """`Read Grep Bash(git log:*)`: every word is a tool; `GitKraken (bundled with GitLens)` is one name."""
    words = re.sub(r"\([^()]*\)", "", text).split()
    return len(words) > 1 and all(BY_NAME.get(squeezed(word)) for word in words)
