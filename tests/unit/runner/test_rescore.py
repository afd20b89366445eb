"""Scoring a run again from what was stored: nothing is run, and what was not planned still does not apply."""

from dataclasses import replace
from typing import Any, cast

import pytest

from harness.errors import UsageError
from harness.model.claim import Claim
from harness.model.score import NotApplicable, Score
from harness.model.submission import Reply
from harness.model.trial import Scored
from harness.runner.rescore import rescore
from harness.sandbox.fake import Scripted
from harness.store.run_folder import RunFolder

DELIVERY = "```python app.py\nprint('hello')\n```\n\n```text requirements.txt\n# none\n```\n"
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


def test_promises_are_scored_again_too_and_come_out_as_in_the_trial(corridor: Any) -> None:
    answer = Reply(DELIVERY, "stop", "recorded", wall_s=90.0)
    made = corridor({"acceptance": REPORT}, said=[answer], measures=("files", "wall_time_min"))
    claims = tuple(
        Claim(f"{metric}-1", "as promised", (0, 1), 1, metric, "<=", bound, "")
        for metric, bound in (("files", 3.0), ("wall_time_min", 1.0))
    )
    versions = tuple(replace(version, claims=claims) for version in made.suite.agents)
    made.suite = replace(made.suite, agents=versions)
    (record,) = made.run()
    assert {(p.claim.metric, p.verdict) for p in record.promises} == {("files", "kept"), ("wall_time_min", "broken")}
    digest, changed = rescore(cast(RunFolder, made.store), made.suite, made.measure.probes, made.measure.scorers)
    (again,) = made.store.rescorings()[digest].records
    assert (changed, again.promises) == (0, record.promises)
    stricter = tuple(replace(claim, value=1.0) for claim in claims)
    suite = replace(made.suite, agents=tuple(replace(v, claims=stricter) for v in versions))
    digest, changed = rescore(cast(RunFolder, made.store), suite, made.measure.probes, made.measure.scorers)
    (again,) = made.store.rescorings()[digest].records
    assert changed == 1
    assert {p.verdict for p in again.promises} == {"broken"}
