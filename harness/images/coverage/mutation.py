"""Test strength: seeded faults in lines the tests reach, one at a time, until the time is up.

Refuses a figure when the unchanged code does not pass here: then a failing mutant would say nothing. Refuses one as
well when harmless edits (decoys.py), which are mixed among the faults, are noticed just like faults.
"""

import random
from dataclasses import dataclass, replace
from typing import Any

from bench import Bench
from decoys import Decoy, decoys
from forkserver import ForkServer, PlainRuns
from harness_probe import fair_clock
from mutants import Mutant, candidates, mutate
from rewrite import gutted
from witness import Trail

START_S, LEAST_S, FACTOR = 60.0, 2.0, 3.0
MAX_SURVIVORS = 40
DECOYS = 4
ROUNDS, NOTICED = 6, 4  # a decoy counts as noticed when this many rounds notice it and none the original
PLAIN_LEAST = 5  # faults tried in slow runs even when the time is up: none of five noticed proves weakness
PLAIN_S = 60.0  # the least time for slow runs: refusing the quick way must not leave too few faults to prove anything
PLAIN_TRIES = 3

Runner = ForkServer | PlainRuns


@dataclass(frozen=True)
class Trial:
    """What is to be tried: pristine sources, faults in their order, the tests that must pass, when to stop.

    budget_s: for the faults; hard_s: the most that everything after the first run of the tests may take.
    """

    bench: Bench
    sources: dict[str, str]
    chosen: list[Mutant | Decoy]
    keep: set[str]
    trail: Trail
    budget_s: float
    hard_s: float


def strength(
    bench: Bench,
    keep: set[str],
    preload: list[str],
    trail: Trail,
    reached: dict[str, set[int]],
    seed: int,
    budget_s: float,
    suite_s: float,
) -> dict[str, Any]:
    """Facts as in the probe's docstring, `mutation`.

    keep: tests that passed twice on the unchanged code; reached: source file -> executed lines; trail: which tests ran
    which lines; `gutted` is True when the suite passes although every function of the submission raises.
    """
    started = fair_clock.now()
    bench.reset()
    sources = {p: (bench.app / p).read_text("utf-8", "replace") for p in bench.suite.sources}
    if not keep:
        return _facts("no test passes on the unchanged code")
    faults = selection(sources, reached, seed)
    trial = Trial(bench, sources, _mixed(sources, faults, seed), keep, trail, budget_s, budget_s + 2 * suite_s)
    facts = _facts(candidates=len(faults))
    server = ForkServer(bench, keep, preload)
    try:
        if server.answer(START_S) == "ready":
            _try_all(server, trial, facts)
        else:
            facts["unusable"] = "the fork server did not start"
    finally:
        server.close()
    if facts["unusable"] and not facts["decoys"]["open"]:
        # what fails only in a forked process, by chance or on purpose, is tried in the way that passed before
        bench.reset()
        facts = _facts(candidates=len(faults), forked=facts["unusable"])
        longer = max(budget_s, PLAIN_S)
        _try_all(PlainRuns(bench, keep), replace(trial, budget_s=longer, hard_s=longer + 2 * suite_s), facts)
    facts["seconds"] = round(fair_clock.now() - started, 2)
    return facts


def _facts(unusable: str = "", candidates: int = 0, forked: str = "") -> dict[str, Any]:
    return {
        "unusable": unusable,
        "forked": forked,
        "never_again": False,
        "gutted": None,
        "candidates": candidates,
        "run": 0,
        "killed": 0,
        "timeouts": 0,
        "survived": 0,
        "baseline_s": None,
        "selected": False,
        "survivors": [],
        "decoys": {"run": 0, "chance": 0, "open": 0, "noticed": []},
        "seconds": 0.0,
    }


def _baseline(runner: Runner, facts: dict[str, Any], suite_s: float) -> bool:
    """Do the tests pass on the unchanged code? Notes how long they take, or why nothing can be said."""
    if isinstance(runner, PlainRuns):
        for _ in range(PLAIN_TRIES):
            began = fair_clock.now()
            if (answer := runner.order(suite_s)) == "survived":
                facts["baseline_s"] = round(fair_clock.now() - began, 3)
                return True
        facts["unusable"] = f"the tests passed in both runs before and never again on the same code ({answer})"
        facts["never_again"] = answer == "killed"
        return False
    began = fair_clock.now()
    # backwards: a suite that passes so does not depend on its order, and parts of it may be run alone
    facts["selected"] = runner.order(START_S, reverse=True) == "survived"
    if not facts["selected"]:
        began = fair_clock.now()
        answer = runner.order(START_S)
        if answer != "survived":
            facts["unusable"] = f"the unchanged code does not pass in a forked process ({answer})"
            return False
    facts["baseline_s"] = round(fair_clock.now() - began, 3)
    return True


def _try_all(runner: Runner, trial: Trial, facts: dict[str, Any]) -> None:
    if not _baseline(runner, facts, (trial.hard_s - trial.budget_s) / 2):
        return
    bench, began = trial.bench, fair_clock.now()
    bench.write((p, gutted(s)) for p, s in trial.sources.items())
    facts["gutted"] = runner.order(allowance_s(facts["baseline_s"], None, trial.keep)) == "survived"
    bench.write(trial.sources.items())
    least = PLAIN_LEAST if isinstance(runner, PlainRuns) else 0
    deadline, hard = fair_clock.now() + trial.budget_s, began + trial.hard_s
    for edit in trial.chosen:
        now = fair_clock.now()
        if now >= hard or (now >= deadline and facts["run"] >= least):
            return
        result = _tried(runner, trial, edit, facts)
        if result == "lost":
            facts["unusable"] = facts["unusable"] or "the fork server was lost"
            return
        if isinstance(edit, Decoy):
            if _noticed(runner, trial, edit, result, facts, hard):
                return
            deadline += fair_clock.now() - now  # decoys take nothing from the time for faults
            continue
        facts["run"] += 1
        facts["timeouts" if result == "timeout" else result] += 1
        if result == "survived" and len(facts["survivors"]) < MAX_SURVIVORS:
            facts["survivors"].append({k: getattr(edit, k) for k in ("file", "line", "operator", "before", "after")})


def _tried(runner: Runner, trial: Trial, edit: Mutant | Decoy, facts: dict[str, Any], original: bool = False) -> str:
    """The answer of the tests that run the edited line; original: of the same tests on the unchanged file."""
    source = trial.sources[edit.file]
    if not original:
        text = edit.text if isinstance(edit, Decoy) else mutate(source, edit.index)
        trial.bench.write([(edit.file, text)])
    found = trial.trail.tests_of(edit.file, edit.line) if facts["selected"] else None
    tests = (found & trial.keep or None) if found else None
    result = runner.order(allowance_s(facts["baseline_s"], tests, trial.keep), tests)
    trial.bench.write([(edit.file, source)])
    return result


def _noticed(runner: Runner, trial: Trial, decoy: Decoy, result: str, facts: dict[str, Any], hard: float) -> bool:
    """Is nothing more to be tried? A decoy is noticed when it is again and again, and the unchanged file never is.

    Tests that fail now and then fail on the unchanged file, too: `chance`. No time to tell: `open`.
    """
    facts["decoys"]["run"] += 1
    if result == "survived":
        return False
    times, left = 0, ROUNDS
    while times < NOTICED and times + left >= NOTICED:
        if fair_clock.now() >= hard:
            facts["decoys"]["open"] += 1
            facts["unusable"] = "tests failed on a harmless edit, and no time was left to tell whether by chance"
            return True
        if _tried(runner, trial, decoy, facts, original=True) != "survived":
            break
        times += _tried(runner, trial, decoy, facts) in ("killed", "timeout")
        left -= 1
    if times < NOTICED:
        facts["decoys"]["chance"] += 1
        return False
    told = {"file": decoy.file, "line": decoy.line, "kind": decoy.kind, "times": times + 1, "of": ROUNDS - left + 1}
    facts["decoys"]["noticed"].append(told)
    return True


def allowance_s(baseline_s: float, tests: set[str] | None, keep: set[str]) -> float:
    """How long a faulty run may take before it counts as hanging; the baseline is for all of `keep`."""
    share = 1.0 if tests is None else len(tests) / len(keep)
    return LEAST_S + FACTOR * baseline_s * share


def selection(sources: dict[str, str], reached: dict[str, set[int]], seed: int) -> list[Mutant]:
    """All candidates on reached lines in a seeded order that visits every line once before any line twice."""
    found = [m for p, s in sorted(sources.items()) for m in candidates(p, s, reached.get(p, set()))]
    random.Random(f"mutants:{seed}").shuffle(found)
    turn: dict[tuple[str, int], int] = {}
    ranked = []
    for order, mutant in enumerate(found):
        place = (mutant.file, mutant.line)
        turn[place] = turn.get(place, -1) + 1
        ranked.append((turn[place], order, mutant))
    return [mutant for _, _, mutant in sorted(ranked, key=lambda r: r[:2])]


def _mixed(sources: dict[str, str], faults: list[Mutant], seed: int) -> list[Mutant | Decoy]:
    """The decoys at random places among the first faults, so that their number in the order says nothing."""
    drawn = random.Random(f"decoys:{seed}")
    places = list(dict.fromkeys((m.file, m.line) for m in faults))
    harmless = decoys(sources, drawn.sample(places[:50], min(len(places), 50)), DECOYS, drawn)
    first: list[Mutant | Decoy] = [*faults[:DECOYS], *harmless]
    drawn.shuffle(first)
    return [*first, *faults[DECOYS:]]
