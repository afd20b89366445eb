"""What a report is made of: a bundle of facts in, sections of paragraphs, tables and figures out.

Refuses to know an output format. Other stages (comparison, gate) add their findings to a report as Sections.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from harness.compare.arms import Arm, arm
from harness.compare.table import OUTCOMES
from harness.compare.table import Table as Trials
from harness.compare.values import tasks_without
from harness.model.suite import Lock
from harness.model.trial import Tally, TrialRecord

# A provider says the same again until the user changes a key, a model's name, an address or an account.
REFUSED: Final = frozenset(
    f"provider_{kind}" for kind in ("unauthorised", "forbidden", "quota", "model_unknown", "bad_request", "connection")
)

VOIDS: Final = ("infrastructure", "task", "harness", "cancelled")

# A place in a submitted file as evidence has it: `app/main.py:42` or `app/main.py:42:7`.
FILE_LINE: Final = re.compile(r"(?P<file>[^\s:][^:\n]*?):(?P<line>[1-9]\d{0,6})(?::\d+)?")


@dataclass(frozen=True)
class Table:
    """Rows of text; untrusted text is fine. `numeric` names the columns (by index) that are set flush right.

    `anchors`, one per row or none, are the places in the page that the rows' first cells lead to; `links`, likewise,
    files beside the page, as relative URL paths.
    """

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    anchors: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figure:
    """A plot as an SVG element made by `figures`, and the sentence that says what it shows."""

    svg: str
    caption: str


@dataclass(frozen=True)
class Section:
    """`slug` is the anchor; shown in the order title, paragraphs, figures, tables, blocks.

    blocks: (caption, text) shown as it stands, e.g. a diff; untrusted text is fine.
    """

    slug: str
    title: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    blocks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Bundle:
    """Everything a report is made from. `sections` come right after the verdict, in the order given.

    arms: all trials as arrays, made from the records where they are not given; left_out: how many of the trials that
    have a record are not among `records`, because there are too many to show them all.
    """

    run: str
    lock: Lock
    records: tuple[TrialRecord, ...]
    status: str = ""
    created_utc: str = ""
    finished_utc: str = ""
    sections: tuple[Section, ...] = ()
    arms: tuple[Arm, ...] = ()
    left_out: int = 0

    @cached_property
    def sides(self) -> Mapping[str, Arm]:
        """Version -> all its trials as arrays, in the lock's order; then any that only its trials name."""
        known = {side.label: side for side in self.arms}
        labels = dict.fromkeys([*self.lock.agents, *(trial.agent_label for trial in self.lock.trials)])
        return {label: known.get(label) or arm(self.run, self.lock, self.records, label) for label in labels}

    @cached_property
    def tables(self) -> tuple[Trials, ...]:
        """The arrays of all versions."""
        return tuple(side.table for side in self.sides.values())

    @cached_property
    def exempt(self) -> Mapping[str, frozenset[str]]:
        """Scorer -> tasks that do not offer what it measures."""
        names = dict.fromkeys([*self.lock.scorers, *(name for table in self.tables for name in table.results)])
        return {name: tasks_without(name, *self.tables) for name in names}

    @property
    def tally(self) -> Tally:
        """Counts by outcome; ValueError if they do not add up to what was planned."""
        counts = Counter(word for table in self.tables for word in (OUTCOMES[code] for code in table.outcome.tolist()))
        void = dict.fromkeys(VOIDS, 0)
        for table in self.tables:
            for blame, count in table.lost(table.is_("void")).items():
                void[blame] = void.get(blame, 0) + count
        return Tally(len(self.lock.trials), counts["scored"], counts["failed"], void, counts["missing"])

    @property
    def lost(self) -> Counter[str]:
        """Scorer -> scored trials in which infrastructure kept it from measuring."""
        return Counter(
            {
                scorer: count
                for scorer in dict.fromkeys(name for table in self.tables for name in table.taken)
                if (count := sum(int(table.taken[scorer].sum()) for table in self.tables if scorer in table.taken))
            }
        )

    @property
    def refused(self) -> frozenset[str]:
        """Codes of trials that stay void until the user changes a key, a model's name, an address or an account."""
        void = ((table, np.flatnonzero(table.is_("void"))) for table in self.tables)
        return REFUSED.intersection(table.code[place] for table, places in void for place in places)

    @property
    def demonstration(self) -> bool:
        """True when a reply was written for this project rather than produced by the agent."""
        return any(bool(table.authored.any()) for table in self.tables)
