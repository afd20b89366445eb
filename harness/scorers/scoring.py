"""A trial's whole scoring: its outcome, and its definition's promises held against the same scores.

The corridor and `harness score` both come through here, so the two cannot disagree. Refuses to let a promise change
the outcome.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.model.claim import Claim, PromiseResult
from harness.model.probe import Observation
from harness.model.task import Task
from harness.model.trial import Outcome, Scored
from harness.ports import Scorer
from harness.scorers.judgement import judge
from harness.scorers.promises import promises


@dataclass(frozen=True)
class Delivery:
    """What is known of a delivery besides its behaviour; `wall_s` of the agent's run, None for a recording."""

    claims: Sequence[Claim]
    files: int
    wall_s: float | None


@dataclass(frozen=True)
class Scoring:
    """What scoring comes to."""

    outcome: Outcome
    promises: tuple[PromiseResult, ...] = ()


def score_trial(
    task: Task,
    scorers: Sequence[Scorer],
    observations: Mapping[str, Observation],
    reference: Mapping[str, Observation],
    delivery: Delivery,
) -> Scoring:
    """Judge the observations (keyed by probe, like `reference`) and hold the promises against the scores."""
    outcome = judge(task, scorers, observations, reference, delivery.files)
    if not isinstance(outcome, Scored):
        return Scoring(outcome)
    held = promises(delivery.claims, outcome.scores, task.measures, delivery.files, delivery.wall_s)
    return Scoring(outcome, held)
