"""Runs of one version as one sample: every figure is the one that all trials together give."""

from dataclasses import replace

import numpy as np
import pytest

from harness.compare.arms import Arm, arm
from harness.compare.comparison import pairing
from harness.compare.pooling import pooled
from harness.compare.union import held_on
from harness.compare.values import rate, values_of
from harness.model.claim import Claim, Measured, PromiseResult
from harness.model.score import Score
from harness.model.trial import Scored, TrialRecord
from harness.selfcheck.synthetic_runs import FIRST, SECOND, Truth, synthetic_records

CLAIM = Claim("c", "under 5 minutes", (0, 0), 1, "wall_time_min", "<", 5.0, "min")


def runs(number: int, adapter: str = "chat", truth: Truth | None = None) -> list[tuple[Arm, Arm]]:
    found = []
    for seed in range(1, number + 1):
        lock, records = synthetic_records(truth or Truth(families=4, attempts=2 + seed, voids=seed), seed)
        agents = {label: {**agent, "adapter": adapter} for label, agent in lock.agents.items()}
        lock = replace(lock, agents=agents)
        found.append((arm(f"r{seed}", lock, records, FIRST), arm(f"r{seed}", lock, records, SECOND)))
    return found


def test_one_run_is_itself() -> None:
    ((side, _),) = runs(1)
    assert pooled([side]) == (side, 0)


def test_every_trial_of_every_run_is_there_once_under_its_own_number() -> None:
    sides = [second for _, second in runs(3)]
    whole, left_out = pooled(sides)
    assert left_out == 0
    assert len(whole.table) == sum(len(side.table) for side in sides) == 4 * (3 + 4 + 5)
    assert len(set(whole.trials)) == len(whole.trials)
    assert whole.lock.attempts == 12
    assert {trial.attempt for trial in whole.trials} == set(range(1, 13))
    assert whole.run == "r3"
    expected = [record.outcome for side in sides for record in side.records]
    assert [record.outcome for record in whole.records] == expected
    counts = [rate(values_of(side, "accepted", (), held_on(side, side))) for side in (*sides, whole)]
    assert counts[3].n == sum(found.n for found in counts[:3])
    assert counts[3].counts["void"] == 6
    assert whole.table.critical.dtype == bool
    assert np.isnan(whole.table.pace).all()


def test_a_pair_of_samples_is_compared_as_if_it_had_been_one_run() -> None:
    pairs = runs(2, truth=Truth(families=4, attempts=3))
    first, second = (pooled(sides)[0] for sides in zip(*pairs, strict=True))
    found = pairing(first, second, "acceptance", held_on(first, second))
    assert [(task.n_a, task.n_b) for task in found.tasks] == [(6, 6)] * 4
    apart = [pairing(a, b, "acceptance", held_on(a, b)) for a, b in pairs]
    for task, one, other in zip(found.tasks, *(each.tasks for each in apart), strict=True):
        assert task.difference == pytest.approx((one.difference + other.difference) / 2)


def test_what_only_one_run_knows_stays_with_its_trials() -> None:
    ((one, _), (other, _)) = runs(2, truth=Truth(families=2, attempts=2))

    def rich(record: TrialRecord) -> TrialRecord:
        assert isinstance(record.outcome, Scored)
        extra = Score("soak", 1, 0.5, 1, 2, "x")
        promise = PromiseResult(CLAIM, "kept", Measured("wall_time_min", 3.0, 3.0, 3.0), "")
        outcome = replace(record.outcome, scores=(*record.outcome.scores, extra), flags=("suspect",))
        return replace(record, outcome=outcome, promises=(promise,))

    other = arm(other.run, other.lock, tuple(map(rich, other.records)), other.label)
    table = pooled([one, other])[0].table
    assert table.said("soak").said("score").tolist() == [False] * 4 + [True] * 4
    assert table.flagged("suspect").tolist() == [False] * 4 + [True] * 4
    assert np.isnan(table.figures["wall_time_min"].value).tolist() == [True] * 4 + [False] * 4
    ((claim, places, _),) = table.promises
    assert (claim, places.tolist()) == (CLAIM, [4, 5, 6, 7])


@pytest.mark.parametrize(("adapter", "count", "attempts"), [("replay", 4 * 5, 5), ("chat", 4 * 8, 8)])
def test_a_recorded_reply_counts_once_however_often_it_is_measured(adapter: str, count: int, attempts: int) -> None:
    sides = [second for _, second in runs(2, adapter, Truth(families=4, attempts=4))]
    longer = runs(3, adapter, Truth(families=4, attempts=5))[2][1] if adapter == "replay" else sides[1]
    whole, left_out = pooled([sides[0], longer])
    assert len(whole.table) == count
    assert left_out == (16 if adapter == "replay" else 0)
    assert whole.lock.attempts == attempts
