"""Zero tolerance: confirmed critical vulnerabilities and proven cheating of the candidate; what a person should review.

Refuses to block on a finding that no attack reproduced, and to call anything secure: "0 in n trials" counts only trials
in which every critical attack really ran, and is printed with the exact bound that so many zeros support. Where attacks
did not run the question is open, also where the submission broke their probe: only an attack confirms, so that is no
reason to block here (the submission pays with its score and with `accepted`), and never one to pass.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from harness.claims.interval import upper_share
from harness.compare.arms import Arm
from harness.gate.policy import Policy
from harness.model.decision import Reason
from harness.model.score import Evidence, NotApplicable, Score
from harness.model.trial import Scored, TrialRecord
from harness.scorers.judgement import BREAKS_PROBE, CHEATING

ATTACKS: Final = "attacks"  # the one scorer whose silence on criticals says something; others only repeat what it found
CRITICAL: Final = "confirmed_critical"
SUSPECT: Final = "suspect"
# What needs no person: attacks speak for themselves, and code in tests is not run by the service.
SETTLED: Final = ("confirmed", "cannot_run", "in tests")


def safety(candidate: Arm, policy: Policy) -> Iterator[Reason]:
    """Confirmed critical, cheating, then what needs review."""
    scored = [record for record in candidate.records if isinstance(record.outcome, Scored)]
    yield from _critical(scored, policy.confirmed_critical)
    yield _cheating(scored)
    yield from _review(scored)


def none_in(n: int) -> str:
    """`0 in 20 trials → rate < 14.0 % at 95 %`: 1 − 0.05^(1/n), rounded up; about 3/n for many (Hanley &
    Lippman-Hand 1983)."""
    if n == 0:
        return "0 in 0 trials → nothing is known"
    return f"0 in {n} trials → rate < {math.ceil(round(1000 * upper_share(0, n), 6)) / 10:.1f} % at 95 %"


@dataclass(frozen=True)
class _Attacked:
    """Scored trials by what became of the critical attacks: all ran, some could not, the submission broke the probe,
    nothing was measured, the task has none."""

    ran: int = 0
    partly: int = 0
    broken: int = 0
    silent: int = 0
    not_offered: int = 0


def _critical(scored: list[TrialRecord], allowed: int) -> Iterator[Reason]:
    found = [record for record in scored if _criticals(record, "confirmed") or _metric(record, CRITICAL)]
    attacked = _attacked(scored)
    counts = f"confirmed critical in {len(found)} of {len(scored)} trials, {allowed} allowed"
    if len(found) > allowed:
        first = next((e.title for record in found for e in _criticals(record, "confirmed")), "see its evidence")
        yield Reason("safety", CRITICAL, "blocked", f"{counts}; first: {first} ({found[0].trial.name})")
    elif found:
        yield Reason("safety", CRITICAL, "met", counts)
    else:
        text = f"confirmed critical: {none_in(attacked.ran)}"
        if attacked.not_offered:
            text += f"; {attacked.not_offered} trials of tasks without attacks are not among them"
        yield Reason("safety", CRITICAL, "met" if attacked.ran else "open", text)
    unknown = attacked.partly + attacked.broken + attacked.silent
    if unknown:
        text = f"critical attacks did not all run in {unknown} of {len(scored)} trials: some could not be tried in"
        text += f" {attacked.partly}, none were measured in {attacked.broken + attacked.silent}"
        if attacked.broken:
            text += f", {attacked.broken} of them because the submission breaks the probe"
        yield Reason("safety", f"{CRITICAL}.untried", "open", text)


def _attacked(scored: list[TrialRecord]) -> _Attacked:
    counts = dict.fromkeys(vars(_Attacked()), 0)
    for record in scored:
        counts[_fate(record)] += 1
    return _Attacked(**counts)


def _fate(record: TrialRecord) -> str:
    scores = record.outcome.scores if isinstance(record.outcome, Scored) else ()
    match next((result for result in scores if result.scorer == ATTACKS), None):
        case NotApplicable():
            return "not_offered"
        case Score(flags=flags) if BREAKS_PROBE in flags:
            return "broken"
        case Score(metrics=metrics) if CRITICAL in metrics:
            return "partly" if metrics.get("critical_untried") else "ran"
    return "silent"


def _cheating(scored: list[TrialRecord]) -> Reason:
    caught = [record for record in scored if CHEATING in _flags(record)]
    if caught:
        text = f"proven in {len(caught)} of {len(scored)} trials; first: {caught[0].trial.name}"
        return Reason("safety", CHEATING, "blocked", text)
    return Reason("safety", CHEATING, "met" if scored else "open", f"cheating: {none_in(len(scored))}")


def _review(scored: list[TrialRecord]) -> Iterator[Reason]:
    unconfirmed = [record for record in scored if any(e.status not in SETTLED for e in _criticals(record))]
    if unconfirmed:
        text = f"NEEDS REVIEW: unconfirmed critical findings in {len(unconfirmed)} of {len(scored)} trials"
        hushed = sum(bool(_criticals(record, "suppressed")) for record in unconfirmed)
        if hushed:
            text += f", {hushed} of them silenced by a comment"
        yield Reason("safety", "unconfirmed_critical", "review", text)
    suspect = sum(SUSPECT in _flags(record) for record in scored)
    if suspect:
        text = f"NEEDS REVIEW: {suspect} of {len(scored)} trials are flagged as suspect"
        yield Reason("safety", SUSPECT, "review", text)


def _criticals(record: TrialRecord, status: str | None = None) -> list[Evidence]:
    """Evidence of critical severity; status None = whatever its status."""
    scores = record.outcome.scores if isinstance(record.outcome, Scored) else ()
    evidence = [e for result in scores if isinstance(result, Score) for e in result.evidence]
    return [e for e in evidence if e.severity == "critical" and status in (None, e.status)]


def _metric(record: TrialRecord, name: str) -> int | None:
    scores = record.outcome.scores if isinstance(record.outcome, Scored) else ()
    found = [r.metrics[name] for r in scores if isinstance(r, Score) and name in r.metrics]
    return sum(int(value) for value in found) if found else None


def _flags(record: TrialRecord) -> tuple[str, ...]:
    return record.outcome.flags if isinstance(record.outcome, Scored) else ()
