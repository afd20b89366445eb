"""The summary: figures per status, without cancelled orders in the total."""

import pytest
from shop import STATUSES, order_in, some_items


def grown(before, after):
    """What came to a summary, as (orders, total, {status: (count, total)})."""
    by_status = {
        s: tuple(after["by_status"][s][key] - before["by_status"][s][key] for key in ("count", "total_cents"))
        for s in STATUSES
    }
    return after["orders"] - before["orders"], after["total_cents"] - before["total_cents"], by_status


@pytest.mark.requirement("R15")
def test_the_summary_adds_up(carol, bob, ops, rng):
    """Count and worth per status; cancelled orders are counted but not in the total; others see nothing of it."""
    before = {caller.name: caller.summary() for caller in (carol, bob, ops)}
    assert set(before["carol"]["by_status"]) >= set(STATUSES)
    expected = dict.fromkeys(STATUSES, (0, 0))
    for status in rng.sample(STATUSES, 4):
        made = [order_in(status, carol, ops, some_items(rng)) for _ in range(rng.randint(1, 3))]
        expected[status] = (len(made), sum(order["total_cents"] for order in made))
    count = sum(n for n, _ in expected.values())
    worth = sum(cents for status, (_, cents) in expected.items() if status != "cancelled")
    assert grown(before["carol"], carol.summary()) == (count, worth, expected)
    assert grown(before["ops"], ops.summary()) == (count, worth, expected)
    assert grown(before["bob"], bob.summary()) == (0, 0, dict.fromkeys(STATUSES, (0, 0)))


@pytest.mark.requirement("R15")
def test_the_summary_agrees_with_the_list(carol, ops, rng):
    """For each status the summary's count is the list's total."""
    order_in(rng.choice(STATUSES), carol, ops, some_items(rng))
    summary = carol.summary()
    for status in STATUSES:
        assert carol.page(status=status, limit=1)["total"] == summary["by_status"][status]["count"]
    assert carol.page(limit=1)["total"] == summary["orders"]
