"""Promises of two versions held together: what the record said is said again, and nobody's promises get lost."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from harness.claims.extract import extract
from harness.claims.hold import hold
from harness.compare.arms import Arm, arm
from harness.compare.table import VERDICTS
from harness.compare.union import claim_rows, held_on
from harness.model.agent import AgentSpec
from harness.model.claim import Claim, Measured
from harness.model.trial import Failed, Scored

Arms = Callable[..., tuple[Arm, Arm]]
EXAMPLE = '\n```json\n{"files_count": 15}\n```\n'
FAILED = Failed("start_crash", "exits", "start")
DONE = Scored("yes", ())


def claims(body: str) -> tuple[Claim, ...]:
    return extract(AgentSpec("a", "", body, "0" * 64, "a.md"))


def ran(side: Arm, body: str, files: int) -> Arm:
    """The arm of a definition, as a run stores it: its claims in the lock, held in the record of each scored trial."""
    own = claims(body)
    results = hold(own, {"files": Measured("files", files, files, files)})
    records = tuple(
        replace(r, files=files, promises=results if isinstance(r.outcome, Scored) else ()) for r in side.records
    )
    return arm(side.run, replace(side.lock, claims={side.label: own}), records, side.label)


def said(first: Arm, second: Arm) -> Mapping[str, tuple[str, ...]]:
    held = held_on(first, second)
    return {
        side.label: tuple(VERDICTS[verdict[n]] for n in range(len(side.table)) for verdict in held.verdicts(side.table))
        for side in (first, second)
    }


def test_between_a_limit_and_its_own_example_nothing_is_broken_in_a_comparison_either(arms: Arms) -> None:
    first, second = arms({"t": [DONE]}, {"t": [DONE]})
    first, second = ran(first, "Maximum 10 files" + EXAMPLE, 12), ran(second, "Coverage > 80%", 12)
    assert [r.verdict for r in first.records[0].promises] == ["not_measured"]
    assert said(first, second) == {first.label: ("not_measured",) * 2, second.label: ("not_measured",) * 2}
    assert said(first, first)[first.label] == ("not_measured",)
    beyond = ran(first, "Maximum 10 files" + EXAMPLE, 16)
    assert said(beyond, beyond)[first.label] == ("broken",)


@pytest.mark.parametrize("clear_first", [True, False])
def test_a_limit_that_one_version_states_without_a_contrary_example_is_held_on_both(
    arms: Arms, clear_first: bool
) -> None:
    first, second = arms({"t": [DONE]}, {"t": [DONE]})
    bodies = ["Maximum 10 files", "Maximum 10 files" + EXAMPLE]
    if not clear_first:
        bodies.reverse()
    first, second = ran(first, bodies[0], 12), ran(second, bodies[1], 12)
    assert said(first, second) == {first.label: ("broken",), second.label: ("broken",)}


def test_an_example_excuses_only_its_own_definitions_limit(arms: Arms) -> None:
    first, second = arms({"t": [DONE]}, {"t": [DONE]})
    first, second = ran(first, "Maximum 10 files" + EXAMPLE, 12), ran(second, "Maximum 8 files", 12)
    assert said(first, second)[second.label] == ("not_measured", "broken")


def test_promises_of_a_version_that_never_started_are_held_on_the_other(arms: Arms) -> None:
    first, second = arms({"t": [FAILED, FAILED]}, {"t": [DONE, DONE]})
    first, second = ran(first, "At most 10 files. Coverage > 80%", 0), ran(second, "At most 30 files", 20)
    assert all(not record.promises for record in first.records)
    held = held_on(first, second)
    assert [c.text for c in held.claims] == ["files <= 10", "coverage_pct > 80", "files <= 30"]
    rows = {row.text: row for row in claim_rows(held, first, second)}
    assert (rows["files <= 10"].made_by, rows["files <= 10"].second) == ("first", (0, 2, 0))
    assert held.shares(second.table)[0] == 0.5


def test_a_run_from_before_locks_held_claims_is_read_from_its_records(arms: Arms) -> None:
    first, second = arms({"t": [DONE]}, {"t": [DONE]})
    first, second = ran(first, "At most 10 files", 12), ran(second, "Coverage > 80%", 12)
    first = replace(first, lock=replace(first.lock, claims={}))
    assert [c.text for c in held_on(first, second).claims] == ["files <= 10", "coverage_pct > 80"]
