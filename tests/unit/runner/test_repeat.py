"""A stored trial measured again: same submission, seed and probes; the run stays as it was."""

from typing import Any, cast

import pytest

from harness.errors import UsageError
from harness.model.score import NotApplicable, Score
from harness.runner.repeat import repeat
from harness.sandbox.fake import FakeSandbox, Scripted
from harness.store.run_folder import RunFolder

REPORT = Scripted({"tests": [{"id": "p", "outcome": "passed"}, {"id": "f", "outcome": "failed", "message": "no"}]})
BETTER = Scripted({"tests": [{"id": "p", "outcome": "passed"}, {"id": "f", "outcome": "passed"}]})
CRASH = Scripted(None, exit_code=1)


def again(made: Any, record: Any, script: Scripted, suite: Any = None) -> tuple[FakeSandbox, list[Any]]:
    box = FakeSandbox({"*": script})
    folder, measure = cast(RunFolder, made.store), made.measure
    return box, list(repeat(folder, record, suite or made.suite, box, measure.probes, measure.scorers))


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


def test_a_probe_that_crashes_again_keeps_the_recorded_control(corridor: Any) -> None:
    made = corridor({"acceptance": [CRASH, CRASH, REPORT]})  # the submission twice, then the reference
    (record,) = made.run()
    _, (result,) = again(made, record, CRASH)
    assert isinstance(result.now, Score)
    assert (result.now.value, result.now.flags) == (0.0, ("breaks_probe",))
    assert result.now == result.then


def test_another_task_and_a_trial_without_scores_are_refused(corridor: Any) -> None:
    made = corridor({"acceptance": REPORT})
    (record,) = made.run()
    with pytest.raises(UsageError, match="changed since the run"):
        again(made, record, REPORT, corridor({"acceptance": REPORT}, digest="1" * 64).suite)
    broken = corridor({"acceptance": Scripted(None, ready=False, exit_code=None)})
    (void,) = broken.run()
    with pytest.raises(UsageError, match="was not measured: it ended as"):
        again(broken, void, REPORT)
