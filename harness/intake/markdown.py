"""Grammars 3 to 5: files in prose, as tagged text or as fenced blocks with paths.

    3  <FILEPATH>app/main.py</FILEPATH> <CODE>…</CODE>      or      <file path="app/main.py">…</file>
    4  fences whose path is in the info string, a label line, a first-line comment or the sentence before
    5  one single block without a path, when the caller names the task's main file

Refuses to follow a path that is only read off the prose when it is unsafe: such a block stays an example. A path stated
in an info string is the agent's word, and goes on to be vetted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.intake.assemble import ClaimedFile
from harness.intake.fences import Fence, scan_fences, split_lines
from harness.intake.labels import INFO, Claim, claim_of
from harness.intake.paths import vet_path
from harness.model.submission import Refusal

_EXAMPLES = frozenset(("bash", "sh", "shell", "console", "http", "text", "json", "mermaid", "diff", "output"))


@dataclass(frozen=True)
class Found:
    """Files one grammar saw, in order, with flags and notes for the submission."""

    files: list[ClaimedFile]
    flags: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def files_in_fences(text: str, main_file: str | None) -> Found:
    """Grammar 4, then 5. Flags: `truncated` (the last fence never closes), `path_assumed` (grammar 5)."""
    lines = split_lines(text)
    fences = list(scan_fences(lines))
    claimed: list[tuple[Fence, Claim]] = []
    loose: list[Fence] = []
    notes: list[str] = []
    previous_end = -1
    for fence in fences:
        claim = claim_of(fence, lines[max(previous_end + 1, fence.start - 12) : fence.start])
        previous_end = fence.end
        if claim is not None and claim.strength != INFO and isinstance(vet_path(claim.path), Refusal):
            notes.append(f"line {fence.start + 1}: {claim.path[:80]!a} cannot be a file here; kept as an example")
            claim = None
        if claim is None:
            loose.append(fence)
        else:
            claimed.append((fence, claim))
    kept = _strongest(claimed, notes)
    flags = []
    if not kept and main_file:
        code = [fence for fence in loose if fence.language not in _EXAMPLES]
        if len(code) == 1:
            kept, loose = [(code[0], Claim(main_file, INFO))], [f for f in loose if f is not code[0]]
            flags.append("path_assumed")
    if any(not fence.closed for fence, _ in kept):
        flags.append("truncated")
        notes.append("the last fence is never closed; its file is kept as far as it goes")
    if loose and kept:
        notes.append(f"{len(loose)} code block(s) without a path were read as examples")
    return Found([ClaimedFile(claim.path, fence.content) for fence, claim in kept], flags, notes)


def fenced_json(text: str) -> tuple[list[Fence], bool]:
    """Fences that may hold the reply as JSON, and whether any other fence states a path (then they are examples)."""
    fences = list(scan_fences(split_lines(text)))
    candidates = [
        fence
        for fence in fences
        if fence.language in ("json", "json5", "jsonc", "") and fence.content.lstrip()[:1] in "{["
    ]
    return candidates, any(claim_of(fence, ()) is not None for fence in fences)


def _strongest(claimed: Sequence[tuple[Fence, Claim]], notes: list[str]) -> list[tuple[Fence, Claim]]:
    """Drop weak claims to a path that another block claims more strongly: excerpts quoted in the prose."""
    best: dict[str, int] = {}
    for _, claim in claimed:
        key = _key(claim)
        best[key] = min(best.get(key, claim.strength), claim.strength)
    kept = []
    for fence, claim in claimed:
        if claim.strength == best[_key(claim)]:
            kept.append((fence, claim))
        else:
            notes.append(f"line {fence.start + 1}: an excerpt of {claim.path[:80]!a} was left out")
    return kept


def _key(claim: Claim) -> str:
    vetted = vet_path(claim.path)
    return claim.path if isinstance(vetted, Refusal) else vetted
