"""Which versions stand against each other: the arms of stored runs, paired; and what a report says about them.

Refuses to guess a pairing: where two runs do not make it plain, it asks for the versions by name.
"""

from collections.abc import Sequence

from harness.compare.arms import Arm, arm, differences
from harness.compare.comparison import Comparison, compare
from harness.errors import UsageError
from harness.gate.decide import judged
from harness.report.comparison import comparison_section
from harness.report.decision import decision_section
from harness.report.parts import Section
from harness.report.verdict import gate_verdict
from harness.store.run_folder import RunFolder


def arm_of(folder: RunFolder, label: str) -> Arm:
    """One version of a run, with its definition's text where the run kept it."""
    reader = folder.reader
    return arm(reader.state().run, reader.lock(), reader.records(), label, reader.definition(label))


def arms_of(folder: RunFolder) -> tuple[Arm, ...]:
    """Every version of a run, in the suite's order."""
    return tuple(arm_of(folder, label) for label in folder.reader.lock().agents)


def within(folder: RunFolder) -> tuple[tuple[Arm, Arm], ...]:
    """The suite's first agent against each other one."""
    arms = arms_of(folder)
    return tuple((arms[0], other) for other in arms[1:])


def across(first: RunFolder, second: RunFolder) -> tuple[tuple[Arm, Arm], ...]:
    """Versions of two runs: the same labels if any are shared, the only ones if each has one, else by agent name."""
    a, b = arms_of(first), arms_of(second)
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
        f"which versions belong together? {first.paths.root} has {', '.join(x.label for x in a)}, {second.paths.root}"
        f" has {', '.join(y.label for y in b)}; name them with --first and --second",
    )


def refuse_incomparable(first: Arm, second: Arm) -> None:
    """UsageError naming what differs when scores of the two runs cannot be compared."""
    decisive = [d for d in differences(first.lock, second.lock) if d.decisive]
    if decisive:
        raise UsageError(
            "runs_differ",
            f"{first.run} and {second.run} differ in more than the agent:"
            f" {'; '.join(f'{d.what} ({d.detail})' for d in decisive)};"
            " compare runs of the same suite, made by the same scorers",
        )


def standing_sections(folder: RunFolder) -> tuple[Section, ...]:
    """The gate's last decision and the comparison of the run's versions, as far as there are any."""
    sections = []
    decision = folder.reader.decision()
    if decision is not None and decision.candidate in folder.reader.lock().agents:
        stale = judged(arm_of(folder, decision.candidate)) != decision.judged
        sections.append(decision_section(decision, gate_verdict(decision), stale))
    if folder.reader.records():
        sections += comparison_sections([compare(*pair) for pair in within(folder)])
    return tuple(sections)


def comparison_sections(comparisons: Sequence[Comparison]) -> list[Section]:
    """One section for each."""
    return [comparison_section(found, number) for number, found in enumerate(comparisons, start=1)]


def _name(side: Arm) -> str:
    return str(side.lock.agents[side.label].get("name", side.label))
