"""Tables of tables: what a row says goes where the row goes, and a decision about it stays the same."""

from dataclasses import fields, replace

import numpy as np

from harness.compare.arms import Arm, arm
from harness.compare.pseudo import failed_row, joined, picked
from harness.compare.table import KINDS, Table
from harness.model.claim import Claim, PromiseResult
from harness.model.score import Score
from harness.model.trial import Scored, TrialRecord
from harness.selfcheck.synthetic_runs import SECOND, Truth, synthetic_records

TRUTH = Truth(families=5, attempts=4, rate=0.6, criticals=3, voids=2, slower=1.2)
CLAIM = Claim("c1", "Tests > 80%", (0, 11), 1, "coverage_pct", ">", 80.0, "%")


def side(seed: int, edit: bool = False) -> Arm:
    lock, records = synthetic_records(TRUTH, seed)
    own = [record for record in records if record.trial.agent_label == SECOND]
    if edit:
        own = [edited(record, number) for number, record in enumerate(own)]
    return arm("run", lock, own, SECOND)


def edited(record: TrialRecord, number: int) -> TrialRecord:
    """Every third with a promise, a flag and a scorer that others lack."""
    if number % 3 or not isinstance(record.outcome, Scored):
        return record
    scores = (*record.outcome.scores, Score("extra", 1, number / 100, 1, 2, "extra"))
    promise = PromiseResult(CLAIM, "kept" if number % 2 else "broken", None, "why")
    return replace(record, outcome=replace(record.outcome, scores=scores, flags=("suspect",)), promises=(promise,))


def same(one: Table, other: Table) -> None:
    for field in fields(one):
        left, right = getattr(one, field.name), getattr(other, field.name)
        if isinstance(left, np.ndarray):
            np.testing.assert_array_equal(left, right, field.name)
        elif field.name in ("results", "figures"):
            assert left.keys() == right.keys()
            for name, group in left.items():
                for column in vars(group):
                    np.testing.assert_array_equal(getattr(group, column), getattr(right[name], column), name)
        elif field.name in ("flags", "absent", "taken"):
            assert left.keys() == right.keys()
            for name, column in left.items():
                np.testing.assert_array_equal(column, right[name], name)
        elif field.name == "promises":
            assert [claim for claim, *_ in left] == [claim for claim, *_ in right]
            for (_, places, codes), (_, others, words) in zip(left, right, strict=True):
                np.testing.assert_array_equal(places, others)
                np.testing.assert_array_equal(codes, words)
        else:
            assert left == right, field.name


def test_a_table_joined_to_another_and_picked_out_again_is_itself() -> None:
    one, other = side(1).table, side(2, edit=True).table
    both = joined([one, other])
    assert len(both) == len(one) + len(other)
    alone = picked(both, np.arange(len(one), len(both)), other.plan)
    same(alone, other)
    empty = picked(both, np.arange(len(one)), one.plan)
    assert not empty.flagged("suspect").any()
    assert not empty.said("extra").said(*KINDS[1:]).any()
    assert sum(len(places) for _, places, _ in empty.promises) == 0


def test_rows_may_come_in_any_order_and_more_than_once() -> None:
    table = side(2, edit=True).table
    order = np.array([9, 0, 0, 3])
    found = picked(table, order, [table.plan[place] for place in order])
    for name in ("outcome", "accepted", "critical", "pace"):
        np.testing.assert_array_equal(getattr(found, name), getattr(table, name)[order])
    ((claim, places, codes),) = found.promises
    ((_, held, words),) = table.promises
    known = dict(zip(held.tolist(), words.tolist(), strict=True))
    assert claim == CLAIM
    assert {int(new): int(code) for new, code in zip(places, codes, strict=True)} == {
        new: known[int(place)] for new, place in enumerate(order) if int(place) in known
    }


def test_a_row_that_failed_is_a_failed_trial_without_anything() -> None:
    table = side(2, edit=True).table
    both = joined([table, failed_row("why")])
    found = picked(both, np.array([len(table), len(table)]), table.plan[:2])
    assert found.is_("failed").all()
    assert found.code == ("why", "why")
    assert not found.critical.any()
    assert np.isnan(found.pace).all()
    assert found.lost() == {}
