"""Two versions compared: per endpoint rates, paired difference, verdict, and what it would take where there is none.

Refuses BETTER and WORSE on fewer than 12 task families or fewer than 6 that differ, and says what is missing.
`accepted` and `promises` stand for themselves; which scorer got better or worse is decided after Holm's correction. A
verdict that favours a version must stand when the trials it kept from being measured itself are counted 0 for it.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from harness.compare.arms import Arm
from harness.compare.differing import Difference, unlike
from harness.compare.latency import LatencyDifference, latency_differences
from harness.compare.losses import AGAINST, FOR_THE_OTHER, Losses, beyond_caps, losses_of
from harness.compare.paired import MIN_FAMILIES, MIN_NONZERO, Paired, holm, sign_flip_p
from harness.compare.planner import verdict_plan
from harness.compare.tasks import TaskDifference, by_family, paired_of, task_differences
from harness.compare.union import ClaimRow, Held, claim_rows, held_on
from harness.compare.values import (
    ACCEPTED,
    BY_SUBMISSION,
    LOST,
    NO_FILL,
    PROMISES,
    Rate,
    State,
    endpoints_of,
    exempt_tasks,
    rate,
    values_of,
)

Verdict = Literal["BETTER", "WORSE", "EQUIVALENT", "INCONCLUSIVE"]
LEVEL: Final = 0.05
MARGIN: Final = 0.10  # ten points: smaller differences are called equivalent when the 90 % interval shows them to be


@dataclass(frozen=True)
class Pairing:
    """One endpoint's rates on both sides, its task differences (second − first, in shares of 1) and their statistics,
    None where no task has a value on both sides. against_first, against_second: the statistics when that side's trials
    without a value by the submission's own doing count 0; None when it has none. worst_first, worst_second: those with
    every missing trial counted against that side (see `losses`); None when none is missing."""

    first: Rate
    second: Rate
    tasks: tuple[TaskDifference, ...]
    paired: Paired | None
    against_first: Paired | None = None
    against_second: Paired | None = None
    worst_first: Paired | None = None
    worst_second: Paired | None = None


@dataclass(frozen=True)
class Endpoint:
    """A pairing judged. `p` is adjusted where Holm applies (`corrected` = over how many scorers, 0 = not); `why` says
    what the verdict rests on or what is missing, `needed` which samples would decide."""

    name: str
    pairing: Pairing
    p: float | None
    sign_flip_p: float | None
    corrected: int
    verdict: Verdict
    why: str
    needed: str

    def count(self, word: str) -> int:
        """Tasks better, same or worse, as seen."""
        return sum(task.word == word for task in self.pairing.tasks)


@dataclass(frozen=True)
class Comparison:
    """`second` held against `first`. `diff` is a unified diff of the definitions, `flipped` the tasks whose accepted
    rate changed, `unlike` what differs besides the agent, `lost` what each side lost."""

    first: Arm
    second: Arm
    endpoints: tuple[Endpoint, ...]
    claims: tuple[ClaimRow, ...]
    latency: tuple[LatencyDifference, ...]
    flipped: tuple[TaskDifference, ...]
    diff: str
    unlike: tuple[Difference, ...]
    lost: tuple[Losses, Losses]

    @property
    def primary(self) -> Endpoint:
        """The endpoint that decides what the comparison comes to."""
        return next(endpoint for endpoint in self.endpoints if endpoint.name == ACCEPTED)


def compare(first: Arm, second: Arm, margin: float = MARGIN) -> Comparison:
    """Every endpoint of both; the sides should not differ decisively (see `differing`)."""
    held = held_on(first, second)
    names = endpoints_of(first, second, promises=bool(held.claims))
    pairings = {name: pairing(first, second, name, held) for name in names}
    adjusted = _adjusted({name: found for name, found in pairings.items() if name not in (ACCEPTED, PROMISES)})
    attempts = max(first.lock.attempts, second.lock.attempts)
    return Comparison(
        first,
        second,
        tuple(_endpoint(name, pairings[name], margin, adjusted, attempts) for name in names),
        claim_rows(held, first, second),
        latency_differences(first, second),
        tuple(task for task in pairings[ACCEPTED].tasks if task.word != "same"),
        definition_diff(first, second),
        unlike(first, second),
        (_losses(first, second, names, held), _losses(second, first, names, held)),
    )


def pairing(first: Arm, second: Arm, name: str, held: Held, worst_case: bool = False) -> Pairing:
    """One endpoint of both versions; worst_case fills every gap against `second`: 1 on the first side, 0 on its own."""
    exempt = exempt_tasks(name, held, first, second)
    a, b = (values_of(side, name, exempt, held) for side in (first, second))
    families = {**first.lock.families, **second.lock.families}

    def differences_with(fill_a: Mapping[State, float], fill_b: Mapping[State, float]) -> tuple[TaskDifference, ...]:
        return task_differences(a, b, families, fill_a, fill_b)

    if worst_case:
        tasks = differences_with(dict.fromkeys(LOST, 1.0), dict.fromkeys(LOST, 0.0))
        return Pairing(rate(a), rate(b), tasks, paired_of(tasks))
    zero: Mapping[State, float] = {BY_SUBMISSION: 0.0}
    tasks, rates = differences_with(NO_FILL, NO_FILL), (rate(a), rate(b))
    against_first = paired_of(differences_with(zero, NO_FILL)) if rates[0].without(BY_SUBMISSION) else None
    against_second = paired_of(differences_with(NO_FILL, zero)) if rates[1].without(BY_SUBMISSION) else None
    lost = any(side.without(*LOST) for side in rates)
    worst_first = paired_of(differences_with(AGAINST, FOR_THE_OTHER)) if lost else None
    worst_second = paired_of(differences_with(FOR_THE_OTHER, AGAINST)) if lost else None
    return Pairing(*rates, tasks, paired_of(tasks), against_first, against_second, worst_first, worst_second)


def _losses(side: Arm, other: Arm, names: Iterable[str], held: Held) -> Losses:
    exempt = {name: exempt_tasks(name, held, side, other) for name in names}
    return losses_of(side, other, {name: values_of(side, name, tasks, held) for name, tasks in exempt.items()})


def definition_diff(first: Arm, second: Arm) -> str:
    """Unified diff of the two definitions; "" when one was not kept or nothing differs."""
    if not first.definition or not second.definition:
        return ""
    lines = difflib.unified_diff(
        first.definition.splitlines(), second.definition.splitlines(), first.source, second.source, lineterm=""
    )
    return "\n".join(lines)


def _adjusted(pairings: Mapping[str, Pairing]) -> dict[str, float]:
    """Scorer -> p after Holm's correction over all scorers that have one."""
    raw = {name: found.paired.p for name, found in pairings.items() if found.paired is not None}
    tested = {name: p for name, p in raw.items() if p is not None}
    return dict(zip(tested, holm(list(tested.values())), strict=True))


def _endpoint(name: str, found: Pairing, margin: float, adjusted: Mapping[str, float], attempts: int) -> Endpoint:
    result = found.paired
    if result is None:
        missing = "no task has a value on both sides"
        return Endpoint(name, found, None, None, 0, "INCONCLUSIVE", missing, "")
    p, corrected = adjusted.get(name, result.p), len(adjusted) if name in adjusted else 0
    verdict, why = _verdict(result, p, margin)
    needed, doubt = "", _doubt(name, found, verdict, max(1, corrected), margin)
    if doubt:
        verdict, why = "INCONCLUSIVE", f"{why}, but {doubt}"
    elif verdict == "INCONCLUSIVE":
        needed = verdict_plan(result, attempts, margin, LEVEL / max(1, corrected)).text
    flips = sign_flip_p(by_family(found.tasks)[0])
    return Endpoint(name, found, p, flips, corrected, verdict, why, needed)


def _doubt(name: str, found: Pairing, verdict: Verdict, tests: int, margin: float) -> str:
    """Why a verdict does not stand against those it favours, or "". The stricter Bonferroni correction over `tests`."""

    def stands(result: Paired | None) -> bool:
        p = None if result is None or result.p is None else min(1.0, tests * result.p)
        return result is None or _verdict(result, p, margin)[0] == verdict

    first = (found.against_first, found.worst_first, found.first)
    second = (found.against_second, found.worst_second, found.second)
    favoured = {"BETTER": (second,), "WORSE": (first,), "EQUIVALENT": (first, second), "INCONCLUSIVE": ()}
    for against, _, own in favoured[verdict]:
        if not stands(against):
            return f"not with its {own.without(BY_SUBMISSION)} trials without a value by their own doing counted 0"
    beyond = beyond_caps(name, found.first, found.second, verdict) if favoured[verdict] else ""
    if beyond:
        return beyond
    for _, worst, _ in favoured[verdict]:
        if not stands(worst):
            return (
                f"not if the {found.first.without(*LOST) + found.second.without(*LOST)} missing are counted against it"
            )
    return ""


def _verdict(result: Paired, p: float | None, margin: float) -> tuple[Verdict, str]:
    if result.families < MIN_FAMILIES:
        return "INCONCLUSIVE", f"{result.families} of {MIN_FAMILIES} task families needed for a verdict"
    if result.decisive and p is not None and p <= LEVEL:
        return ("BETTER" if result.mean > 0 else "WORSE"), f"p = {p:.3g}"
    narrow = result.interval(0.90)
    if narrow is not None and -margin <= narrow[0] and narrow[1] <= margin:
        return "EQUIVALENT", f"the 90 % interval lies within ±{100 * margin:g} points"
    if not result.decisive:
        return "INCONCLUSIVE", f"{result.nonzero} of {MIN_NONZERO} families that differ needed for better or worse"
    return "INCONCLUSIVE", f"p = {p:.3g}, and the 90 % interval is not within ±{100 * margin:g} points"
