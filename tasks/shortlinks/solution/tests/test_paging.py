import base64

import pytest
from app.errors import Invalid
from app.paging import MAX_SQLITE_INTEGER, decode_cursor, encode_cursor


@pytest.mark.parametrize("seq", [1, 12, 123, MAX_SQLITE_INTEGER])
def test_a_cursor_comes_back_as_the_number_it_holds(seq: int) -> None:
    assert "=" not in encode_cursor(seq)
    assert decode_cursor(encode_cursor(seq)) == seq


@pytest.mark.parametrize(
    "text", [b"", b"7", b"after:", b"after:0", b"after:07", b"after:-1", b"after:7\n", b"before:7"]
)
def test_other_texts_are_refused(text: bytes) -> None:
    with pytest.raises(Invalid, match="this cursor was not given out here"):
        decode_cursor(base64.urlsafe_b64encode(text).decode())


@pytest.mark.parametrize("cursor", ["nonsense!", "é", "A", "====", encode_cursor(MAX_SQLITE_INTEGER + 1)])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid, match="this cursor was not given out here"):
        decode_cursor(cursor)
