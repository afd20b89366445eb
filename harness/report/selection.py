"""Which trials of a very large run are shown with their evidence, and what is said of all the others.

Refuses to choose by who looks better: of each task and version those come first that a person must see (a confirmed
critical, cheating, a suspicion, a damaged record), then those that lost something, in the order of the plan.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from harness.compare.arms import Arm
from harness.compare.table import ACCEPTED_WORDS
from harness.compare.table import Table as Trials
from harness.model.trial import Trial

WHOLE_UP_TO: Final = 3000  # trials; of a larger run not every record is loaded for its report
EACH: Final = 10  # trials of a task and version that are shown then


def selected(arms: Sequence[Arm]) -> tuple[Trial, ...]:
    """The trials whose records are loaded: all of them, unless there are too many."""
    if sum(len(side.table) for side in arms) <= WHOLE_UP_TO:
        return tuple(trial for side in arms for trial in side.trials)
    return tuple(side.trials[place] for side in arms for place in _telling(side.table))


@lru_cache(maxsize=16)
def words_of(table: Trials) -> Sequence[str]:
    """Every trial's result in a word, as its own page says it."""
    said = {
        "yes": "accepted",
        "no": "not accepted",
        "undetermined": "undetermined",
        "": "",
    }
    words = np.array([said[word] for word in ACCEPTED_WORDS], dtype=object)[table.accepted]
    for outcome in ("missing", "failed", "void"):
        words[table.is_(outcome)] = outcome
    found: list[str] = words.tolist()
    return found


def _telling(table: Trials) -> list[int]:
    damaged = np.array([trial.name in table.problems for trial in table.plan], dtype=bool)
    first = table.critical | table.flagged("cheating") | table.flagged("suspect") | table.unconfirmed | damaged
    rank = np.where(table.accepted == ACCEPTED_WORDS.index("yes"), 2, 1)
    rank = np.where(first, 0, rank)
    rank[~table.measured] = 3
    found: list[int] = []
    for task in range(len(table.tasks)):
        places = np.flatnonzero(table.task == task)
        order = places[np.argsort(rank[places], kind="stable")][:EACH]
        found += sorted(place for place in order.tolist() if rank[place] < 3)
    return found
