"""What a task check found: a mark per cell, the problems, and how sensitive and specific the scorers were.

Refuses to forgive: only late mutants, which are shown as they fell, may be missed; what could not be measured is a
failure of ours, never a pass.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.claims.interval import wilson
from harness.model.independent import First, Independents, Lost
from harness.model.score import NotApplicable, Score, ScoreResult, Unmeasured
from harness.selfcheck.task_check_drop import STUB_ACCEPTANCE, dropped, full, open_question, what_changed
from harness.selfcheck.task_check_independent import (
    NO_SOLUTIONS,
    FalseFail,
    false_fail,
    first_result,
    lost_of,
    lost_points,
)
from harness.selfcheck.task_check_plan import NONE, Row
from harness.selfcheck.task_check_rows import RowFault

Mark = Literal["full", "caught", "unaffected", "allowed", "missed", "unexpected", "unmeasured", "worthless", "none"]
Kind = Literal["task", "ours", "late"]
EVIDENCE_SHOWN = 3
EXIT: Mapping[Kind, int] = {"task": 1, "ours": 4, "late": 0}


@dataclass(frozen=True)
class RowResult:
    """A measured row. `results` by scorer; `accepted` is judged for stubs and the reference; fault = not measured.

    twice: probes measured a second time; recalled: probes whose measurement an earlier check of the same bytes made.
    """

    row: Row
    results: Mapping[str, ScoreResult]
    accepted: str
    fault: RowFault | None = None
    twice: tuple[str, ...] = ()
    recalled: tuple[str, ...] = ()

    @property
    def lost(self) -> tuple[Lost, ...]:
        """The points of an independent solution."""
        return lost_of(self.row, self.results, self.fault)

    @property
    def told(self) -> bool:
        """Whether anything was found out about it."""
        return bool(self.lost) or any(isinstance(each, Score) for each in self.results.values())


@dataclass(frozen=True)
class Cell:
    """One scorer on one row; `why` is empty when nothing is to be said about it."""

    row: Row
    scorer: str
    result: ScoreResult | None
    mark: Mark
    why: str = ""
    kind: Kind = "task"


@dataclass(frozen=True)
class Problem:
    """One thing that is not as it must be; `evidence` holds the dearest points lost."""

    row: str
    scorer: str
    what: str
    kind: Kind
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Share:
    """`hits` of `total` with the Wilson 95 % interval."""

    hits: int
    total: int

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.hits, self.total)


@dataclass(frozen=True)
class TaskCheck:
    """Everything found about one task."""

    task_id: str
    rows: tuple[RowResult, ...]
    cells: tuple[Cell, ...]
    problems: tuple[Problem, ...]
    false_fail: FalseFail = NO_SOLUTIONS

    @property
    def code(self) -> int:
        """1 when the task or a scorer is wrong, else 4 when something is unmeasured, else 0."""
        codes = {EXIT[problem.kind] for problem in self.problems}
        return 1 if 1 in codes else max(codes, default=0)


def verdict(task_id: str, rows: Sequence[RowResult], scorers: Sequence[str], known: Independents = NONE) -> TaskCheck:
    """Mark every cell and list the problems; the first row is the reference."""
    reference = rows[0].results
    cells: list[Cell] = []
    problems: list[Problem] = []
    for found in rows:
        if found.fault is not None and not _adjudicated(found, known):
            kind: Kind = "task" if found.fault.blame in ("task", "agent") else "ours"
            problems.append(Problem(found.row.label, "", f"not measured: {found.fault.message}", kind))
        mine = [_cell(found, scorer, reference.get(scorer), known) for scorer in scorers]
        cells += mine
        problems += [_problem(cell) for cell in mine if cell.why]
        if found.row.kind == "stub" and found.accepted != "no" and found.fault is None:
            what = f"accepted is {found.accepted!r}, expected 'no': an empty service must not pass"
            problems.append(Problem(found.row.label, "", what, "task" if found.accepted == "yes" else "ours"))
    lost = {each.row.name: each.lost for each in rows if each.row.kind == "independent" and each.told}
    return TaskCheck(task_id, tuple(rows), tuple(cells), tuple(problems), false_fail(known, lost))


def first_results(rows: Sequence[RowResult], when: str) -> dict[str, First]:
    """The results of independent solutions as first ones, by number; what told nothing is left for another time."""
    independent = [each for each in rows if each.row.kind == "independent"]
    made = [first_result(each.row, each.results, each.fault, each.accepted, when) for each in independent]
    return {each.number: each for each in made if each is not None}


def _adjudicated(found: RowResult, known: Independents) -> bool:
    """Whether a solution that could not be measured at all broke a stated rule by that."""
    return bool(found.lost) and found.row.kind == "independent" and not known.unbacked(found.row.name, found.lost)


def _independent(row: Row, scorer: str, result: ScoreResult, known: Independents) -> Cell:
    """What no stated rule backs is a problem of the task's, not of the solution's."""
    lost = lost_points(result)
    unbacked = known.unbacked(row.name, lost)
    if not lost:
        open_ = isinstance(result, Score) and open_question(result)
        return Cell(row, scorer, result, "unmeasured" if open_ else "unaffected")
    if not unbacked:
        return Cell(row, scorer, result, "allowed")
    why = f"lost without a verdict that names the rule it broke: {'; '.join(each.point for each in unbacked)}"
    return Cell(row, scorer, result, "unexpected", why)


def _cell(found: RowResult, scorer: str, reference: ScoreResult | None, known: Independents) -> Cell:
    row, result = found.row, found.results.get(scorer)
    if scorer not in row.scorers:
        return Cell(row, scorer, None, "none")
    if result is None:  # the row's fault is a problem of its own
        return Cell(row, scorer, None, "unmeasured")
    if row.kind == "independent" and not (isinstance(result, Unmeasured) and result.blame != "agent"):
        return _independent(row, scorer, result, known)
    if isinstance(result, Unmeasured):
        return _unmeasured(row, scorer, result)
    if row.kind == "reference":
        return _reference(row, scorer, result)
    if row.kind == "stub":
        return _stub(row, scorer, result)
    if isinstance(reference, Unmeasured) or reference is None:
        return Cell(row, scorer, result, "unmeasured")  # said once, at the reference
    return _compared(row, scorer, result, reference)


def _unmeasured(row: Row, scorer: str, result: Unmeasured) -> Cell:
    """The submission's own doing (nothing could be tried) is a statement about it; all else is ours or the task's."""
    if result.blame != "agent":
        kind: Kind = "task" if result.blame == "task" else "ours"
        return Cell(row, scorer, result, "unmeasured", f"unmeasured ({result.blame}): {result.cause}", kind)
    harmless = row.kind == "stub" and scorer != "acceptance"
    if harmless or (row.mutant is not None and scorer in row.mutant.also_allowed):
        return Cell(row, scorer, result, "unmeasured")
    return Cell(row, scorer, result, "unmeasured", f"unmeasured: {result.cause}", "late" if row.late else "task")


def _reference(row: Row, scorer: str, result: Score | NotApplicable) -> Cell:
    if isinstance(result, NotApplicable) or full(result):
        if isinstance(result, Score) and open_question(result):
            return Cell(row, scorer, result, "unmeasured", f"inconclusive: {result.basis}", "ours")
        return Cell(row, scorer, result, "full")
    flags = f", flags {', '.join(result.flags)}" if result.flags else ""
    why = f"the reference has {result.value:.4f} ({result.passed:g}/{result.total:g}){flags}, expected full marks"
    return Cell(row, scorer, result, "missed", why)


def _stub(row: Row, scorer: str, result: Score | NotApplicable) -> Cell:
    if scorer != "acceptance" or isinstance(result, NotApplicable):
        return Cell(row, scorer, result, "none")
    if result.value <= STUB_ACCEPTANCE:
        return Cell(row, scorer, result, "worthless")
    why = f"{result.value:.4f} for nothing, expected at most {STUB_ACCEPTANCE:g}: the hidden tests ask too little"
    return Cell(row, scorer, result, "unexpected", why)


def _compared(row: Row, scorer: str, result: Score | NotApplicable, reference: Score | NotApplicable) -> Cell:
    mutant = row.mutant
    expected = mutant is not None and scorer == mutant.expected_scorer
    kind: Kind = "late" if row.late else "task"
    if isinstance(result, NotApplicable) or isinstance(reference, NotApplicable):
        why = "not applicable here, so it cannot catch anything" if expected else ""
        return Cell(row, scorer, result, "missed" if expected else "none", why, kind)
    fell = dropped(result, reference)
    if expected and fell:
        return Cell(row, scorer, result, "caught")
    if open_question(result) and not fell:
        return Cell(row, scorer, result, "unmeasured", f"inconclusive: {result.basis}", "ours")
    if expected:
        return Cell(row, scorer, result, "missed", f"MISSED: {what_changed(result, reference)}", kind)
    if not fell or (mutant is None and full(result)):
        return Cell(row, scorer, result, "unaffected")
    if mutant is not None and scorer in mutant.also_allowed:
        return Cell(row, scorer, result, "allowed")
    return Cell(row, scorer, result, "unexpected", f"unexpected drop: {what_changed(result, reference)}", kind)


def _problem(cell: Cell) -> Problem:
    lost: tuple[str, ...] = ()
    if isinstance(cell.result, Score):
        dear = sorted((e for e in cell.result.evidence if e.points > 0), key=lambda e: -e.points)
        lost = tuple(f"{e.title} [{e.where}]" if e.where else e.title for e in dear[:EVIDENCE_SHOWN])
    return Problem(cell.row.label, cell.scorer, cell.why, cell.kind, lost)


def sensitivity(cells: Sequence[Cell], *, late: bool) -> Share:
    """Mutants caught by the scorer they name, of those it could look at."""
    asked = [c for c in cells if _expects(c) and c.row.late == late and c.mark in ("caught", "missed")]
    return Share(sum(cell.mark == "caught" for cell in asked), len(asked))


def specificity(cells: Sequence[Cell]) -> Share:
    """Cells that must not drop (variants, and mutants elsewhere) and did not, of those that could be looked at."""
    asked = [c for c in cells if c.row.kind in ("variant", "mutant") and c.mark in ("unaffected", "unexpected")]
    return Share(sum(cell.mark == "unaffected" for cell in asked), len(asked))


def _expects(cell: Cell) -> bool:
    return cell.row.mutant is not None and cell.row.mutant.expected_scorer == cell.scorer
