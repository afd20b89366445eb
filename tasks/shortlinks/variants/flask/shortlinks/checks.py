"""Checks bodies and query parameters against the contract, by hand."""

import base64
import json
import re
from datetime import UTC, datetime
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_network
from urllib.parse import urlsplit

STATES = ("active", "disabled", "expired", "exhausted")
SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,31}")
RESERVED = {*"admin api health help links login logout root static stats support www".split()}
INNER_NAMES = {*"localhost local internal intranet lan home corp arpa".split()}
CLOSED = [
    ip_network(text)
    for text in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24"
        " 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
        " ::/3 4000::/2 8000::/1 2001::/32 2001:db8::/32 2002::/16"
    ).split()
]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)
LARGEST = 2**63 - 1


class Invalid(Exception):
    """A body or parameter that breaks the contract."""


def fields(data, allowed, required=()):
    """The JSON object in `data`, of the allowed fields only."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        raise Invalid("the body is not JSON") from None
    if not isinstance(body, dict) or not set(required) <= set(body) <= set(allowed):
        raise Invalid("expected a JSON object; fields are missing or not allowed")
    return body


def target(url):
    """An address that a link may lead to."""
    if not isinstance(url, str) or len(url) > 2048 or not re.fullmatch(r"[!-\[\]-~]+", url):
        raise Invalid("a target is a text of at most 2048 printable ASCII characters")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Invalid("the host is malformed") from None
    if parts.scheme not in ("http", "https") or url[len(parts.scheme) : len(parts.scheme) + 3] != "://":
        raise Invalid("a target begins with http:// or https://")
    found = re.fullmatch(r"(\[.*\]|[^:@]+)(:[0-9]{1,5})?", parts.netloc)
    if not found or (found[2] and not 0 < int(found[2][1:]) < 65536) or not _public(found[1]):
        raise Invalid("the host is not public, or the port is malformed")
    return url


def _public(host):
    try:
        if host.startswith("["):
            address = IPv6Address(host[1:-1])
            return not address.scope_id and not any(address in network for network in CLOSED)
        if re.fullmatch(r"[0-9.]+", host):
            address = IPv4Address(host)  # four decimal numbers without leading zeros, nothing else
            return not any(address in network for network in CLOSED)
    except AddressValueError:
        return False
    labels = host.lower().split(".")
    well_formed = all(re.fullmatch(r"(?!-)[a-z0-9-]{1,63}(?<!-)", label) for label in labels)
    return (
        well_formed and 1 < len(labels) and len(host) <= 253 and labels[-1][0] > "9" and labels[-1] not in INNER_NAMES
    )


def slug(text):
    """A wished slug in its normal spelling."""
    if not isinstance(text, str) or not SLUG.fullmatch(text) or text.lower() in RESERVED:
        raise Invalid("this slug is malformed or reserved")
    return text.lower()


def number(value, low, high):
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int or not low <= value <= high:
        raise Invalid("a number is not whole or out of range")
    return value


def moment(text):
    if not isinstance(text, str) or not MOMENT.fullmatch(text):
        raise Invalid("expected a date-time with an offset")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid("there is no such moment") from None


def switch(value):
    if not isinstance(value, bool):
        raise Invalid("expected true or false")
    return value


def flag(text):
    if text not in ("true", "false"):
        raise Invalid("expected true or false")
    return text == "true"


def state(text):
    if text not in STATES:
        raise Invalid("no such state")
    return text


def part(text):
    if not 1 <= len(text) <= 200:
        raise Invalid("q is 1 to 200 characters")
    return text


def limit(text):
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= 100:
        raise Invalid("limit is 1 to 100")
    return int(text)


def write_cursor(number):
    return base64.urlsafe_b64encode(f"before {number}".encode()).decode()


def read_cursor(text):
    try:
        found = re.fullmatch(r"before ([0-9]{1,19})", base64.urlsafe_b64decode(text.encode()).decode())
    except ValueError:
        found = None
    if found is None or int(found[1]) > LARGEST:
        raise Invalid("no cursor of this list")
    return int(found[1])
