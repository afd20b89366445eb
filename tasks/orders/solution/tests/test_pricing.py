import pytest

from app.pricing import Totals, line_total, totals


def test_a_line_is_quantity_times_price() -> None:
    assert line_total(7, 250) == 1750


@pytest.mark.parametrize(
    ("subtotal", "discount"),
    [(0, 0), (1, 0), (9999, 0), (10000, 1000), (10009, 1000), (10010, 1001), (123456789, 12345678)],
)
def test_discount(subtotal: int, discount: int) -> None:
    money = totals([(1, subtotal)])
    assert money == Totals(subtotal, discount)
    assert money.total_cents == subtotal - discount


def test_lines_add_up() -> None:
    assert totals([(2, 2599), (10, 549)]) == Totals(10688, 1068)


def test_no_lines_cost_nothing() -> None:
    assert totals([]) == Totals(0, 0)
