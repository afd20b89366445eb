"""A policy calibrated on the repeats of one version: false alarms, the smallest loss it finds, what is unsteady.

Refuses to extrapolate silently: what was drawn and what a formula says stand apart.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from harness.compare.calibrated import EVENTS, Calibration, Event, Formula, Level, Model
from harness.compare.calibration import QUARTER, Point, Share, crossing, reached, unsteady
from harness.compare.detectable import Components, Rule, components, detectable, halving
from harness.compare.family import PRIMARY_WEIGHT
from harness.compare.quantiles import normal_tail
from harness.compare.values import ACCEPTED
from harness.compare.verdicts import LEVEL
from harness.gate.policy import Policy
from harness.gate.rehearsal import Pool, Rehearsal, Tally, values
from harness.gate.spending import BLOCK_LEVEL, PASS_LEVEL, bound_at

_COARSE: Final = (0.03, 0.06, 0.10, 0.15, 0.22, 0.32, 0.50, 0.75, 1.0)  # shares of the trials that could be lost
_SURE: Final = 0.97
_FEW: Final = 5  # splits of a loss at the least
_ROUNDS: Final = 2  # of refinement about each crossing


def calibrate(
    pool: Pool,
    policy: Policy,
    each: int,
    planned: int,
    runs: tuple[str, ...],
    splits: int,
    seed: int,
    say: Callable[[str], None],
) -> Calibration:
    """each: attempts of a pseudo-version; planned: attempts of a version in the suite; say: told what is under way."""
    rehearsal = Rehearsal(pool, policy, each, seed)
    say(f"{splits} splits of {pool.repeats} repeats into {each} and {each} attempts")
    null = rehearsal.run(range(splits))
    accepted = values(pool, ACCEPTED)
    parts = components(accepted, pool.families)
    mean = None if parts is None else parts.mean
    models = tuple(_model(rehearsal, spread, splits, null, mean or 0.0, say) for spread in (1.0, QUARTER))
    return Calibration(
        suite=pool.lock.suite,
        policy=policy.name,
        policy_sha256=policy.sha256,
        version=pool.label,
        primary=pool.lock.primary,
        runs=runs,
        lock_hash=pool.lock.hash,
        repeats=pool.repeats,
        each=each,
        planned=planned,
        tasks=len(pool.tasks),
        families=len(pool.names),
        margin=policy.non_inferiority.margin if policy.non_inferiority else None,
        seed=seed,
        splits=null.n,
        outcomes=dict(null.outcomes),
        decided_by=dict(null.decided_by),
        verdicts={name: dict(counts) for name, counts in null.verdicts.items()},
        alarms=null.alarms,
        paces=null.paces,
        pages=null.pages,
        mean=mean,
        models=models,
        formulas=tuple(_formulas(pool, policy, each, parts)),
        unsteady=unsteady(accepted, pool.families, pool.names),
        replayed=pool.lock.agents.get(pool.label, {}).get("adapter") == "replay",
    )


def _model(
    rehearsal: Rehearsal, spread: float, splits: int, null: Tally, mean: float, say: Callable[[str], None]
) -> Model:
    """From the smallest loss upwards until every event is sure, then again about each crossing."""
    say(f"losses in {'all families' if spread == 1 else f'{spread:.0%} of the families'}")
    tallies = {0.0: null}
    if mean > 0:
        for part in _COARSE:
            tallies[part * spread] = tally = rehearsal.run(range(max(_FEW, splits // 10)), part * spread, spread)
            if all(_share(tally, event).value >= _SURE for event in EVENTS):
                break
        for event in EVENTS:
            for round_ in range(_ROUNDS):
                near = reached(_points(tallies, event))
                if not near:
                    break
                fresh = range(splits * (1 + round_), splits * (1 + round_) + max(_FEW, splits // 4))
                near = round(near, 4)
                tallies[near] = _sum(tallies.get(near), rehearsal.run(fresh, near, spread))
    levels = tuple(_level(loss, mean, tally) for loss, tally in sorted(tallies.items()))
    return Model(spread, levels, {event: crossing(_points(tallies, event)) if mean > 0 else None for event in EVENTS})


def _points(tallies: dict[float, Tally], event: Event) -> list[Point]:
    return [Point(loss, _share(tally, event)) for loss, tally in tallies.items()]


def _share(tally: Tally, event: Event) -> Share:
    if event == "worse":
        return Share(tally.worse, tally.n)
    hits = tally.outcomes["BLOCK"] if event == "block" else tally.n - tally.outcomes["PASS"]
    return Share(hits, tally.n)


def _sum(one: Tally | None, other: Tally) -> Tally:
    if one is None:
        return other
    names = {**one.verdicts, **other.verdicts}
    verdicts = {name: one.verdicts.get(name, Counter()) + other.verdicts.get(name, Counter()) for name in names}
    return Tally(
        one.n + other.n,
        one.outcomes + other.outcomes,
        one.decided_by + other.decided_by,
        verdicts,
        one.alarms + other.alarms,
        one.worse + other.worse,
        one.paces + other.paces,
        one.pages + other.pages,
    )


def _level(loss: float, mean: float, tally: Tally) -> Level:
    passed = Share(tally.outcomes["PASS"], tally.n)
    return Level(loss, loss * mean, _share(tally, "block"), passed, _share(tally, "worse"))


def _formulas(pool: Pool, policy: Policy, each: int, accepted: Components | None) -> Iterator[Formula]:
    """The gate's BLOCK for a regression, on its endpoint that shows a loss first; compare's WORSE on the page's primary
    endpoint, with the share of the page's error that this has at its first turn."""
    scale = 0.0 if accepted is None else accepted.mean
    rule = policy.non_inferiority
    if rule is not None:
        looks = rule.looks or (each,)
        beyond, shown = (normal_tail(bound_at(level, looks, each)) for level in (BLOCK_LEVEL, PASS_LEVEL))
        strict = Rule(beyond / len(rule.endpoints), rule.margin, shown)
        known = [(name, components(values(pool, name), pool.families)) for name in rule.endpoints]
        found = [_formula("block", name, parts, each, strict, scale) for name, parts in known if parts is not None]
        yield from sorted(found, key=lambda formula: np.inf if formula.loss is None else formula.loss)[:1]
    main = components(values(pool, pool.lock.primary), pool.families)
    if main is not None:
        share = PRIMARY_WEIGHT if len(pool.lock.scorers) else 1.0
        yield _formula("worse", pool.lock.primary, main, each, Rule(share * LEVEL / 2), scale)


def _formula(event: Event, endpoint: str, parts: Components, each: int, rule: Rule, scale: float) -> Formula:
    loss = detectable(parts, parts.families, each, rule)
    if loss is None:
        return Formula(event, endpoint, None, None, None)
    cost = halving(parts, each, rule, loss)
    if rule.margin is None or cost.attempts is not None or cost.families is not None:
        return Formula(event, endpoint, loss, loss * scale, cost)
    half = rule.margin / 2  # losses inside the margin are let through by design, however many trials there are
    return Formula(event, endpoint, loss, loss * scale, halving(parts, each, replace(rule, margin=half), loss), half)
