"""A policy on a version held against itself: its false alarms and the loss it finds, against direct simulation."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from harness.compare.arms import Arm, arm
from harness.compare.calibrated import Calibration
from harness.gate.calibrate import calibrate
from harness.gate.policy import NonInferiority, Policy
from harness.gate.rehearsal import Pool, Rehearsal, Tally, not_measured, pooled, values
from harness.model.trial import Failed, Outcome, TrialRecord, Void
from harness.selfcheck.synthetic_runs import FIRST, SECOND, Truth, synthetic_records

POLICY = Policy("release", "0" * 64, 2, 1, non_inferiority=NonInferiority(("accepted",)))
STEADY = Truth(families=12, attempts=4, rate=1.0, spread=0.0)
VARYING = Truth(families=24, attempts=10, rate=0.7, spread=0.2)


def one_arm(truth: Truth, seed: int, edit: Callable[[int, TrialRecord], Outcome | None] = lambda n, r: None) -> Arm:
    lock, records = synthetic_records(truth, seed)
    own = [record for record in records if record.trial.agent_label == FIRST]
    own = [replace(record, outcome=edit(number, record) or record.outcome) for number, record in enumerate(own)]
    return arm("run", lock, own, FIRST)


def calibrated(side: Arm, each: int, splits: int = 20, policy: Policy = POLICY) -> Calibration:
    return calibrate(pooled([side]), policy, each, each, (side.run,), splits, 1, lambda line: None)


def test_repeats_that_never_differ_give_no_alarm_and_one_answer() -> None:
    found = calibrated(one_arm(STEADY, 1), each=2)
    assert list(found.outcomes.values()) == [20]
    assert found.share("BLOCK").hits == 0
    assert found.pages == 0
    assert found.unsteady == ()
    block = found.models[0].found["block"]
    assert block is not None
    assert 0 < block.loss < 0.75  # one trial in four a task scatters, and still it is found
    assert found.mean == 1


def test_a_version_that_delivers_nothing_has_nothing_to_lose() -> None:
    found = calibrated(one_arm(STEADY, 1, lambda n, r: Failed("refused", "m", "intake")), each=2)
    assert found.mean == 0
    assert [model.found for model in found.models] == [dict.fromkeys(("block", "held_back", "worse"))] * 2
    assert [formula.loss for formula in found.formulas] == [None, None]
    assert found.share("BLOCK").hits == 0


def test_trials_lost_to_us_stay_lost_and_the_caps_apply() -> None:
    side = one_arm(STEADY, 1, lambda n, r: Void("infrastructure", "c", "m", "s") if n % 3 == 0 else None)
    found = calibrated(side, each=2, splits=10)
    assert found.outcomes == {"INVALID": 10}
    assert {outcome for outcome, _ in found.decided_by} == {"INVALID"}
    assert np.isnan(values(pooled([side]), "accepted")).sum() == 16
    whole = Rehearsal(pooled([side]), replace(POLICY, void_share=1.0, void_gap=1.0), 2, 1).run(range(4), 1.0)
    assert whole.outcomes["INVALID"] == 0


def test_too_few_families_never_decide_and_say_which_rule() -> None:
    found = calibrated(one_arm(replace(VARYING, families=5), 1), each=5)
    assert found.outcomes == {"INCONCLUSIVE": 20}
    assert dict(found.decided_by) == {("INCONCLUSIVE", "accepted.non_inferiority"): 20}
    assert found.models[0].found["block"] is None
    assert found.formulas[0].loss is None


def test_a_confirmed_critical_in_the_repeats_blocks_the_halves_that_hold_it() -> None:
    lock, records = synthetic_records(replace(STEADY, criticals=1), 1)
    own = [record for record in records if record.trial.agent_label == SECOND]
    found = calibrated(arm("run", lock, own, SECOND), each=2, splits=40)
    low, high = found.share("BLOCK").interval
    assert low < 0.5 < high  # the second half holds it in half of the splits
    assert ("BLOCK", "confirmed_critical") in found.decided_by
    assert found.alarms == 0  # that is no false alarm


def test_the_same_seed_says_the_same_and_another_not() -> None:
    pool = pooled([one_arm(VARYING, 3)])
    one, same, other = (Rehearsal(pool, POLICY, 5, seed).run(range(15), 0.2) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_runs_under_one_lock_are_pooled() -> None:
    pool = pooled([one_arm(VARYING, 3), one_arm(VARYING, 3)])
    assert pool.repeats == 20
    accepted = values(pool, "accepted")
    assert (accepted[:, :10] == accepted[:, 10:]).all()


def test_a_trial_that_was_never_run_or_cancelled_is_no_repeat() -> None:
    lock, records = synthetic_records(STEADY, 1)
    own = [record for record in records if record.trial.agent_label == FIRST]
    assert not_measured(arm("run", lock, own, FIRST)) == 0
    own[3] = replace(own[3], outcome=Void("cancelled", "c", "m", "s"))
    assert not_measured(arm("run", lock, own[1:], FIRST)) == 2


@cache
def version() -> Pool:
    """Two hundred repeats of one version of known rates: splits of 5 and 5 are as good as fresh samples of it."""
    return pooled([one_arm(replace(VARYING, attempts=200), 11)])


def sample(number: int) -> Pool:
    """Ten of these repeats, others for each number: what somebody has who ran the version ten times."""
    whole = version()
    return replace(whole, rows=whole.rows[:, 10 * number : 10 * number + 10])


def said(tally: Tally) -> dict[str, float]:
    """Shares of the three events."""
    counts = {"block": tally.outcomes["BLOCK"], "held back": tally.n - tally.outcomes["PASS"], "worse": tally.worse}
    return {name: count / tally.n for name, count in counts.items()}


@pytest.mark.slow
@pytest.mark.parametrize("loss", [0.0, 0.2])
def test_splits_of_ten_repeats_say_what_fresh_samples_say(loss: float) -> None:
    """On average over twenty samples: false alarms at no loss, power at a loss. Tolerance: 3.5 standard errors, which
    hold how samples differ."""
    drawn = said(Rehearsal(version(), POLICY, 5, 1).run(range(300), loss))
    samples = [said(Rehearsal(sample(n), POLICY, 5, n).run(range(15), loss)) for n in range(20)]
    for name, share in drawn.items():
        split = [one[name] for one in samples]
        error = (share * (1 - share) / 300 + np.var(split, ddof=1) / 20) ** 0.5
        assert np.mean(split) == pytest.approx(share, abs=float(3.5 * error + 0.01)), name


@pytest.mark.slow
def test_the_smallest_loss_is_found_in_four_of_five_fresh_samples() -> None:
    """The loss that samples of ten repeats give is found with 80 % (70 to 90) where it counts: in fresh samples; and
    the formula agrees with the splits within a fifth."""
    found = [calibrate(sample(n), POLICY, 5, 5, ("run",), 60, 1, lambda line: None) for n in range(4)]
    losses = [row.loss for one in found if (row := one.models[0].found["block"]) is not None]
    assert len(losses) == 4
    fresh = said(Rehearsal(version(), POLICY, 5, 1).run(range(300), float(np.mean(losses))))
    assert 0.70 < fresh["block"] < 0.90
    formulas = [formula.loss or np.nan for one in found for formula in one.formulas if formula.event == "block"]
    assert np.mean(formulas) == pytest.approx(np.mean(losses), rel=0.2)
