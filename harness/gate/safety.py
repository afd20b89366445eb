"""Zero tolerance: confirmed critical vulnerabilities and proven cheating of the candidate; what a person should review.

Refuses to block on a finding that no attack reproduced, and to call anything secure: zero findings are printed with the
bound that this many trials support (rule of three: rate < 3/n at 95 %, Hanley & Lippman-Hand 1983).
"""

from collections.abc import Iterator

from harness.compare.arms import Arm
from harness.gate.policy import Policy
from harness.model.decision import Reason
from harness.model.score import Evidence, Score, Unmeasured
from harness.model.trial import Scored, TrialRecord
from harness.scorers.judgement import CHEATING

SUSPECT = "suspect"


def safety(candidate: Arm, policy: Policy) -> Iterator[Reason]:
    """Confirmed critical, cheating, then what needs review."""
    scored = [record for record in candidate.records if isinstance(record.outcome, Scored)]
    yield from _critical(scored, policy.confirmed_critical)
    yield _cheating(scored)
    yield from _review(scored)


def none_in(n: int) -> str:
    """`0 in 20 trials → rate < 3/n = 15.0 % at 95 %`."""
    if n == 0:
        return "0 in 0 trials → nothing is known"
    return f"0 in {n} trials → rate < 3/n = {100 * min(1.0, 3 / n):.1f} % at 95 %"


def _critical(scored: list[TrialRecord], allowed: int) -> Iterator[Reason]:
    rule = "confirmed_critical"
    found = [record for record in scored if _criticals(record, "confirmed") or _metric(record, rule)]
    tried = [record for record in scored if _metric(record, rule) is not None]
    if len(found) > allowed:
        first = next((e.title for record in found for e in _criticals(record, "confirmed")), "see its evidence")
        text = f"confirmed critical in {len(found)} of {len(scored)} trials, {allowed} allowed"
        yield Reason("safety", rule, "blocked", f"{text}; first: {first} ({found[0].trial.name})")
    elif not found:
        yield Reason("safety", rule, "met" if tried else "open", f"confirmed critical: {none_in(len(tried))}")
    else:
        yield Reason(
            "safety", rule, "met", f"confirmed critical in {len(found)} of {len(tried)} trials, {allowed} allowed"
        )
    untried = sum(bool(_metric(record, "critical_untried")) for record in scored)
    silent = _silent(scored, rule)
    if untried or silent:
        text = f"critical attacks: some could not be tried in {untried} trials, none were measured in {silent}"
        yield Reason("safety", f"{rule}.untried", "open", f"{text} of {len(scored)}")


def _silent(scored: list[TrialRecord], metric: str) -> int:
    """Trials in which a scorer that elsewhere says how many are confirmed was not measured."""
    results = [r for record in scored if isinstance(record.outcome, Scored) for r in record.outcome.scores]
    speakers = {r.scorer for r in results if isinstance(r, Score) and metric in r.metrics}
    return sum(isinstance(r, Unmeasured) and r.scorer in speakers for r in results)


def _cheating(scored: list[TrialRecord]) -> Reason:
    caught = [record for record in scored if CHEATING in _flags(record)]
    if caught:
        text = f"proven in {len(caught)} of {len(scored)} trials; first: {caught[0].trial.name}"
        return Reason("safety", CHEATING, "blocked", text)
    return Reason("safety", CHEATING, "met", f"cheating: {none_in(len(scored))}")


def _review(scored: list[TrialRecord]) -> Iterator[Reason]:
    unconfirmed = sum(bool(_criticals(record, "unconfirmed")) for record in scored)
    if unconfirmed:
        text = f"NEEDS REVIEW: unconfirmed critical findings in {unconfirmed} of {len(scored)} trials"
        yield Reason("safety", "unconfirmed_critical", "review", text)
    suspect = sum(SUSPECT in _flags(record) for record in scored)
    if suspect:
        text = f"NEEDS REVIEW: {suspect} of {len(scored)} trials are flagged as suspect"
        yield Reason("safety", SUSPECT, "review", text)


def _criticals(record: TrialRecord, status: str) -> list[Evidence]:
    scores = record.outcome.scores if isinstance(record.outcome, Scored) else ()
    evidence = [e for result in scores if isinstance(result, Score) for e in result.evidence]
    return [e for e in evidence if e.severity == "critical" and e.status == status]


def _metric(record: TrialRecord, name: str) -> int | None:
    scores = record.outcome.scores if isinstance(record.outcome, Scored) else ()
    found = [r.metrics[name] for r in scores if isinstance(r, Score) and name in r.metrics]
    return sum(int(value) for value in found) if found else None


def _flags(record: TrialRecord) -> tuple[str, ...]:
    return record.outcome.flags if isinstance(record.outcome, Scored) else ()
