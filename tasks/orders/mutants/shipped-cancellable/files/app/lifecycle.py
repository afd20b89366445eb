"""The life of an order: which moves exist, and who may make them."""

from enum import StrEnum


class Status(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    PAID = "paid"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


class Move(StrEnum):
    """What the rules say about a wished change of status."""

    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    IMPOSSIBLE = "impossible"


# (from, to) -> may the owner do it? The operator may make every move listed here.
OWNER_MAY = {
    (Status.DRAFT, Status.SUBMITTED): True,
    (Status.DRAFT, Status.CANCELLED): True,
    (Status.SUBMITTED, Status.PAID): False,
    (Status.SUBMITTED, Status.CANCELLED): True,
    (Status.PAID, Status.SHIPPED): False,
    (Status.PAID, Status.CANCELLED): False,
    (Status.SHIPPED, Status.CANCELLED): False,
}


def judge(current: Status, wanted: Status, is_operator: bool) -> Move:
    """Judge a move by somebody who may see the order."""
    owner_may = OWNER_MAY.get((current, wanted))
    if owner_may is None:
        return Move.IMPOSSIBLE
    return Move.ALLOWED if owner_may or is_operator else Move.FORBIDDEN
