"""What a report is made of: a bundle of facts in, sections of paragraphs, tables and figures out.

Refuses to know an output format. Other stages (comparison, gate) add their findings to a report as Sections.
"""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from harness.model.suite import Lock
from harness.model.trial import Scored, Tally, TrialRecord, Void, taken, tally

# A provider says the same again until the user changes a key, a model's name, an address or an account.
REFUSED: Final = frozenset(
    f"provider_{kind}" for kind in ("unauthorised", "forbidden", "quota", "model_unknown", "bad_request", "connection")
)

# A place in a submitted file as evidence has it: `app/main.py:42` or `app/main.py:42:7`.
FILE_LINE: Final = re.compile(r"(?P<file>[^\s:][^:\n]*?):(?P<line>[1-9]\d{0,6})(?::\d+)?")


@dataclass(frozen=True)
class Table:
    """Rows of text; untrusted text is fine. `numeric` names the columns (by index) that are set flush right.

    `anchors`, one per row or none, are the places in the page that the rows' first cells lead to.
    """

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    anchors: tuple[str, ...] = ()


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
    """Everything a report is made from. `sections` come right after the verdict, in the order given."""

    run: str
    lock: Lock
    records: tuple[TrialRecord, ...]
    status: str = ""
    created_utc: str = ""
    finished_utc: str = ""
    sections: tuple[Section, ...] = ()

    @property
    def tally(self) -> Tally:
        """Counts by outcome; ValueError if they do not add up to what was planned."""
        return tally(len(self.lock.trials), [record.outcome for record in self.records])

    @property
    def lost(self) -> Counter[str]:
        """Scorer -> scored trials in which infrastructure kept it from measuring."""
        scored = [record.outcome for record in self.records if isinstance(record.outcome, Scored)]
        return Counter(result.scorer for outcome in scored for result in taken(outcome))

    @property
    def refused(self) -> frozenset[str]:
        """Codes of trials that stay void until the user changes a key, a model's name, an address or an account."""
        return REFUSED.intersection(r.outcome.code for r in self.records if isinstance(r.outcome, Void))

    @property
    def demonstration(self) -> bool:
        """True when a reply was written for this project rather than produced by the agent."""
        return any(record.reply_origin == "authored" for record in self.records)
