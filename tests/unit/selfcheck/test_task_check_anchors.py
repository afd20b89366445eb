"""The lock of anchors: what is in it, that it is stable, and that it is read back as it was written."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.config.anchors import ANCHORS_FILE, read_anchors
from harness.errors import UsageError
from harness.model.score import Anchor
from harness.model.task import Task
from harness.probes.acceptance import PROBE as ACCEPTANCE
from harness.scorers.acceptance import SCORER as ACCEPTANCE_SCORER
from harness.scorers.anchors import fitting
from harness.selfcheck import task_check_anchors as anchors
from harness.selfcheck.task_check_plan import Columns
from harness.selfcheck.task_check_verdict import TaskCheck

FOUND = {"acceptance": Anchor(0.0213, 1.0)}
SCORERS = (ACCEPTANCE_SCORER,)


def test_the_better_stub_and_the_reference_but_no_latency(check: Callable[..., TaskCheck]) -> None:
    untried = {"unmeasured": "agent"}
    nothing = {"acceptance": {"value": 0.01239}, "static": untried}
    found = check({"stub@do-nothing": nothing, "stub@schema-echo": {"static": untried}})
    gauges = tuple(replace(ACCEPTANCE_SCORER, name=name, probes=(name,)) for name in ("acceptance", "static", "load"))
    table = Columns(gauges, {"acceptance": ACCEPTANCE}, frozenset({"load"}))
    assert anchors.anchors_of(found, table) == {"acceptance": Anchor(0.0124, 1.0), "static": Anchor(None, 1.0)}


def test_written_and_read_back_the_same_every_time(tmp_path: Path, sample_task: Callable[..., Task]) -> None:
    task = sample_task()
    lock = anchors.document(task, "smoke", FOUND, SCORERS)
    path = anchors.write(tmp_path, lock)
    first = path.read_bytes()
    assert anchors.write(tmp_path, lock).read_bytes() == first
    assert read_anchors(tmp_path) == lock
    assert fitting(task, read_anchors(tmp_path), SCORERS, "smoke", ()) == (FOUND, {})
    assert read_anchors(tmp_path / "elsewhere") is None


def test_a_lock_written_by_hand_is_refused(tmp_path: Path, sample_task: Callable[..., Task]) -> None:
    task = sample_task()
    lock = anchors.document(task, "smoke", FOUND, SCORERS)
    lock["anchors"]["acceptance"]["p95_ms"] = 12
    with pytest.raises(UsageError, match="unknown key 'p95_ms'"):
        anchors.write(tmp_path, lock)
    (tmp_path / ANCHORS_FILE).write_text(json.dumps(lock))
    with pytest.raises(UsageError, match="unknown key 'p95_ms'"):
        read_anchors(tmp_path)
    (tmp_path / ANCHORS_FILE).write_text("{")
    with pytest.raises(UsageError, match="not valid JSON"):
        read_anchors(tmp_path)
