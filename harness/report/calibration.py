"""A calibration for a terminal, for programs and as a picture: each share with its counts and its interval.

Refuses more than 40 lines, and a smallest loss without the model of losses that it stands on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib import resources
from typing import Any, Final

import numpy as np

from harness.compare.calibrated import EVENTS, Calibration, Event, Formula, Model
from harness.compare.calibration import FOUND, Crossing, Share, disagreement, rising
from harness.report.figures import Curve, Panel, chance_plot, standalone
from harness.report.safe_text import terminal
from harness.report.summary import table as aligned

_MOST_FAMILIES: Final = 4
_MOST_RULES: Final = 3
_MOST_ENDPOINTS: Final = 3
_SAYS: Final[dict[Event, str]] = {
    "block": "the gate BLOCKs",
    "held_back": "the gate does not PASS",
    "worse": "compare says WORSE on {primary}",
}
_FALSE: Final = ("BETTER", "WORSE")


def calibration_text(found: Calibration) -> str:
    """At most 40 lines: what was done, false alarms, the smallest loss found, its price, what is unsteady."""
    lines = [
        *_head(found),
        "",
        *aligned([("said of no difference", "splits", "share", "95 %, of the draws"), *_alarms(found)]),
    ]
    lines += [
        *_because(found),
        "",
        *aligned(_found_rows(found)),
        *_models(found),
        *(_price(f, found.primary) for f in found.formulas),
    ]
    return terminal("\n".join([*lines, "", *_unsteady(found)])) + "\n"


def calibration_object(found: Calibration) -> dict[str, Any]:
    """For programs: numbers unrounded, shares of 1."""
    whole = asdict(found)
    whole["decided_by"] = [
        {"outcome": outcome, "rule": rule, "splits": n} for (outcome, rule), n in found.decided_by.items()
    ]
    whole["false_alarms"] = {"block": _share(Share(found.alarms, found.splits)), "not_pass": _share(_not_pass(found))}
    whole["false_alarms"]["any_on_page"] = _share(Share(found.pages, found.splits))
    whole["gates_disagree"] = disagreement(list(found.outcomes.values()))
    for model, own in zip(whole["models"], found.models, strict=True):
        model["levels"] = [
            {"loss": level.loss, "points": level.points, **{event: _share(level.share(event)) for event in EVENTS}}
            for level in own.levels
        ]
    return whole


def calibration_svg(found: Calibration) -> str:
    """A file of its own: for each model of losses, how often the gate and compare say what about a true loss."""
    panels = tuple(Panel(_title(found, model), tuple(_curves(model)), _marks(found, model)) for model in found.models)
    css = resources.files("harness.report").joinpath("templates", "report.css").read_text(encoding="utf-8")
    label = "true loss in points of accepted; bars are 95 % intervals (Wilson), the dashed line is 80 %"
    return standalone(chance_plot(panels, label, FOUND), css)


def _curves(model: Model) -> Iterator[Curve]:
    def curve(label: str, series: int, seen: Sequence[Share], falls: bool = False, broad: bool = False) -> Curve:
        xs = [100 * level.points for level in model.levels]
        points = tuple((x, share.value, *share.interval) for x, share in zip(xs, seen, strict=True))
        sign = -1 if falls else 1
        smooth = sign * rising(np.array([sign * share.value for share in seen]), np.array([share.n for share in seen]))
        return Curve(label, series, points, tuple(zip(xs, smooth.tolist(), strict=True)), broad)

    yield curve("compare says WORSE", 0, [level.worse for level in model.levels], broad=True)
    yield curve("the gate BLOCKs", 1, [level.block for level in model.levels])
    yield curve("the gate PASSes", 2, [level.passed for level in model.levels], falls=True)


def _marks(found: Calibration, model: Model) -> tuple[float, ...]:
    block = model.found["block"]
    return () if block is None or found.mean is None else (100 * block.loss * found.mean,)


def _title(found: Calibration, model: Model) -> str:
    where = "the loss is the same in every family" if model.spread == 1 else f"all of it in {_part(model)} families"
    mark = "".join(f"; BLOCK with 80 % at {points:.1f} points" for points in _marks(found, model))
    return f"{where}: {found.families} families, {found.each} attempts a version{mark}"


def _head(found: Calibration) -> Iterator[str]:
    runs = f"{len(found.runs)} run{'s' if len(found.runs) > 1 else ''}"
    yield (
        f"{found.version} against itself, policy {found.policy} (sha256 {found.policy_sha256[:12]}),"
        f" suite {found.suite} (lock {found.lock_hash[:12]})"
    )
    yield (
        f"{found.repeats} repeats of {found.tasks} tasks in {found.families} families ({runs}); {found.splits} random"
        f" splits into {found.each} and {found.each} attempts, seed {found.seed}"
    )
    if found.each < found.planned:
        yield (
            f"{found.planned} attempts a version are asked for, these have {found.each}: it takes"
            f" {2 * found.planned} repeats to say what is true of so many"
        )
    if found.replayed:
        yield "the replies are recordings: repeats differ by what was recorded and by measuring, not by asking anew"


def _alarms(found: Calibration) -> Iterator[tuple[str, ...]]:
    yield _row("BLOCK as worse: a false alarm", Share(found.alarms, found.splits))
    otherwise = found.outcomes.get("BLOCK", 0) - found.alarms
    if otherwise:
        yield _row("BLOCK by a floor or for safety", Share(otherwise, found.splits))
    yield _row("not PASS", _not_pass(found))
    for outcome in ("INCONCLUSIVE", "INVALID"):
        if found.outcomes.get(outcome):
            yield _row(f"  {outcome}", found.share(outcome))
    chance = disagreement(list(found.outcomes.values()))
    yield ("two such decisions differ", "", _percent(chance), "")
    said = {name: sum(counts.get(word, 0) for word in _FALSE) for name, counts in found.verdicts.items()}
    worst = sorted(said, key=lambda name: (name != "accepted", -said[name]))
    for name in worst[:_MOST_ENDPOINTS]:
        if said[name] or name == "accepted":
            yield _row(f"BETTER or WORSE on {name}", Share(said[name], found.splits))
    if found.paces:
        yield _row("FASTER or SLOWER on a task", Share(found.paces, found.splits))
    yield _row("any difference on the page", Share(found.pages, found.splits))


def _because(found: Calibration) -> Iterator[str]:
    kept = [(outcome != "BLOCK", -n, outcome, rule) for (outcome, rule), n in found.decided_by.items()]
    most = [f"{rule} ({outcome} {-n}x)" for _, n, outcome, rule in sorted(kept) if outcome != "PASS"][:_MOST_RULES]
    if most:
        yield f"not PASS by: {', '.join(most)}"


def _found_rows(found: Calibration) -> list[tuple[str, ...]]:
    heads = ("in every family" if m.spread == 1 else f"in {_part(m)} families" for m in found.models)
    rows = [("smallest loss found with 80 %", *heads)]
    for event in EVENTS:
        rows.append(
            (
                _SAYS[event].format(primary=found.primary),
                *(_crossing(model, event, found.mean) for model in found.models),
            )
        )
    return rows


def _crossing(model: Model, event: Event, mean: float | None) -> str:
    found: Crossing | None = model.found[event]
    if found is None or mean is None:
        most = max((level.share(event).value for level in model.levels), default=0.0)
        return f"none: {_percent(most)} at most"
    if found.loss == 0:
        return "none needed"
    low, high = (_points(None if end is None else end * mean) for end in (found.low, found.high))
    return f"{_points(found.loss * mean)} points ({low} to {high})"


def _models(found: Calibration) -> Iterator[str]:
    mean = "" if found.mean is None else f"; accepted is {_percent(found.mean)} here"
    yield f"points of accepted; each trial of one side fails with one chance, worth 0 on every endpoint{mean}"


def _price(formula: Formula, primary: str) -> str:
    says = f"{_SAYS[formula.event].format(primary=primary)}, by variance components:"
    if formula.loss is None or formula.points is None or formula.cost is None:
        return f"{says} no loss on {formula.endpoint} is found with 80 %"
    cost = formula.cost
    ways = []
    if cost.attempts is not None:
        ways.append(f"{cost.attempts} attempts (+{cost.trials_by_attempts:,} trials)")
    if cost.families is not None:
        ways.append(f"{cost.families} families (+{cost.trials_by_families:,} trials)")
    takes = " or ".join(ways) or "more trials than make a plan"
    margin = "" if formula.margin is None else f" and a margin of {_points(formula.margin)} points"
    return f"{says} {_points(formula.points)} points; half of it takes {takes}{margin}"


def _unsteady(found: Calibration) -> Iterator[str]:
    rows = found.unsteady
    yield f"families whose verdict changes between repeats: {len(rows)} of {found.families}"
    shown = rows[:_MOST_FAMILIES]
    if shown:
        body = [(row.family, str(row.yes), str(row.no), str(row.unknown)) for row in shown]
        yield from aligned([("family", "accepted", "not", "no verdict"), *body])
    if len(rows) > len(shown):
        yield f"and {len(rows) - len(shown)} more that change less (--json has them all)"


def _not_pass(found: Calibration) -> Share:
    passed = found.share("PASS")
    return Share(passed.n - passed.hits, passed.n)


def _row(what: str, share: Share) -> tuple[str, ...]:
    low, high = share.interval
    return (what, f"{share.hits} of {share.n}", _percent(share.value), f"{100 * low:.1f} to {100 * high:.1f}")


def _share(share: Share) -> dict[str, Any]:
    return {"hits": share.hits, "n": share.n, "share": share.value, "interval_95": share.interval}


def _part(model: Model) -> str:
    return f"{100 * model.spread:.0f} % of the"


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _points(value: float | None) -> str:
    return "?" if value is None else f"{100 * value:.1f}"
