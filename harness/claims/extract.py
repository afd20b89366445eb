"""From a definition to its claims: `extract(spec)`, and what contradicts what inside it: `conflicts(claims)`.

Refuses to judge a delivery, and refuses to promote a skill or an example to a promise.
"""

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from harness.claims import lexicon
from harness.claims.clauses import clauses, paragraphs, sentence_at
from harness.claims.lines import Line, lines
from harness.claims.numbers import Found, numeric, versions, zeroes
from harness.claims.stance import promised
from harness.claims.structure import examples, sections
from harness.model.agent import AgentSpec
from harness.model.claim import Claim, DefinitionFinding, Modality

_FRONT_MATTER = {
    "max_runtime_minutes": ("wall_time_min", "min", 1.0),
    "max_runtime_seconds": ("wall_time_min", "min", 1 / 60),
    "max_tool_calls": ("tool_calls", "calls", 1.0),
    "max_files": ("files", "files", 1.0),
    "max_iterations": ("iterations", "iterations", 1.0),
    "max_turns": ("turns", "turns", 1.0),
    "max_tokens": ("tokens", "tokens", 1.0),
}
_CAPABILITIES = [
    (w, re.compile(rf"(?<![\w-])(?:{p})(?![\w-])", re.IGNORECASE)) for w, p in lexicon.CAPABILITIES.items()
]
_BEHAVIOURS = [(w, re.compile(rf"(?<![\w-])(?:{p})(?!\w)", re.IGNORECASE)) for w, p in lexicon.BEHAVIOURS.items()]


def claim_id(metric: str, quote: str) -> str:
    """`p95_ms:1f3a9c`: unchanged by edits elsewhere in the definition."""
    return f"{metric}:{hashlib.sha256(' '.join(quote.split()).encode()).hexdigest()[:6]}"


def _claim(found: Found, line: Line, offset: int, clause: str, modality: Modality, part: str = "body") -> Claim:
    quote = clause.strip()
    start = line.start + offset + found.span[0]
    return Claim(
        id=claim_id(found.metric, quote),
        quote=quote,
        span=(start, start + found.span[1] - found.span[0]),
        line=line.number,
        metric=found.metric,
        op=found.op,
        value=found.value,
        unit=found.unit,
        modality=modality,
        part="description" if part == "description" else "body",
        note=found.note,
    )


def _is_skill(line: Line, clause: str) -> bool:
    return bool(lexicon.SKILL_LINE.search(clause) or (not line.is_heading and lexicon.SKILL_HEADING.search(line.path)))


def _from_prose(text: str, part: str) -> Iterator[Claim]:
    for block in paragraphs(lines(text)):
        for line in block:
            for offset, clause in clauses(line.text):
                for found in (*numeric(clause), *zeroes(clause), *versions(clause)):
                    modality = _modality(found, block, line, offset, clause)
                    if modality is not None:
                        yield _claim(found, line, offset, clause, modality, part)


def _modality(found: Found, block: list[Line], line: Line, offset: int, clause: str) -> Modality | None:
    """None for a number that is neither promised nor an example of anything."""
    lead = lexicon.EXAMPLE_LEAD.search(clause)
    headings = line.path.split(" > ")
    if line.example or (lead and lead.end() <= found.span[0]) or any(map(lexicon.EXAMPLE_HEADING.search, headings)):
        return "example"
    if found.metric.startswith("version.") and _is_skill(line, clause):
        return "skill"
    sentence, start, sequel = sentence_at(block, line, offset + found.span[0])
    span = (start, start + found.span[1] - found.span[0])
    if found.contrary or not promised(sentence, span, sequel, headings, found.metric == "load_factor"):
        return None
    return "limit" if found.reply else "promise"


def _from_front_matter(front: Mapping[str, object]) -> Iterator[Claim]:
    """`max_*` keys are limits; `*_frequency` is kept as stated, since nobody says what it means."""
    for key, value in front.items():
        number = _number(value)  # a leniently read front matter holds text only
        if number is None or not (key.startswith("max_") or key.endswith("_frequency")):
            continue
        metric, unit, factor = _FRONT_MATTER.get(key, (key.removeprefix("max_"), "", 1.0))
        yield Claim(
            id=claim_id(metric, f"{key}: {value}"),
            quote=f"{key}: {value}",
            span=(0, 0),
            line=0,
            metric=metric,
            op="<=" if key.startswith("max_") else "=",
            value=number * factor,
            unit=unit,
            modality="limit",
            part="front_matter",
        )


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _words(text: str) -> Iterator[Claim]:
    """Capabilities and behaviours: one claim per word of the lexicon, a promise preferred to a skill."""
    best: dict[str, Claim] = {}
    for line in lines(text):
        if line.fence is not None:
            continue
        for offset, clause in clauses(line.text):
            for kind, table in (("capability", _CAPABILITIES), ("behaviour", _BEHAVIOURS)):
                for word, pattern in table:
                    match = pattern.search(clause)
                    name = f"{kind}.{word}"
                    if match is None or (name in best and best[name].modality == "promise"):
                        continue
                    skill = kind == "capability" and _is_skill(line, clause)
                    if name in best and skill:
                        continue
                    start = line.start + offset + match.start()
                    best[name] = Claim(
                        id=claim_id(name, clause),
                        quote=clause.strip(),
                        span=(start, start + len(match[0])),
                        line=line.number,
                        metric=name,
                        op="present",
                        value=None,
                        unit="",
                        modality="skill" if skill else "promise",
                    )
    yield from best.values()


def _distinct(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """One claim per (metric, op, value, modality), the first; ids made unique."""
    seen: set[tuple[object, ...]] = set()
    ids: set[str] = set()
    kept: list[Claim] = []
    for claim in claims:
        key = (claim.metric, claim.op, claim.value, claim.modality)
        if key in seen:
            continue
        seen.add(key)
        if claim.id in ids:  # two numbers of one metric in one sentence
            claim = replace(claim, id=f"{claim.id}-{len(ids)}")
        ids.add(claim.id)
        kept.append(claim)
    return tuple(kept)


def extract(spec: AgentSpec) -> tuple[Claim, ...]:
    """Every claim of a definition: numbers first (front matter, description, body), then words."""
    description = lexicon.EXAMPLE_LEAD.split(spec.description, maxsplit=1)[0]
    return _distinct(
        (
            *_from_front_matter(spec.front_matter),
            *_from_prose(description, "description"),
            *_from_prose(spec.body, "body"),
            *sections(spec.body, claim_id),
            *examples(spec.body, claim_id),
            *_words(spec.body),
        )
    )


def holds(op: str, value: float, bound: float) -> bool:
    """Does `value` satisfy `op bound`?"""
    match op:
        case "<":
            return value < bound
        case "<=":
            return value <= bound
        case ">":
            return value > bound
        case ">=":
            return value >= bound
        case "=":
            return value == bound
    raise ValueError(f"operator must be one of < <= > >= =, got {op!r}")


def _contradict(a: Claim, b: Claim) -> bool:
    """True when no single value satisfies both."""
    if a.value is None or b.value is None:
        return False
    if a.op == "=":
        return not holds(b.op, a.value, b.value)
    if b.op == "=":
        return not holds(a.op, b.value, a.value)
    if a.op[0] == b.op[0]:
        return False
    low, high = (a, b) if a.op[0] == ">" else (b, a)
    low_value, high_value = (a.value, b.value) if low is a else (b.value, a.value)
    touching = low.op == ">=" and high.op == "<="
    return low_value > high_value or (low_value == high_value and not touching)


def conflicts(claims: Sequence[Claim]) -> tuple[DefinitionFinding, ...]:
    """`definition_conflict` for every pair on one metric that cannot both hold; normative text beats an example.

    Only an example that shows a delivery ("files_count": 15) can contradict; a bound shown as an example is talk.
    """
    found = []
    held = [c for c in claims if c.modality in ("promise", "limit") or (c.modality == "example" and c.op == "=")]
    for index, a in enumerate(held):
        for b in held[index + 1 :]:
            both_examples = a.modality == "example" and b.modality == "example"
            if a.metric != b.metric or both_examples or not _contradict(a, b):
                continue
            message = f"{a.metric}: {a.quote!r} ({where(a)}) contradicts {b.quote!r} ({where(b)})"
            found.append(DefinitionFinding("definition_conflict", message, (a.id, b.id)))
    return tuple(found)


def where(claim: Claim) -> str:
    """`front matter` or `body line 12`, with `example` said."""
    place = "front matter" if claim.part == "front_matter" else f"{claim.part} line {claim.line}"
    return f"{place}, {claim.modality}"


def union(claims_a: Sequence[Claim], claims_b: Sequence[Claim]) -> tuple[Claim, ...]:
    """The claims of two versions together, each once: a comparison holds all of them against both."""
    return _distinct((*claims_a, *claims_b))
