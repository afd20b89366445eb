"""Tables made of tables: the repeats of runs pooled into one, and rows of it picked, in another order, as trials anew.

Refuses to know what a column means: whatever a table holds of a trial goes where its row goes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from harness.compare.row import Row
from harness.compare.table import Codes, Figures, Results, Table, table_of
from harness.model.claim import Claim
from harness.model.trial import Trial

Places = NDArray[np.intp]
Promised = tuple[Claim, NDArray[np.int32], Codes]
_Group = TypeVar("_Group", Results, Figures)


def failed_row(code: str) -> Table:
    """A table of one failed trial, for what is made to fail."""
    trial = Trial("", "", 1, 0)
    return table_of([trial], {trial: Row("failed", code)})


def joined(tables: Sequence[Table]) -> Table:
    """The rows of all, one table after the other."""
    sizes = [len(table) for table in tables]
    starts = np.cumsum([0, *sizes[:-1]])
    tasks = tuple(dict.fromkeys(task for table in tables for task in table.tasks))
    columns = {name: np.concatenate([getattr(table, name) for table in tables]) for name in _columns(tables[0])}
    columns["task"] = np.concatenate([[tasks.index(table.tasks[at]) for at in table.task] for table in tables])
    return Table(
        **columns,
        plan=tuple(trial for table in tables for trial in table.plan),
        tasks=tasks,
        code=tuple(code for table in tables for code in table.code),
        flags={
            name: np.concatenate([table.flagged(name) for table in tables])
            for name in dict.fromkeys(name for table in tables for name in table.flags)
        },
        results=_together([table.results for table in tables], sizes),
        figures=_together([table.figures for table in tables], sizes),
        promises=_promised(tables, starts.tolist()),
        problems={},
    )


def picked(table: Table, places: Places, plan: Sequence[Trial]) -> Table:
    """The rows at these places as the trials of `plan`; a row may be there more than once."""
    tasks = tuple(dict.fromkeys(trial.task_id for trial in plan))
    number = {task: place for place, task in enumerate(tasks)}
    columns: dict[str, Any] = {name: getattr(table, name)[places] for name in _columns(table)}
    columns["task"] = np.array([number[trial.task_id] for trial in plan], dtype=np.int32)
    columns["attempt"] = np.array([trial.attempt for trial in plan], dtype=np.int32)
    return replace(
        table,
        **columns,
        plan=tuple(plan),
        tasks=tasks,
        code=tuple(table.code[place] for place in places),
        flags={name: column[places] for name, column in table.flags.items()},
        results={name: _rows(group, places) for name, group in table.results.items()},
        figures={name: _rows(group, places) for name, group in table.figures.items()},
        promises=tuple(_held(claim, at, codes, places) for claim, at, codes in table.promises),
        problems={},
    )


def _columns(group: Any) -> list[str]:
    """The arrays of a table, or of a group of arrays in it."""
    return [field.name for field in fields(group) if isinstance(getattr(group, field.name), np.ndarray)]


def _rows(group: _Group, places: Places) -> _Group:
    return replace(group, **{name: getattr(group, name)[places] for name in _columns(group)})


def _together(groups: Sequence[Mapping[str, _Group]], sizes: Sequence[int]) -> dict[str, _Group]:
    """Groups of the same name, one after the other; where a table lacks one it says nothing: code 0, no number."""
    found = {}
    for name in dict.fromkeys(name for group in groups for name in group):
        sample = next(group[name] for group in groups if name in group)
        columns = {}
        for column in _columns(sample):
            kind = getattr(sample, column).dtype
            nothing = np.nan if np.issubdtype(kind, np.floating) else 0
            parts = [
                getattr(group[name], column) if name in group else np.full(size, nothing, dtype=kind)
                for group, size in zip(groups, sizes, strict=True)
            ]
            columns[column] = np.concatenate(parts)
        found[name] = replace(sample, **columns)
    return found


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
