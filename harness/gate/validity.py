"""May this run be judged at all? Manifests, unfinished or broken trials, trials lost to us, missing evidence.

Refuses to blame an agent for anything: what is found here makes a decision INVALID, never BLOCK. A wrong input (policy,
tasks, two runs that differ in more than the agent) is told apart from infrastructure that can be tried again.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from harness.compare.arms import Arm
from harness.compare.differing import NEVER_INVALID, unlike
from harness.compare.table import ACCEPTED_WORDS, BLAMES, Truths
from harness.compare.values import ACCEPTED, PROMISES, tasks_without
from harness.gate.policy import Policy, reaches
from harness.model.decision import Finding, Reason
from harness.model.score import NotApplicable
from harness.model.trial import Scored

OURS = ("infrastructure", "harness")


def validity(candidate: Arm, baseline: Arm | None, policy: Policy, pooled: bool = False) -> Iterator[Reason]:
    """One reason per question; `met` when all is well. pooled: the sides are samples of several runs, and need not
    have the same number of them."""
    arms = (candidate, *((baseline,) if baseline else ()))
    yield from _manifests(candidate, baseline, (*policy.may_differ, *(("attempts",) if pooled else ())))
    yield from _known_endpoints(candidate, policy)
    yield from _looks(candidate, policy)
    yield from _finished(arms)
    yield from _lost(arms, policy)
    yield from _evidence(arms, policy)


def _manifests(candidate: Arm, baseline: Arm | None, allowed: Sequence[str]) -> Iterator[Reason]:
    if baseline is None:
        return
    sides = "versions" if baseline.lock is candidate.lock else "runs"
    found = unlike(baseline, candidate)
    for difference in found:
        text = f"{difference.what} differ between the two {sides} ({difference.detail})"
        if difference.what in NEVER_INVALID:
            yield Reason("validity", "manifest", "note", text)
        elif difference.what in allowed:
            yield Reason("validity", "manifest", "note", f"{text}; the policy says that they may")
        else:
            text += f'; only the agent may differ, and what the policy names (may_differ = ["{difference.what}"])'
            yield Reason("validity", "manifest", "invalid_input", text)
    if not found:
        yield Reason("validity", "manifest", "met", "candidate and baseline were measured under the same manifest")


def _known_endpoints(candidate: Arm, policy: Policy) -> Iterator[Reason]:
    for name in policy.endpoints:
        if name not in (ACCEPTED, PROMISES) and name not in candidate.lock.scorers:
            text = f"the policy gates {name!r}, the run has scorers {', '.join(candidate.lock.scorers)}"
            yield Reason("validity", "endpoints", "invalid_input", text)


def _looks(candidate: Arm, policy: Policy) -> Iterator[Reason]:
    looks = policy.non_inferiority.looks if policy.non_inferiority else ()
    if looks and candidate.lock.attempts not in looks:
        declared = ", ".join(map(str, looks))
        text = f"{candidate.lock.attempts} attempts is not a declared look ({declared}): run with -k one of them"
        yield Reason("validity", "looks", "invalid_input", text)


def _finished(arms: tuple[Arm, ...]) -> Iterator[Reason]:
    for arm in arms:
        void = Counter(arm.table.lost())
        missing = _unfinished(arm) + void["cancelled"]
        if missing:
            text = (
                f"{arm.label}: {missing} of {len(arm.trials)} trials not measured yet; `harness resume` finishes them"
            )
            yield Reason("validity", "finished", "invalid_infrastructure", text)
        if void["task"]:
            text = (
                f"{arm.label}: {void['task']} of {len(arm.trials)} trials void because their task failed its own check"
            )
            yield Reason("validity", "self_check", "invalid_input", text)
    if all("task" not in arm.table.lost() and not _unfinished(arm) for arm in arms):
        planned = sum(len(arm.trials) for arm in arms)
        yield Reason(
            "validity", "finished", "met", f"all {planned} planned trials have a record, no task failed its check"
        )


def _lost(arms: tuple[Arm, ...], policy: Policy) -> Iterator[Reason]:
    shares = []
    for arm in arms:
        void, planned = arm.table.lost(), max(1, len(arm.trials))
        lost = sum(void.get(blame, 0) for blame in OURS)
        shares.append(lost / planned)
        text = f"{arm.label}: {lost} of {planned} trials lost to us ({100 * lost / planned:.1f} %)"
        text += f", cap {100 * policy.void_share:g} %"
        finding: Finding = "invalid_infrastructure" if not reaches(policy.void_share, lost / planned) else "met"
        yield Reason("validity", "infrastructure.cap", finding, text)
        own = int(np.count_nonzero(_own_doing(arm)))
        if not reaches(policy.void_share, own / planned):
            text = f"{arm.label}: {own} of {planned} trials have no answer by its own doing"
            text += f" ({100 * own / planned:.1f} %), cap {100 * policy.void_share:g} %"
            yield Reason("requirement", "own_doing.cap", "open", text)
    if len(shares) == 2:
        gap = abs(shares[0] - shares[1])
        text = f"the shares lost to us differ by {100 * gap:.1f} points, cap {100 * policy.void_gap:g}"
        finding = "invalid_infrastructure" if not reaches(policy.void_gap, gap) else "met"
        yield Reason("validity", "infrastructure.gap", finding, text)


def _own_doing(arm: Arm) -> Truths:
    """Trials that are void, or whose acceptance could not be asked, because of what the submission does."""
    table = arm.table
    undetermined = table.accepted == ACCEPTED_WORDS.index("undetermined")
    found: Truths = (undetermined & table.unasked & table.is_("scored")) | (table.lost_to == BLAMES.index("agent"))
    return found


def _evidence(arms: tuple[Arm, ...], policy: Policy) -> Iterator[Reason]:
    """A gated scorer must apply to some task of the run, and must have spoken: trials where it did not, through our
    fault, fall under the same cap. Silence of a submission's own doing leaves the requirement open, never the run
    invalid."""
    tables = [arm.table for arm in arms]
    scored = {table.tasks[place] for table in tables for place in np.unique(table.task[table.is_("scored")])}
    for name in policy.endpoints:
        if not scored or name in (ACCEPTED, PROMISES) or name not in arms[0].lock.scorers:
            continue
        if tasks_without(name, *tables) >= scored:
            text = f"scorer {name} applies to no task of this run ({_excuse(arms, name)}): take {name!r} out of the"
            text += " policy, or run a profile and tasks that have it"
            yield Reason("validity", "evidence", "invalid_input", text)
            continue
        for arm in arms:
            yield from _silence(arm, name, policy.void_share)


def _silence(arm: Arm, name: str, cap: float) -> Iterator[Reason]:
    result, scored = arm.table.said(name), arm.table.is_("scored")
    silent = int(np.count_nonzero(result.said("absent", "unmeasured") & scored))
    none = not result.said("score").any()
    if silent and (none or not reaches(cap, silent / len(arm.trials))):
        text = f"{arm.label}: scorer {name} gave no result in {silent} of {np.count_nonzero(scored)} scored trials;"
        text += " run the suite again, on a calmer host if the causes in the report say that this one was too slow"
        yield Reason("validity", "evidence", "invalid_infrastructure", text)


def _excuse(arms: Sequence[Arm], name: str) -> str:
    """The scorer's own words, from the first trial that has them."""
    for arm in arms:
        for place in np.flatnonzero(arm.table.said(name).said("not_offered")):
            record = arm.load(arm.trials[place])
            for result in record.outcome.scores if record and isinstance(record.outcome, Scored) else ():
                if isinstance(result, NotApplicable) and result.scorer == name:
                    return result.reason
    return "no trial says why"


def _unfinished(arm: Arm) -> int:
    return int(np.count_nonzero(arm.table.is_("missing")))
