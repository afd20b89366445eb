import base64
from datetime import UTC, datetime

import pytest

from shortlinks import checks

LABEL = "a" * 63


@pytest.mark.parametrize(
    "url",
    [
        "http://a.de",
        "HTTPS://EXAMPLE.COM:65535?x",
        "http://example.com:1#@",
        'https://example.com/"{|}"/%zz',
        f"http://{LABEL}.{LABEL}.{LABEL}.{'b' * 57}.com/",
        "http://8.8.8.8:80/",
        "http://9.255.255.255",
        "http://11.0.0.0",
        "http://1.2.3.4.example",
        "http://local.example.com",
        "http://[2606:4700::1]/",
        "http://[3fff::]:8080",
        "http://example.com/" + "x" * 2029,
    ],
)
def test_targets(url):
    assert checks.target(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None, 7, "", "http://example.com/" + "x" * 2030, "http://example.com/ ", "http://example.com\\", "http://é.com",
        "javascript:alert(1)", "ftp://example.com", "//example.com", "http:example.com", "http:/example.com", "http://",
        "http://u@example.com", "http://u:p@example.com", "http://example.com:", "http://example.com:0", "http://example.com:65536",
        "http://example.com:8o", "http://example.com:80:80", "http://localhost", "http://com", "http://a.LOCAL", "http://example.com.",
        "http://a..com", "http://-a.com", "http://a-.com", f"http://{LABEL}a.com", f"http://{LABEL}.{LABEL}.{LABEL}.{'b' * 58}.com/",
        "http://2130706433", "http://0x7f.1", "http://127.1", "http://01.2.3.4", "http://1.2.3.256", "http://a.1", "http://a_b.com",
        "http://10.0.0.1", "http://127.0.0.1", "http://169.254.169.254", "http://172.31.255.255", "http://192.168.1.1", "http://224.0.0.1",
        "http://[::1]", "http://[::ffff:8.8.8.8]", "http://[fe80::1]", "http://[fe80::1%25a]", "http://[2606::1%25a]", "http://[2002::1]",
        "http://[2001:db8::1]", "http://[4000::]", "http://[::1", "http://[]", "http://[1.2.3.4]", "http://[2606::1]x",
    ],
)  # fmt: skip
def test_other_targets(url):
    with pytest.raises(checks.Invalid):
        checks.target(url)


def test_slugs():
    assert checks.slug("Spring-24_") == "spring-24_"
    for text in ("abc", "0" * 32):
        assert checks.slug(text) == text
    for text in (None, 5, "", "ab", "0" * 33, "-abc", "_abc", "a.c", "abc\n", "ab\u212a", "admin", "Www", "STATS"):
        with pytest.raises(checks.Invalid):
            checks.slug(text)


def test_numbers():
    assert [checks.number(value, 1, 5) for value in (1, 5, 2.0)] == [1, 5, 2]
    for value in (0, 6, "2", 1.5, True, None):
        with pytest.raises(checks.Invalid):
            checks.number(value, 1, 5)


def test_moments():
    for text in ("2035-03-01T09:30:00Z", "2035-03-01t09:30:00.0z", "2035-03-01T15:00:00+05:30"):
        assert checks.moment(text) == datetime(2035, 3, 1, 9, 30, tzinfo=UTC)
    for text in (None, 5, "", "2035-03-01", "2035-03-01T09:30:00", "2035-02-30T09:30:00Z", "0001-01-01T00:00:00+01:00"):
        with pytest.raises(checks.Invalid):
            checks.moment(text)


def test_bodies():
    assert checks.fields(b'{"a": 1}', ("a", "b"), required=("a",)) == {"a": 1}
    for data in (b"", b"{", b"[]", b"null", b"\xff", b'{"b": 1}', b'{"a": 1, "c": 1}', b"[" * 100_000):
        with pytest.raises(checks.Invalid):
            checks.fields(data, ("a", "b"), required=("a",))


def test_parameters():
    assert (checks.flag("true"), checks.flag("false"), checks.switch(False)) == (True, False, False)
    assert checks.part("x" * 200) == "x" * 200
    assert (checks.limit("1"), checks.limit("100")) == (1, 100)
    assert [checks.state(state) for state in checks.STATES] == ["active", "disabled", "expired", "exhausted"]
    wrong = [(checks.flag, "1"), (checks.switch, 1), (checks.switch, None), (checks.part, ""), (checks.part, "x" * 201)]
    wrong += [(checks.limit, text) for text in ("0", "101", "x", "5.5", "")] + [(checks.state, "Active")]
    for check, value in wrong:
        with pytest.raises(checks.Invalid):
            check(value)


def test_cursors():
    for number in (0, 7, checks.LARGEST):
        assert checks.read_cursor(checks.write_cursor(number)) == number
    others = [base64.urlsafe_b64encode(text).decode() for text in (b"7", b"before x", b"before 7\n", b"\xff")]
    for text in ("", "x", "é", checks.write_cursor(checks.LARGEST + 1), *others):
        with pytest.raises(checks.Invalid):
            checks.read_cursor(text)
