"""Tables made of tables: the repeats of runs pooled into one, and rows of it picked, in another order, as trials anew.

Refuses to know what a column means: whatever a table holds of a trial goes where its row goes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harness.compare.row import Row
from harness.compare.table import Codes, Table, table_of
from harness.model.claim import Claim
from harness.model.trial import Trial

Places = NDArray[np.intp]
Promised = tuple[Claim, NDArray[np.int32], Codes]
_OTHERWISE: Final = frozenset({"plan", "tasks", "code", "promises", "problems"})


def failed_row(code: str) -> Table:
    """A table of one failed trial, for what is made to fail."""
    trial = Trial("", "", 1, 0)
    return table_of([trial], {trial: Row("failed", code)})


def joined(tables: Sequence[Table]) -> Table:
    """The rows of all, one table after the other."""
    sizes = [len(table) for table in tables]
    starts = np.cumsum([0, *sizes[:-1]]).tolist()
    tasks = tuple(dict.fromkeys(task for table in tables for task in table.tasks))
    number = {task: place for place, task in enumerate(tasks)}
    columns = {name: _together([getattr(table, name) for table in tables], sizes) for name in _columns(tables[0])}
    columns["task"] = np.array([number[table.tasks[at]] for table in tables for at in table.task], dtype=np.int32)
    return replace(
        tables[0],
        **columns,
        plan=tuple(trial for table in tables for trial in table.plan),
        tasks=tasks,
        code=tuple(code for table in tables for code in table.code),
        promises=_promised(tables, starts),
        problems={},
    )


def picked(table: Table, places: Places, plan: Sequence[Trial]) -> Table:
    """The rows at these places as the trials of `plan`; a row may be there more than once."""
    tasks = tuple(dict.fromkeys(trial.task_id for trial in plan))
    number = {task: place for place, task in enumerate(tasks)}
    columns = {name: _at(getattr(table, name), places) for name in _columns(table)}
    columns["task"] = np.array([number[trial.task_id] for trial in plan], dtype=np.int32)
    columns["attempt"] = np.array([trial.attempt for trial in plan], dtype=np.int32)
    return replace(
        table,
        **columns,
        plan=tuple(plan),
        tasks=tasks,
        code=tuple(table.code[place] for place in places),
        promises=tuple(_held(claim, at, codes, places) for claim, at, codes in table.promises),
        problems={},
    )


def _columns(group: Any) -> list[str]:
    """What holds a place for every row: arrays, and arrays or groups of arrays by name. The rest is named above."""
    return [field.name for field in fields(group) if field.name not in _OTHERWISE]


def _at(column: Any, places: Places) -> Any:
    if isinstance(column, Mapping):
        return {name: _at(part, places) for name, part in column.items()}
    if isinstance(column, np.ndarray):
        return column[places]
    return replace(column, **{name: _at(getattr(column, name), places) for name in _columns(column)})


def _together(columns: Sequence[Any], sizes: Sequence[int]) -> Any:
    """One after the other; None, where a table lacks what others have: code 0, no number, false."""
    sample = next(column for column in columns if column is not None)
    if isinstance(sample, Mapping):
        names = dict.fromkeys(name for column in columns for name in column)
        return {name: _together([column.get(name) for column in columns], sizes) for name in names}
    if isinstance(sample, np.ndarray):
        nothing = np.nan if np.issubdtype(sample.dtype, np.floating) else 0
        parts = zip(columns, sizes, strict=True)
        return np.concatenate(
            [np.full(size, nothing, dtype=sample.dtype) if part is None else part for part, size in parts]
        )
    inner = {
        name: _together([None if column is None else getattr(column, name) for column in columns], sizes)
        for name in _columns(sample)
    }
    return replace(sample, **inner)


def _promised(tables: Sequence[Table], starts: Sequence[int]) -> tuple[Promised, ...]:
    found: dict[Claim, list[tuple[NDArray[np.int32], Codes]]] = {}
    for table, start in zip(tables, starts, strict=True):
        for claim, places, codes in table.promises:
            found.setdefault(claim, []).append((places + np.int32(start), codes))
    return tuple(
        (claim, np.concatenate([at for at, _ in parts]), np.concatenate([codes for _, codes in parts]))
        for claim, parts in found.items()
    )


def _held(claim: Claim, at: NDArray[np.int32], codes: Codes, places: Places) -> Promised:
    """One promise where the picked rows hold it."""
    held = dict(zip(at.tolist(), codes.tolist(), strict=True))
    there = [(new, held[place]) for new, place in enumerate(places.tolist()) if place in held]
    return (
        claim,
        np.array([new for new, _ in there], dtype=np.int32),
        np.array([code for _, code in there], dtype=np.int8),
    )
