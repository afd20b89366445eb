"""Promises: what a side kept from being measured counts against it, what was lost to us is no gain for anybody."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from harness.claims.extract import extract
from harness.compare.arms import Arm, arm
from harness.compare.comparison import compare
from harness.compare.union import held_on
from harness.compare.values import values_of
from harness.compare.verdicts import Endpoint
from harness.model.agent import AgentSpec
from harness.model.score import NotApplicable, Score, ScoreResult, Unmeasured
from harness.model.trial import Outcome, Scored
from harness.scorers.absence import absences

Arms = Callable[..., tuple[Arm, Arm]]
CLAIMS = extract(AgentSpec("a", "", "At most 10 files. Coverage > 80%. p95 < 100 ms", "0" * 64, "a.md"))
FAMILIES, ATTEMPTS = 24, 5


def coverage(percent: int) -> Score:
    return Score("coverage", 1, percent / 100, 1, 1, "x", metrics={"covered_statements": percent, "statements": 100})


def load(p95: float, width: float = 5) -> Score:
    figures = {"samples": 500, "p95_ms": p95, "p95_low_ms": p95 - width, "p95_high_ms": p95 + width}
    return Score("load", 1, 1.0, 1, 1, "x", metrics=figures)


BROKEN_PROBE = Score("coverage", 1, 0.0, 0, 1, "probe runs", (), ("breaks_probe",), {"cause": "crashed"})
EMPTY = Score("coverage", 1, 0.0, 0, 0, "x", metrics={"covered_statements": 0, "statements": 0})
NOT_OURS = NotApplicable("coverage", 1, "not in this language", because="submission")
KEPT_BACK = Unmeasured("coverage", 1, "agent", "its suite never ends")
BUSY = Unmeasured("coverage", 1, "infrastructure", "probe lost")
OWN: dict[str, ScoreResult] = {
    "breaks the probe": BROKEN_PROBE,
    "no code": EMPTY,
    "language": NOT_OURS,
    "kept back": KEPT_BACK,
}
WAYS: dict[str, tuple[ScoreResult, ...]] = {**{w: (r,) for w, r in OWN.items()}, "lost to us": (BUSY,), "silent": ()}


def promising(side: Arm, *, makes: bool = True) -> Arm:
    """The arm of a definition that makes the promises, or of one that makes none."""
    locked = replace(side.lock, claims={side.label: CLAIMS if makes else ()})
    return arm(side.run, locked, side.records, side.label)


def tasks(coverages: Callable[[int], Sequence[ScoreResult]], p95: float = 50) -> dict[str, list[Outcome]]:
    """Trials by number; every one keeps the promises on files and p95."""
    return {
        f"t{family:02d}": [
            Scored("yes", (*coverages(family * ATTEMPTS + attempt), load(p95))) for attempt in range(ATTEMPTS)
        ]
        for family in range(FAMILIES)
    }


def poor(number: int) -> bool:
    return number % 2 == 0 or number % 7 == 0


def as_measured(number: int) -> Sequence[ScoreResult]:
    return (coverage(55 if poor(number) else 95),)


def promises(first: Arm, second: Arm) -> Endpoint:
    return next(e for e in compare(first, second).endpoints if e.name == "promises")


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("makes", ["both", "first", "second"])
def test_a_side_that_loses_its_broken_promises_is_not_better_for_it(arms: Arms, way: str, makes: str) -> None:
    first, second = arms(tasks(as_measured), tasks(lambda n: WAYS[way] if poor(n) else as_measured(n)))
    first, second = promising(first, makes=makes != "second"), promising(second, makes=makes != "first")
    there, back = promises(first, second), promises(second, first)
    assert there.pairing.paired is not None
    assert there.pairing.paired.mean > 0.1, "left out, it would look much better"
    assert (there.verdict, back.verdict) == ("INCONCLUSIVE", "INCONCLUSIVE")
    if way in OWN:
        assert "trials without a value by their own doing counted 0" in there.why


def test_an_interval_that_straddles_the_limit_is_no_kept_promise(arms: Arms) -> None:
    def paces(straddling: bool) -> dict[str, list[Outcome]]:
        slow = load(120, 40) if straddling else load(120)
        return {
            f"t{family:02d}": [Scored("yes", (coverage(95), load(50) if n % 2 else slow)) for n in range(ATTEMPTS)]
            for family in range(FAMILIES)
        }

    first, second = arms(paces(False), paces(True))
    found = promises(promising(first), promising(second))
    assert found.verdict == "INCONCLUSIVE"
    assert found.pairing.second.partly == {"undetermined": 72}


def test_a_difference_in_promises_is_still_told(arms: Arms) -> None:
    good = tasks(lambda n: (coverage(95),))
    lost = tasks(lambda n: (BUSY,) if n in (7, 50) else (coverage(95),))
    own = tasks(lambda n: (BROKEN_PROBE,) if n in (7, 50) else (coverage(95),))
    for better in (good, lost, own):
        first, second = arms(tasks(as_measured), better)
        first, second = promising(first), promising(second)
        assert promises(first, second).verdict == "BETTER"
        assert promises(second, first).verdict == "WORSE"


def test_what_nobody_offers_takes_no_verdict_away(arms: Arms) -> None:
    """A smoke profile has no soak: a promise on uptime is nobody's loss, whatever the load says of it."""
    claims = (*CLAIMS, *extract(AgentSpec("b", "", "Uptime > 99.9%", "0" * 64, "b.md")))
    first, second = arms(tasks(as_measured), tasks(lambda n: (coverage(95),)))
    first, second = (arm(s.run, replace(s.lock, claims={s.label: claims}), s.records, s.label) for s in (first, second))
    found = promises(first, second)
    assert found.verdict == "BETTER"
    assert found.pairing.second.partly == {}


def test_a_trial_counts_what_it_kept_back_only_where_that_is_asked(arms: Arms) -> None:
    side, _ = arms({"t": [Scored("yes", (BROKEN_PROBE, load(50)))]}, {"t": "y"})
    side = promising(side)
    held = held_on(side, side)
    values = values_of(side, "promises", (), held)
    assert values.value.tolist() == [1.0]
    assert values.filled({"by_submission": 0.0}).tolist() == pytest.approx([2 / 3])
    assert values.filled({"unmeasured": 0.0}).tolist() == [1.0]
    assert np.isnan(held.shares(arm("r", side.lock, (), side.label).table)).all()


@pytest.mark.parametrize(
    ("scores", "metric", "doing"),
    [
        ((BROKEN_PROBE,), "coverage_pct", "submission"),
        ((EMPTY,), "coverage_pct", "submission"),
        ((BUSY,), "coverage_pct", "others"),
        ((coverage(0),), "coverage_pct", None),
        ((NotApplicable("coverage", 1, "the task has none"),), "coverage_pct", "not_offered"),
        ((load(50),), "p95_ms", None),
        ((Score("load", 1, 0.0, 0, 3, "none could start", metrics={"step_verdict": "fail"}),), "p95_ms", "submission"),
        ((Score("load", 1, 0.0, 0, 3, "x", metrics={"step_verdict": "fail"}),), "load_factor", None),
        ((load(50),), "load_factor", "not_offered"),
        ((Unmeasured("soak", 1, "agent", "no data set"),), "request_success_pct", "submission"),
        ((Unmeasured("soak", 1, "infrastructure", "lost"), load(50)), "request_success_pct", "others"),
        ((load(50),), "request_success_pct", "not_offered"),
        (
            (Score("attacks", 1, 1.0, 1, 1, "x", metrics={"tried": 3, "critical_untried": 1}),),
            "critical_vulnerabilities",
            "submission",
        ),
        (
            (
                Score(
                    "attacks", 1, 0.0, 1, 1, "x", metrics={"tried": 3, "critical_untried": 1, "confirmed_critical": 1}
                ),
            ),
            "critical_vulnerabilities",
            None,
        ),
        (
            (Score("attacks", 1, 1.0, 1, 1, "x", metrics={"tried": 3}), replace(NOT_OURS, scorer="static")),
            "critical_vulnerabilities",
            "submission",
        ),
    ],
)
def test_whose_doing_a_missing_figure_is(scores: tuple[ScoreResult, ...], metric: str, doing: str | None) -> None:
    assert absences(scores).get(metric) == doing
