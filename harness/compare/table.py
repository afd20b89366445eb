"""Many trials as arrays: the rows of one version's planned trials, column by column.

Refuses to hold a text that nobody counts. Codes are places in the tuples below; a planned trial without a record is
`missing`, and every other array says nothing about it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from harness.compare.row import Fate, Kind, Row
from harness.model.claim import Claim, Verdict
from harness.model.score import Blame
from harness.model.trial import Trial
from harness.scorers.absence import Doing

Codes = NDArray[np.int8]
Numbers = NDArray[np.float64]
Truths = NDArray[np.bool_]

OUTCOMES: Final = ("missing", "scored", "failed", "void")
ACCEPTED_WORDS: Final = ("", "yes", "no", "undetermined")
BLAMES: Final[tuple[str, ...]] = ("", *get_args(Blame))
KINDS: Final[tuple[str, ...]] = ("absent", *get_args(Kind))
FATES: Final[tuple[str, ...]] = get_args(Fate)
DOINGS: Final[tuple[str, ...]] = ("", *get_args(Doing))
VERDICTS: Final[tuple[str, ...]] = get_args(Verdict)
_T = TypeVar("_T")
_NAN: Final = float("nan")


@dataclass(frozen=True, eq=False)
class Results:
    """One scorer on every trial: what it said (KINDS), and its value, NaN where that is no score."""

    kind: Codes
    value: Numbers

    def said(self, *kinds: str) -> Truths:
        """Where it said one of these."""
        return one_of(self.kind, [KINDS.index(kind) for kind in kinds])


@dataclass(frozen=True, eq=False)
class Figures:
    """One measured figure on every trial with the interval it lies in; NaN = none, or unbounded on that side."""

    value: Numbers
    low: Numbers
    high: Numbers


@dataclass(frozen=True, eq=False)
class Table:
    """`plan` in the order of the lock; every array has one place for each of its trials.

    task: place in `tasks`; code: of a failed or void trial; absent: metric -> whose doing it is that nothing could
    decide it (places in DOINGS); pace: ln(p95 / the reference's), NaN = none; taken: scorer -> where infrastructure
    kept it from measuring; promises: the trials' own, (claim, places, verdicts); problems: trial name -> what is
    damaged about its record, which is void.
    """

    plan: tuple[Trial, ...]
    tasks: tuple[str, ...]
    task: NDArray[np.int32]
    attempt: NDArray[np.int32]
    outcome: Codes
    lost_to: Codes
    accepted: Codes
    unasked: Truths
    code: tuple[str, ...]
    flags: Mapping[str, Truths]
    results: Mapping[str, Results]
    figures: Mapping[str, Figures]
    absent: Mapping[str, Codes]
    promises: tuple[tuple[Claim, NDArray[np.int32], Codes], ...]
    pace: Numbers
    critical: Truths
    attacked: Codes
    unconfirmed: Truths
    hushed: Truths
    authored: Truths
    taken: Mapping[str, Truths]
    files: Numbers
    cost_usd: Numbers
    problems: Mapping[str, str]

    def __len__(self) -> int:
        """Planned trials."""
        return len(self.plan)

    @property
    def measured(self) -> Truths:
        """Where there is a record."""
        return self.is_("scored", "failed", "void")

    def is_(self, *outcomes: str) -> Truths:
        """Where the outcome is one of these."""
        return one_of(self.outcome, [OUTCOMES.index(word) for word in outcomes])

    def flagged(self, flag: str) -> Truths:
        """Where the trial has that flag."""
        return self.flags.get(flag, np.zeros(len(self), dtype=bool))

    def lost(self, among: Truths | None = None) -> Mapping[str, int]:
        """Blame -> how many trials enter no comparison because of it; among: of these only."""
        counts = np.bincount(self.lost_to if among is None else self.lost_to[among], minlength=len(BLAMES))
        return {blame: int(count) for blame, count in zip(BLAMES, counts, strict=True) if blame and count}

    def said(self, scorer: str) -> Results:
        """A scorer's results; of one that never spoke, `absent` everywhere."""
        found = self.results.get(scorer)
        return found or Results(np.zeros(len(self), dtype=np.int8), np.full(len(self), _NAN))


def one_of(codes: Codes, wanted: Iterable[int]) -> Truths:
    """Where a code is one of these few; a tenth of the time that `numpy.isin` takes for it."""
    found = np.zeros(len(codes), dtype=bool)
    for code in wanted:
        found |= codes == code
    return found


def table_of(
    plan: Sequence[Trial],
    rows: Mapping[str, Row] | Mapping[Trial, Row],
    problems: Mapping[str, str] = MappingProxyType({}),
) -> Table:
    """The arrays of these planned trials; rows: by trial, or by its name, of those that have a record."""
    by_name: Any = rows
    found = [by_name.get(trial) or by_name.get(trial.name) for trial in plan]
    tasks = tuple(dict.fromkeys(trial.task_id for trial in plan))
    place = {task: number for number, task in enumerate(tasks)}
    there = [(n, row) for n, row in enumerate(found) if row is not None]
    names = {trial.name for trial in plan} if problems else set()
    return Table(
        plan=tuple(plan),
        tasks=tasks,
        task=np.array([place[trial.task_id] for trial in plan], dtype=np.int32),
        attempt=np.array([trial.attempt for trial in plan], dtype=np.int32),
        outcome=_codes(OUTCOMES, [row.outcome if row else "missing" for row in found]),
        lost_to=_codes(BLAMES, [row.lost_to if row else "" for row in found]),
        accepted=_codes(ACCEPTED_WORDS, [row.accepted if row else "" for row in found]),
        unasked=_truths(row is not None and row.unasked for row in found),
        code=tuple(row.code if row else "" for row in found),
        flags=_named(len(plan), there, lambda row: row.flags),
        results=_results(len(plan), there),
        figures=_figures(len(plan), there),
        absent=_absent(len(plan), there),
        promises=_promises(there),
        pace=np.array([_NAN if row is None or row.pace is None else row.pace for row in found], dtype=float),
        critical=_truths(row is not None and row.critical for row in found),
        attacked=_codes(FATES, [row.attacked if row else "silent" for row in found]),
        unconfirmed=_truths(row is not None and row.unconfirmed for row in found),
        hushed=_truths(row is not None and row.hushed for row in found),
        authored=_truths(row is not None and row.origin == "authored" for row in found),
        taken=_named(len(plan), there, lambda row: row.taken),
        files=np.array([_NAN if row is None or row.files is None else row.files for row in found], dtype=float),
        cost_usd=np.array(
            [_NAN if row is None or row.cost_usd is None else row.cost_usd for row in found], dtype=float
        ),
        problems={name: text for name, text in problems.items() if name in names},
    )


def _codes(words: Sequence[str], said: Sequence[str]) -> Codes:
    place = {word: number for number, word in enumerate(words)}
    return np.array([place[word] for word in said], dtype=np.int8)


def _truths(said: Iterable[bool]) -> Truths:
    return np.fromiter(said, dtype=bool)


def _alike(rows: Iterable[tuple[int, Row]], part: Callable[[Row], _T]) -> Iterator[tuple[_T, list[int]]]:
    """A part of the rows, each that is told apart once, with the places of the rows that have it. Parts that are one
    object are taken together: from the index most are, and comparing them would cost more."""
    found: dict[int, tuple[_T, list[int]]] = {}
    for place, row in rows:
        said = part(row)
        found.setdefault(id(said), (said, []))[1].append(place)
    return iter(found.values())


def _named(size: int, rows: Sequence[tuple[int, Row]], names_of: Callable[[Row], tuple[str, ...]]) -> dict[str, Truths]:
    """Name -> where a row has it among its names."""
    found: dict[str, Truths] = {}
    for names, places in _alike(rows, names_of):
        for name in names:
            found.setdefault(name, np.zeros(size, dtype=bool))[places] = True
    return found


def _results(size: int, rows: Sequence[tuple[int, Row]]) -> dict[str, Results]:
    found: dict[str, Results] = {}
    by_place = dict(rows)
    for scorers, places in _alike(rows, lambda row: row.scorers):
        values = np.array([by_place[place].values for place in places], dtype=float)
        kinds = _kinds(places, by_place)
        for number, scorer in enumerate(scorers):
            result = found.setdefault(scorer, Results(np.zeros(size, dtype=np.int8), np.full(size, _NAN)))
            result.value[places], result.kind[places] = values[:, number], kinds[:, number]
    return found


def _kinds(places: Sequence[int], rows: Mapping[int, Row]) -> Codes:
    """The kinds of these rows, which have the same scorers, as codes."""
    code = {kind: number for number, kind in enumerate(KINDS)}
    known: dict[tuple[Kind, ...], list[int]] = {}
    codes = []
    for place in places:
        kinds = rows[place].kinds
        if kinds not in known:
            known[kinds] = [code[kind] for kind in kinds]
        codes.append(known[kinds])
    return np.array(codes, dtype=np.int8)


def _figures(size: int, rows: Sequence[tuple[int, Row]]) -> dict[str, Figures]:
    found: dict[str, Figures] = {}
    by_place = dict(rows)
    for metrics, places in _alike(rows, lambda row: row.metrics):
        ends = np.array([by_place[place].figures for place in places], dtype=float)
        for number, metric in enumerate(metrics):
            figures = found.setdefault(metric, Figures(*np.full((3, size), _NAN)))
            for column, array in enumerate((figures.value, figures.low, figures.high)):
                array[places] = ends[:, 3 * number + column]
    return found


def _absent(size: int, rows: Sequence[tuple[int, Row]]) -> dict[str, Codes]:
    found: dict[str, Codes] = {}
    for absent, places in _alike(rows, lambda row: row.absent):
        for metric, doing in absent:
            found.setdefault(metric, np.zeros(size, dtype=np.int8))[places] = DOINGS.index(doing)
    return found


def _promises(rows: Sequence[tuple[int, Row]]) -> tuple[tuple[Claim, NDArray[np.int32], Codes], ...]:
    found: dict[Claim, list[tuple[int, int]]] = {}
    for promises, places in _alike(rows, lambda row: row.promises):
        for claim, verdict in promises:
            code = VERDICTS.index(verdict)
            found.setdefault(claim, []).extend((place, code) for place in places)
    columns = ((claim, np.array(sorted(pairs), dtype=np.int32).T) for claim, pairs in found.items())
    return tuple((claim, places, verdicts.astype(np.int8)) for claim, (places, verdicts) in columns)
