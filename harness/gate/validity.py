"""May this run be judged at all? Manifests, unfinished or broken trials, trials lost to us, missing evidence.

Refuses to blame an agent for anything: what is found here makes a decision INVALID, never BLOCK. A wrong input (policy,
tasks, two runs that differ in more than the agent) is told apart from infrastructure that can be tried again.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from harness.compare.arms import Arm, differences
from harness.compare.values import ACCEPTED, PROMISES, tasks_without
from harness.gate.policy import Policy, reaches
from harness.model.decision import Finding, Reason
from harness.model.score import NotApplicable, Score, Unmeasured
from harness.model.trial import Scored, TrialRecord, lost_to

OURS = ("infrastructure", "harness")


def validity(candidate: Arm, baseline: Arm | None, policy: Policy) -> Iterator[Reason]:
    """One reason per question; `met` when all is well."""
    arms = (candidate, *((baseline,) if baseline else ()))
    yield from _manifests(candidate, baseline)
    yield from _known_endpoints(candidate, policy)
    yield from _looks(candidate, policy)
    yield from _finished(arms)
    yield from _lost(arms, policy)
    yield from _evidence(arms, policy)


def _manifests(candidate: Arm, baseline: Arm | None) -> Iterator[Reason]:
    if baseline is None:
        return
    found = differences(baseline.lock, candidate.lock)
    for difference in found:
        text = f"{difference.what} differ between the two runs ({difference.detail}); only the agent may differ"
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
        void = _voids(arm)
        missing = len(arm.trials) - len(arm.records) + void["cancelled"]
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
    if all(not _voids(arm)["task"] and len(arm.trials) == len(arm.records) for arm in arms):
        planned = sum(len(arm.trials) for arm in arms)
        yield Reason(
            "validity", "finished", "met", f"all {planned} planned trials have a record, no task failed its check"
        )


def _lost(arms: tuple[Arm, ...], policy: Policy) -> Iterator[Reason]:
    shares = []
    for arm in arms:
        void, planned = _voids(arm), max(1, len(arm.trials))
        lost = sum(void[blame] for blame in OURS)
        shares.append(lost / planned)
        text = f"{arm.label}: {lost} of {planned} trials lost to us ({100 * lost / planned:.1f} %)"
        text += f", cap {100 * policy.void_share:g} %"
        finding: Finding = "invalid_infrastructure" if not reaches(policy.void_share, lost / planned) else "met"
        yield Reason("validity", "infrastructure.cap", finding, text)
    if len(shares) == 2:
        gap = abs(shares[0] - shares[1])
        text = f"the shares lost to us differ by {100 * gap:.1f} points, cap {100 * policy.void_gap:g}"
        finding = "invalid_infrastructure" if not reaches(policy.void_gap, gap) else "met"
        yield Reason("validity", "infrastructure.gap", finding, text)


def _evidence(arms: tuple[Arm, ...], policy: Policy) -> Iterator[Reason]:
    """A gated scorer must apply to some task of the run, and must have spoken: trials where it did not, through our
    fault, fall under the same cap. Silence of a submission's own doing leaves the requirement open, never the run
    invalid."""
    records = [record for arm in arms for record in arm.records if isinstance(record.outcome, Scored)]
    for name in policy.endpoints:
        if not records or name in (ACCEPTED, PROMISES) or name not in arms[0].lock.scorers:
            continue
        if tasks_without(name, records) >= {record.trial.task_id for record in records}:
            text = f"scorer {name} applies to no task of this run ({_excuse(records, name)}): take {name!r} out of the"
            text += " policy, or run a profile and tasks that have it"
            yield Reason("validity", "evidence", "invalid_input", text)
            continue
        for arm in arms:
            yield from _silence(arm, name, policy.void_share)


def _silence(arm: Arm, name: str, cap: float) -> Iterator[Reason]:
    outcomes = [record.outcome for record in arm.records if isinstance(record.outcome, Scored)]
    results = [next((r for r in outcome.scores if r.scorer == name), None) for outcome in outcomes]
    silent = sum(r is None or (isinstance(r, Unmeasured) and r.blame != "agent") for r in results)
    none = not any(isinstance(r, Score) for r in results)
    if silent and (none or not reaches(cap, silent / len(arm.trials))):
        text = f"{arm.label}: scorer {name} gave no result in {silent} of {len(outcomes)} scored trials; run the suite"
        text += " again, on a calmer host if the causes in the report say that this one was too slow"
        yield Reason("validity", "evidence", "invalid_infrastructure", text)


def _excuse(records: Sequence[TrialRecord], name: str) -> str:
    """The scorer's own words, from the first trial that has them."""
    results = (r for record in records if isinstance(record.outcome, Scored) for r in record.outcome.scores)
    return next(r.reason for r in results if isinstance(r, NotApplicable) and r.scorer == name)


def _voids(arm: Arm) -> Counter[str]:
    return Counter(blame for record in arm.records if (blame := lost_to(record.outcome)) is not None)
