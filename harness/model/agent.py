"""What an agent is: its definition as understood, and one version of it in a suite.

Refuses to decide how a definition is read (config/) or how a reply is obtained (agents/).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.model.claim import Claim


@dataclass(frozen=True)
class AgentSpec:
    """One definition file, as understood.

    `body` is the system prompt; `sha256` is the digest of the file's bytes; `warnings` says what was read leniently.
    """

    name: str
    description: str
    body: str
    sha256: str
    source: str  # path as the user gave it, for messages only
    model: str | None = None
    tools: tuple[str, ...] = ()  # canonical names: read write edit shell glob grep web todo memory delegate
    unknown_tools: tuple[str, ...] = ()
    front_matter: Mapping[str, object] = field(default_factory=dict)
    template: bool = False  # body holds Jinja expressions to be rendered with the task's `schema`
    replies_json: bool = False  # the body asks for one JSON object as the reply (seed 002's dialect)
    warnings: tuple[str, ...] = ()
    text: str = ""  # the whole file, as read; kept with a run so that two versions can be shown side by side


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
