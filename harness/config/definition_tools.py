"""Tool names of every CLI seen in the field, mapped to ten canonical ones.

Refuses to guess: a name that is not in the table is reported as unknown, in the words of the definition.
"""

import re

CANONICAL: dict[str, tuple[str, ...]] = {
    "read": ("Read", "read_file", "read", "view", "read_many_files", "open_file"),
    "write": ("Write", "write_file", "write", "create_file"),
    "edit": ("Edit", "MultiEdit", "edit", "replace", "edit_file", "apply_patch", "NotebookEdit", "str_replace_editor"),
    "shell": ("Bash", "bash", "run_shell_command", "terminal", "exec_command", "runCommands", "shell"),
    "glob": ("Glob", "glob", "list_directory", "LS"),
    "grep": ("Grep", "search_file_content", "grep_search", "code_search", "search"),
    "web": ("WebFetch", "WebSearch", "web_fetch", "fetch", "githubRepo", "web_search", "google_web_search"),
    "todo": ("TodoWrite", "todo_write", "write_todos"),
    "memory": ("save_memory",),
    "delegate": ("task", "Task", "Agent", "agent", "invoke_agent"),
}
_BY_NAME = {alias.casefold(): canonical for canonical, aliases in CANONICAL.items() for alias in aliases}
_EVERYTHING = frozenset(("*", "all"))
_MAX_TOOLS = 500


def canonical_tools(value: object) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
    """(canonical names, unknown names, warnings) of a `tools` value: list, comma string, inline list or mapping.

    Two empty tuples mean that the definition does not restrict its tools.
    """
    names, warnings = _names(value)
    known: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for name in names[:_MAX_TOOLS]:
        bare = re.sub(r"\(.*\)$", "", name, flags=re.DOTALL).strip()  # Bash(git log:*) restricts, but is Bash
        if bare.casefold() in _EVERYTHING or not bare:
            continue
        canonical = _BY_NAME.get(bare.casefold())
        if canonical is None:
            unknown[bare[:100]] = None
        else:
            known[canonical] = None
    if unknown:
        warnings.append(f"unknown_tools: {', '.join(ascii(name) for name in unknown)} match no tool known here")
    if "web" in known:
        warnings.append("tool_unavailable: web access is not offered here")
    return tuple(known), tuple(unknown), warnings


def _names(value: object) -> tuple[list[str], list[str]]:
    if value is None:
        return [], []
    if isinstance(value, str):
        return _split(value.strip().removeprefix("[").removesuffix("]")), []
    if isinstance(value, list):
        return [part for item in value for part in (_split(item) if isinstance(item, str) else [str(item)])], []
    if isinstance(value, dict):  # opencode: {write: false} withholds a tool
        return [str(name) for name, allowed in value.items() if allowed is not False], []
    return [], [
        f"tools_unreadable: key tools is a {type(value).__name__}; expected a list, a comma string or a mapping"
    ]


def _split(text: str) -> list[str]:
    """Names between commas that stand outside of parentheses."""
    names, depth, current = [], 0, ""
    for character in text[:20_000]:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth <= 0:
            names.append(current)
            current = ""
        else:
            current += character
    return [name.strip().strip("\"'") for name in [*names, current] if name.strip()]
