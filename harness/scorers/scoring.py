"""A trial's whole scoring: its outcome, and its definition's promises held against the same scores.

The corridor and `harness score` both come through here, so the two cannot disagree. Refuses to let a promise change
the outcome.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.model.claim import Claim, PromiseResult
from harness.model.probe import Observation
from harness.model.score import Unmeasured
from harness.model.task import Task
from harness.model.trial import Outcome, Scored
from harness.ports import Scorer
from harness.scorers.judgement import decide, score_one
from harness.scorers.promises import promises
from harness.scorers.surely import surely_lost


@dataclass(frozen=True)
class Delivery:
    """What is known of a delivery besides its behaviour; `wall_s` of the agent's run, None for a recording."""

    claims: Sequence[Claim]
    files: int
    wall_s: float | None


@dataclass(frozen=True)
class Scoring:
    """What scoring comes to. `open`: probes of scorers that have no result by no fault of the agent."""

    outcome: Outcome
    promises: tuple[PromiseResult, ...] = ()
    open: frozenset[str] = frozenset()


def score_trial(
    task: Task,
    scorers: Sequence[Scorer],
    observations: Mapping[str, Observation],
    reference: Mapping[str, Observation],
    delivery: Delivery,
) -> Scoring:
    """Judge the observations (keyed by probe, like `reference`) and hold the promises against the scores."""
    results = [score_one(task, scorer, observations, reference) for scorer in scorers]
    pairs = zip(scorers, results, strict=True)
    lost = [scorer for scorer, result in pairs if isinstance(result, Unmeasured) and result.blame != "agent"]
    again = frozenset(probe for scorer in lost for probe in scorer.probes)
    outcome = decide(task, results, delivery.files, tuple(surely_lost(task.requirements, observations)))
    if not isinstance(outcome, Scored):
        return Scoring(outcome, open=again)
    held = promises(delivery.claims, outcome.scores, task.measures, delivery.files, delivery.wall_s)
    return Scoring(outcome, held, again)
