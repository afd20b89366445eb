"""From prompt to submission: the values that travel between the agent and the workspace."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from harness.model.jsontypes import JsonObject


@dataclass(frozen=True)
class Prompt:
    """What is sent to an agent: `system` is the definition's body, `user` the task with the delivery suffix."""

    system: str
    user: str
    digest: str  # sha256 over both, hex
    warnings: tuple[str, ...] = ()  # e.g. relative links of a template that cannot be resolved


@dataclass(frozen=True)
class Usage:
    """Tokens as the provider counted them."""

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class Reply:
    """What came back from an agent, stored before it is used. `origin`: authored | recorded | live."""

    text: str
    finish_reason: str  # stop | length | ...; as the provider said
    origin: str
    model: str | None = None
    usage: Usage | None = None
    cost_usd: float | None = None  # None = unknown price, never 0
    wall_s: float | None = None
    tries: tuple[JsonObject, ...] = ()  # every try, failed ones included


Fate = Literal["file", "truncated", "replaced", "repeated", "applied", "deleted", "diff", "example", "left_out"]


@dataclass(frozen=True)
class Block:
    """One block of a reply and what became of it: nothing that an agent sent disappears without a line here.

    where: the reply's lines, or the JSON Pointer of a value. what: how the reply introduces it. path: "" = none known.
    fate: truncated = a block that never closes; replaced = a later version counts; repeated = the same content again.
    """

    where: str
    what: str
    path: str
    fate: Fate
    why: str = ""


@dataclass(frozen=True)
class SubmittedFile:
    """One file, path POSIX and relative, already vetted by intake."""

    path: str
    content: bytes
    executable: bool = False


@dataclass(frozen=True)
class Submission:
    """The agent's delivery as files. `flags` are documented words (e.g. `truncated`), `notes` sentences."""

    files: tuple[SubmittedFile, ...]
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()  # every block of the reply, in its order

    @property
    def digest(self) -> str:
        """sha256 over sorted paths, executable bits and contents, hex."""
        h = hashlib.sha256()
        for f in sorted(self.files, key=lambda f: f.path):
            h.update(f"{f.path}\0{'x' if f.executable else ''}{len(f.content)}\0".encode())
            h.update(f.content)
        return h.hexdigest()

    def as_mapping(self) -> dict[str, bytes]:
        """path -> content."""
        return {f.path: f.content for f in self.files}


@dataclass(frozen=True)
class NeedsFollowUp:
    """Intake understood the reply but lacks file paths; `message` is the one follow-up turn to send."""

    message: str
    reason: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """The reply cannot become a submission: `code` (as in fixtures/hostile/replies/index.toml), one sentence,
    the limit if any."""

    code: str
    message: str
    blocks: tuple[Block, ...] = ()
