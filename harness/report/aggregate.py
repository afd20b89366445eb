"""Numbers over trials, each with what it was counted from.

Refuses to average what was not measured: Void, Unmeasured and NotApplicable never enter a mean; Failed enters as 0.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.compare.row import row_of
from harness.compare.table import table_of
from harness.compare.values import tasks_without
from harness.model.score import NotApplicable, Score
from harness.model.suite import Lock
from harness.model.trial import Failed, Scored, TrialRecord, Void, lost_to


@dataclass(frozen=True)
class Cell:
    """One scorer over one version's trials. planned = scored + failed + unmeasured + not_applicable + void + missing.

    `mean` is over `n` = scored + failed (a failed trial is worth 0), None when n = 0.
    """

    mean: float | None
    values: tuple[float, ...]
    scored: int
    failed: int
    unmeasured: int
    not_applicable: int
    void: int
    missing: int

    @property
    def n(self) -> int:
        """The mean's denominator."""
        return self.scored + self.failed


@dataclass(frozen=True)
class Acceptance:
    """How many deliveries met their task's requirements. `n` = yes + no + failed; undetermined is counted apart."""

    yes: int
    no: int
    failed: int
    undetermined: int
    void: int
    missing: int

    @property
    def n(self) -> int:
        """Trials with an answer."""
        return self.yes + self.no + self.failed

    @property
    def share(self) -> float | None:
        """Accepted share of trials with an answer, None without any."""
        return self.yes / self.n if self.n else None


def scorers_of(lock: Lock, records: Iterable[TrialRecord]) -> tuple[str, ...]:
    """Scorer names in the lock's order; ones that only the records know come last."""
    names = dict.fromkeys(lock.scorers)
    for record in records:
        if isinstance(record.outcome, Scored):
            names.update(dict.fromkeys(result.scorer for result in record.outcome.scores))
    return tuple(names)


def versions_of(lock: Lock) -> tuple[str, ...]:
    """Agent labels in the lock's order, then any that only its trials name."""
    return tuple(dict.fromkeys([*lock.agents, *(trial.agent_label for trial in lock.trials)]))


def acceptance(lock: Lock, records: Iterable[TrialRecord], version: str) -> Acceptance:
    """Accepted counts of one version."""
    outcomes = [record.outcome for record in records if record.trial.agent_label == version]
    whole = [outcome for outcome in outcomes if lost_to(outcome) is None]
    answers = [outcome.accepted for outcome in whole if isinstance(outcome, Scored)]
    planned = sum(1 for trial in lock.trials if trial.agent_label == version)
    return Acceptance(
        yes=answers.count("yes"),
        no=answers.count("no"),
        failed=sum(isinstance(outcome, Failed) for outcome in outcomes),
        undetermined=answers.count("undetermined"),
        void=len(outcomes) - len(whole),
        missing=planned - len(outcomes),
    )


def cell(lock: Lock, records: tuple[TrialRecord, ...], version: str, scorer: str) -> Cell:
    """One scorer over one version's trials. A failed trial of a task without that quality is not applicable."""
    exempt = exempt_in(scorer, records)
    values: list[float] = []
    failed = unmeasured = not_applicable = void = 0
    own = [record for record in records if record.trial.agent_label == version]
    for record in own:
        match record.outcome:
            case Void():
                void += 1
            case Failed() if record.trial.task_id in exempt:
                not_applicable += 1
            case Failed():
                failed += 1
                values.append(0.0)
            case Scored(scores=scores):
                result = next((r for r in scores if r.scorer == scorer), None)
                if isinstance(result, Score):
                    values.append(result.value)
                elif isinstance(result, NotApplicable):
                    not_applicable += 1
                else:
                    unmeasured += 1
    planned = sum(1 for trial in lock.trials if trial.agent_label == version)
    missing = planned - len(own)
    mean = sum(values) / len(values) if values else None
    scored = len(values) - failed
    return Cell(mean, tuple(values), scored, failed, unmeasured, not_applicable, void, missing)


def exempt_in(scorer: str, records: tuple[TrialRecord, ...]) -> frozenset[str]:
    """Tasks that do not offer what the scorer measures, as these records say."""
    rows = {record.trial: row_of(record) for record in records}
    return tasks_without(scorer, table_of(tuple(rows), rows))


def percent(share: float | None) -> str:
    """`83.3 %`; never rounds to 0 or 100 what is neither (as coverage.py does)."""
    if share is None:
        return "–"
    shown = f"{100 * share:.1f}"
    if shown == "0.0" and share > 0:
        return "< 0.1 %"
    if shown == "100.0" and share < 1:
        return "> 99.9 %"
    return f"{shown.removesuffix('.0')} %"


def figure(value: float | None, digits: int = 3) -> str:
    """A score for tables: `0.875`; never rounds to 0 or 1 what is neither."""
    if value is None:
        return "–"
    shown = f"{value:.{digits}f}"
    edge = 10**-digits
    if float(shown) == 0 and value > 0:
        return f"< {edge:.{digits}f}"
    if float(shown) == 1 and value < 1:
        return f"> {1 - edge:.{digits}f}"
    return shown
