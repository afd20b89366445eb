"""What a gate decided about a release, and why, line by line.

Refuses to decide (gate/ does) and to print (report/ does): values only.
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

Outcome = Literal["PASS", "BLOCK", "INVALID", "INCONCLUSIVE"]
OUTCOMES: Final[tuple[str, ...]] = get_args(Outcome)
# met: holds · blocked: broken beyond doubt · open: not decided · invalid_*: the run cannot be judged · others: to read
Finding = Literal["met", "blocked", "open", "invalid_input", "invalid_infrastructure", "review", "note"]


@dataclass(frozen=True)
class Reason:
    """One line of a decision. `rule` is a stable word such as `accepted.floor`; `text` one sentence with its counts."""

    stage: Literal["validity", "safety", "regression", "requirement", "information"]
    rule: str
    finding: Finding
    text: str


@dataclass(frozen=True)
class Decision:
    """The gate's answer. `decided_by` = rules of the first stage that hit; `judged` = how many trials of the candidate
    had a verdict then."""

    outcome: Outcome
    policy: str
    policy_sha256: str
    candidate: str
    baseline: str
    run: str
    lock_hash: str
    judged: int
    decided_by: tuple[str, ...]
    reasons: tuple[Reason, ...]
