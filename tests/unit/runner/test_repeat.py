"""A stored trial measured again: same submission, seed and probes; the run stays as it was."""

from typing import Any, cast

import pytest

from harness.errors import InfrastructureFault, StartFailed, UsageError
from harness.model.score import NotApplicable, Score, Unmeasured
from harness.runner.repeat import repeat
from harness.sandbox.fake import FakeSandbox, Script, Scripted
from harness.store.run_folder import RunFolder
from harness.workspace.folder import FolderWorkspace

REPORT = Scripted({"tests": [{"id": "p", "outcome": "passed"}, {"id": "f", "outcome": "failed", "message": "no"}]})
BETTER = Scripted({"tests": [{"id": "p", "outcome": "passed"}, {"id": "f", "outcome": "passed"}]})
CRASH = Scripted(None, exit_code=1)


def again(made: Any, record: Any, script: Script, suite: Any = None) -> tuple[FakeSandbox, list[Any]]:
    box = FakeSandbox({"*": script})
    folder, measure = cast(RunFolder, made.store), made.measure
    return box, list(
        repeat(folder, record, suite or made.suite, box, FolderWorkspace(), measure.probes, measure.scorers)
    )


def test_what_comes_out_stands_beside_what_is_recorded(corridor: Any) -> None:
    made = corridor({"acceptance": REPORT}, scorers=("acceptance", "soak"))
    (record,) = made.run()
    box, (tests, soak) = again(made, record, BETTER)
    assert isinstance(tests.then, Score)
    assert isinstance(tests.now, Score)
    assert (tests.then.value, tests.now.value) == (0.5, 1.0)
    assert isinstance(soak.now, NotApplicable)
    assert box.runs == [(f"repeat-{record.trial.name}", "acceptance", record.trial.seed)]
    assert made.store.record(record.trial) == record, "the run is as it was"


def test_a_probe_that_crashes_is_settled_as_in_a_trial_by_a_control_run_now(corridor: Any) -> None:
    made = corridor({"acceptance": [CRASH, CRASH, REPORT]})  # the submission twice, then the reference
    (record,) = made.run()
    box, (result,) = again(made, record, [CRASH, CRASH, REPORT])
    assert isinstance(result.now, Score)
    assert (result.now.value, result.now.flags) == (0.0, ("breaks_probe",))
    assert result.now == result.then
    assert [owner for owner, _, _ in box.runs] == [f"repeat-{record.trial.name}"] * 2 + ["reference-greeting"]
    _, (result,) = again(made, record, CRASH)  # tonight the reference breaks it too
    assert isinstance(result.now, Unmeasured)
    assert result.now.blame == "infrastructure"


def test_a_start_is_settled_as_in_a_trial(corridor: Any) -> None:
    made = corridor({"acceptance": REPORT})
    (record,) = made.run()
    silent = Scripted(None, ready=False, exit_code=None)
    with pytest.raises(StartFailed, match="stayed silent"):
        again(made, record, [silent, REPORT])
    with pytest.raises(InfrastructureFault, match="the reference does not start here either"):
        again(made, record, silent)


def test_another_task_and_a_trial_without_scores_are_refused(corridor: Any) -> None:
    made = corridor({"acceptance": REPORT})
    (record,) = made.run()
    with pytest.raises(UsageError, match="changed since the run"):
        again(made, record, REPORT, corridor({"acceptance": REPORT}, digest="1" * 64).suite)
    broken = corridor({"acceptance": Scripted(None, ready=False, exit_code=None)})
    (void,) = broken.run()
    with pytest.raises(UsageError, match="was not measured: it ended as"):
        again(broken, void, REPORT)
