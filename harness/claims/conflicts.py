"""What contradicts what inside a definition: pairs of claims that no value satisfies.

Refuses to take talk for a contradiction: only an example that shows a delivery can be one.
"""

from collections.abc import Sequence

from harness.model.claim import Claim, DefinitionFinding


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
