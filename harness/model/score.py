"""What a scorer says: a Score with evidence and denominators, or why there is none.

Three different classes, so that a missing measurement cannot enter an average.
"""

from dataclasses import dataclass, field
from typing import Literal

from harness.model.jsontypes import JsonObject

Blame = Literal["agent", "infrastructure", "task", "harness", "cancelled"]


@dataclass(frozen=True)
class Evidence:
    """One point lost (or one notable fact).

    kind: request | finding | log | test | latency | file; `where` = file:line or METHOD path; `reproduce` = a shell or
    curl line that shows it from the stored trial; `points` = share of the score it cost, 0..1.
    """

    kind: str
    title: str
    detail: str = ""
    where: str = ""
    reproduce: str = ""
    points: float = 0.0
    severity: str = ""  # critical | high | medium | low, security only
    cwe: int | None = None
    status: str = ""  # e.g. confirmed | unconfirmed | suppressed


@dataclass(frozen=True)
class Score:
    """A number in [0, 1] with what it was counted from: value = passed / total unless `basis` says otherwise."""

    scorer: str
    version: int
    value: float
    passed: float
    total: float
    basis: str  # what the denominator counts, e.g. "hidden acceptance tests"
    evidence: tuple[Evidence, ...] = ()
    flags: tuple[str, ...] = ()  # suspect, breaks_probe, ...
    metrics: JsonObject = field(default_factory=dict)  # named figures with units in their names, e.g. p95_ms

    def __post_init__(self) -> None:
        if not 0.0 <= self.value <= 1.0:  # also refuses NaN
            raise ValueError(f"score value must be in [0, 1], got {self.value!r} from {self.scorer!r}")


@dataclass(frozen=True)
class NotApplicable:
    """Nothing here that this scorer measures; not an error, not a zero.

    because: the task (or the profile) does not offer it, which holds for every version, or only this submission gives
    the scorer nothing to look at, which exempts nothing but this trial.
    """

    scorer: str
    version: int
    reason: str
    because: Literal["task", "submission"] = "task"


@dataclass(frozen=True)
class Unmeasured:
    """No evidence. Never a pass, never a zero; `blame` says whose fault."""

    scorer: str
    version: int
    blame: Blame
    cause: str


ScoreResult = Score | NotApplicable | Unmeasured


@dataclass(frozen=True)
class Anchor:
    """What a scorer gives the better of a task's stubs and its reference, in [0, 1]: the ends of the task's own scale.

    stub None = nothing could be measured on a stub, which is worth nothing.
    """

    stub: float | None
    reference: float
