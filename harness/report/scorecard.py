"""The scorecard: every score beside its value on the task's own scale, where an empty service is 0, the reference 1.

Refuses a scale that the run's lock does not hold: what has none says why, and keeps its raw value alone.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from harness.model.score import Anchor
from harness.model.suite import Lock
from harness.report.aggregate import Cell, cell, figure, scorers_of, versions_of
from harness.report.parts import Bundle, Section, Table
from harness.scorers.anchors import anchored

NOT_KEPT: Final = "the run was planned before its lock held anchors"
_TEXT: Final = (
    "anchored = the same trials on the task's own scale: 0 is what the better of its stubs (services that do nothing)"
    " gets, 1 is its reference, both from the task's check and sealed in lock.json. Nothing is decided by it."
)


@dataclass(frozen=True)
class Standing:
    """One scorer over one version's trials of one task. `why_not` is empty exactly when there is an anchor."""

    task: str
    scorer: str
    version: str
    cell: Cell
    anchor: Anchor | None
    why_not: str

    @property
    def anchored(self) -> float | None:
        """Mean of the anchored values over `cell.n` trials; None without an anchor, or without a trial."""
        if self.anchor is None or not self.cell.values:
            return None
        return sum(anchored(value, self.anchor) for value in self.cell.values) / len(self.cell.values)


def scale(lock: Lock, task: str, scorer: str) -> Anchor | str:
    """The anchor that the run's lock holds for this scorer on this task, or why there is none."""
    found = lock.anchors.get(task, {}).get(scorer)
    return found or lock.unanchored.get(task, {}).get(scorer, NOT_KEPT)


def standings(bundle: Bundle) -> Iterator[Standing]:
    """Every task, scorer and version in the lock's order, measured or not."""
    scorers, versions = scorers_of(bundle), versions_of(bundle)
    for task in bundle.lock.tasks:
        for scorer in scorers:
            found = scale(bundle.lock, task, scorer)
            anchor, why_not = (found, "") if isinstance(found, Anchor) else (None, found)
            for version in versions:
                yield Standing(task, scorer, version, cell(bundle, version, scorer, task), anchor, why_not)


def scorecard_section(bundle: Bundle) -> Section | None:
    """What was measured, raw and anchored; None when nothing was."""
    rows = tuple(_row(standing) for standing in standings(bundle) if standing.cell.n)
    if not rows:
        return None
    headers = ("task", "scorer", "agent version", "mean", "n", "anchored", "stub", "reference", "why not anchored")
    return Section("scorecard", "Scorecard", (_TEXT,), (Table("Means by task", headers, rows, (3, 4, 5, 6, 7)),))


def scorecard_objects(bundle: Bundle) -> list[dict[str, Any]]:
    """The same for programs, unrounded, with what was not measured."""
    return [
        {
            "task": standing.task,
            "scorer": standing.scorer,
            "agent_version": standing.version,
            "mean": standing.cell.mean,
            "n": standing.cell.n,
            "anchored": standing.anchored,
            "anchor": asdict(standing.anchor) if standing.anchor else None,
            "not_anchored": standing.why_not or None,
        }
        for standing in standings(bundle)
    ]


def _row(standing: Standing) -> tuple[str, ...]:
    anchor = standing.anchor
    ends = (figure(anchor.stub), figure(anchor.reference)) if anchor else ("–", "–")
    shown = "not anchored" if anchor is None else figure(standing.anchored)
    who = (standing.task, standing.scorer, standing.version)
    return (*who, figure(standing.cell.mean), str(standing.cell.n), shown, *ends, standing.why_not)
