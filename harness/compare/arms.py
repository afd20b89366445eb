"""One side of a comparison: a version's trials in a run; and what else differs between the two runs they come from.

Refuses to call two runs comparable when more than the agent differs: it says what differs.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from harness.compare.row import row_of
from harness.compare.table import Table, table_of
from harness.model.suite import Lock
from harness.model.trial import Trial, TrialRecord

# A difference in these makes scores incomparable; in the others it may shift them and is shown beside every verdict.
DECISIVE: Final = ("tasks", "scorers", "seed", "profile")
SHOWN: Final = ("images", "tools", "isolation", "harness version", "attempts")


@dataclass(frozen=True, eq=False)
class Arm:
    """All trials of one agent version in one run, as arrays. `definition` is the definition's text, "" when it was not
    kept; `load` reads one trial's record, for what is shown of its texts; `rescored` is the digest of the re-scoring
    whose scores these are, "" for those of the run itself."""

    label: str
    run: str
    lock: Lock
    table: Table
    load: Callable[[Trial], TrialRecord | None]
    definition: str = ""
    rescored: str = ""

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


@dataclass(frozen=True)
class Difference:
    """Something besides the agent that differs between two runs; `decisive` = scores cannot be compared."""

    what: str
    detail: str
    decisive: bool


def arm(run: str, lock: Lock, records: Iterable[TrialRecord], label: str, definition: str = "") -> Arm:
    """The version `label` of a run whose records are all in memory."""
    known = {record.trial: record for record in records if record.trial.agent_label == label}
    plan = [trial for trial in lock.trials if trial.agent_label == label]
    table = table_of(plan, {trial: row_of(record) for trial, record in known.items()})
    return Arm(label, run, lock, table, known.get, definition)


def names_of(a: Arm, b: Arm) -> tuple[str, str]:
    """How the two sides are called in tables: by definition file and label; by run where that would not tell them."""
    if a.label != b.label:
        return f"{a.source} ({a.label})", f"{b.source} ({b.label})"
    return f"{a.label} in {a.run}", f"{b.label} in {b.run}"


def differences(a: Lock, b: Lock) -> tuple[Difference, ...]:
    """What differs between two locks besides the agents, in a fixed order; empty for one and the same run."""
    pairs: tuple[tuple[str, Any, Any], ...] = (
        ("tasks", a.tasks, b.tasks),
        ("scorers", a.scorers, b.scorers),
        ("seed", a.seed, b.seed),
        ("profile", a.profile, b.profile),
        ("images", a.images, b.images),
        ("tools", a.tools, b.tools),
        ("isolation", a.host.get("isolation"), b.host.get("isolation")),
        ("harness version", a.harness_version, b.harness_version),
        ("attempts", a.attempts, b.attempts),
    )
    return tuple(
        Difference(what, _detail(left, right), what in DECISIVE) for what, left, right in pairs if left != right
    )


def _detail(left: Any, right: Any) -> str:
    if not isinstance(left, Mapping) or not isinstance(right, Mapping):
        return f"{left!r} against {right!r}"
    only_left, only_right = sorted(set(left) - set(right)), sorted(set(right) - set(left))
    changed = sorted(key for key in set(left) & set(right) if left[key] != right[key])
    groups = (("changed", changed), ("only in the first", only_left), ("only in the second", only_right))
    return "; ".join(f"{word}: {', '.join(map(str, keys))}" for word, keys in groups if keys)
