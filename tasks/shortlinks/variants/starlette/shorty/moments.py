"""Moments in time: RFC 3339 texts in, UTC texts that sort by time out."""

import re
from datetime import UTC, datetime

FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})", re.I)


def utc_now() -> datetime:
    return datetime.now(UTC)


def parse(text: object) -> datetime:
    """The moment a date-time of RFC 3339 names, in UTC; ValueError for anything else."""
    if not isinstance(text, str) or not FORM.fullmatch(text):
        raise ValueError("expected a date-time like 2035-03-01T09:30:00Z")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError:
        raise ValueError("expected a moment within the years 1 to 9999") from None


def text_of(moment: datetime) -> str:
    """Always of the same length, so that texts compare as the moments do."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
