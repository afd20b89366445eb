"""A run beside its task's anchors: sealed when it is planned, shown in every format, deciding nothing."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.config.anchors import ANCHORS_FILE
from harness.config.task import load_task
from harness.model.score import Anchor, Score
from harness.model.trial import Scored
from harness.scorers.acceptance import SCORER
from harness.selfcheck.small_world import SmallWorld
from harness.store.run_folder import RunFolder

Harness = Callable[..., Any]
OUTCOME = Scored("no", (Score("acceptance", SCORER.version, 0.625, 5, 8, "hidden acceptance tests"),))


def anchor(world: SmallWorld, scorer_version: int = SCORER.version, **changes: object) -> None:
    world.suite({"one": [{}]})
    folder = world.root / "tasks/greeting"
    entry = {"scorer_version": scorer_version, "stub": 0.25, "reference": 1.0}
    lock = {
        "schema": 1,
        "task": "greeting",
        "task_digest": load_task(folder).digest,
        "profile": "smoke",
        "anchors": {"acceptance": entry},
        **changes,
    }
    (folder / ANCHORS_FILE).write_text(json.dumps(lock))


def shown(harness: Harness, folder: RunFolder) -> tuple[dict[str, str], dict[str, Any], str, str]:
    """The row of scores.csv, the entry of report.json's scorecard, and both pages."""
    assert harness("report", "latest").code == 0
    root: Path = folder.paths.root
    (row,) = csv.DictReader(io.StringIO((root / "scores.csv").read_text()))
    (entry,) = json.loads((root / "report.json").read_text())["scorecard"]
    return row, entry, (root / "report.html").read_text(), (root / "report.md").read_text().replace("\\", "")


def test_a_lock_that_fits_is_sealed_and_shown_beside_the_raw_value(
    harness: Harness, world: SmallWorld, finished: Callable[..., RunFolder]
) -> None:
    anchor(world)
    folder = finished(OUTCOME)
    assert folder.reader.lock().anchors == {"greeting": {"acceptance": Anchor(0.25, 1.0)}}
    anchor(world, task_digest="0" * 64)  # what comes later changes no run that is planned
    row, entry, page, text = shown(harness, folder)
    assert (row["value"], row["anchored"], row["not_anchored"]) == ("0.625", "0.5", "")
    assert (entry["mean"], entry["anchored"], entry["n"]) == (0.625, 0.5, 1)
    assert (entry["anchor"], entry["not_anchored"]) == ({"stub": 0.25, "reference": 1.0}, None)
    assert "| 0.625 | 1 | 0.500 | 0.250 | 1.000 |  |" in text
    assert "0.625, anchored 0.500" in text
    assert '· 0.625 <span class="soft">anchored 0.500</span>' in page
    assert '<td class="num">0.500</td>' in page


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (None, "the task has no anchors.lock.json"),
        ({"task_digest": "0" * 64}, "of another version of the task (000000000000)"),
        ({"scorer_version": 99}, "of version 99 of it"),
        ({"profile": "full"}, "measured with profile full, this run has smoke"),
    ],
)
def test_without_one_the_reason_is_said(
    harness: Harness,
    world: SmallWorld,
    finished: Callable[..., RunFolder],
    changes: dict[str, Any] | None,
    why: str,
) -> None:
    if changes is not None:
        anchor(world, **changes)
    row, entry, page, text = shown(harness, finished(OUTCOME))
    assert (row["value"], row["anchored"]) == ("0.625", "")
    assert (entry["mean"], entry["anchored"], entry["anchor"]) == (0.625, None, None)
    for told in (row["not_anchored"], entry["not_anchored"], page, text):
        assert why in told
    assert "not anchored" in page
    assert "not anchored" in text


def test_a_run_from_before_there_were_anchors_is_read_as_it_is(
    harness: Harness, world: SmallWorld, finished: Callable[..., RunFolder]
) -> None:
    anchor(world)
    folder = finished(OUTCOME)
    lock = json.loads(folder.paths.lock.read_text())
    del lock["anchors"], lock["unanchored"]
    folder.paths.lock.write_text(json.dumps(lock))
    row, entry, _, _ = shown(harness, folder)
    assert row["not_anchored"] == entry["not_anchored"] == "the run was planned before its lock held anchors"
    assert harness("resume", "latest").code == 0
    assert harness("compare", "latest", "latest").code == 0


def test_a_file_that_is_no_lock_is_named_before_anything_runs(harness: Harness, world: SmallWorld) -> None:
    suite = world.suite({"one": [{}]})
    (world.root / "tasks/greeting" / ANCHORS_FILE).write_text("{")
    said = harness("run", suite)
    assert said.code == 2
    assert f"greeting/{ANCHORS_FILE}: not valid JSON" in said.err
    assert "run `harness task check` again" in said.err
