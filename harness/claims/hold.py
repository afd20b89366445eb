"""Claims held against measurements: kept, broken, or not measured and why.

Refuses to decide from a point: a claim is kept when the whole interval satisfies it and broken when none of it does.
Refuses to change `accepted`, to extrapolate beyond the test window, and to read an absent figure as a good one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from harness.claims.conflicts import conflicts, holds
from harness.model.claim import Claim, Measured, PromiseResult, PromiseTally, Verdict


def enforceable(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Claims that a delivery can keep or break: with a number, and neither an example nor a skill.

    Capabilities and behaviours carry no number; `harness agent claims` lists them, nothing here pretends to weigh them.
    """
    return tuple(c for c in claims if c.value is not None and c.modality in ("promise", "limit"))


def hold(
    claims: Sequence[Claim],
    measured: Mapping[str, Measured],
    measures: Collection[str] | None = None,
    examples: Mapping[str, Claim] | None = None,
) -> tuple[PromiseResult, ...]:
    """One result per enforceable claim, in the order of the claims.

    measured: by metric name; measures: metrics that the task can measure at all (None = any); examples: as of
    `own_examples` (None = those among the claims, which are then of one definition).
    """
    examples = own_examples(claims) if examples is None else examples
    return tuple(_one(c, measured.get(c.metric), measures, examples.get(c.id)) for c in enforceable(claims))


def tally_promises(results: Iterable[PromiseResult]) -> PromiseTally:
    """Counts; their sum is n."""
    verdicts = [r.verdict for r in results]
    return PromiseTally(verdicts.count("kept"), verdicts.count("broken"), verdicts.count("not_measured"))


def own_examples(claims: Sequence[Claim]) -> dict[str, Claim]:
    """Normative claim id -> the example that breaks it; `claims` are all those of one definition."""
    by_id = {c.id: c for c in claims}
    found = {}
    for finding in conflicts(claims):
        a, b = (by_id[i] for i in finding.claims)
        if "example" in (a.modality, b.modality):
            normative, example = (b, a) if a.modality == "example" else (a, b)
            found[normative.id] = example
    return found


def _one(
    claim: Claim, measured: Measured | None, measures: Collection[str] | None, example: Claim | None
) -> PromiseResult:
    if measures is not None and claim.metric not in measures:
        return PromiseResult(claim, "not_measured", None, f"this task does not measure {claim.metric}")
    if measured is None:
        return PromiseResult(claim, "not_measured", None, f"no probe measures {claim.metric}")
    if measured.value is None and measured.low is None and measured.high is None:
        return PromiseResult(claim, "not_measured", measured, measured.why_not or "no figure")
    verdict = _verdict(claim.op, claim.value, measured)
    if verdict == "broken" and example is not None and _verdict(claim.op, example.value, measured) != "broken":
        why = f"definition_conflict: beyond {claim.text}, but within its own example ({example.quote})"
        return PromiseResult(claim, "not_measured", measured, why)
    if verdict == "not_measured":
        return PromiseResult(
            claim, verdict, measured, f"inconclusive interval: {figure(measured)} straddles {claim.text}"
        )
    return PromiseResult(claim, verdict, measured, f"measured {figure(measured)}, promised {claim.text}")


def _verdict(op: str, bound: float | None, measured: Measured) -> Verdict:
    assert bound is not None  # enforceable() lets no other claim through
    ends = [_end(measured.low, op, bound, low=True), _end(measured.high, op, bound, low=False)]
    if all(ends):
        return "kept"
    return "broken" if not any(ends) and not _inside(op, bound, measured) else "not_measured"


def _end(value: float | None, op: str, bound: float, low: bool) -> bool:
    """Does one end of the interval satisfy the claim? An open end is as good or as bad as it can be."""
    if value is None:
        return op.startswith("<") if low else op.startswith(">")
    return holds(op, value, bound)


def _inside(op: str, bound: float, measured: Measured) -> bool:
    """`=` can be satisfied inside an interval whose ends both miss it."""
    if op != "=":
        return False
    return (measured.low is None or measured.low < bound) and (measured.high is None or bound < measured.high)


def figure(measured: Measured) -> str:
    """`93.1 [91, 95.2] (of 2500 requests)`; `at least 2`, `at most 9`, `somewhere in [0, 100]` where that is all."""
    return _span(measured) + (f" ({measured.basis})" if measured.basis else "")


def _span(measured: Measured) -> str:
    value, low, high = (None if end is None else f"{end:.6g}" for end in (measured.value, measured.low, measured.high))
    if value == low == high and value is not None:
        return value
    if high is None and value in (low, None):
        return f"at least {low}"
    if low is None and value in (high, None):
        return f"at most {high}"
    interval = f"[{low or '-inf'}, {high or 'inf'}]"
    return f"somewhere in {interval}" if value is None else f"{value} {interval}"
