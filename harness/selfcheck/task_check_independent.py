"""What independent solutions lose, and the false-fail rate: how often right work loses a point that no rule backs.

Refuses to forgive itself: a point without a verdict, or with one that blames us, counts against the task for as long
as it is lost; and what a solution lost when it was first measured is never rewritten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.model.independent import INTAKE, START, First, Independents, Lost
from harness.model.score import NotApplicable, Score, ScoreResult, Unmeasured
from harness.selfcheck.task_check_drop import findings, full, open_question
from harness.selfcheck.task_check_plan import Row
from harness.selfcheck.task_check_rows import RowFault


@dataclass(frozen=True)
class FalseFail:
    """Solutions that lose a point no stated rule backs, of those measured: now, and when each was measured first."""

    now: int
    of_now: int
    first: int
    of_first: int


NO_SOLUTIONS = FalseFail(0, 0, 0, 0)


def lost_points(result: ScoreResult | None) -> tuple[Lost, ...]:
    """The points of one scorer, by the titles of their evidence and by flags; () when nothing is lost."""
    if isinstance(result, Unmeasured) and result.blame == "agent":
        return (Lost(result.scorer, f"unmeasured: {result.cause}"),)
    if not isinstance(result, Score) or full(result):
        return ()
    titles = [each.title for each in sorted(result.evidence, key=lambda e: -e.points) if each.points > 0]
    titles += [f"flag {flag}" for flag in sorted(findings(result))]
    if not titles and open_question(result):
        return ()
    told = dict.fromkeys(titles or [f"value {result.value:.4f}"])
    return tuple(Lost(result.scorer, title) for title in told)


def lost_of(row: Row, results: Mapping[str, ScoreResult], fault: RowFault | None) -> tuple[Lost, ...]:
    """Everything that one solution lost; what we could not measure is not lost."""
    if fault is not None:
        ours = fault.blame not in ("task", "agent")
        return () if ours else (Lost(INTAKE if row.refusal else START, fault.message.splitlines()[0]),)
    return tuple(lost for result in results.values() for lost in lost_points(result))


def false_fail(known: Independents, now: Mapping[str, Sequence[Lost]]) -> FalseFail:
    """`now`: what each solution that was measured lost."""
    return FalseFail(
        now=sum(bool(known.unbacked(number, tuple(lost))) for number, lost in now.items()),
        of_now=len(now),
        first=sum(bool(known.unbacked(number, each.lost)) for number, each in known.first.items()),
        of_first=len(known.first),
    )


def first_result(
    row: Row, results: Mapping[str, ScoreResult], fault: RowFault | None, accepted: str, when: str
) -> First | None:
    """A solution's result to be kept as its first; None when nothing could be measured by no fault of its own."""
    measured = [name for name, result in results.items() if isinstance(result, Score | NotApplicable)]
    lost = lost_of(row, results, fault)
    if not measured and not lost:
        return None
    return First(row.name, when, "no" if fault is not None else accepted, tuple(measured), lost)
