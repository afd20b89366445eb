"""Reads that take longer the more records there are, beside a reference whose reads do not: told, charged to nobody.

Whoever reads everything for each request may keep the limits that a task states; a reader of the report should know
all the same. Refuses to tell it without the reference (what grows there grows by the nature of the thing), and is not
asked on a host that is busy elsewhere.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.model.score import Evidence

LEAST_MS, LEAST_SHARE = 1.0, 1 / 3  # more than both, else it is noise
BEYOND = 3.0  # times what the reference's read grew by, and
BESIDE_MS = 0.5  # this much more


def growing(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(operation, sentence) by the facts of the probe `load`."""
    seen, usually = (facts.get("growth") or {} for facts in (mine, theirs))
    few, whole = seen.get("records") or (0, 0)
    for name, (first, last) in (seen.get("reads") or {}).items():
        beside = (usually.get("reads") or {}).get(name)
        if beside is None:
            continue
        gain, usual = last - first, max(0.0, beside[1] - beside[0])
        if gain > max(LEAST_MS, LEAST_SHARE * first) and gain > BEYOND * usual + BESIDE_MS:
            reference = f"the reference beside it {beside[0]:.1f} and {beside[1]:.1f} ms"
            yield name, f"{name}: {first:.1f} ms with {few} records, {last:.1f} ms with {whole}; {reference}"


def told(found: list[tuple[str, str]]) -> tuple[Evidence, ...]:
    """One entry for all of them, which costs nothing."""
    if not found:
        return ()
    names = ", ".join(name for name, _ in found)
    title = f"reads take longer the more records there are: {names}"
    return (Evidence("latency", title, "\n".join(line for _, line in found), status="note"),)
