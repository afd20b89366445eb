"""What an agent is: its definition as understood, and one version of it in a suite.

Refuses to decide how a definition is read (config/) or how a reply is obtained (agents/).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal

from harness.model.claim import Claim


@dataclass(frozen=True)
class AgentSpec:
    """One definition, as understood.

    `body` is the system prompt; `warnings` says what was read leniently. `sha256` is the digest of the file's bytes;
    where other files are part of it (imports, a folder) or the file holds several agents, of all that and the name.
    """

    name: str
    description: str
    body: str
    sha256: str
    source: str  # path as the user gave it, with #NAME where it said one; for messages
    model: str | None = None
    tools: tuple[str, ...] = ()  # canonical names: read write edit shell glob grep web todo memory delegate
    unknown_tools: tuple[str, ...] = ()
    tool_rule: Literal["unrestricted", "listed", "none"] = "unrestricted"  # listed: `tools` and no others
    denied_tools: tuple[str, ...] = ()  # canonical names that it withholds by name
    format: str = "Markdown"  # in words: "opencode.json", "Codex agent (TOML)", ...
    files: tuple[str, ...] = ()  # what else was read into the body, relative to the definition's folder
    # What stands beside the prompt, parsed: front matter, or an agent's other keys in JSON, TOML or YAML; also nested.
    front_matter: Mapping[str, object] = field(default_factory=dict)
    template: bool = False  # body holds Jinja expressions to be rendered with the task's `schema`
    replies_json: bool = False  # the body asks for one JSON object as the reply (seed 002's dialect)
    warnings: tuple[str, ...] = ()
    text: str = ""  # the whole file, as read; kept with a run so that two versions can be shown side by side

    @property
    def stem(self) -> str:
        """The definition's file name without its ending, with `#NAME` where one of several agents was chosen."""
        file, mark, chosen = self.source.partition("#")
        return f"{PurePath(file).stem}{mark}{chosen}"


@dataclass(frozen=True)
class AgentVersion:
    """A definition bound to the way it is run. `digest` covers definition, adapter, model, parameters and mode."""

    spec: AgentSpec
    adapter: str  # entry-point name in harness.agents: replay, chat, ...
    digest: str  # 64 hex characters
    model: str | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)  # what the adapter needs, resolved
    claims: tuple[Claim, ...] = ()  # what the definition promises, with corrections made by hand

    @property
    def label(self) -> str:
        """`name@8hex`, the form used in folder names and tables; safe in file names."""
        safe = "".join(c if c.isalnum() or c in "-_." else "-" for c in self.spec.name)[:60].lstrip(".-") or "agent"
        return f"{safe}@{self.digest[:8]}"
