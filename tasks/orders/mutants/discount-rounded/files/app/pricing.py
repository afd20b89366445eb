"""Money, in whole cents."""

from collections.abc import Iterable
from dataclasses import dataclass

DISCOUNT_FROM_CENTS = 10_000
DISCOUNT_PERCENT = 10


@dataclass(frozen=True)
class Totals:
    subtotal_cents: int
    discount_cents: int

    @property
    def total_cents(self) -> int:
        return self.subtotal_cents - self.discount_cents


def line_total(quantity: int, unit_price_cents: int) -> int:
    return quantity * unit_price_cents


def totals(lines: Iterable[tuple[int, int]]) -> Totals:
    """Totals of (quantity, unit price) lines; the discount is rounded down to a whole cent."""
    subtotal = sum(line_total(quantity, price) for quantity, price in lines)
    discount = round(subtotal * DISCOUNT_PERCENT / 100) if subtotal >= DISCOUNT_FROM_CENTS else 0
    return Totals(subtotal, discount)
