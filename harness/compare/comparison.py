"""Two versions compared: every endpoint paired task by task, latency block by block, then judged as one page.

Refuses to leave out what could mend or spoil a version's standing: what an endpoint lost is in its rates, and a verdict
is given by `verdicts` only, for all endpoints at once.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from harness.compare.arms import Arm
from harness.compare.differing import TIMED, Difference, other_hosts, unlike
from harness.compare.latency import LatencyDifference, latency_differences
from harness.compare.losses import AGAINST, FOR_THE_OTHER, Losses, losses_of
from harness.compare.tasks import TaskDifference, paired_of, task_differences
from harness.compare.union import ClaimRow, Held, claim_rows, held_on
from harness.compare.values import (
    ACCEPTED,
    BY_SUBMISSION,
    LOST,
    NO_FILL,
    State,
    endpoints_of,
    exempt_tasks,
    rate,
    values_of,
)
from harness.compare.verdicts import MARGIN, Endpoint, Pairing, assumptions, judged


@dataclass(frozen=True)
class Comparison:
    """`second` held against `first`. `diff` is a unified diff of the definitions, `flipped` the tasks whose accepted
    rate changed, `unlike` what differs besides the agent, `lost` what each side lost, `assumes` what all numbers of the
    page rest on."""

    first: Arm
    second: Arm
    endpoints: tuple[Endpoint, ...]
    claims: tuple[ClaimRow, ...]
    latency: tuple[LatencyDifference, ...]
    flipped: tuple[TaskDifference, ...]
    diff: str
    unlike: tuple[Difference, ...]
    lost: tuple[Losses, Losses]
    assumes: str

    @property
    def primary(self) -> Endpoint:
        """The endpoint that decides what the comparison comes to: the suite's, `accepted` by default."""
        wanted = _primary(self.first, self.second)
        return next((one for one in self.endpoints if one.name == wanted), self.endpoints[0])


def compare(first: Arm, second: Arm, margin: float = MARGIN) -> Comparison:
    """Every endpoint of both; the sides should not differ decisively (see `differing`)."""
    held = held_on(first, second)
    names = endpoints_of(first, second, promises=bool(held.claims))
    pairings = {name: pairing(first, second, name, held) for name in names}
    attempts = max(first.lock.attempts, second.lock.attempts)
    primary = _primary(first, second)
    endpoints, latency = judged(pairings, latency_differences(first, second), primary, attempts, margin)
    return Comparison(
        first,
        second,
        _timeless(endpoints) if other_hosts(first, second) else endpoints,
        claim_rows(held, first, second),
        latency,
        tuple(task for task in pairings[ACCEPTED].tasks if task.word != "same"),
        definition_diff(first, second),
        unlike(first, second),
        (_losses(first, second, names, held), _losses(second, first, names, held)),
        assumptions(endpoints, primary),
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


def _timeless(endpoints: tuple[Endpoint, ...]) -> tuple[Endpoint, ...]:
    """The endpoints of two sides from different hosts: those that rest on times decide nothing."""
    why = "measured on different hosts, whose times cannot be compared; both versions on one host would settle it"
    return tuple(
        replace(endpoint, verdict="INCONCLUSIVE", why=why, plan=str) if endpoint.name in TIMED else endpoint
        for endpoint in endpoints
    )


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


def _primary(first: Arm, second: Arm) -> str:
    """The endpoint that both suites name as theirs; else `accepted`."""
    return first.lock.primary if first.lock.primary == second.lock.primary else ACCEPTED
