"""The rows of a task check and which scorers look at each: reference, variants, mutants and the fixed stubs.

Refuses to leave a row out: `--quick` takes scorers away from mutants, never a row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.errors import UsageError
from harness.model.independent import Independents
from harness.model.probe import ProbeCommand
from harness.model.task import MutantSpec, Task
from harness.ports import Probe, Scorer
from harness.selfcheck.task_check_stubs import stubs

RowKind = Literal["reference", "variant", "independent", "mutant", "stub"]
NONE = Independents()
QUICK = ("acceptance", "static")  # cheap, and nearly every careless edit shows there


@dataclass(frozen=True)
class Row:
    """One submission to measure. `scorers` in column order; `mutant` for mutants only.

    refusal: why an independent solution has no files, "" = it has.
    """

    kind: RowKind
    name: str
    files: Mapping[str, bytes]
    scorers: tuple[str, ...]
    mutant: MutantSpec | None = None
    executable: frozenset[str] = frozenset()
    refusal: str = ""

    @property
    def label(self) -> str:
        """Unique within a task; also the row's folder name."""
        return self.name if self.kind == "reference" else f"{self.kind}@{self.name}"

    @property
    def late(self) -> bool:
        """Written after the scorers were frozen: shown as it fell."""
        return self.mutant is not None and self.mutant.late


@dataclass(frozen=True)
class Columns:
    """What rows are measured with: scorers in column order, probes by name, and which probes need the machine alone.

    `unplanned`: installed scorers for which this profile has nothing to run; no row is measured with them.
    """

    scorers: tuple[Scorer, ...]
    probes: Mapping[str, Probe]
    exclusive: frozenset[str]
    unplanned: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Scorer names in column order."""
        return tuple(scorer.name for scorer in self.scorers)

    def probes_of(self, row: Row, *, exclusive: bool) -> tuple[str, ...]:
        """Names of the probes the row's scorers need, in running order."""
        wanted = {probe for scorer in self.scorers if scorer.name in row.scorers for probe in scorer.probes}
        return tuple(name for name in self.probes if name in wanted and (name in self.exclusive) == exclusive)

    def alone(self, scorer: Scorer) -> bool:
        """Whether the scorer's value depends on how fast this host is."""
        return any(probe in self.exclusive for probe in scorer.probes)


def columns(task: Task, scorers: Sequence[Scorer], probes: Sequence[Probe], profile: str) -> Columns:
    """Scorers in the order of their probes. Raises TaskFault when load.toml lacks the profile."""
    order = [probe.name for probe in probes]
    commands = {probe.name: probe.command(task, profile) for probe in probes}
    planned = {name: command for name, command in commands.items() if isinstance(command, ProbeCommand)}
    ranked = sorted(scorers, key=lambda scorer: (max(order.index(probe) for probe in scorer.probes), scorer.name))
    shown = tuple(scorer for scorer in ranked if set(scorer.probes) <= set(planned))
    return Columns(
        scorers=shown,
        probes={probe.name: probe for probe in probes if probe.name in planned},
        exclusive=frozenset(name for name, command in planned.items() if command.exclusive),
        unplanned=tuple(scorer.name for scorer in ranked if scorer not in shown),
    )


def plan_rows(
    task: Task, table: Columns, *, quick: bool, only: Iterable[str] = (), independents: Independents = NONE
) -> tuple[Row, ...]:
    """Every row of the task, the reference first; with `only`, the reference and the rows of these names or labels.

    UsageError for a mutant that names a scorer which is not installed, and for an unknown name in `only`.
    """
    everything = table.names
    unhurried = tuple(scorer.name for scorer in table.scorers if not (quick and table.alone(scorer)))
    rows = [Row("reference", "reference", task.solution, everything)]
    rows += [Row("variant", name, files, everything) for name, files in task.variants.items()]
    rows += [
        Row("independent", each.number, each.files, unhurried, None, each.executable, each.refusal)
        for each in independents.solutions
    ]
    for mutant in task.mutants:
        _check_scorers(task, mutant, (*everything, *table.unplanned))
        wanted = everything if not quick else (*QUICK, mutant.expected_scorer)
        seen = tuple(name for name in everything if name in wanted)
        rows.append(Row("mutant", mutant.name, mutated(task, mutant), seen, mutant))
    rows += [Row("stub", name, files, unhurried) for name, files in stubs(task).items()]
    return _chosen(rows, set(only), task.id)


def mutated(task: Task, mutant: MutantSpec) -> dict[str, bytes]:
    """The reference with the mutant's files laid over it and its removed files gone."""
    files = {**task.solution, **mutant.overlay}
    return {path: content for path, content in files.items() if path not in mutant.removed}


def _check_scorers(task: Task, mutant: MutantSpec, known: Sequence[str]) -> None:
    for key, names in (("expected_scorer", (mutant.expected_scorer,)), ("also_allowed", mutant.also_allowed)):
        for name in names:
            if name not in known:
                raise UsageError(
                    "unknown_scorer",
                    f"{task.id}/mutants/{mutant.name}/mutant.toml: key {key} names {name!r}, expected one of"
                    f" {', '.join(known)}; correct it or install that scorer",
                )


def _chosen(rows: Sequence[Row], only: set[str], task_id: str) -> tuple[Row, ...]:
    if not only:
        return tuple(rows)
    unknown = sorted(only - {name for row in rows for name in (row.name, row.label)})
    if unknown:
        known = ", ".join(row.label for row in rows)
        raise UsageError("unknown_row", f"task {task_id} has no row {unknown[0]!r}; its rows: {known}")
    return tuple(row for row in rows if row.kind == "reference" or {row.name, row.label} & only)
