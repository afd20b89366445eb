"""Reads request bodies and parameters by the contract; ValueError says what is wrong."""

import json
import re
from datetime import datetime, timedelta

from shorty.moments import parse, text_of
from shorty.slugs import check_wish
from shorty.targets import check_target

STATES = ("active", "disabled", "expired", "exhausted")
CURSOR = re.compile(r"c([0-9a-f]{1,15})")


def read(data: bytes, *allowed: str) -> dict:
    """A JSON object of the allowed fields."""
    try:
        body = json.loads(data)
    except RecursionError:
        raise ValueError("the body is nested too deeply") from None
    if not isinstance(body, dict) or not set(body) <= set(allowed):
        raise ValueError("expected a JSON object of the fields that the contract lists")
    return body


def new_link(data: bytes, now: datetime) -> dict:
    """Fields of a new link; `slug` is None when none was asked for."""
    body = read(data, "target_url", "slug", "expires_at", "ttl_s", "max_visits")
    wanted = {name: value for name, value in body.items() if value is not None}
    return {
        "target_url": _target(wanted.get("target_url")),
        "slug": check_wish(_text(wanted["slug"])) if "slug" in wanted else None,
        "expires_at": _end(wanted, now),
        "max_visits": _whole(wanted["max_visits"], 1_000_000) if "max_visits" in wanted else None,
    }


def change(data: bytes) -> dict:
    """The fields that were sent, checked."""
    body = read(data, "target_url", "disabled")
    if not body or not isinstance(body.get("disabled", False), bool):
        raise ValueError("expected target_url and/or disabled, which is true or false")
    return body if "target_url" not in body else {**body, "target_url": _target(body["target_url"])}


def listing(query) -> tuple[str | None, str, int, int | None]:
    """(state, text, limit, cursor) of a list's query; '' is in every target."""
    state, text, limit = query.get("state"), query.get("q"), query.get("limit", "20")
    if state is not None and state not in STATES:
        raise ValueError("no such state")
    if text is not None and not 1 <= len(text) <= 200:
        raise ValueError("q is 1 to 200 characters")
    if not re.fullmatch(r"[1-9][0-9]?|100", limit):
        raise ValueError("limit is 1 to 100")
    cursor = CURSOR.fullmatch(query["cursor"]) if "cursor" in query else None
    if "cursor" in query and cursor is None:
        raise ValueError("no cursor of this list")
    return state, text or "", int(limit), None if cursor is None else int(cursor[1], 16)


def flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("expected true or false")
    return text == "true"


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("expected a text")
    return value


def _target(value: object) -> str:
    return check_target(_text(value))


def _whole(value: object, most: int) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int or not 1 <= value <= most:
        raise ValueError(f"expected a whole number from 1 to {most}")
    return value


def _end(wanted: dict, now: datetime) -> str | None:
    if "ttl_s" in wanted and "expires_at" in wanted:
        raise ValueError("give expires_at or ttl_s, not both")
    if "ttl_s" in wanted:
        return text_of(now + timedelta(seconds=_whole(wanted["ttl_s"], 31_536_000)))
    if "expires_at" not in wanted:
        return None
    end = parse(wanted["expires_at"])
    if end <= now:
        raise ValueError("expires_at is not in the future")
    return text_of(end)
