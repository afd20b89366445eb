import itertools

import pytest

from app.lifecycle import Move, Status, judge

FOR_ALL = {("draft", "submitted"), ("draft", "cancelled"), ("submitted", "cancelled")}
FOR_OPERATOR = {("submitted", "paid"), ("paid", "shipped"), ("paid", "cancelled")}


@pytest.mark.parametrize(("current", "wanted"), list(itertools.product(Status, Status)))
def test_every_pair_of_statuses(current: Status, wanted: Status) -> None:
    pair = (current.value, wanted.value)
    if pair in FOR_ALL:
        expected = (Move.ALLOWED, Move.ALLOWED)
    elif pair in FOR_OPERATOR:
        expected = (Move.FORBIDDEN, Move.ALLOWED)
    else:
        expected = (Move.IMPOSSIBLE, Move.IMPOSSIBLE)
    assert (judge(current, wanted, is_operator=False), judge(current, wanted, is_operator=True)) == expected


def test_statuses_are_spelled_as_in_the_contract() -> None:
    assert [status.value for status in Status] == ["draft", "submitted", "paid", "shipped", "cancelled"]
