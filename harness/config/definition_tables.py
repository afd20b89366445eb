"""Agents in JSON, TOML and YAML files: which keys hold the prompt, and how several agents stand in one document.

    one agent        {developer_instructions | system_prompt | prompt | instructions | roleDefinition | role+goal+...}
    several          {agent|agents|mode|subAgents: {NAME: agent} or [agent]}, {customModes: [agent]}, {NAME: agent}

Refuses to guess a prompt: a document in which no such key stands gives None. Sources: the documentation of Codex
("Subagents"), opencode ("Agents"), Roo Code ("Custom modes"), crewAI ("Agents"), Kiro ("Agent configuration").
"""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.config.definition_draft import Draft

# In this order: the first one that holds text is the prompt.
PROMPTS = (
    *("developer_instructions", "system_prompt", "systemPrompt", "system_message", "systemMessage", "system"),
    *("prompt", "instructions", "instruction", "content", "body", "persona"),
)
_NAMES = ("name", "slug", "id", "_id", "key", "title", "role")
_GROUPS = ("customModes", "agent", "agents", "subAgents", "subagents", "mode", "modes", "custom_agents")
_CREW = ("role", "goal", "backstory")
_ELSEWHERE = ("config_file", "model_instructions_file", "prompt_file", "promptFile", "file")
MAX_AGENTS = 500


def drafts_in(document: Any, kind: str) -> list[Draft] | None:
    """The agents of a parsed document of `kind` (JSON, TOML, YAML); None when it is none of the known layouts.

    An agent without a prompt of its own is left out; an empty list says that all of them are.
    """
    drafts = _several(document, kind)
    if drafts is None and isinstance(document, Mapping):
        drafts = _one(document, kind)
    return drafts[:MAX_AGENTS] if drafts is not None else None


def _several(document: Any, kind: str) -> list[Draft] | None:
    if isinstance(document, list):
        entries = [("", entry) for entry in document if isinstance(entry, Mapping)]
        return _drafts(entries, {}, kind) or None
    if not isinstance(document, Mapping):
        return None
    found: list[Draft] = []
    known = False
    for key in _GROUPS:
        entries = list(_entries(document.get(key)))
        known = known or bool(entries)
        found += _drafts(entries, document, _format(key, document, kind))
    if known:
        return found
    named = [(str(key), value) for key, value in document.items() if isinstance(value, Mapping)]
    if prompt_of(document) or not named:
        return None
    crew = any(set(_CREW) & set(value) for _, value in named)
    return _drafts(named, {}, f"crewAI agents ({kind})" if crew else kind) or None


def _entries(group: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(group, Mapping):
        yield from ((str(name), entry) for name, entry in group.items() if isinstance(entry, Mapping))
    elif isinstance(group, list):
        yield from (("", entry) for entry in group if isinstance(entry, Mapping))


def _format(key: str, document: Mapping[str, Any], kind: str) -> str:
    if key == "customModes":
        return f"Roo modes ({kind})"
    if key in ("agent", "mode") or "opencode" in str(document.get("$schema", "")):
        return f"opencode configuration ({kind})"
    return f"list of agents ({kind})"


def _drafts(entries: list[tuple[str, Mapping[str, Any]]], document: Mapping[str, Any], kind: str) -> list[Draft]:
    drafts = []
    for name, entry in entries:
        if entry.get("disable") is True or entry.get("disabled") is True:
            continue
        body, file = prompt_of(entry), _elsewhere(entry)
        if not body and not file:
            continue
        values = {key: value for key, value in entry.items() if key not in _prompt_keys(entry)}
        for shared in ("model", "permission", "tools"):  # said once for all agents
            if shared in document and shared not in values and isinstance(document[shared], str | list | Mapping):
                values[shared] = document[shared]
        also = _instructions(document)
        drafts.append(Draft(name or _name(entry), body, values, _warnings(entry, body), kind, also, file))
    return drafts


def _one(document: Mapping[str, Any], kind: str) -> list[Draft] | None:
    body, file = prompt_of(document), _elsewhere(document)
    if not body and not file:
        return None
    values = {key: value for key, value in document.items() if key not in _prompt_keys(document)}
    kiro = {"allowedTools", "toolsSettings", "toolAliases", "includeMcpJson", "resources"} & set(document)
    layout = {"developer_instructions": "Codex agent"} if "developer_instructions" in document else {}
    name = "Kiro agent" if kiro or "file://" in body[:10] else next(iter(layout.values()), "agent")
    resources = document.get("resources") if kiro else None
    also = tuple(r for r in resources if isinstance(r, str)) if isinstance(resources, list) else ()
    return [Draft(_name(document), body, values, _warnings(document, body), f"{name} ({kind})", also, file)]


def prompt_of(entry: Mapping[str, Any]) -> str:
    """The prompt that an agent's keys state, empty when none does."""
    if isinstance(entry.get("roleDefinition"), str):  # Roo sends both, in this order
        parts = (entry["roleDefinition"], entry.get("customInstructions"))
        return "\n\n".join(part.strip("\n") for part in parts if isinstance(part, str) and part.strip())
    for key in PROMPTS:
        value = entry.get(key)
        if isinstance(value, Mapping) and len(value) == 1 and list(value.values()) == [None]:
            value = "{" + str(next(iter(value))) + "}"  # YAML reads `{file:./x.md}` as a mapping
        if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
            value = "\n".join(value)
        if isinstance(value, str) and value.strip():
            return value.strip("\n")
    spoken = entry.get("messages")
    if isinstance(spoken, list):
        said = [m.get("content") for m in spoken if isinstance(m, Mapping) and m.get("role") in ("system", "developer")]
        return "\n\n".join(text.strip("\n") for text in said if isinstance(text, str))
    return _crew_prompt(entry)


def _crew_prompt(entry: Mapping[str, Any]) -> str:
    """What crewAI makes of role, goal and backstory (its `role_playing` text)."""
    role, goal, backstory = (" ".join(str(entry.get(key) or "").split("\n")).strip() for key in _CREW)
    if not goal and not backstory:
        return ""
    first = " ".join(part for part in (f"You are {role}." if role else "", backstory) if part)
    return "\n".join(part for part in (first, f"Your personal goal is: {goal}" if goal else "") if part)


def _prompt_keys(entry: Mapping[str, Any]) -> set[str]:
    if isinstance(entry.get("roleDefinition"), str):
        return {"roleDefinition", "customInstructions"}
    return {"messages", *_CREW} | {key for key in PROMPTS if isinstance(entry.get(key), str | list | Mapping)}


def _elsewhere(entry: Mapping[str, Any]) -> str:
    found = (entry.get(key) for key in _ELSEWHERE)
    return next((value.strip() for value in found if isinstance(value, str) and value.strip()), "")


def _instructions(document: Mapping[str, Any]) -> tuple[str, ...]:
    """opencode's `instructions`: files that every agent is sent."""
    listed = document.get("instructions")
    return tuple(item for item in listed if isinstance(item, str)) if isinstance(listed, list) else ()


def _name(entry: Mapping[str, Any]) -> str:
    slug = entry.get("slug")
    if isinstance(slug, str) and slug.strip():  # Roo's `name` is for people, with an emoji
        return slug.strip()
    found = (entry.get(key) for key in _NAMES)
    return next((" ".join(value.split())[:200] for value in found if isinstance(value, str) and value.strip()), "")


def _warnings(entry: Mapping[str, Any], body: str) -> tuple[str, ...]:
    said = []
    if set(_CREW) & set(entry) and "roleDefinition" not in entry:
        words = {word.split("}")[0] for word in body.split("{")[1:] if "}" in word}
        open_words = sorted(word for word in words if word.isidentifier())
        if open_words:
            said.append(f"placeholders: {', '.join(open_words)} are filled in by the program; sent as they are")
    return tuple(said)
