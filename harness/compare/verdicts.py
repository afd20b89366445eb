"""One page judged: a verdict for every endpoint and a pace for every task's latency, under one error rate.

Refuses BETTER and WORSE on fewer than 12 task families or fewer than 6 that differ, and says what is missing. All tests
of the page are one family (see `family`): two equal versions get a BETTER, WORSE, FASTER or SLOWER anywhere on the page
in 5 % of pages at most. A verdict that favours a version must stand when the trials it kept from being measured itself
are counted 0 for it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from harness.compare.bounds import unseen_share
from harness.compare.family import PRIMARY_WEIGHT, Adjusted, adjusted
from harness.compare.latency import LatencyDifference, paced
from harness.compare.losses import beyond_caps
from harness.compare.paired import MIN_FAMILIES, MIN_NONZERO, Paired
from harness.compare.planner import verdict_plan
from harness.compare.tasks import TaskDifference
from harness.compare.values import BY_SUBMISSION, LOST, Rate

Verdict = Literal["BETTER", "WORSE", "EQUIVALENT", "INCONCLUSIVE"]
LEVEL: Final = 0.05  # of the whole page
MARGIN: Final = 0.10  # ten points: smaller differences are called equivalent when both bounds show them to be
_LATENCY: Final = "latency of "  # before a task's id: no endpoint has a space in its name


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
    """A pairing judged. `p` is adjusted for the page (`corrected` = tests in its family, 0 = this is none of them: too
    few task families for any verdict); `why` says what the verdict rests on or what is missing."""

    name: str
    pairing: Pairing
    p: float | None
    corrected: int
    verdict: Verdict
    why: str
    plan: Callable[[], str] = field(default=str, repr=False, compare=False)

    @property
    def sign_flip_p(self) -> float | None:
        """The exact test beside, worked out when it is shown."""
        return self.pairing.paired.flip_p if self.pairing.paired else None

    @cached_property
    def needed(self) -> str:
        """Which samples would decide, "" where they are not what is missing; worked out when it is shown."""
        return self.plan()

    def count(self, word: str) -> int:
        """Tasks better, same or worse, as seen."""
        return sum(task.word == word for task in self.pairing.tasks)


def judged(
    pairings: Mapping[str, Pairing],
    latency: Sequence[LatencyDifference],
    primary: str,
    attempts: int,
    margin: float = MARGIN,
) -> tuple[tuple[Endpoint, ...], tuple[LatencyDifference, ...]]:
    """The page. primary: the endpoint that has the large share of the error; attempts: k per task and version."""
    found = adjusted(_tests(pairings, latency), primary)
    endpoints = tuple(_endpoint(name, pair, margin, found.get(name), attempts) for name, pair in pairings.items())
    paces = tuple(
        paced(difference, found[name].p, LEVEL) if (name := _LATENCY + difference.task) in found else difference
        for difference in latency
    )
    return endpoints, paces


def assumptions(endpoints: Sequence[Endpoint], primary: str) -> str:
    """What the numbers of a page assume, said once."""
    families = max((one.pairing.paired.families for one in endpoints if one.pairing.paired), default=1)
    return (
        "What the numbers assume: task families are a sample of the work that matters, independent of each other (the"
        f" unit of every interval). All tests of this page share one error of {100 * LEVEL:g} %: {primary} has"
        f" {PRIMARY_WEIGHT:g} of it, the other endpoints and every task's latency the rest. Near a ceiling an exact"
        " bound counts too; its unit is the trial: it takes a loss to be able to strike any trial, and cannot see one"
        f" confined to few families (none in {families} leaves room for one in {100 * unseen_share(families):.0f} % of"
        " all)."
    )


def _tests(pairings: Mapping[str, Pairing], latency: Sequence[LatencyDifference]) -> dict[str, float]:
    """p of every test of the page; with too few families there is none on endpoints, whatever they show."""
    results = {name: found.paired for name, found in pairings.items()}
    tests = {name: r.p for name, r in results.items() if r is not None and r.families >= MIN_FAMILIES}
    tests |= {_LATENCY + found.task: found.p for found in latency}
    return {name: p for name, p in tests.items() if p is not None}


def _endpoint(name: str, found: Pairing, margin: float, test: Adjusted | None, attempts: int) -> Endpoint:
    result = found.paired
    if result is None:
        return Endpoint(name, found, None, 0, "INCONCLUSIVE", "no task has a value on both sides")
    p, tests = (test.p, test.tests) if test else (result.p, 0)
    verdict, why = _verdict(result, p, margin)
    doubt = _doubt(name, found, verdict, test.alone if test else 1.0, margin)
    if doubt:
        return Endpoint(name, found, p, tests, "INCONCLUSIVE", f"{why}, but {doubt}")
    if verdict != "INCONCLUSIVE":
        return Endpoint(name, found, p, tests, verdict, why)
    level = LEVEL / (test.factor if test else 1.0)
    return Endpoint(name, found, p, tests, verdict, why, lambda: verdict_plan(result, attempts, margin, level).text)


def _doubt(name: str, found: Pairing, verdict: Verdict, factor: float, margin: float) -> str:
    """Why a verdict does not stand against those it favours, or "". At the strictest level of the page."""

    def stands(result: Paired | None) -> bool:
        p = None if result is None or result.p is None else min(1.0, factor * result.p)
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
            missing = found.first.without(*LOST) + found.second.without(*LOST)
            return f"not if the {missing} missing are counted against it"
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
