"""Checks request bodies and query parameters against the contract, by hand."""

import base64
import json
import re

STATUSES = ("draft", "submitted", "paid", "shipped", "cancelled")
SKU = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
LARGEST = 2**63 - 1


class Invalid(Exception):
    """A body or parameter that breaks the contract."""


def parse(data):
    """The JSON object in `data`."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        raise Invalid("the body is not JSON") from None
    return fields(body)


def fields(value, required=(), optional=()):
    """`value` as an object; with names given, of exactly these fields."""
    if not isinstance(value, dict):
        raise Invalid("expected a JSON object")
    if (required or optional) and not set(required) <= set(value) <= {*required, *optional}:
        raise Invalid("fields are missing or not allowed")
    return value


def number(value, low, high):
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int or not low <= value <= high:
        raise Invalid("a number is not whole or out of range")
    return value


def note(value):
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > 500 or not _encodable(value):
        raise Invalid("a note is a text of at most 500 characters")
    return value


def lines(value):
    if not isinstance(value, list) or not 1 <= len(value) <= 50:
        raise Invalid("an order has 1 to 50 items")
    return [_line(each) for each in value]


def _line(value):
    line = fields(value, required=("sku", "quantity", "unit_price_cents"))
    if not isinstance(line["sku"], str) or not SKU.fullmatch(line["sku"]):
        raise Invalid("malformed sku")
    return line["sku"], number(line["quantity"], 1, 1000), number(line["unit_price_cents"], 0, 10_000_000)


def status(value):
    if value not in STATUSES:
        raise Invalid("no such status")
    return value


def limit(text):
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= 100:
        raise Invalid("limit is 1 to 100")
    return int(text)


def write_cursor(sort, order):
    text = "|".join([sort, str(order["total"]), str(order["n"])])
    return base64.urlsafe_b64encode(text.encode()).decode()


def read_cursor(sort, text):
    try:
        found = re.fullmatch(r"([a-z_-]+)\|([0-9]+)\|([0-9]+)", base64.urlsafe_b64decode(text.encode()).decode())
    except ValueError:
        found = None
    if found is None or found[1] != sort or max(int(found[2]), int(found[3])) > LARGEST:
        raise Invalid("no cursor of this list")
    return {"total": int(found[2]), "n": int(found[3])}


def _encodable(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
