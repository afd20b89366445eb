"""What a gate remembers: earlier looks at the same pair, read from the policy's ledger, their runs made one sample.

Refuses to test a fresh run alone where earlier runs of the pair are known, and to leave a run that is gone unsaid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.cli.sides import arms_of
from harness.compare.arms import Arm
from harness.compare.differing import NEVER_INVALID, unlike
from harness.compare.pooling import pooled
from harness.gate.looks import UNKNOWN, Look, Looks, look_of, pair_of, versions_of
from harness.gate.policy import Policy
from harness.store.atomic import exists
from harness.store.layout import RunPaths
from harness.store.ledger import append_look, read_looks
from harness.store.run_folder import open_run

_OWN = ("seed", "attempts")  # what fresh runs of one pair may always differ in


@dataclass(frozen=True)
class Sample:
    """Both sides with every run of the pair that is known, and what is known of the looks at it."""

    candidate: Arm
    baseline: Arm | None
    looks: Looks


def sample_of(candidate: Arm, baseline: Arm | None, policy: Policy, runs: Sequence[Path]) -> Sample:
    """The sample that this look is about; runs: folders in which the runs of earlier looks may lie."""
    if not policy.looks:
        return Sample(candidate, baseline, UNKNOWN)
    ledger = read_looks(Path(policy.looks))
    pair, versions = pair_of(candidate, baseline, policy), versions_of(candidate, baseline)
    earlier = [look for look in ledger if look.pair == pair]
    own = (candidate.run, baseline.run if baseline else "")
    before = [look for look in earlier if (look.run, look.baseline_run) != own]
    gone: list[str] = []
    one = _found([look.run for look in before], candidate, runs, gone)
    other = _found([look.baseline_run for look in before], baseline, runs, gone) if baseline else []
    why = _unlike((*one, candidate), policy) + (_unlike((*other, baseline), policy) if baseline else ())
    whole, repeated = pooled((*one, candidate)) if not why else (candidate, 0)
    against, again = pooled((*other, baseline)) if baseline and not why else (baseline, 0)
    spent = [look.attempts for look in earlier if look.spends]
    sides = (*one, candidate, *other, *((baseline,) if baseline else ()))
    looks = Looks(
        ledger=policy.looks,
        earlier=tuple(sorted({n for n in spent if n < whole.lock.attempts})),
        pooled=tuple(dict.fromkeys(side.run for side in (*one, *other))),
        gone=tuple(dict.fromkeys(gone)),
        repeated=repeated + again,
        unlike=why,
        unfinished=tuple(dict.fromkeys(side.run for side in sides if not side.table.measured.all())),
        elsewhere=sum(look.versions == versions and look.pair != pair for look in ledger),
    )
    return Sample(whole, against, looks)


def remember(candidate: Arm, baseline: Arm | None, policy: Policy, sample: Sample, outcome: str) -> Look | None:
    """Add this look to the policy's ledger, if it names one. candidate, baseline: of this look's own run."""
    if not policy.looks:
        return None
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    look = look_of(candidate, baseline, policy, sample.candidate.lock.attempts, outcome, now)
    append_look(Path(policy.looks), look)
    return look


def _found(names: Sequence[str], like: Arm, runs: Sequence[Path], gone: list[str]) -> list[Arm]:
    """The same version in these runs, each once; `gone` gets the names of those that are not there any more."""
    found = []
    for name in dict.fromkeys(names):
        if name == like.run:
            continue
        folder = next((place / name for place in runs if exists(RunPaths(place / name).lock)), None)
        arms = arms_of(open_run(folder)) if folder else ()
        side = next((side for side in arms if side.label == like.label), None)
        if side is None:
            gone.append(name)
        else:
            found.append(side)
    return found


def _unlike(arms: Sequence[Arm], policy: Policy) -> tuple[str, ...]:
    """What keeps runs of one version from being one sample."""
    allowed = {*NEVER_INVALID, *policy.may_differ, *_OWN}
    last = arms[-1]
    return tuple(
        f"{arm.run} and {last.run} differ in {difference.what} ({difference.detail})"
        for arm in arms[:-1]
        for difference in unlike(arm, last)
        if difference.what not in allowed
    )
