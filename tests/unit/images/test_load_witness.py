"""After a kill a record must show the values it had; what changes by nature, and only that, is left out."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

LOAD = Path(__file__).parents[3] / "harness" / "images" / "load"
if str(LOAD) not in sys.path:
    sys.path.insert(0, str(LOAD))
witness = importlib.import_module("witness")

WRITE = {"pool": "notes", "method": "POST", "path": "/notes", "json": {"text": "{word}"}, "save": {"note": "id"}}
VISIT = {"name": "visit", "method": "GET", "path": "/r/{note}", "pool": "notes", "expect": [302]}
STATS = {"name": "stats", "method": "GET", "path": "/notes/{note}/stats", "pool": "notes"}
READ = {"name": "read", "method": "GET", "path": "/notes/{note}", "pool": "notes", "expect": [200]}
ME = {"name": "me", "method": "GET", "path": "/me", "pool": "notes", "headers": {"X-Key": "{note}"}}
RENAME = {"name": "rename", "method": "PATCH", "path": "/me", "pool": "notes", "json": {"name": "{word}"}}
ADD = {**WRITE, "name": "add"}


def shown(value: Any, location: str = "") -> Any:
    return witness.shown(json.dumps(value).encode(), location)


def kept(created: Any, *looks: Any, mix: Any = (READ,)) -> Any:
    """What must be there again of a record that was created and looked at so."""
    one = witness.Witness({}, shown(created), [shown(look) for look in looks])
    reader = witness.reader_of({"setup": [WRITE], "mix": mix})
    return witness.kept(one, reader, witness.moving_in([one], reader))


def test_the_reader_shows_the_record_itself() -> None:
    for mix in ([VISIT, STATS, READ, ME], [ME, READ, STATS, VISIT]):
        reader = witness.reader_of({"setup": [WRITE], "mix": mix})
        assert (reader.block["name"], reader.writer, reader.own) == ("read", 0, True)
    assert witness.reader_of({"setup": [WRITE], "mix": [ME, VISIT]}).block["name"] == "visit"
    assert witness.reader_of({"setup": [WRITE], "mix": [RENAME]}) is None


def test_an_invented_value_is_a_difference() -> None:
    wanted = kept({"id": "a", "text": "hello"}, {"id": "a", "text": "hello"}, {"id": "a", "text": "hello"})
    assert witness.difference(wanted, shown({"text": "hello", "id": "a", "new": 1})) == ""
    assert "'text' was '\"hello\"'" in witness.difference(wanted, shown({"id": "a", "text": "lorem ipsum"}))
    assert "missing" in witness.difference(wanted, shown({"id": "a"}))
    assert "missing" in witness.difference(wanted, witness.shown(b"<p>a</p>", ""))


def test_a_creation_that_shows_nothing_leaves_the_two_looks() -> None:
    wanted = kept({"id": "a"}, {"id": "a", "text": "hello"}, {"id": "a", "text": "hello"})
    assert witness.difference(wanted, shown({"id": "a", "text": "other"}))


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
        witness.difference(wanted, shown({"sum": {"net": 5}, "tags": ["a", "b"], "items": [{"n": 2}, {"n": 1}]})) == ""
    )
    assert witness.difference(wanted, shown({**order, "sum": {"net": 6}}))
    assert witness.difference(wanted, shown({**order, "tags": ["a"]}))


def test_a_redirect_is_held_to_where_it_led() -> None:
    one = witness.Witness({}, {}, [witness.shown(b"", "https://a/"), witness.shown(b"", "https://a/")])
    wanted = witness.kept(one, witness.reader_of({"setup": [WRITE], "mix": [VISIT]}), ())
    assert witness.difference(wanted, witness.shown(b"", "https://b/"))
    assert witness.difference(wanted, witness.shown(b"", "https://a/")) == ""


def test_what_other_requests_may_change_is_not_compared_where_they_share_it() -> None:
    """`me` is the same for several records, and the mix renames it."""
    mix = (ME, RENAME, ADD)
    look = {"id": "u", "name": "ada", "text": "t", "at": "1"}
    assert set(kept({"id": "a"}, look, look, mix=mix)) == {"text", "at"}, (
        "the creation has another id, names are changed"
    )
    moved = {**look, "at": "2"}
    loads = {"setup": [WRITE], "mix": mix}
    reader = witness.reader_of(loads)
    still = witness.Witness({}, {}, [shown(look), shown(look)])
    touched = witness.Witness({}, {}, [shown(look), shown(moved)])
    moving = witness.moving_in([still, touched], reader)
    assert set(witness.kept(still, reader, moving)) == {"id", "text"}, "seen to change at another record"


def test_hostile_answers_stay_small_and_do_no_harm() -> None:
    wide = shown({f"k{n}": n for n in range(5000)})
    assert len(wide) == witness.SHOWN
    assert len(shown({"text": "x" * 100_000})["text"]) == 64
    assert witness.shown(b"[" * 100_000, "") == {}
    assert witness.shown(b'{"a":' * 500 + b"1" + b"}" * 500, "")
    assert shown({"text": "\ud800"}) == {"text": '"\\ud800"'}
