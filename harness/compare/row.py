"""One trial as decisions see it: every fact that compare, gate and report count, without its texts.

`row_of` is the only way from a record to these facts; the store's index keeps its result, column by column. Refuses to
decide: what a fact is worth is said where it is asked (values, union, gate). Texts (evidence, causes) stay in the
record, which is loaded where one is shown.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from harness.model.claim import Claim, Measured, Verdict
from harness.model.score import Blame, Evidence, NotApplicable, Score, ScoreResult, Unmeasured
from harness.model.trial import Failed, Scored, TrialRecord, Void, lost_to, taken
from harness.scorers.absence import Doing, absences
from harness.scorers.judgement import BREAKS_PROBE
from harness.scorers.promises import measured_from

ATTACKS: Final = "attacks"  # the one scorer whose silence on criticals says something; others only repeat what it found
CRITICAL: Final = "confirmed_critical"
# What needs no person: attacks speak for themselves, and code in tests is not run by the service.
LEAST_MS: Final = 1e-6  # less is no time that anything took
SETTLED: Final = ("confirmed", "cannot_run", "in tests")

OutcomeWord = Literal["scored", "failed", "void"]
# A score, or why there is none: the task does not offer it, the submission gives nothing to look at, or it was not
# measured, by the agent's doing or by another's.
Kind = Literal["score", "not_offered", "nothing_to_see", "unmeasured_by_agent", "unmeasured"]
# What became of the critical attacks: all ran, some could not, the submission broke the probe, nothing was measured,
# the task has none.
Fate = Literal["ran", "partly", "broken", "silent", "not_offered"]


@dataclass(frozen=True, slots=True)
class Row:
    """One trial. code: of what failed or voided it, "" of a scored one; lost_to: who is to blame that it enters no
    comparison, "" = it may; unasked: the submission itself is why `accepted` is undetermined.

    kinds, values: what each of `scorers` said, and its score; figures: value, low and high of each of `metrics` that
    promises are held against, one after the other; absent: (metric, whose doing it is that nothing could decide it);
    promises: the trial's own; pace: ln(p95 / the reference's p95).
    """

    outcome: OutcomeWord
    code: str = ""
    lost_to: Blame | Literal[""] = ""
    accepted: Literal["", "yes", "no", "undetermined"] = ""
    unasked: bool = False
    flags: tuple[str, ...] = ()
    scorers: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    values: tuple[float | None, ...] = ()
    metrics: tuple[str, ...] = ()
    figures: tuple[float | None, ...] = ()
    absent: tuple[tuple[str, Doing], ...] = ()
    promises: tuple[tuple[Claim, Verdict], ...] = ()
    pace: float | None = None
    critical: bool = False  # a confirmed one, by its evidence or by a scorer's count
    attacked: Fate = "silent"
    unconfirmed: bool = False  # a critical finding that a person should look at
    hushed: bool = False  # a critical finding that a comment of the submission silences
    taken: tuple[str, ...] = ()  # scorers that infrastructure kept from measuring
    origin: str = ""
    files: int | None = None
    cost_usd: float | None = None


def row_of(record: TrialRecord, again: TrialRecord | None = None) -> Row:
    """The facts of a record; `again`: what the newest re-scoring made of the same trial, which then counts instead."""
    record = newest(record, again)
    outcome, lost, origin = record.outcome, lost_to(record.outcome) or "", record.reply_origin or ""
    promises = tuple((result.claim, result.verdict) for result in record.promises)
    if not isinstance(outcome, Scored):
        row = Row(_word(outcome), outcome.code, lost, promises=promises, origin=origin)
        return replace(row, files=record.files, cost_usd=record.cost_usd)
    scores = [result for result in outcome.scores if isinstance(result, Score)]
    firsts, figures = _firsts(outcome.scores), _figures(record, outcome)
    criticals = [e for result in scores for e in result.evidence if e.severity == "critical"]
    return Row(
        outcome="scored",
        lost_to=lost,
        accepted=outcome.accepted,
        unasked=_kept_from_asking(outcome.scores),
        flags=outcome.flags,
        scorers=tuple(result.scorer for result in firsts),
        kinds=tuple(_kind(result) for result in firsts),
        values=tuple(result.value if isinstance(result, Score) else None for result in firsts),
        metrics=tuple(measured.metric for measured in figures),
        figures=tuple(end for measured in figures for end in (measured.value, measured.low, measured.high)),
        absent=tuple(absences(outcome.scores).items()),
        promises=promises,
        pace=_pace(scores),
        critical=any(e.status == "confirmed" for e in criticals) or _counted(scores, CRITICAL) > 0,
        attacked=_fate(outcome.scores),
        unconfirmed=any(e.status not in SETTLED for e in criticals),
        hushed=any(e.status == "suppressed" for e in criticals),
        taken=tuple(result.scorer for result in taken(outcome)),
        origin=origin,
        files=record.files,
        cost_usd=record.cost_usd,
    )


def newest(record: TrialRecord, again: TrialRecord | None) -> TrialRecord:
    """The record, or what a re-scoring made of it: only of the very delivery that the record is about."""
    if again is None or not isinstance(record.outcome, Scored) or again.submission_digest != record.submission_digest:
        return record
    return again


def criticals_of(record: TrialRecord, status: str) -> list[Evidence]:
    """Evidence of critical severity and that status, for what is shown of it."""
    scores = record.outcome.scores if isinstance(record.outcome, Scored) else ()
    evidence = [e for result in scores if isinstance(result, Score) for e in result.evidence]
    return [e for e in evidence if e.severity == "critical" and e.status == status]


def _word(outcome: Failed | Void) -> OutcomeWord:
    return "failed" if isinstance(outcome, Failed) else "void"


def _firsts(results: Iterable[ScoreResult]) -> tuple[ScoreResult, ...]:
    """Each scorer's first result; there should be no other."""
    found: dict[str, ScoreResult] = {}
    for result in results:
        found.setdefault(result.scorer, result)
    return tuple(found.values())


def _kind(result: ScoreResult) -> Kind:
    match result:
        case Score():
            return "score"
        case NotApplicable(because="task"):
            return "not_offered"
        case NotApplicable():
            return "nothing_to_see"
        case Unmeasured(blame="agent"):
            return "unmeasured_by_agent"
    return "unmeasured"


def _kept_from_asking(results: Iterable[ScoreResult]) -> bool:
    """Whether a submission is why something stays undetermined: a scorer it kept from measuring, or critical attacks
    that could not be tried on it, as they can on the reference."""
    return any(
        (isinstance(result, Unmeasured) and result.blame == "agent")
        or (isinstance(result, Score) and bool(result.metrics.get("critical_untried")))
        for result in results
    )


def _figures(record: TrialRecord, outcome: Scored) -> tuple[Measured, ...]:
    """What the scores say, and over it what only the trial itself could know; none that is open on every side."""
    figures = measured_from(outcome.scores, record.files, None)
    own = {result.claim.metric: result.measured for result in record.promises if result.measured is not None}
    known = {**figures, **own}.values()
    return tuple(m for m in known if (m.value, m.low, m.high) != (None, None, None))


def _pace(scores: Iterable[Score]) -> float | None:
    pairs = [pair for result in scores if (pair := _pair(result.metrics)) is not None]
    return math.log(pairs[-1][0] / pairs[-1][1]) if pairs else None


def _pair(metrics: Mapping[str, Any]) -> tuple[float, float] | None:
    if metrics.get("in_time") is False:  # a verdict against a limit may stand all the same; a ratio does not
        return None
    own, reference = metrics.get("p95_ms"), metrics.get("reference_p95_ms")
    if not isinstance(own, int | float) or not isinstance(reference, int | float) or min(own, reference) < LEAST_MS:
        return None
    return float(own), float(reference)


def _counted(scores: Iterable[Score], name: str) -> int:
    return sum(int(result.metrics[name]) for result in scores if name in result.metrics)


def _fate(results: Iterable[ScoreResult]) -> Fate:
    match next((result for result in results if result.scorer == ATTACKS), None):
        case NotApplicable():
            return "not_offered"
        case Score(flags=flags) if BREAKS_PROBE in flags:
            return "broken"
        case Score(metrics=metrics) if CRITICAL in metrics:
            return "partly" if metrics.get("critical_untried") else "ran"
    return "silent"
