"""What a request body may look like: a field's name and the function that checks its value."""

import json
import re

ADDRESS = re.compile(r"[a-z0-9._+-]{1,64}@[a-z0-9-]{1,30}(?:\.[a-z0-9-]{1,30}){1,3}")


class Malformed(Exception):
    """A body that breaks the contract; the message names the field."""


def read(raw, shape, optional=()):
    """The JSON object in `raw`, checked and converted by `shape`: {field: function}."""
    try:
        given = json.loads(raw)
    except (ValueError, RecursionError):
        raise Malformed("no JSON") from None
    if not isinstance(given, dict) or given.keys() - shape or shape.keys() - given.keys() - set(optional):
        raise Malformed("wrong fields")
    found = {}
    for field, value in given.items():
        found[field] = shape[field](value)
        if found[field] is None:
            raise Malformed(field)
    return found


def text(least, most):
    def check(value):
        # a lone surrogate cannot be encoded
        fits = isinstance(value, str) and least <= len(value) <= most and not re.search("[\ud800-\udfff]", value)
        return value if fits else None

    return check


def address(value):
    """In lower case. Only ASCII letters have another case here: others never match."""
    if not isinstance(value, str) or not value.isascii():
        return None
    return value.lower() if ADDRESS.fullmatch(value.lower()) else None


def life(value):
    """Whole seconds."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value or value in (1e999, -1e999):
        return None
    return int(value) if value == int(value) and 1 <= value <= 86_400 else None


CREDENTIALS = {"email": address, "password": text(1, 128)}
NEW_ACCOUNT = {"email": address, "password": text(10, 128), "display_name": text(1, 60)}
NEW_PASSWORD = {**CREDENTIALS, "new_password": text(10, 128)}
SIGN_IN = {**CREDENTIALS, "ttl_s": life}
NAME = {"display_name": text(1, 60)}
TOKEN = {"token": text(1, 4096)}
