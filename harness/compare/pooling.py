"""Several runs of one version as one sample: their trials side by side, attempts counted on.

Refuses to count a recorded reply twice: where a version only replays recordings, the same attempt of the same task in
two runs is the same reply, and only the later measurement of it stays.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harness.compare.arms import Arm
from harness.compare.table import Codes, Figures, Numbers, Results, Table, Truths
from harness.model.claim import Claim
from harness.model.trial import Trial, TrialRecord

REPLAY: Final = "replay"  # the adapter whose replies are recordings
_Part = tuple[Table, NDArray[np.intp]]  # a table and the places in it that stay


def pooled(arms: Sequence[Arm]) -> tuple[Arm, int]:
    """One arm of all of them, oldest first, and how many trials were left out because a later run replays the same
    reply; an arm alone is itself. Label, lock and run are those of the last."""
    if len(arms) == 1:
        return arms[0], 0
    kept = [_fresh(arm, arms[place + 1 :]) for place, arm in enumerate(arms)]
    fresh = [arm for arm, keep in zip(arms, kept, strict=True) if keep.any()]
    left_out = sum(int(np.count_nonzero(~keep)) for keep in kept)
    table, places = _joined([arm.table for arm in fresh], [keep for keep in kept if keep.any()])
    origin = dict(zip(table.plan, places, strict=True))

    def load(trial: Trial) -> TrialRecord | None:
        found = origin.get(trial)
        return None if found is None else fresh[found[0]].load(fresh[found[0]].trials[found[1]])

    last = arms[-1]
    attempts = sum(arm.lock.attempts for arm in fresh)
    return replace(last, lock=replace(last.lock, attempts=attempts), table=table, load=load), left_out


def _fresh(arm: Arm, later: Sequence[Arm]) -> Truths:
    """The trials that no later run measures again from the same recording."""
    again = {
        (trial.task_id, trial.attempt) for other in later if _replays(arm) and _replays(other) for trial in other.trials
    }
    return np.array([(trial.task_id, trial.attempt) not in again for trial in arm.trials], dtype=bool)


def _replays(arm: Arm) -> bool:
    return arm.lock.agents.get(arm.label, {}).get("adapter") == REPLAY


def _joined(tables: Sequence[Table], kept: Sequence[Truths]) -> tuple[Table, list[tuple[int, int]]]:
    """The kept trials of all tables with attempts counted on, and where each comes from: (table, place)."""
    parts = [(table, np.flatnonzero(keep)) for table, keep in zip(tables, kept, strict=True)]
    shifts = np.cumsum([0, *(int(table.attempt.max(initial=0)) for table in tables[:-1])])
    plan = tuple(
        replace(table.plan[place], attempt=table.plan[place].attempt + int(shift))
        for (table, places), shift in zip(parts, shifts, strict=True)
        for place in places
    )
    tasks = tuple(dict.fromkeys(task for table in tables for task in table.tasks))
    number = {task: place for place, task in enumerate(tasks)}
    origin = [(part, int(place)) for part, (_, places) in enumerate(parts) for place in places]
    said = [tables[part].problems.get(tables[part].plan[place].name) for part, place in origin]
    alike = ("outcome", "lost_to", "accepted", "unasked", "pace", "files", "cost_usd")
    seen = ("critical", "attacked", "unconfirmed", "hushed", "authored")
    found = Table(
        plan=plan,
        tasks=tasks,
        task=np.array([number[trial.task_id] for trial in plan], dtype=np.int32),
        attempt=np.array([trial.attempt for trial in plan], dtype=np.int32),
        code=tuple(tables[part].code[place] for part, place in origin),
        promises=_promises(parts),
        problems={trial.name: text for trial, text in zip(plan, said, strict=True) if text is not None},
        **{name: _column(parts, attrgetter(name)) for name in (*alike, *seen)},
        **_by_name(parts),
    )
    return found, origin


def _by_name(parts: Sequence[_Part]) -> dict[str, Any]:
    """The columns that are kept by flag, scorer or metric, which not every table has."""

    def names(field: str) -> dict[str, None]:
        return dict.fromkeys(name for table, _ in parts for name in getattr(table, field))

    def figure(metric: str, end: str) -> Numbers:
        found: Numbers = _column(parts, lambda table: getattr(table.figures.get(metric), end, None), np.nan)
        return found

    def result(scorer: str, field: str) -> Any:
        return _column(parts, lambda table: getattr(table.said(scorer), field))

    return {
        "flags": {
            flag: _column(parts, lambda table, flag=flag: table.flags.get(flag), False) for flag in names("flags")
        },
        "taken": {
            name: _column(parts, lambda table, name=name: table.taken.get(name), False) for name in names("taken")
        },
        "absent": {m: _column(parts, lambda table, m=m: table.absent.get(m), np.int8(0)) for m in names("absent")},
        "results": {name: Results(result(name, "kind"), result(name, "value")) for name in names("results")},
        "figures": {m: Figures(*(figure(m, end) for end in ("value", "low", "high"))) for m in names("figures")},
    }


def _column(parts: Sequence[_Part], get: Callable[..., Any], blank: Any = None) -> Any:
    """One column over all parts; blank: what stands where a table has no such column."""
    found = [(get(table), table, places) for table, places in parts]
    return np.concatenate(
        [(np.full(len(table), blank) if values is None else values)[places] for values, table, places in found]
    )


def _promises(parts: Sequence[_Part]) -> tuple[tuple[Claim, NDArray[np.int32], Codes], ...]:
    found: dict[Claim, tuple[list[NDArray[np.int32]], list[Codes]]] = {}
    start = 0
    for table, places in parts:
        place_now = np.full(len(table), -1, dtype=np.int32)
        place_now[places] = start + np.arange(len(places), dtype=np.int32)
        for claim, old, said in table.promises:
            stays = place_now[old] >= 0
            where, verdicts = found.setdefault(claim, ([], []))
            where.append(place_now[old][stays])
            verdicts.append(said[stays])
        start += len(places)
    return tuple((claim, np.concatenate(where), np.concatenate(said)) for claim, (where, said) in found.items())
