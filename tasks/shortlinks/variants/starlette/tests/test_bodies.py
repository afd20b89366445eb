import json
from datetime import UTC, datetime, timedelta

import pytest

from shorty import bodies

NOW = datetime(2035, 3, 1, 9, 30, tzinfo=UTC)
URL = "https://shop.example.com/"


def test_a_new_link():
    body = {
        "target_url": URL,
        "slug": "Mine",
        "expires_at": "2035-03-01T09:30:01Z",
        "max_visits": 1_000_000,
        "ttl_s": None,
    }
    assert bodies.new_link(json.dumps(body).encode(), NOW) == {
        "target_url": URL,
        "slug": "mine",
        "expires_at": "2035-03-01T09:30:01.000000Z",
        "max_visits": 1_000_000,
    }
    made = bodies.new_link(json.dumps({"target_url": URL, "ttl_s": 60.0}).encode(), NOW)
    assert made == {"target_url": URL, "slug": None, "expires_at": "2035-03-01T09:31:00.000000Z", "max_visits": None}
    year = bodies.new_link(json.dumps({"target_url": URL, "ttl_s": 31_536_000, "max_visits": 1}).encode(), NOW)
    assert year["expires_at"] == "2036-02-29T09:30:00.000000Z"
    assert year["max_visits"] == 1


@pytest.mark.parametrize(
    "body",
    [
        [],
        None,
        {},
        {"target_url": None},
        {"target_url": 5},
        {"target_url": "ftp://x.example.com"},
        {"target_url": URL, "owner": "bob"},
        {"target_url": URL, "slug": 123},
        {"target_url": URL, "slug": "admin"},
        {"target_url": URL, "expires_at": "2035-03-01T09:30:00Z"},
        {"target_url": URL, "expires_at": "2036-03-01T09:30:00Z", "ttl_s": 5},
        {"target_url": URL, "expires_at": 5},
        *({"target_url": URL, "ttl_s": value} for value in (0, 31_536_001, "5", 1.5, True)),
        *({"target_url": URL, "max_visits": value} for value in (0, 1_000_001, "5", 1.5, True)),
    ],
)
def test_broken_links(body):
    with pytest.raises(ValueError):
        bodies.new_link(json.dumps(body).encode(), NOW)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json(data):
    with pytest.raises(ValueError):
        bodies.read(data)


def test_moments_in_the_future_start_right_after_now():
    body = json.dumps({"target_url": URL, "expires_at": "2035-03-01T09:30:00Z"}).encode()
    assert bodies.new_link(body, NOW - timedelta(microseconds=1))["expires_at"] == "2035-03-01T09:30:00.000000Z"


@pytest.mark.parametrize("body", [{"target_url": URL}, {"disabled": True}, {"disabled": False, "target_url": URL}])
def test_changes(body):
    assert bodies.change(json.dumps(body).encode()) == body


@pytest.mark.parametrize(
    "body", [{}, [], {"disabled": None}, {"disabled": 1}, {"target_url": None}, {"target_url": "x"}, {"slug": "abc"}]
)
def test_broken_changes(body):
    with pytest.raises(ValueError):
        bodies.change(json.dumps(body).encode())


def test_queries():
    assert bodies.listing({}) == (None, "", 20, None)
    query = {"state": "expired", "q": "x" * 200, "limit": "100", "cursor": "c1f"}
    assert bodies.listing(query) == ("expired", "x" * 200, 100, 31)
    assert [bodies.listing({"limit": text})[2] for text in ("1", "10", "99")] == [1, 10, 99]
    assert (bodies.flag("true"), bodies.flag("false")) == (True, False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "x"),
        ("state", ""),
        ("q", ""),
        ("q", "x" * 201),
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "x"),
        ("cursor", "7"),
        ("cursor", ""),
    ],
)
def test_broken_queries(name, value):
    with pytest.raises(ValueError):
        bodies.listing({name: value})


def test_a_flag_is_a_word():
    with pytest.raises(ValueError, match="true or false"):
        bodies.flag("1")
