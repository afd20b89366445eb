import base64
import json

import pytest

from app.errors import InvalidCursor
from app.paging import MAX_SQLITE_INTEGER, Position, decode_cursor, encode_cursor


def cursor_of(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "position", [Position(0, 0), Position(12, 7), Position(MAX_SQLITE_INTEGER, MAX_SQLITE_INTEGER)]
)
def test_a_cursor_comes_back_as_the_position_it_names(position: Position) -> None:
    cursor = encode_cursor("total_cents", position)
    assert "=" not in cursor
    assert decode_cursor("total_cents", cursor) == position


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense!",
        "é",
        "A",
        "AAAA",
        cursor_of(None),
        cursor_of({}),
        cursor_of(["created_at", 1]),
        cursor_of(["created_at", 1, 2, 3]),
        cursor_of(["-created_at", 1, 2]),
        cursor_of(["created_at", "1", 2]),
        cursor_of(["created_at", 1, True]),
        cursor_of(["created_at", 1.0, 2]),
        cursor_of(["created_at", -1, 2]),
        cursor_of(["created_at", 1, MAX_SQLITE_INTEGER + 1]),
        base64.urlsafe_b64encode(b"[" * 20_000).decode(),
    ],
)
def test_anything_else_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor, match="this cursor was not given out here"):
        decode_cursor("created_at", cursor)
