"""Finds the agents in a folder such as `.claude/`: which files are definitions, and which of them a name means.

Refuses to follow symbolic links, and to read as an agent what such folders hold besides: settings, commands, skills.
"""

from pathlib import Path, PurePosixPath

_AGENT_FOLDERS = frozenset(("agents", "agent", "chatmodes", "modes", "mode", "subagents", "droids", "personas"))
_RULE_FOLDERS = frozenset(("rules",))
_ENDINGS = (".md", ".mdc", ".toml", ".json", ".jsonc", ".yaml", ".yml", ".txt")
_WHOLE = ("opencode.json", "opencode.jsonc", ".roomodes", ".kilocodemodes", "agents.yaml", "agents.yml")
_INSTRUCTIONS = (
    *("AGENTS.md", "CLAUDE.md", "GEMINI.md", "QWEN.md", "copilot-instructions.md"),
    *(".cursorrules", ".clinerules"),
)
_NO_AGENT = frozenset(
    (
        *("readme", "changelog", "license", "contributing", "index", "settings", "settings.local", "package"),
        *("package-lock", "tsconfig", "mcp", ".mcp", "hooks", "config", "tasks", "memory", "security"),
    )
)


def candidates(files: dict[str, bytes]) -> list[str]:
    """Paths of `files` that may be definitions, by the first of these that gives any: files in folders of agents or
    of rules; documents of agents; the instructions that every agent of such a folder is sent; any text on top."""
    paths = [PurePosixPath(path) for path in files]
    agents = [p for p in paths if _AGENT_FOLDERS & set(p.parent.parts) and _is_text(p)]
    whole = [p for p in paths if p.name in _WHOLE and len(p.parts) <= 2]
    if agents or whole:
        return [str(p) for p in (*agents, *whole)]
    rules = [p for p in paths if _RULE_FOLDERS & set(p.parent.parts) and _is_text(p)]
    told = [p for p in paths if p.name in _INSTRUCTIONS and len(p.parts) <= 2]
    top = [p for p in paths if len(p.parts) == 1 and _is_text(p) and p not in told]
    return [str(p) for p in (rules or top or told)]


def instructions(files: dict[str, bytes]) -> list[str]:
    """Paths of the instructions that stand beside agents and belong to none of them."""
    return [path for path in files if PurePosixPath(path).name in _INSTRUCTIONS]


def agent_name(path: Path | PurePosixPath) -> str:
    """What an agent is called after its file: `backend` for backend.agent.md, `cursorrules` for .cursorrules."""
    stem = path.stem.lstrip(".") or path.name
    for ending in (".agent", ".chatmode", ".mode", ".instructions", ".prompt", ".subagent"):
        stem = stem.removesuffix(ending)
    return stem


def is_instructions(path: Path) -> bool:
    """A file that has no front matter by convention."""
    return path.name in _INSTRUCTIONS or path.name.startswith((".cursorrules", ".windsurfrules", ".clinerules"))


def _is_text(path: PurePosixPath) -> bool:
    return path.suffix.lower() in _ENDINGS and path.stem.lower() not in _NO_AGENT
