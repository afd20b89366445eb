"""Sections about the agent versions themselves: which definition each label stands for, and its promises, kept or not.

Refuses to let a promise touch a score: promises are an endpoint of their own.
"""

from collections import Counter
from collections.abc import Iterable

from harness.model.claim import PromiseResult
from harness.model.trial import TrialRecord
from harness.report.aggregate import versions_of
from harness.report.parts import Bundle, Section, Table


def versions_section(bundle: Bundle) -> Section:
    """What each label of this report stands for."""
    rows = []
    for label in versions_of(bundle.lock):
        agent = bundle.lock.agents.get(label, {})
        model = str(agent.get("model") or "–")
        rows.append((label, str(agent.get("source", "–")), str(agent.get("adapter", "–")), model))
    headers = ("agent version", "definition", "adapter", "model")
    return Section("versions", "Agent versions", (), (Table("What each version is", headers, tuple(rows)),))


def promises_section(bundle: Bundle) -> Section | None:
    """Promised against measured, per version and claim, over all scored trials; None when nothing is promised."""
    rows = [row for label in versions_of(bundle.lock) for row in _rows(label, _of_version(bundle.records, label))]
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


def _of_version(records: Iterable[TrialRecord], label: str) -> list[PromiseResult]:
    return [promise for record in records if record.trial.agent_label == label for promise in record.promises]


def _rows(label: str, results: list[PromiseResult]) -> list[tuple[str, ...]]:
    rows = []
    for claim in dict.fromkeys(result.claim.text for result in results):
        mine = [result for result in results if result.claim.text == claim]
        count = Counter(result.verdict for result in mine)
        # The worst finding explains most: a broken one before one that was not measured before a kept one.
        telling = min(mine, key=lambda result: ("broken", "not_measured", "kept").index(result.verdict))
        quote = f"{telling.verdict.replace('_', ' ')}: {telling.why} (“{telling.claim.quote.strip('- ')}”)"
        counts = (count["kept"], count["broken"], count["not_measured"], len(mine))
        rows.append((label, claim, *(str(number) for number in counts), quote))
    return rows
