"""A value between the stub and the reference of its own task, and which anchors hold for a run."""

from dataclasses import replace

import pytest

from harness.model.jsontypes import JsonObject
from harness.model.score import Anchor
from harness.model.task import Task
from harness.scorers.acceptance import SCORER
from harness.scorers.anchors import anchored, fitting

GOOD = {"scorer_version": SCORER.version, "stub": 0.1, "reference": 1.0}


def document(task: Task, **changes: object) -> JsonObject:
    return {
        "schema": 1,
        "task": task.id,
        "task_digest": task.digest,
        "profile": "smoke",
        "anchors": {"acceptance": {**GOOD}},
        **changes,
    }


@pytest.mark.parametrize(
    ("value", "stub", "reference", "expected"),
    [
        (0.2, 0.2, 1.0, 0.0),
        (1.0, 0.2, 1.0, 1.0),
        (0.6, 0.2, 1.0, 0.5),
        (0.1, 0.2, 1.0, 0.0),
        (1.0, 0.0, 0.98, 1.0),
        (0.49, None, 0.98, 0.5),
    ],
)
def test_stub_is_0_and_reference_1(value: float, stub: float | None, reference: float, expected: float) -> None:
    assert anchored(value, Anchor(stub, reference)) == pytest.approx(expected)


def test_a_scale_without_length_changes_nothing() -> None:
    assert anchored(0.7, Anchor(1.0, 1.0)) == 0.7
    assert anchored(0.7, Anchor(None, 0.0)) == 0.7


def test_anchors_of_this_very_task_scorer_and_profile_hold(greeting: Task) -> None:
    assert fitting(greeting, document(greeting), [SCORER], "smoke", ()) == ({"acceptance": Anchor(0.1, 1.0)}, {})


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"task_digest": "e" * 64}, "of another version of the task (eeeeeeeeeeee)"),
        ({"profile": "full"}, "measured with profile full, this run has smoke"),
        ({"anchors": {}}, "no value of this scorer"),
        ({"anchors": {"acceptance": {**GOOD, "scorer_version": 99}}}, f"version 99 of it, now {SCORER.version}"),
        ({"anchors": {"acceptance": {**GOOD, "stub": 1.0}}}, "worth as much as the reference here (1)"),
        ({"anchors": {"acceptance": {**GOOD, "stub": None, "reference": 0.0}}}, "as the reference here (0)"),
    ],
)
def test_all_others_are_refused_with_the_reason(greeting: Task, changes: JsonObject, why: str) -> None:
    found, lacking = fitting(greeting, document(greeting, **changes), [SCORER], "smoke", ())
    assert found == {}
    assert why in lacking["acceptance"]


def test_without_a_file_it_says_who_writes_one(greeting: Task) -> None:
    _, lacking = fitting(greeting, None, [SCORER], "smoke", ())
    assert lacking == {"acceptance": "the task has no anchors.lock.json; `harness task check greeting` writes it"}


def test_latency_has_no_anchor_even_where_a_file_names_one(greeting: Task) -> None:
    gauge = replace(SCORER, name="load")
    lock = document(greeting, anchors={"load": {**GOOD}})
    for known in (lock, None):
        assert fitting(greeting, known, [gauge], "smoke", {"load"}) == ({}, {"load": "latency is of one host only"})
