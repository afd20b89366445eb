"""What the candidate must reach: floors, promises, and not being worse than the baseline by the margin.

Refuses a pass that hangs on what was lost: it must survive the worst case, every lost trial of the candidate counted 0
and every one of the baseline 1. Refuses to call a version worse on too few task families (12, of which 6 differ).
"""

from collections.abc import Iterator, Mapping

from harness.compare.arms import Arm
from harness.compare.bounds import unseen_share
from harness.compare.comparison import pairing
from harness.compare.family import holm
from harness.compare.levels import level_of
from harness.compare.paired import MIN_FAMILIES, Paired
from harness.compare.planner import margin_plan
from harness.compare.quantiles import normal_tail
from harness.compare.union import Held, held_on
from harness.compare.values import exempt_tasks, rate, values_of
from harness.compare.verdicts import Pairing
from harness.gate.looks import UNKNOWN, Looks
from harness.gate.policy import ROUNDING, Floor, NonInferiority, Policy, reaches
from harness.gate.promises import promises
from harness.gate.spending import BLOCK_LEVEL, PASS_LEVEL
from harness.model.decision import Finding, Reason


def requirements(candidate: Arm, baseline: Arm | None, policy: Policy, looks: Looks = UNKNOWN) -> Iterator[Reason]:
    """Regression first, then floors, promises and non-inferiority."""
    rule = policy.non_inferiority
    if rule is not None and baseline is not None:
        yield from _compared(candidate, baseline, rule, looks)
    held = held_on(candidate, candidate)
    for floor in policy.floors:
        yield _floor(candidate, floor, held)
    if policy.promises_broken is not None:
        yield from promises(candidate, policy.promises_broken, policy.promises_measured)
    if rule is not None or any(floor.bound != "point" for floor in policy.floors):
        yield Reason("information", "assumptions", "note", _assumptions(candidate))


def _assumptions(candidate: Arm) -> str:
    """What the bounds of a decision assume, said once."""
    families = len({candidate.lock.families.get(task, task) for task in candidate.lock.tasks})
    return (
        "bounds take task families for an independent sample of the work that matters; the exact bound near a ceiling"
        " has the trial as its unit: a loss that is confined to few families it cannot see (none in"
        f" {families} leaves room for one in {100 * unseen_share(max(1, families)):.0f} % of all)"
    )


def _compared(candidate: Arm, baseline: Arm, rule: NonInferiority, looks: Looks) -> Iterator[Reason]:
    held, now = held_on(baseline, candidate), candidate.lock.attempts
    if rule.looks and now not in rule.looks:
        return  # said by validity: not a declared look
    pass_bound, block_bound = (looks.bound(level, rule.looks, now) for level in (PASS_LEVEL, BLOCK_LEVEL))
    seen = {name: pairing(baseline, candidate, name, held) for name in rule.endpoints}
    yield from _worse(seen, rule.margin, pass_bound, block_bound)
    for name, found in seen.items():
        worst = pairing(baseline, candidate, name, held, worst_case=True)
        attempts = max(candidate.lock.attempts, baseline.lock.attempts)
        yield _non_inferior(name, found, worst.paired, rule.margin, (pass_bound, block_bound), attempts)


def _worse(seen: Mapping[str, Pairing], margin: float, pass_bound: float, block_bound: float) -> Iterator[Reason]:
    """A loss blocks when both hold: the whole interval of this look lies below 0, and non-inferiority is not shown. A
    loss beyond chance but inside the margin is said and never blocks: the policy allows it (a true loss of .9 points
    under a margin of 10 used to block in 80 of 121 runs)."""
    judged = {name: cases for name, found in seen.items() if (cases := _cases(found)) and cases[0].decisive}
    # Endpoints on which too little differs for any verdict take no share of the error (Tarone 1990).
    worse = holm({name: max(normal_tail(case.z(sign=-1)) for case in cases) for name, cases in judged.items()})
    for name, p in worse.items():
        if p > normal_tail(block_bound):
            continue
        result = judged[name][0]
        text = f"{name}: worse than the baseline beyond chance: {_points(result, block_bound)}"
        if result.z(margin) >= pass_bound:
            text += f"; inside the margin of {100 * margin:g} points, so it blocks nothing"
            yield Reason("regression", f"{name}.worse", "note", text)
        else:
            text = text.replace("worse than the baseline beyond chance", "demonstrably worse than the baseline")
            yield Reason("regression", f"{name}.worse", "blocked", text)


def _cases(found: Pairing) -> tuple[Paired, ...]:
    """As measured, and with what the baseline kept from being measured counted 0 for it: both must show it better."""
    if found.paired is None:
        return ()
    return (found.paired,) if found.against_first is None else (found.paired, found.against_first)


def _non_inferior(
    name: str, found: Pairing, worst: Paired | None, margin: float, bounds: tuple[float, float], attempts: int
) -> Reason:
    bound = bounds[0]
    rule, result = f"{name}.non_inferiority", found.paired
    allowed = f"margin {100 * margin:g} points"
    if result is None or worst is None:
        return Reason("requirement", rule, "open", f"{name}: no task has a value on both sides")
    text = f"{name}: {_points(result, bound)}, {allowed}"
    if result.families < MIN_FAMILIES:
        text += f"; {result.families} of {MIN_FAMILIES} task families needed to decide"
        return Reason("requirement", rule, "open", text)
    if result.z(margin) < bound:
        more = margin_plan(result, attempts, margin, *map(normal_tail, bounds))
        answer = "; the answer is then likely a BLOCK" if result.mean <= -margin else ""
        return Reason("requirement", rule, "open", f"{text}; would need {more.text}{answer}")
    if worst.z(margin) < bound:
        lost = found.first.lost + found.second.lost
        text += f"; not if the {lost} lost trials are counted in the worst way: {_points(worst, bound)}"
        return Reason("requirement", rule, "open", text)
    return Reason("requirement", rule, "met", f"{text}: not inferior")


def _points(result: Paired, bound: float) -> str:
    """`-1.2 points, 90 % interval [-6.3, +3.9] (24 families)`: the interval that belongs to the look's bound."""
    if result.df < 1:
        return f"{100 * result.mean:+.1f} points (1 family, no interval)"
    low, high = result.between(normal_tail(bound))
    floor = ", SE floored" if result.floored else ""
    return (
        f"{100 * result.mean:+.1f} points, {100 * (1 - 2 * normal_tail(bound)):.3g} % interval"
        f" [{100 * low:+.1f}, {100 * high:+.1f}] ({result.families} families{floor})"
    )


def _floor(candidate: Arm, floor: Floor, held: Held) -> Reason:
    exempt = exempt_tasks(floor.endpoint, held, candidate)
    values = values_of(candidate, floor.endpoint, exempt, held)
    families = candidate.lock.families
    seen, worst = level_of(values, families), level_of(values, families, worst_case=True)
    rule = f"{floor.endpoint}.floor"
    if seen is None or worst is None:
        return Reason("requirement", rule, "open", f"{floor.endpoint}: no trial has a value")
    figures = [value for value in (seen.mean, seen.low, seen.high) if value is not None]
    mean, *bounds, asked = _percents(figures, floor.at_least)
    between = f"bounds {' to '.join(bounds)}" if bounds else "no bounds from one family"
    text = f"{floor.endpoint}: {mean} of n = {seen.n}, {between} (families: {seen.families})"
    text += f", asked: {floor.bound} at least {asked}"
    reach = {"point": worst.mean, "lower": worst.low, "upper": worst.high}[floor.bound]
    high = seen.mean if floor.bound == "point" else seen.high
    reached = reach is not None and reaches(reach, floor.at_least)
    below = high is not None and not reaches(high, floor.at_least)
    if floor.bound == "lower" and seen.families < MIN_FAMILIES:
        reached = False
        text += f"; {seen.families} of {MIN_FAMILIES} task families needed for a lower bound to pass"
    if floor.bound == "point":
        text += "; a mean is no bound: a version that is truly at the floor reaches it in about half of all runs"
    finding: Finding = "blocked" if below else "met" if reached else "open"
    lost = rate(values).lost
    if finding == "open" and lost:
        text += f"; {lost} lost trials counted as 0 give {100 * worst.mean:.1f} %"
    return Reason("requirement", rule, finding, text)


def _percents(shares: list[float], limit: float) -> list[str]:
    """`80.0 %` each, the limit last, with digits enough to show which are off it: 79.96 % is not printed as 80.0 %."""
    off = [gap for share in shares if (gap := abs(share - limit)) > ROUNDING]
    digits = next((n for n in range(1, 8) if 100 * min(off, default=1.0) >= 10**-n), 8)
    return [f"{100 * share:.{digits}f} %" for share in (*shares, limit)]
