"""The rules of one measurement: what a limit of ours cut is charged only when the reference is seen to be quick."""

from pathlib import Path
from typing import Any

import pytest

from harness import plugins
from harness.errors import InfrastructureFault, StartFailed
from harness.measurement import Measurement
from harness.model.jsontypes import JsonObject
from harness.model.probe import Observation
from harness.model.score import Score, Unmeasured
from harness.model.task import Task
from harness.sandbox.fake import FakeSandbox, Scripted
from harness.scorers.judgement import score_one

ACCEPTANCE = plugins.probe("acceptance")
CUT = {"limit": "time", "limit_s": 30.0, "left": "tests/test_a.py::test_b"}
SILENT = Scripted({"ready": False, "waited_s": 30.0}, ready=False)
LATE = Scripted(None, exit_code=None, timed_out=True)


def report(failed: bool = False, spent: float = 0.1, cuts: tuple[JsonObject, ...] = ()) -> Scripted:
    tests = [{"id": "a", "outcome": "passed"}, {"id": "b", "outcome": "failed" if failed else "passed"}]
    return Scripted({"tests": tests, "limits": {"spent": spent, "cuts": list(cuts)}})


HANGS = report(failed=True, spent=1.0, cuts=(CUT,))


def measured(task: Task, tmp_path: Path, *plays: Scripted, control: Scripted | None = None) -> Observation:
    """What the acceptance probe shows of a submission; `control` is what the reference does now."""
    (tmp_path / "app.py").write_text("")
    (tmp_path / "requirements.txt").write_text("")
    box = FakeSandbox({"acceptance": list(plays)})
    reference = None if control is None else ACCEPTANCE.observe(play(control, task, tmp_path))
    measurement = Measurement(
        box, task, "smoke", 7, "unit", None if reference is None else lambda probe, command: reference
    )
    return measurement.of(box.prepare(tmp_path, task, 7), ACCEPTANCE)


def play(scripted: Scripted, task: Task, folder: Path) -> Any:
    box = FakeSandbox({"acceptance": scripted})
    command = ACCEPTANCE.command(task, "smoke")
    service = box.prepare(folder, task, 7)
    with box.open(service, command, "unit") as pod:  # type: ignore[arg-type]
        return pod.run(command, 7)  # type: ignore[arg-type]


def scored(task: Task, seen: Observation) -> Any:
    return score_one(task, plugins.scorer("acceptance"), {"acceptance": seen}, {})


def test_what_was_not_cut_needs_no_control(greeting: Task, tmp_path: Path) -> None:
    seen = measured(greeting, tmp_path, report(failed=True), control=report())
    assert (seen.control, seen.cuts) == ("", ())
    assert scored(greeting, seen).value == 0.5


def test_a_cut_is_charged_when_the_reference_needs_a_third_of_each_limit_at_most(
    greeting: Task, tmp_path: Path
) -> None:
    seen = measured(greeting, tmp_path, HANGS, control=report(spent=0.3))
    assert (seen.control, seen.unsettled) == ("fine", ())
    result = scored(greeting, seen)
    assert isinstance(result, Score)
    assert result.value == 0.5
    assert any("time limit of 30 s: tests/test_a.py::test_b" in e.title for e in result.evidence), "it is named"


@pytest.mark.parametrize(
    ("control", "word"),
    [(report(spent=0.5), "slow"), (HANGS, "slow"), (SILENT, "crashed"), (LATE, "crashed"), (None, "")],
)
def test_a_cut_that_a_slow_host_may_have_caused_is_nobodys_lost_point(
    greeting: Task, tmp_path: Path, control: Scripted | None, word: str
) -> None:
    seen = measured(greeting, tmp_path, HANGS, control=control)
    assert seen.control == word
    result = scored(greeting, seen)
    assert isinstance(result, Unmeasured)
    assert result.blame == "infrastructure"
    assert "time limit of 30 s: tests/test_a.py::test_b" in result.cause


@pytest.mark.parametrize(("control", "flags"), [(report(spent=0.2), ("breaks_probe",)), (report(spent=0.6), None)])
def test_a_probe_that_we_had_to_end_is_broken_only_where_the_reference_is_quick(
    greeting: Task, tmp_path: Path, control: Scripted, flags: tuple[str, ...] | None
) -> None:
    seen = measured(greeting, tmp_path, LATE, LATE, control=control)
    assert (seen.status, [cut.left for cut in seen.cuts]) == ("crashed", ["the acceptance probe"])
    result = scored(greeting, seen)
    assert getattr(result, "flags", None) == flags


def test_a_crash_of_its_own_needs_no_quick_reference(greeting: Task, tmp_path: Path) -> None:
    seen = measured(greeting, tmp_path, Scripted(None, exit_code=1), control=report(spent=0.9))
    assert scored(greeting, seen).flags == ("breaks_probe",)


def test_a_silent_start_is_charged_only_beside_a_quick_reference(greeting: Task, tmp_path: Path) -> None:
    with pytest.raises(StartFailed):
        measured(greeting, tmp_path, SILENT, control=report(spent=0.2))
    with pytest.raises(InfrastructureFault, match="this host is too slow to tell") as caught:
        measured(greeting, tmp_path, SILENT, control=report(spent=0.6))
    assert caught.value.code == "host_too_slow"
