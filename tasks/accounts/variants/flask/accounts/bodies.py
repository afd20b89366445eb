"""Checks request bodies against the contract, by hand."""

import json
import re

EMAIL = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,30}(\.[A-Za-z0-9-]{1,30}){1,3}")
LONGEST_S = 86_400


class Invalid(Exception):
    """A body that breaks the contract."""


def parse(data, required, optional=()):
    """The JSON object in `data`, of exactly these fields."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        raise Invalid("the body is not JSON") from None
    if not isinstance(body, dict) or not set(required) <= set(body) <= {*required, *optional}:
        raise Invalid("expected an object; fields are missing or not allowed")
    return body


def text(value, low, high):
    if not isinstance(value, str) or not low <= len(value) <= high or not _encodable(value):
        raise Invalid(f"a text of {low} to {high} characters is expected")
    return value


def email(value):
    """An address in lower case."""
    if not isinstance(value, str) or not EMAIL.fullmatch(value):
        raise Invalid("malformed e-mail address")
    return value.lower()


def seconds(value):
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int or not 1 <= value <= LONGEST_S:
        raise Invalid("a life is 1 to 86400 whole seconds")
    return value


def new_password(value, address):
    text(value, 10, 128)
    if value.lower() == address:
        raise Invalid("the e-mail address is no password")
    return value


def _encodable(value):
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
