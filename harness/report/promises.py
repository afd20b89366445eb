"""Sections about the agent versions themselves: which definition each label stands for, and its promises, kept or not.

Refuses to let a promise touch a score: promises are an endpoint of their own.
"""

import numpy as np
from numpy.typing import NDArray

from harness.compare.arms import Arm
from harness.compare.table import VERDICTS, Codes
from harness.report.aggregate import versions_of
from harness.report.parts import Bundle, Section, Table


def versions_section(bundle: Bundle) -> Section:
    """What each label of this report stands for."""
    rows = []
    for label in versions_of(bundle):
        agent = bundle.lock.agents.get(label, {})
        model = str(agent.get("model") or "–")
        rows.append((label, str(agent.get("source", "–")), str(agent.get("adapter", "–")), model))
    headers = ("agent version", "definition", "adapter", "model")
    return Section("versions", "Agent versions", (), (Table("What each version is", headers, tuple(rows)),))


def promises_section(bundle: Bundle) -> Section | None:
    """Promised against measured, per version and claim, over all scored trials; None when nothing is promised."""
    rows = [row for side in bundle.sides.values() for row in _rows(side)]
    if not rows:
        return None
    text = (
        "What each definition promises, held against what was measured: kept when the whole interval satisfies it,"
        " broken when none of it does. A broken promise never changes whether a delivery is accepted."
    )
    headers = ("agent version", "promised", "kept", "broken", "not measured", "of n", "first of what was found")
    return Section(
        "promises", "Promises", (text,), (Table("Promised and delivered", headers, tuple(rows), (2, 3, 4, 5)),)
    )


def _rows(side: Arm) -> list[tuple[str, ...]]:
    alike: dict[str, list[tuple[NDArray[np.int32], Codes]]] = {}
    for claim, places, verdicts in side.table.promises:
        alike.setdefault(claim.text, []).append((places, verdicts))
    rows = []
    for text, found in alike.items():
        count = {word: sum(int((said == code).sum()) for _, said in found) for code, word in enumerate(VERDICTS)}
        # The worst finding explains most: a broken one before one that was not measured before a kept one.
        word = next(word for word in ("broken", "not_measured", "kept") if count[word])
        code = VERDICTS.index(word)
        first = min(int(places[said == code][0]) for places, said in found if (said == code).any())
        counts = (count["kept"], count["broken"], count["not_measured"], sum(count.values()))
        rows.append((side.label, text, *(str(number) for number in counts), _told(side, first, text, word)))
    return rows


def _told(side: Arm, place: int, text: str, word: str) -> str:
    """What the record says of a promise of that text and verdict."""
    record = side.load(side.trials[place])
    said = [p for p in (record.promises if record else ()) if (p.claim.text, p.verdict) == (text, word)]
    return f"{word.replace('_', ' ')}: {said[0].why} (“{said[0].claim.quote.strip('- ')}”)" if said else ""
