"""Keyset paging: a cursor names the last order seen, so orders created meanwhile shift nothing."""

import base64
import pickle
from dataclasses import dataclass

from app.errors import InvalidCursor
from app.schemas import Sort

MAX_SQLITE_INTEGER = 2**63 - 1


@dataclass(frozen=True)
class Position:
    """The last order of a page: its sort value (creation number when sorted by time) and creation number."""

    value: int
    seq: int


def encode_cursor(sort: Sort, position: Position) -> str:
    data = pickle.dumps([sort, position.value, position.seq])
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode_cursor(sort: Sort, cursor: str) -> Position:
    """The position a cursor of the same sort names; InvalidCursor for anything else."""
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        parts = pickle.loads(data)
    except Exception:
        raise InvalidCursor("this cursor was not given out here") from None
    if not isinstance(parts, list) or len(parts) != 3 or parts[0] != sort or not all(map(_is_key, parts[1:])):
        raise InvalidCursor("this cursor was not given out here for this sort")
    return Position(parts[1], parts[2])


def _is_key(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_SQLITE_INTEGER
