"""After a kill a record must show the values it had; what changes by nature, and only that, is left out."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

LOAD = Path(__file__).parents[3] / "harness" / "images" / "load"
if str(LOAD) not in sys.path:
    sys.path.insert(0, str(LOAD))
lasting = importlib.import_module("lasting")

WRITE = {"pool": "notes", "method": "POST", "path": "/notes", "json": {"text": "{word}"}, "save": {"note": "id"}}
VISIT = {"name": "visit", "method": "GET", "path": "/r/{note}", "pool": "notes", "expect": [302]}
STATS = {"name": "stats", "method": "GET", "path": "/notes/{note}/stats", "pool": "notes"}
READ = {"name": "read", "method": "GET", "path": "/notes/{note}", "pool": "notes", "expect": [200]}
ME = {"name": "me", "method": "GET", "path": "/me", "pool": "notes", "headers": {"X-Key": "{note}"}}
RENAME = {"name": "rename", "method": "PATCH", "path": "/me", "pool": "notes", "json": {"name": "{word}"}}
ADD = {**WRITE, "name": "add"}


def shown(value: Any, location: str = "") -> Any:
    return lasting.shown(json.dumps(value).encode(), location)


def kept(created: Any, *looks: Any, mix: Any = (READ,)) -> Any:
    """What must be there again of a record that was created and looked at so."""
    one = lasting.Witness({}, shown(created), [shown(look) for look in looks])
    reader = lasting.reader_of({"setup": [WRITE], "mix": mix})
    return lasting.kept(one, reader, lasting.moving_in([one], reader))


def test_the_reader_shows_the_record_itself() -> None:
    for mix in ([VISIT, STATS, READ, ME], [ME, READ, STATS, VISIT]):
        reader = lasting.reader_of({"setup": [WRITE], "mix": mix})
        assert (reader.block["name"], reader.writer, reader.own) == ("read", 0, True)
    assert lasting.reader_of({"setup": [WRITE], "mix": [ME, VISIT]}).block["name"] == "visit"
    assert lasting.reader_of({"setup": [WRITE], "mix": [RENAME]}) is None


def test_an_invented_value_is_a_difference() -> None:
    wanted = kept({"id": "a", "text": "hello"}, {"id": "a", "text": "hello"}, {"id": "a", "text": "hello"})
    assert lasting.difference(wanted, shown({"text": "hello", "id": "a", "new": 1})) == ""
    assert "'text' was '\"hello\"'" in lasting.difference(wanted, shown({"id": "a", "text": "lorem ipsum"}))
    assert "missing" in lasting.difference(wanted, shown({"id": "a"}))
    assert "missing" in lasting.difference(wanted, lasting.shown(b"<p>a</p>", ""))


def test_a_creation_that_shows_nothing_leaves_the_two_looks() -> None:
    wanted = kept({"id": "a"}, {"id": "a", "text": "hello"}, {"id": "a", "text": "hello"})
    assert lasting.difference(wanted, shown({"id": "a", "text": "other"}))


def test_what_changes_by_itself_is_not_compared() -> None:
    wanted = kept(
        {"id": "a", "seen": 0, "at": "1"}, {"id": "a", "seen": 1, "at": "2"}, {"id": "a", "seen": 2, "at": "2"}
    )
    assert wanted == {"id": '"a"'}


def test_one_look_proves_nothing() -> None:
    assert kept({"id": "a", "text": "x"}, {"id": "a", "text": "x"}) == {}


def test_nested_values_count_and_the_order_of_lists_does_not() -> None:
    order = {"sum": {"net": 5.0}, "tags": ["b", "a"], "items": [{"n": 1}, {"n": 2}]}
    wanted = kept({}, order, order)
    assert (
        lasting.difference(wanted, shown({"sum": {"net": 5}, "tags": ["a", "b"], "items": [{"n": 2}, {"n": 1}]})) == ""
    )
    assert lasting.difference(wanted, shown({**order, "sum": {"net": 6}}))
    assert lasting.difference(wanted, shown({**order, "tags": ["a"]}))


def test_a_redirect_is_held_to_where_it_led() -> None:
    one = lasting.Witness({}, {}, [lasting.shown(b"", "https://a/"), lasting.shown(b"", "https://a/")])
    wanted = lasting.kept(one, lasting.reader_of({"setup": [WRITE], "mix": [VISIT]}), ())
    assert lasting.difference(wanted, lasting.shown(b"", "https://b/"))
    assert lasting.difference(wanted, lasting.shown(b"", "https://a/")) == ""


def test_what_other_requests_may_change_is_not_compared_where_they_share_it() -> None:
    """`me` is the same for several records, and the mix renames it."""
    mix = (ME, RENAME, ADD)
    look = {"id": "u", "name": "ada", "text": "t", "at": "1"}
    assert set(kept({"id": "a"}, look, look, mix=mix)) == {"text", "at"}, (
        "the creation has another id, names are changed"
    )
    moved = {**look, "at": "2"}
    loads = {"setup": [WRITE], "mix": mix}
    reader = lasting.reader_of(loads)
    still = lasting.Witness({}, {}, [shown(look), shown(look)])
    touched = lasting.Witness({}, {}, [shown(look), shown(moved)])
    moving = lasting.moving_in([still, touched], reader)
    assert set(lasting.kept(still, reader, moving)) == {"id", "text"}, "seen to change at another record"


def test_hostile_answers_stay_small_and_do_no_harm() -> None:
    wide = shown({f"k{n}": n for n in range(5000)})
    assert len(wide) == lasting.SHOWN
    assert len(shown({"text": "x" * 100_000})["text"]) == 64
    assert lasting.shown(b"[" * 100_000, "") == {}
    assert lasting.shown(b'{"a":' * 500 + b"1" + b"}" * 500, "")
    assert shown({"text": "\ud800"}) == {"text": '"\\ud800"'}


def test_what_addresses_the_record_itself_may_change_it() -> None:
    edit = {"name": "edit", "method": "PATCH", "path": "/notes/{note}", "pool": "notes"}
    load = {"setup": [WRITE], "mix": [VISIT, READ, ME, RENAME, ADD, edit]}
    reader = lasting.reader_of(load)
    assert [block["name"] for block in lasting.changers_of(load, reader)] == ["visit", "edit"]
    shared = {"setup": [WRITE], "mix": [ME, RENAME]}
    assert lasting.changers_of(shared, lasting.reader_of(shared)) == [], "others may touch what it shows"


def test_of_three_records_one_stays_one_is_changed_and_one_deleted() -> None:
    fates = [lasting.fate_of(number, [VISIT, RENAME], True) for number in range(9)]
    assert fates == ["", VISIT, "delete", "", RENAME, "delete", "", VISIT, "delete"]
    assert [lasting.fate_of(number, [], False) for number in range(3)] == ["", "", ""]


def test_what_was_seen_before_a_change_is_not_what_must_last() -> None:
    one = lasting.Witness({}, shown({"id": "a", "text": "old"}), [shown({"id": "a", "text": "old"})] * 2)
    reader = lasting.reader_of({"setup": [WRITE], "mix": [READ]})
    one.handled()
    assert lasting.kept(one, reader, ()) == {}, "not looked at since"
    one.looks += [shown({"id": "a", "text": "new"})] * 2
    assert lasting.difference(lasting.kept(one, reader, ()), shown({"id": "a", "text": "old"}))
