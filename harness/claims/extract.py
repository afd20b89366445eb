"""From a definition to its claims: `extract(spec)`.

Refuses to judge a delivery, and refuses to promote a skill or an example to a promise.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from harness.claims import lexicon
from harness.claims.absences import absent, versions
from harness.claims.clauses import clauses
from harness.claims.front_matter import from_front_matter
from harness.claims.lines import Line, lines
from harness.claims.numbers import Found, numeric
from harness.claims.passages import Passage, passages
from harness.claims.plain import plain
from harness.claims.samples import EXAMPLE_LEAD, is_sample
from harness.claims.stance import promised
from harness.claims.structure import examples, sections
from harness.model.agent import AgentSpec
from harness.model.claim import Claim, Modality

_CAPABILITIES = [
    (w, re.compile(rf"(?<![\w-])(?:{p})(?![\w-])", re.IGNORECASE)) for w, p in lexicon.CAPABILITIES.items()
]
_BEHAVIOURS = [(w, re.compile(rf"(?<![\w-])(?:{p})(?!\w)", re.IGNORECASE)) for w, p in lexicon.BEHAVIOURS.items()]


def claim_id(metric: str, quote: str) -> str:
    """`p95_ms:1f3a9c`: unchanged by edits elsewhere in the definition."""
    return f"{metric}:{hashlib.sha256(' '.join(quote.split()).encode()).hexdigest()[:6]}"


def _claim(found: Found, passage: Passage, offset: int, clause: str, modality: Modality, part: str) -> Claim:
    quote = passage.raw[offset : offset + len(clause)].strip()
    line, column = passage.place(offset + found.span[0])
    last, end = passage.place(offset + found.span[1])
    return Claim(
        id=claim_id(found.metric, quote),
        quote=quote,
        span=(line.start + column, last.start + end),
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
    return bool(
        lexicon.SKILL_LINE.search(clause)
        or lexicon.SKILL_HAN.search(clause)
        or (not line.is_heading and lexicon.SKILL_HEADING.search(line.path))
    )


def _from_prose(text: str, part: str) -> Iterator[Claim]:
    for passage in passages(lines(text)):
        parts = list(clauses(passage.text))
        for index, (offset, clause) in enumerate(parts):
            sequel = parts[index + 1][1] if index + 1 < len(parts) else ""
            for found, skill in _found(passage, offset, clause):
                modality = _modality(found, passage, offset, clause, sequel)
                if modality is not None:
                    yield _claim(found, passage, offset, clause, "skill" if skill else modality, part)


def _found(passage: Passage, offset: int, clause: str) -> Iterator[tuple[Found, bool]]:
    """Every statement of a clause, and whether it only says what the agent is good at."""
    line = passage.lines[0]
    headings = reversed(line.path.split(" > ")) if not line.is_heading else iter(())
    above = tuple(filter(None, (plain(passage.label), *map(plain, headings))))
    for found in numeric(clause, above, lambda at: plain(passage.column(offset + at))):
        yield found, bool(lexicon.SKILL_LINE.search(clause) and not found.reply and "experience" in clause.lower())
    for found in absent(clause, above):
        yield found, False
    for found, asked in versions(clause):
        yield found, not asked or _is_skill(line, clause)


def _modality(found: Found, passage: Passage, offset: int, clause: str, sequel: str) -> Modality | None:
    """None for a number that is neither promised nor an example of anything."""
    lead = EXAMPLE_LEAD.search(clause)
    span = (offset + found.span[0], offset + found.span[1])
    if is_sample(passage, span, found.reply) or (lead and lead.end() <= found.span[0]):
        return "example"
    headings = passage.lines[0].path.split(" > ")
    growing = found.metric == "load_factor"
    if found.contrary or not promised(clause, found.span, sequel, (*headings, passage.label), growing):
        return None
    return "limit" if found.reply else "promise"


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
    description = EXAMPLE_LEAD.split(spec.description, maxsplit=1)[0]
    return _distinct(
        (
            *(replace(c, id=claim_id(c.metric, c.quote)) for c in from_front_matter(spec.front_matter)),
            *_from_prose(description, "description"),
            *_from_prose(spec.body, "body"),
            *sections(spec.body, claim_id),
            *examples(spec.body, claim_id),
            *_words(spec.body),
        )
    )


def union(claims_a: Sequence[Claim], claims_b: Sequence[Claim]) -> tuple[Claim, ...]:
    """The claims of two versions together, each once: a comparison holds all of them against both."""
    return _distinct((*claims_a, *claims_b))
