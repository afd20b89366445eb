"""A trial's plan, outcome and record, and the tally whose sum must always add up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from harness.model.claim import PromiseResult
from harness.model.jsontypes import JsonObject
from harness.model.score import Blame, ScoreResult, Unmeasured
from harness.model.submission import Block

Accepted = Literal["yes", "no", "undetermined"]


@dataclass(frozen=True)
class Trial:
    """task × agent version × attempt. `seed` is the same for all versions of one (task, attempt)."""

    task_id: str
    agent_label: str  # name@8hex
    attempt: int  # 1-based
    seed: int

    @property
    def name(self) -> str:
        """Folder name under `trials/`."""
        return f"{self.task_id}__{self.agent_label}__{self.attempt:02d}"


@dataclass(frozen=True)
class Scored:
    """Probes ran. `accepted` follows the task's requirements only; `why` has one line per requirement."""

    accepted: Accepted
    scores: tuple[ScoreResult, ...]
    why: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


def taken(outcome: Scored) -> tuple[Unmeasured, ...]:
    """The scorers that infrastructure kept from measuring."""
    results = (result for result in outcome.scores if isinstance(result, Unmeasured))
    return tuple(result for result in results if result.blame == "infrastructure")


INCOMPLETE = "incomplete"  # flag: surely not accepted, yet a required scorer is unmeasured by no fault of the agent


@dataclass(frozen=True)
class Failed:
    """The agent's delivery never became a running service: worth 0, counted."""

    code: str
    message: str
    stage: str
    log_tail: str = ""


@dataclass(frozen=True)
class Void:
    """No verdict through no fault of the agent; worth nothing, counted separately."""

    blame: Blame
    code: str
    message: str
    stage: str


Outcome = Scored | Failed | Void


def lost_to(outcome: Outcome) -> Blame | None:
    """Whose fault it is that a trial has no value to compare: a Void's blame, or that of what an incomplete one lacks.

    A trial that surely fails one requirement while another could not be measured is `accepted: no`, but its passing
    twin could not have entered as yes: counting the one without the other would favour whoever fails less often.
    """
    match outcome:
        case Void(blame=blame):
            return blame
        case Scored(flags=flags, scores=scores) if INCOMPLETE in flags:
            blames = (r.blame for r in scores if isinstance(r, Unmeasured) and r.blame != "agent")
            return next(blames, "infrastructure")
    return None


@dataclass(frozen=True)
class TrialRecord:
    """`trial.json`: written last, atomically. Durations in seconds by phase, measured on a monotonic clock."""

    trial: Trial
    outcome: Outcome
    agent_digest: str
    task_digest: str
    prompt_digest: str | None
    submission_digest: str | None
    reply_origin: str | None
    files: int | None
    durations_s: Mapping[str, float] = field(default_factory=dict)
    tries: tuple[JsonObject, ...] = ()  # earlier infrastructure failures of this trial
    warnings: tuple[str, ...] = ()
    cost_usd: float | None = None
    usage: JsonObject | None = None
    wall_s: float | None = None  # of the agent's run: all its replies; None for a recording
    promises: tuple[PromiseResult, ...] = ()  # the definition's claims held against this trial; never change `accepted`
    blocks: tuple[Block, ...] = ()  # every block of the reply and what became of it
    asked: tuple[JsonObject, ...] = ()  # every try at an answer that never came: error, what came of it, what it cost


@dataclass(frozen=True)
class Tally:
    """Counts by outcome. Invariant: planned = scored + failed + all voids + missing."""

    planned: int
    scored: int
    failed: int
    void: Mapping[str, int]  # by blame: infrastructure, task, harness, cancelled
    missing: int  # planned, no trial.json

    def __post_init__(self) -> None:
        total = self.scored + self.failed + sum(self.void.values()) + self.missing
        if total != self.planned:
            raise ValueError(f"tally does not add up: planned {self.planned}, counted {total}")


def tally(planned: int, outcomes: Iterable[Outcome]) -> Tally:
    """Count outcomes; whatever was planned and has none is `missing`."""
    scored = failed = 0
    void = {"infrastructure": 0, "task": 0, "harness": 0, "cancelled": 0}
    for outcome in outcomes:
        match outcome:
            case Scored():
                scored += 1
            case Failed():
                failed += 1
            case Void(blame=blame):
                void[blame] = void.get(blame, 0) + 1
    return Tally(planned, scored, failed, void, planned - scored - failed - sum(void.values()))
