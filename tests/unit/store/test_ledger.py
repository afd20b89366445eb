"""The ledger of looks: nothing is forgotten, said twice or read wrongly; damage is named with file and line."""

import json
import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.gate.looks import Look
from harness.store.ledger import append_look, read_looks

LOOK = Look(
    pair="ab" * 32,
    versions="cd" * 32,
    candidate="dev@22222222",
    baseline="dev@11111111",
    policy="ef" * 32,
    run="r1",
    baseline_run="r1",
    attempts=5,
    counts={"candidate": {"scored": 60}, "baseline": {"scored": 58, "void": 2}},
    outcome="PASS",
    at="2026-11-28T09:00:00Z",
)


def test_what_is_written_is_read_and_nothing_is_written_twice(tmp_path: Path) -> None:
    ledger = tmp_path / "beside" / "looks.jsonl"
    assert read_looks(ledger) == ()
    assert append_look(ledger, LOOK)
    second = replace(LOOK, run="r2", attempts=10, outcome="INCONCLUSIVE")
    assert append_look(ledger, second)
    before = ledger.read_bytes()
    assert not append_look(ledger, LOOK)
    assert not append_look(ledger, replace(LOOK, at="2026-12-01T00:00:00Z", outcome="BLOCK"))
    assert ledger.read_bytes() == before
    assert read_looks(ledger) == (LOOK, second)
    assert len(before.splitlines()) == 2
    assert append_look(ledger, replace(LOOK, counts={"candidate": {"scored": 61}}))


@pytest.mark.parametrize("ending", ["", "\n", "\n\n", "\r\n"])
def test_a_line_that_an_editor_left_open_is_closed_first(tmp_path: Path, ending: str) -> None:
    ledger = tmp_path / "looks.jsonl"
    ledger.write_bytes((json.dumps({"schema": 1, **vars(LOOK)}) + ending).encode())
    assert append_look(ledger, replace(LOOK, run="r2"))
    assert [look.run for look in read_looks(ledger)] == ["r1", "r2"]


GOOD = {"schema": 1, **vars(LOOK)}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"schema": 1, "pair": "ab', "Unterminated"),
        (b"<<<<<<< HEAD", "Expecting value"),
        (b"[]", "no JSON object"),
        (b"{\xff}", "decode"),
        (b"{}", "key schema: None, expected 1"),
        (json.dumps({**GOOD, "schema": 2}).encode(), "key schema: 2, expected 1"),
        (json.dumps({**GOOD, "run": ""}).encode(), "key run: ''"),
        (json.dumps({**GOOD, "pair": None}).encode(), "key pair: None"),
        (json.dumps({**GOOD, "attempts": 0}).encode(), "key attempts: 0"),
        (json.dumps({**GOOD, "attempts": True}).encode(), "key attempts: True"),
        (json.dumps({**GOOD, "attempts": 5.0}).encode(), "key attempts: 5.0"),
        (json.dumps({**GOOD, "outcome": "OK"}).encode(), "key outcome: 'OK'"),
        (json.dumps({**GOOD, "counts": {"candidate": {"scored": -1}}}).encode(), "key counts"),
        (json.dumps({**GOOD, "counts": [1]}).encode(), "key counts"),
        (b"[" * 100_000, "recursion"),
    ],
)
def test_a_damaged_line_is_named_and_nothing_is_added_beside_it(tmp_path: Path, line: bytes, why: str) -> None:
    ledger = tmp_path / "looks.jsonl"
    append_look(ledger, LOOK)
    ledger.write_bytes(ledger.read_bytes() + line + b"\n")
    before = ledger.read_bytes()
    for act in (lambda: read_looks(ledger), lambda: append_look(ledger, replace(LOOK, run="r9"))):
        with pytest.raises(UsageError) as damage:
            act()
        assert f"{str(ledger)!r}: line 2 (" in damage.value.message
        assert why in damage.value.message
    assert ledger.read_bytes() == before


def test_every_damaged_line_is_named_up_to_a_few(tmp_path: Path) -> None:
    ledger = tmp_path / "looks.jsonl"
    ledger.write_bytes(b"x\n" * 8)
    with pytest.raises(UsageError, match=r"line 1 .*line 5 .*and 3 more"):
        read_looks(ledger)


def _append(place: tuple[Path, int]) -> None:
    append_look(place[0], replace(LOOK, run=f"r{place[1]}"))


def test_gates_that_end_together_lose_no_look(tmp_path: Path) -> None:
    ledger = tmp_path / "looks.jsonl"
    with multiprocessing.get_context("fork").Pool(4) as pool:
        pool.map(_append, [(ledger, number) for number in range(24)])
    assert {look.run for look in read_looks(ledger)} == {f"r{number}" for number in range(24)}


def test_a_ledger_that_is_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    ledger = tmp_path / "looks.jsonl"
    ledger.symlink_to(tmp_path / "real" / "looks.jsonl")
    append_look(ledger, LOOK)
    assert ledger.is_symlink()
    assert read_looks(ledger) == (LOOK,)
