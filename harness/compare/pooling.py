"""Several runs of one version as one sample: their trials side by side, attempts counted on.

Refuses to count a recorded reply twice: where a version only replays recordings, the same attempt of the same task in
two runs is the same reply, and only the later measurement of it stays.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from harness.compare.arms import Arm
from harness.compare.pseudo import joined, picked
from harness.compare.table import Table, Truths
from harness.model.trial import Trial, TrialRecord

REPLAY: Final = "replay"  # the adapter whose replies are recordings


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
    shifts = np.cumsum([0, *(int(table.attempt.max(initial=0)) for table in tables[:-1])]).tolist()
    origin = [(part, int(place)) for part, keep in enumerate(kept) for place in np.flatnonzero(keep)]
    before = [tables[part].plan[place] for part, place in origin]
    plan = [
        replace(trial, attempt=trial.attempt + shifts[part]) for trial, (part, _) in zip(before, origin, strict=True)
    ]
    found = picked(joined(tables), np.flatnonzero(np.concatenate(kept)), plan)
    said = [tables[part].problems.get(trial.name) for trial, (part, _) in zip(before, origin, strict=True)]
    problems = {trial.name: text for trial, text in zip(plan, said, strict=True) if text is not None}
    return replace(found, problems=problems), origin
