"""Which versions stand against each other: the arms of stored runs, paired; and what a report says about them.

Refuses to guess a pairing: where two runs do not make it plain, it asks for the versions by name.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache, partial
from typing import Final

from harness.cli.say import note
from harness.compare.arms import Arm, names_of
from harness.compare.comparison import Comparison, compare
from harness.compare.differing import Difference, refused, uncommon_tasks, unlike
from harness.compare.table import table_of
from harness.errors import UsageError
from harness.gate.decide import judged
from harness.gate.select import version_of
from harness.model.trial import Trial
from harness.report.comparison import comparison_section
from harness.report.decision import decision_section
from harness.report.parts import Section
from harness.report.verdict import gate_verdict
from harness.store.index import Indexed, indexed, load_record
from harness.store.run_folder import RunFolder

TOLD: Final = 5  # damaged records that are named one by one


def arms_of(folder: RunFolder, verify: bool = False) -> tuple[Arm, ...]:
    """Every version of a run in the suite's order, with its definition's text where the run kept it; the scores are
    those of the newest re-scoring, if there is one. verify: hold the run's index against every record.

    Whatever is damaged, or wrong with the index, is told on the way.
    """
    with _uncollected():
        return _arms(folder, verify)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Rows hold no cycles: looking for some among a hundred thousand of them takes a tenth of a comparison's time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _arms(folder: RunFolder, verify: bool) -> tuple[Arm, ...]:
    reader = folder.reader
    state, lock = reader.state(), reader.lock()
    found = indexed(reader.paths, lock.trials, verify)
    tell(found)
    plans: dict[str, list[Trial]] = {label: [] for label in lock.agents}
    for trial in lock.trials:
        plans.get(trial.agent_label, []).append(trial)
    load, digest = partial(load_record, reader.paths, found), ""
    if found.rescored is not None:
        digest, lock = found.rescored.digest, replace(lock, scorers={**lock.scorers, **found.rescored.scorers})
    return tuple(
        Arm(
            label,
            state.run,
            lock,
            table_of(plan, found.rows, found.problems),
            load,
            reader.definition(label),
            digest,
            state.created_utc[:10],
        )
        for label, plan in plans.items()
    )


def tell(found: Indexed) -> None:
    """Say what is damaged, the first few with file and key, and what is wrong with the index."""
    for text in found.told:
        note(text)
    for problem in [*found.problems.values()][:TOLD]:
        note(f"damaged: {problem}")
    if len(found.problems) > TOLD:
        note(f"damaged: {len(found.problems)} records in all; each is void until it is restored or measured again")


def chosen(arms: Sequence[Arm], wanted: str | int, role: str) -> Arm:
    """The version that a policy or a flag names; UsageError when it fits none or several."""
    label = version_of(arms[0].lock, wanted, role)
    return next(side for side in arms if side.label == label)


def within(arms: Sequence[Arm]) -> tuple[tuple[Arm, Arm], ...]:
    """The suite's first agent against each other one."""
    return tuple((arms[0], other) for other in arms[1:])


def across(a: Sequence[Arm], b: Sequence[Arm]) -> tuple[tuple[Arm, Arm], ...]:
    """Versions of two runs: the same labels if any are shared, the only ones if each has one, else by agent name."""
    shared = [(x, y) for x in a for y in b if x.label == y.label]
    if shared:
        return tuple(shared)
    if len(a) == len(b) == 1:
        return ((a[0], b[0]),)
    named = [(x, y) for x in a for y in b if _name(x) == _name(y)]
    if named and len({x.label for x, _ in named}) == len(named) == len({y.label for _, y in named}):
        return tuple(named)
    raise UsageError(
        "pairing_unclear",
        f"which versions belong together? {a[0].run} has {', '.join(x.label for x in a)}, {b[0].run} has"
        f" {', '.join(y.label for y in b)}; name them with --first and --second",
    )


def refuse_incomparable(first: Arm, second: Arm, allowed: Sequence[str] = ()) -> None:
    """UsageError naming what differs when scores of the two sides cannot be compared; allowed: what may differ."""
    decisive = refused(unlike(first, second), allowed)
    if decisive:
        one, other = names_of(first, second)
        raise UsageError(
            "runs_differ",
            f"{one} and {other} differ in more than the definition: {_listed(decisive)}; compare what was measured"
            f" alike, or accept it with --allow {','.join(dict.fromkeys(d.what for d in decisive))}",
        )
    if uncommon_tasks(first.lock, second.lock) >= set(first.lock.tasks):
        raise UsageError(
            "no_common_task",
            f"{first.run} and {second.run} have no task in common (same id and same digest): the first has"
            f" {', '.join(first.lock.tasks)}, the second {', '.join(second.lock.tasks)}; compare runs of"
            " the same tasks",
        )


def standing_sections(folder: RunFolder, arms: Sequence[Arm]) -> tuple[Section, ...]:
    """The gate's last decision and the comparison of the run's versions, as far as there are any."""
    sections = []
    decision = folder.reader.decision()
    for side in arms:
        if decision is not None and side.label == decision.candidate:
            sections.append(decision_section(decision, gate_verdict(decision), judged(side) != decision.judged))
    return (*sections, *(comparison_sections(arms) if any(side.table.measured.any() for side in arms) else ()))


def comparison_sections(arms: Sequence[Arm]) -> tuple[Section, ...]:
    """The suite's first agent against each other one; of two that were run unlike only that they were is said."""
    return tuple(_section(*pair, number) for number, pair in enumerate(within(arms), start=1))


def not_compared(first: Arm, second: Arm) -> str:
    """Why two versions of one run are not compared without being asked to; "" when they are."""
    decisive = refused(unlike(first, second))
    if not decisive:
        return ""
    words = ",".join(dict.fromkeys(d.what for d in decisive))
    return (
        f"Not compared, they differ in more than the definition: {_listed(decisive)}."
        f" `harness compare {first.run} --allow {words}` compares them."
    )


def _section(first: Arm, second: Arm, number: int) -> Section:
    why = not_compared(first, second)
    if not why:
        return comparison_section(_compared(first, second), number)
    return Section(f"comparison-{number}", f"Comparison: {second.source} against {first.source}", (why,))


@lru_cache(maxsize=16)
def _compared(first: Arm, second: Arm) -> Comparison:
    """The comparison of these very arms; a gate shows it in several places."""
    return compare(first, second)


def _listed(found: Sequence[Difference]) -> str:
    return "; ".join(f"{difference.what} ({difference.detail})" for difference in found)


def _name(side: Arm) -> str:
    return str(side.lock.agents[side.label].get("name", side.label))
