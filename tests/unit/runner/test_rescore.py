"""Scoring a run again from what was stored: nothing is run, and what was not planned still does not apply."""

from typing import Any, cast

import pytest

from harness.errors import UsageError
from harness.model.score import NotApplicable, Score
from harness.model.trial import Scored
from harness.runner.rescore import rescore
from harness.sandbox.fake import Scripted
from harness.store.run_folder import RunFolder

REPORT = Scripted({"tests": [{"id": "p", "outcome": "passed"}, {"id": "f", "outcome": "failed", "message": "no"}]})


def test_the_same_scorers_come_to_the_same_outcome(corridor: Any) -> None:
    made = corridor({"acceptance": REPORT}, scorers=("acceptance", "soak"))
    (record,) = made.run()
    before = list(made.sandbox.runs)
    digest, changed = rescore(cast(RunFolder, made.store), made.suite, made.measure.probes, made.measure.scorers)
    assert changed == 0
    (again,) = made.store.rescorings()[digest].records
    assert again.outcome == record.outcome
    assert isinstance(again.outcome, Scored)
    assert isinstance(again.outcome.scores[0], Score)
    assert isinstance(again.outcome.scores[1], NotApplicable)
    assert made.sandbox.runs == before


def test_another_task_than_the_measured_one_is_refused(corridor: Any) -> None:
    made = corridor({"acceptance": REPORT})
    made.run()
    other = corridor({"acceptance": REPORT}, digest="1" * 64)
    with pytest.raises(UsageError, match="changed since the run"):
        rescore(cast(RunFolder, made.store), other.suite, made.measure.probes, made.measure.scorers)
