"""What was understood of a definition, for people and for programs: the text of `agent show` and `agent claims`.

Refuses to print and to judge; terminal escapes are stripped where text is written.
"""

from collections.abc import Sequence
from typing import Any

from harness.claims.conflicts import conflicts, where
from harness.claims.hold import enforceable
from harness.model.agent import AgentSpec
from harness.model.claim import Claim

_ORDER = ("promise", "limit", "example", "skill")


def describe(spec: AgentSpec, claims: Sequence[Claim] | None = None, version: str = "", chat: str = "") -> str:
    """Both verbs' text: the definition as read, then (unless None) its claims with quotes and what contradicts what.

    version: its label in tables, with what it is bound to; chat: where a live model would be asked; where known.
    """
    out = [
        f"{spec.name}  ({spec.source})",
        f"  sha256   {spec.sha256}",
        *([f"  version  {version}"] if version else []),
        f"  model    {spec.model or 'not stated'}",
        *([f"  chat     {chat}"] if chat else []),
        f"  format   {spec.format}" + (f"; also read: {', '.join(spec.files)}" if spec.files else ""),
        f"  tools    {_tools(spec)}",
        f"  replies  {'one JSON object' if spec.replies_json else 'text with files'}"
        + ("; the body is a Jinja template" if spec.template else ""),
        *(f"  warning  {warning}" for warning in spec.warnings),
    ]
    return "\n".join(out if claims is None else [*out, *_claims(claims)]) + "\n"


def _tools(spec: AgentSpec) -> str:
    """`read, grep (and no others)`; `unrestricted, but not shell`; `none`."""
    unknown = f"  (unknown: {', '.join(spec.unknown_tools)})" if spec.unknown_tools else ""
    withheld = f", but not {', '.join(spec.denied_tools)}" if spec.denied_tools else ""
    match spec.tool_rule:
        case "none":
            said = "none: it says that it may use none"
        case "listed":
            said = f"{', '.join(spec.tools) or 'none known'} and no others"
        case _:
            named = f" (named: {', '.join(spec.tools)})" if spec.tools else ""
            said = f"unrestricted{withheld}{named}"
    return said + unknown


def _claims(claims: Sequence[Claim]) -> list[str]:
    stated = f"{len(enforceable(claims))} state a number that a delivery can keep or break"
    out = ["", f"claims: {len(claims)}; {stated}; a task measures those that its `measures` lists"]
    for modality in _ORDER:
        group = [c for c in claims if c.modality == modality]
        if group:
            out += ["", f"{modality} ({len(group)})", *(line for claim in group for line in _lines(claim))]
    findings = conflicts(claims)
    if findings:
        out += ["", *(f"{finding.code}: {finding.message}" for finding in findings)]
    return out


def _lines(claim: Claim) -> list[str]:
    place = where(claim).rpartition(",")[0] + (", by hand" if claim.source == "manual" else "")
    note = f"  [{claim.note}]" if claim.note else ""
    return [f"  {_text(claim)}{note}", f"      {claim.id}  {place}: {_short(claim.quote)!r}"]


def _text(claim: Claim) -> str:
    """`p95_ms < 100 ms`; a version as it is written: 3.9 is kept as 3.09, so that it comes before 3.10."""
    if claim.value is None or not claim.unit:
        return claim.text
    if not claim.metric.startswith("version."):
        return f"{claim.text} {claim.unit}"
    major, minor = divmod(round(claim.value * 100), 100)
    return f"{claim.metric} {claim.op} {major}" + (f".{minor}" if minor else "")


def _short(quote: str, limit: int = 160) -> str:
    return quote if len(quote) <= limit else quote[: limit - 1] + "…"


def as_json(spec: AgentSpec, claims: Sequence[Claim]) -> dict[str, Any]:
    """The same as plain data, for `--json`."""
    return {
        "schema": 1,
        "name": spec.name,
        "source": spec.source,
        "sha256": spec.sha256,
        "model": spec.model,
        "format": spec.format,
        "files": list(spec.files),
        "tool_rule": spec.tool_rule,
        "tools": list(spec.tools),
        "denied_tools": list(spec.denied_tools),
        "unknown_tools": list(spec.unknown_tools),
        "replies_json": spec.replies_json,
        "template": spec.template,
        "warnings": list(spec.warnings),
        "claims": [{**vars(claim), "span": list(claim.span)} for claim in claims],
        "held": [claim.id for claim in enforceable(claims)],
        "findings": [{**vars(finding), "claims": list(finding.claims)} for finding in conflicts(claims)],
    }
