"""Keyset paging: a cursor names the last link seen, so links created meanwhile shift nothing."""

import base64
import re

from app.errors import Invalid

MAX_SQLITE_INTEGER = 2**63 - 1
FORM = re.compile(rb"after:([1-9][0-9]{0,18})")


def encode_cursor(seq: int) -> str:
    return base64.urlsafe_b64encode(b"after:%d" % seq).decode().rstrip("=")


def decode_cursor(cursor: str) -> int:
    """The creation number a cursor holds; Invalid for anything that was not given out here."""
    text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    parts = FORM.fullmatch(text)
    if parts is None or int(parts[1]) > MAX_SQLITE_INTEGER:
        raise Invalid("this cursor was not given out here")
    return int(parts[1])
