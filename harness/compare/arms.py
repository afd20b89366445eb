"""One side of a comparison: a version's trials in a run.

Refuses to judge: what differs between two sides is told in `differing`, what a trial is worth in `values`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.compare.row import row_of
from harness.compare.table import Table, table_of
from harness.model.suite import Lock
from harness.model.trial import Trial, TrialRecord


@dataclass(frozen=True, eq=False)
class Arm:
    """All trials of one agent version in one run, as arrays. `definition` is the definition's text, "" when it was not
    kept; `load` reads one trial's record, for what is shown of its texts; `rescored` is the digest of the re-scoring
    whose scores these are, "" for those of the run itself; `day` the UTC date on which the run began, "" when that is
    not known."""

    label: str
    run: str
    lock: Lock
    table: Table
    load: Callable[[Trial], TrialRecord | None]
    definition: str = ""
    rescored: str = ""
    day: str = ""

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Planned trials of this version."""
        return self.table.plan

    @property
    def records(self) -> tuple[TrialRecord, ...]:
        """Every record, loaded now, one by one: for what shows them all. What counts them asks the table."""
        return tuple(record for trial in self.trials if (record := self.load(trial)) is not None)

    @property
    def source(self) -> str:
        """File name of the definition, for people."""
        return str(self.lock.agents.get(self.label, {}).get("source", self.label))


def arm(run: str, lock: Lock, records: Iterable[TrialRecord], label: str, definition: str = "", day: str = "") -> Arm:
    """The version `label` of a run whose records are all in memory."""
    known = {record.trial: record for record in records if record.trial.agent_label == label}
    plan = [trial for trial in lock.trials if trial.agent_label == label]
    table = table_of(plan, {trial: row_of(record) for trial, record in known.items()})
    return Arm(label, run, lock, table, known.get, definition, day=day)


def names_of(a: Arm, b: Arm) -> tuple[str, str]:
    """How the two sides are called in tables: by definition file and label; by run where that would not tell them."""
    if a.label != b.label:
        return f"{a.source} ({a.label}){_rescored(a)}", f"{b.source} ({b.label}){_rescored(b)}"
    return f"{a.label} in {a.run}{_rescored(a)}", f"{b.label} in {b.run}{_rescored(b)}"


def _rescored(side: Arm) -> str:
    return f", scores of re-scoring {side.rescored}" if side.rescored else ""
