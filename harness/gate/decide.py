"""The decision: every question of the policy answered, and the first that hits decides.

Refuses any other order than INVALID, BLOCK for safety, BLOCK for a regression or a missed requirement, PASS,
INCONCLUSIVE; and refuses to hide the answers that did not decide: all of them are in the decision.
"""

from collections.abc import Iterator

import numpy as np

from harness.compare.arms import Arm
from harness.gate.hosts import askable
from harness.gate.looks import UNKNOWN, Looks, about
from harness.gate.policy import Policy
from harness.gate.requirements import requirements
from harness.gate.safety import safety
from harness.gate.validity import validity
from harness.model.decision import Decision, Outcome, Reason

INVALID_FINDINGS = ("invalid_input", "invalid_infrastructure")


def decide(candidate: Arm, baseline: Arm | None, policy: Policy, looks: Looks = UNKNOWN) -> Decision:
    """The gate's answer about `candidate`; `baseline` is needed where the policy compares. looks: what is remembered of
    earlier ones, whose runs are then part of both sides."""
    asked, untimely = askable(candidate, baseline, policy)
    reasons = (
        *validity(candidate, baseline, policy, bool(looks.pooled)),
        *(about(looks) if baseline is not None or looks.ledger else ()),
        *safety(candidate, policy),
        *requirements(candidate, baseline, asked, looks),
        *untimely,
        *_information(candidate, baseline),
    )
    outcome, decisive = _first_hit(reasons)
    return Decision(
        outcome=outcome,
        policy=policy.name,
        policy_sha256=policy.sha256,
        candidate=candidate.label,
        baseline=baseline.label if baseline else "",
        run=candidate.run,
        lock_hash=candidate.lock.hash,
        judged=judged(candidate),
        decided_by=tuple(dict.fromkeys(reason.rule for reason in decisive)),
        reasons=reasons,
    )


def judged(candidate: Arm) -> int:
    """Trials of the candidate that the decision rests on: those with a verdict, voids left out."""
    return int(np.count_nonzero(candidate.table.is_("scored", "failed")))


def _first_hit(reasons: tuple[Reason, ...]) -> tuple[Outcome, tuple[Reason, ...]]:
    invalid = tuple(r for r in reasons if r.finding in INVALID_FINDINGS)
    if invalid:
        return "INVALID", invalid
    blocked = tuple(r for r in reasons if r.finding == "blocked")
    unsafe = tuple(r for r in blocked if r.stage == "safety")
    if unsafe or blocked:
        return "BLOCK", unsafe or blocked
    undecided = tuple(r for r in reasons if r.finding == "open")
    if undecided:
        return "INCONCLUSIVE", undecided
    return "PASS", tuple(r for r in reasons if r.finding == "met" and r.stage != "validity")


def _information(candidate: Arm, baseline: Arm | None) -> Iterator[Reason]:
    arms = (candidate, *((baseline,) if baseline else ()))
    for arm in arms:
        if arm.rescored:
            text = (
                f"{arm.label} in {arm.run}: scores are those of re-scoring {arm.rescored}, not those of the run itself"
            )
            yield Reason("information", "rescored", "note", text)
        if arm.table.problems:
            first = next(iter(arm.table.problems.values()))
            text = f"{arm.label}: {len(arm.table.problems)} records are damaged and count as lost to us; first: {first}"
            yield Reason("information", "damaged", "note", text)
    if any(arm.table.authored.any() for arm in arms):
        text = "demonstration: replies were authored for this project, not produced by the agents named"
        yield Reason("information", "demonstration", "note", text)
