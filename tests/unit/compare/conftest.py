"""Two versions with exactly the outcomes a test writes down."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from harness.compare.arms import Arm, arm
from harness.model.suite import Lock
from harness.model.trial import Outcome, Scored, Trial, TrialRecord

A, B = "dev@aaaaaaaa", "dev@bbbbbbbb"
Outcomes = Mapping[str, Sequence[Outcome | None]]


def yes_no(pattern: str) -> tuple[Outcome, ...]:
    """`yyn` as three scored outcomes."""
    return tuple(Scored("yes" if letter == "y" else "no", ()) for letter in pattern)


def make_arm(label: str, outcomes: Outcomes, families: Mapping[str, str], scorers: Sequence[str]) -> Arm:
    """One version's arm; None = no record."""
    plan = [Trial(t, label, n, n) for t, results in outcomes.items() for n in range(1, len(results) + 1)]
    lock = Lock(
        hash="0" * 64,
        suite="s",
        seed=1,
        attempts=max(len(results) for results in outcomes.values()),
        profile="full",
        scorers=dict.fromkeys(scorers, 1),
        tasks=dict.fromkeys(outcomes, "d"),
        agents={A: {"source": "v1.md"}, B: {"source": "v2.md"}},
        images={},
        tools={},
        trials=tuple(plan),
        families=families,
    )
    flat = [outcome for results in outcomes.values() for outcome in results]
    records = tuple(
        TrialRecord(trial, outcome, "", "", None, None, None, 3)
        for trial, outcome in zip(plan, flat, strict=True)
        if outcome is not None
    )
    return arm("run", lock, records, label)


@pytest.fixture
def arms() -> Callable[..., tuple[Arm, Arm]]:
    """(first, second) from two mappings task -> outcomes (or a `yyn` pattern)."""

    def make(
        first: Mapping[str, str | Sequence[Outcome | None]],
        second: Mapping[str, str | Sequence[Outcome | None]],
        families: Mapping[str, str] | None = None,
        scorers: Sequence[str] = (),
    ) -> tuple[Arm, Arm]:
        sides = [{t: yes_no(r) if isinstance(r, str) else r for t, r in side.items()} for side in (first, second)]
        return (
            make_arm(A, sides[0], families or {}, scorers),
            make_arm(B, sides[1], families or {}, scorers),
        )

    return make
