"""Numbers over trials, each with what it was counted from.

Refuses to average what was not measured: Void, Unmeasured and NotApplicable never enter a mean; Failed enters as 0.
"""

from dataclasses import dataclass

import numpy as np

from harness.compare.table import ACCEPTED_WORDS, Truths
from harness.report.parts import Bundle


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


def scorers_of(bundle: Bundle) -> tuple[str, ...]:
    """Scorer names in the lock's order; ones that only the records know come last."""
    return tuple(bundle.exempt)


def versions_of(bundle: Bundle) -> tuple[str, ...]:
    """Agent labels in the lock's order, then any that only its trials name."""
    return tuple(bundle.sides)


def acceptance(bundle: Bundle, version: str) -> Acceptance:
    """Accepted counts of one version."""
    table = bundle.sides[version].table
    whole = table.is_("scored") & (table.lost_to == 0)
    answers = np.bincount(table.accepted[whole], minlength=len(ACCEPTED_WORDS))
    return Acceptance(
        yes=int(answers[ACCEPTED_WORDS.index("yes")]),
        no=int(answers[ACCEPTED_WORDS.index("no")]),
        failed=_count(table.is_("failed")),
        undetermined=int(answers[ACCEPTED_WORDS.index("undetermined")]),
        void=_count(table.measured & (table.lost_to != 0)),
        missing=_count(table.is_("missing")),
    )


def cell(bundle: Bundle, version: str, scorer: str, task: str | None = None) -> Cell:
    """One scorer over one version's trials, of one task or of all. A failed trial of a task without that quality is not
    applicable."""
    table = bundle.sides[version].table
    exempt = bundle.exempt.get(scorer, frozenset())
    wanted = np.array([task is None or name == task for name in table.tasks], dtype=bool)[table.task]
    offered = np.array([name not in exempt for name in table.tasks], dtype=bool)[table.task]
    result, scored, failed = table.said(scorer), table.is_("scored") & wanted, table.is_("failed") & wanted
    with_value = scored & result.said("score")
    not_applicable = scored & result.said("not_offered", "nothing_to_see")
    counted = with_value | (failed & offered)
    values = np.where(with_value, result.value, 0.0)[counted]
    return Cell(
        mean=float(values.sum()) / len(values) if len(values) else None,
        values=tuple(values.tolist()),
        scored=_count(with_value),
        failed=_count(failed & offered),
        unmeasured=_count(scored & ~with_value & ~not_applicable),
        not_applicable=_count(not_applicable | (failed & ~offered)),
        void=_count(table.is_("void") & wanted),
        missing=_count(table.is_("missing") & wanted),
    )


def _count(where: Truths) -> int:
    return int(np.count_nonzero(where))


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
