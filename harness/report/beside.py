"""Trials beside the page: files in `report-trials/` where one page would be too large, and what leads to them.

Refuses to leave a trial out: every planned one has a row in some file. Its evidence is there too, or, in a run too
large to load, at its `trial.json`, to which the row leads.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from harness.compare.table import KINDS, OUTCOMES
from harness.compare.table import Table as Trials
from harness.report.aggregate import figure, scorers_of
from harness.report.explain import Explained
from harness.report.page import html_of, steps
from harness.report.parts import Bundle, Section, Table
from harness.report.selection import words_of

FOLDER: Final = "report-trials"
EACH_FILE: Final = 250  # trials
ONE_FILE: Final = 5_000_000  # bytes of report.html; more, and its trials lie beside it
_WITHOUT: Final = {
    "absent": "–",
    "not_offered": "n/a",
    "nothing_to_see": "n/a",
    "unmeasured": "not measured",
    "unmeasured_by_agent": "not measured",
}
_COUNTED: Final = ("accepted", "not accepted", "failed", "undetermined", "void", "missing")


@dataclass(frozen=True)
class Leaf:
    """One file: `places` of one version's trials of one task."""

    name: str
    task: str
    version: str
    table: Trials
    places: tuple[int, ...]

    @property
    def attempts(self) -> str:
        """`1 to 250`."""
        first, last = (self.table.plan[self.places[end]].attempt for end in (0, -1))
        return f"{first} to {last}"


def leaves(bundle: Bundle) -> tuple[Leaf, ...]:
    """The files, in the order of tasks and versions."""
    found = []
    for task in bundle.lock.tasks:
        for version, side in bundle.sides.items():
            table = side.table
            places = np.flatnonzero(table.task == table.tasks.index(task)).tolist() if task in table.tasks else []
            for number, start in enumerate(range(0, len(places), EACH_FILE), start=1):
                name = f"{FOLDER}/{task}__{version}__{number:03d}.html"
                found.append(Leaf(name, task, version, table, tuple(places[start : start + EACH_FILE])))
    return tuple(found)


def leaves_section(bundle: Bundle) -> Section:
    """What the files hold, with counts; takes the place of the table of all trials."""
    rows, links = [], []
    words = {version: words_of(side.table) for version, side in bundle.sides.items()}
    for leaf in leaves(bundle):
        said = [words[leaf.version][place] for place in leaf.places]
        counts = tuple(str(said.count(word)) for word in _COUNTED)
        rows.append((leaf.task, leaf.version, leaf.attempts, str(len(said)), *counts))
        links.append(steps(leaf.name))
    text = f"Every trial is in a file of its task and version in {FOLDER}/, beside this page."
    if bundle.left_out:
        text += (
            f" {bundle.left_out} trials are there as a row that leads to their trial.json: a run of this size is not"
            " loaded whole. Shown with their evidence are, of each task and version, first those that somebody must"
            " see, then those that lost something."
        )
    headers = ("task", "agent version", "attempts", "trials", *_COUNTED)
    table = Table("Trials by file", headers, tuple(rows), tuple(range(3, 10)), (), tuple(links))
    return Section("trials", "Trials", (text,), (table,))


def leaf_page(bundle: Bundle, leaf: Leaf, trials: Mapping[str, Explained], files: str = "") -> bytes:
    """One file; trials: those that are shown with their evidence, by name; files: as in `render`."""
    scorers = scorers_of(bundle)
    names = [leaf.table.plan[place].name for place in leaf.places]
    anchors = tuple(f"t-{name}" if name in trials else "" for name in names)
    away = tuple("" if name in trials else steps(f"../{files}trials/{name}/trial.json") for name in names)
    headers = ("attempt", "result", *scorers, "flags")
    numeric = (0, *range(2, 2 + len(scorers)))
    table = Table("Every trial of this file", headers, tuple(_rows(bundle, leaf, scorers)), numeric, anchors, away)
    shown = [trials[name] for name in names if name in trials]
    beyond = f"../{files}" if files else ""
    return html_of("trials.html.j2", bundle=bundle, leaf=leaf, table=table, trials=shown, files=beyond)


def _rows(bundle: Bundle, leaf: Leaf, scorers: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    table, words = leaf.table, words_of(leaf.table)
    columns = [_values(bundle, leaf, scorer) for scorer in scorers]
    flags = [(flag, where) for flag, where in table.flags.items() if where.any()]
    for number, place in enumerate(leaf.places):
        said = ", ".join(flag for flag, where in flags if where[place])
        yield (str(table.plan[place].attempt), words[place], *(column[number] for column in columns), said)


def _values(bundle: Bundle, leaf: Leaf, scorer: str) -> list[str]:
    """What each trial of a file has from one scorer, as the table of all trials says it."""
    places = list(leaf.places)
    result = leaf.table.said(scorer)
    kinds = [KINDS[code] for code in result.kind[places].tolist()]
    values = result.value[places].tolist()
    failed = (leaf.table.outcome[places] == OUTCOMES.index("failed")).tolist()
    of_failed = "n/a" if leaf.task in bundle.exempt.get(scorer, ()) else "0"
    return [
        of_failed if lost else figure(value) if kind == "score" else _WITHOUT[kind]
        for lost, kind, value in zip(failed, kinds, values, strict=True)
    ]
