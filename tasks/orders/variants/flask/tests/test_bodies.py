import base64

import pytest

from orders import bodies

LINE = {"sku": "A.b_c-1", "quantity": 2, "unit_price_cents": 5}


def cursor(text):
    return base64.urlsafe_b64encode(text.encode()).decode()


def test_good_lines():
    assert bodies.lines([LINE, {**LINE, "quantity": 3.0}]) == [("A.b_c-1", 2, 5), ("A.b_c-1", 3, 5)]
    edges = [{"sku": "x" * 64, "quantity": 1000, "unit_price_cents": 10_000_000}, {**LINE, "quantity": 1}]
    assert bodies.lines([*edges, {**LINE, "unit_price_cents": 0}] + [LINE] * 47)[0] == ("x" * 64, 1000, 10_000_000)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        LINE,
        [LINE] * 51,
        ["A"],
        [{}],
        [{**LINE, "line_total_cents": 1}],
        [{"sku": "A", "quantity": 1}],
        *([{**LINE, "quantity": bad}] for bad in (0, 1001, -1, "1", True, None, 1.5, float("inf"), float("nan"))),
        *([{**LINE, "unit_price_cents": bad}] for bad in (-1, 10_000_001, "1", False)),
        *([{**LINE, "sku": bad}] for bad in ("", "-", "a b", "a\n", "é", "x" * 65, 5)),
    ],
)
def test_bad_lines(value):
    with pytest.raises(bodies.Invalid):
        bodies.lines(value)


def test_notes():
    assert [bodies.note(text) for text in (None, "", "n" * 500, "ü")] == [None, "", "n" * 500, "ü"]
    for bad in (5, "n" * 501, "\ud800", ["n"]):
        with pytest.raises(bodies.Invalid, match="note"):
            bodies.note(bad)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"7", b"\xff", b"[" * 5000, b'{"a": ' + b"9" * 5000 + b"}"])
def test_what_is_no_object(data):
    with pytest.raises(bodies.Invalid):
        bodies.parse(data)


def test_an_object_is_parsed():
    assert bodies.parse(b'{"a": 1}') == {"a": 1}


def test_fields():
    assert bodies.fields({"a": 1}, required=("a",), optional=("b",)) == {"a": 1}
    assert bodies.fields({"a": 1, "b": 2}, required=("a",), optional=("b",)) == {"a": 1, "b": 2}
    for bad in ({}, {"b": 1}, {"a": 1, "c": 1}):
        with pytest.raises(bodies.Invalid, match="fields"):
            bodies.fields(bad, required=("a",), optional=("b",))


def test_limits():
    assert [bodies.limit(text) for text in ("1", "20", "100")] == [1, 20, 100]
    for bad in ("0", "101", "-1", "", "ten", "1.0", "9999", "٣"):
        with pytest.raises(bodies.Invalid, match="limit"):
            bodies.limit(bad)


def test_cursors():
    text = bodies.write_cursor("-total_cents", {"total": 12, "n": 3})
    assert bodies.read_cursor("-total_cents", text) == {"total": 12, "n": 3}
    assert bodies.read_cursor("created_at", cursor(f"created_at|0|{2**63 - 1}")) == {"total": 0, "n": 2**63 - 1}
    for bad in (
        text,
        "x",
        "é",
        "!!!!",
        cursor("created_at|1"),
        cursor("created_at|-1|1"),
        cursor(f"created_at|1|{2**63}"),
    ):
        with pytest.raises(bodies.Invalid, match="cursor"):
            bodies.read_cursor("created_at", bad)


def test_statuses():
    assert [bodies.status(status) for status in bodies.STATUSES] == [
        "draft",
        "submitted",
        "paid",
        "shipped",
        "cancelled",
    ]
    for bad in ("open", "Draft", None, ["draft"]):
        with pytest.raises(bodies.Invalid, match="status"):
            bodies.status(bad)
