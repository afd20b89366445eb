import pytest

from accounts import bodies


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"7", b"\xff", b"[" * 5000, b'{"a": 1}', b'{"a": 1, "b": 2, "d": 3}']
)
def test_what_is_no_such_object(data):
    with pytest.raises(bodies.Invalid):
        bodies.parse(data, ("a", "b"), ("c",))


def test_an_object_is_parsed():
    assert bodies.parse(b'{"a": 1}', ("a",), ("b",)) == {"a": 1}
    assert bodies.parse(b'{"a": 1, "b": 2}', ("a",), ("b",)) == {"a": 1, "b": 2}


def test_texts():
    assert [bodies.text(value, 1, 3) for value in ("a", "abc", "\x00ü")] == ["a", "abc", "\x00ü"]
    for bad in ("", "abcd", 5, None, ["a"], "\ud800"):
        with pytest.raises(bodies.Invalid, match="1 to 3 characters"):
            bodies.text(bad, 1, 3)


def test_addresses():
    assert bodies.email("Ada.B+c_d-e@Ex-1.Example.ORG") == "ada.b+c_d-e@ex-1.example.org"
    for bad in (
        "",
        "a",
        "@b.c",
        "a@b",
        "a@b.c\n",
        " a@b.c",
        "a@b..c",
        "ä@b.c",
        "a" * 65 + "@b.c",
        "a@b.c.d.e.f",
        5,
        None,
    ):
        with pytest.raises(bodies.Invalid, match="malformed"):
            bodies.email(bad)


def test_seconds():
    assert [bodies.seconds(value) for value in (1, 60.0, 86_400)] == [1, 60, 86_400]
    for bad in (0, -1, 86_401, 1.5, "60", None, True, float("inf"), float("nan")):
        with pytest.raises(bodies.Invalid, match="86400"):
            bodies.seconds(bad)


def test_new_passwords():
    assert bodies.new_password("x" * 10, "a@b.c") == "x" * 10
    assert bodies.new_password("x" * 128, "a@b.c") == "x" * 128
    for bad in ("x" * 9, "x" * 129, "ADA@example.org"):
        with pytest.raises(bodies.Invalid):
            bodies.new_password(bad, "ada@example.org")
