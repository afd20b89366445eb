"""Checks a task: its reference, variants, mutants and stubs through every scorer, and what came of it.

Refuses to measure latency beside anything else: probes that may overlap run first, several rows at once; those that
need the machine alone follow one by one, the reference first, because its figures stand beside all others.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from harness.model.independent import Independents
from harness.model.probe import Observation
from harness.model.score import Score, ScoreResult, Unmeasured
from harness.model.trial import Scored
from harness.ports import Executor, Scorer
from harness.scorers.judgement import judge, score_one
from harness.selfcheck.task_check_drop import dropped, open_question
from harness.selfcheck.task_check_plan import NONE, Row
from harness.selfcheck.task_check_rows import Bench, Counted, RowRun
from harness.selfcheck.task_check_verdict import RowResult, TaskCheck, verdict


@dataclass(frozen=True)
class Judged:
    """Everything scoring needs: the rows' runs by label, the reference's first."""

    bench: Bench
    reference: RowRun

    def score(self, run: RowRun, scorer: Scorer) -> ScoreResult | None:
        """None when the row could not be measured at all."""
        if run.fault is not None:
            return None
        return score_one(self.bench.task, scorer, run.observations, self.beside(run))

    def beside(self, run: RowRun) -> Mapping[str, Observation]:
        """The reference's exclusive observations; nothing stands beside the reference itself."""
        if run is self.reference:
            return {}
        return {k: v for k, v in self.reference.observations.items() if k in self.bench.table.exclusive}


def check_task(bench: Bench, rows: Sequence[Row], executor: Executor, known: Independents = NONE) -> TaskCheck:
    """Measure every row and judge. Raises what no retry can mend: IsolationRefused, UsageError, KeyboardInterrupt."""
    runs = {run.row.label: run for run in executor.run(_jobs(bench, rows))}
    ordered = [runs[row.label] for row in rows]
    judged = Judged(bench, ordered[0])
    for run in ordered:
        bench.again(run)
    for run in ordered:
        _alone(judged, run)
    return verdict(bench.task.id, [_result(judged, run) for run in ordered], bench.table.names, known)


def _jobs(bench: Bench, rows: Sequence[Row]) -> Iterable[Callable[[], RowRun]]:
    counted = Counted(len(rows), bench.say)

    def job(row: Row) -> RowRun:
        run = bench.overlapping(row)
        counted.finished(run, bench.table.probes_of(row, exclusive=False))
        return run

    return [partial(job, row) for row in rows]


def _alone(judged: Judged, run: RowRun) -> None:
    """The exclusive probes of one row, each a second time when the first says nothing or looks like the host's doing.

    A drop that nobody expects is measured again because a busy host looks the same; a real one shows again.
    """
    bench = judged.bench
    for name in bench.table.probes_of(run.row, exclusive=True):
        if run.fault is not None:
            return
        bench.say(f"{run.row.label}: {name}, alone on the machine")
        bench.measure(run, name)
        doubtful = [
            scorer.name
            for scorer in bench.table.scorers
            if name in scorer.probes and scorer.name in run.row.scorers and _doubtful(judged, run, scorer)
        ]
        if doubtful or not run.measured(name):
            bench.say(f"{run.row.label}: {', '.join(doubtful) or name} inconclusive or unexpected; once more")
            run.twice.add(name)
            bench.measure(run, name, anew=True)
        bench.settle_start(run)


def _doubtful(judged: Judged, run: RowRun, scorer: Scorer) -> bool:
    result = judged.score(run, scorer)
    if isinstance(result, Unmeasured):
        return result.blame == "infrastructure"
    if not isinstance(result, Score) or run.row.kind == "stub":
        return False
    mutant = run.row.mutant
    foreseen = mutant is not None and scorer.name in (mutant.expected_scorer, *mutant.also_allowed)
    reference = judged.score(judged.reference, scorer)
    fell = isinstance(reference, Score) and dropped(result, reference)
    if run is judged.reference:
        return open_question(result) or result.value < 1.0
    return (open_question(result) and not fell) or (fell and not foreseen)


def _result(judged: Judged, run: RowRun) -> RowResult:
    bench, row = judged.bench, run.row
    if run.fault is not None:
        return RowResult(row, {}, "undetermined", run.fault, tuple(sorted(run.twice)), tuple(sorted(run.recalled)))
    scorers = [scorer for scorer in bench.table.scorers if scorer.name in row.scorers]
    seen = run.observations
    outcome = judge(bench.task, scorers, seen, judged.beside(run), len(row.files))
    accepted = outcome.accepted if isinstance(outcome, Scored) else "undetermined"
    results = {s.name: score_one(bench.task, s, seen, judged.beside(run)) for s in scorers}
    return RowResult(row, results, accepted, None, tuple(sorted(run.twice)), tuple(sorted(run.recalled)))
