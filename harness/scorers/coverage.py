"""Scorer `coverage`: how much of the submission its own tests run, whether they pass, and whether they would notice.

    value = share of its tests that pass x share of its statements they run
            at most 0.5 when the tests are weak, 0 when results were flipped, 0 without tests

Weak: fewer than half of all possible seeded faults are noticed (with 95 % confidence where not all were tried), or the
suite passes although every function raises, or no test asserts anything, or half of the tests compare only with objects
that equal everything, or harmless edits are noticed like faults, or
the tests never pass again. Flipped: a test that raised counts as passed. Code that no file holds counts as never run.
Refuses to let the suite's own process vouch for itself: forged coverage is replaced by what a second record saw, and
flagged `suspect`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.claims.interval import wilson
from harness.model.probe import Observation
from harness.model.score import Evidence, NotApplicable, Score, ScoreResult
from harness.model.task import Task
from harness.scorers.suite_evidence import evidence

WEAK_BELOW = 1 / 2  # upper end of the Wilson interval of test strength
WEAK_CAP = 0.5
FEW_FAULTS, MANY_STATEMENTS = 10, 30  # so few possible faults in so much covered code say little about the tests
BASIS = "share of own tests that pass x share of statements they run"


@dataclass(frozen=True)
class Totals:
    """Sums over all source files, code that no file holds, and all outcomes of the run as is."""

    statements: int
    covered: int
    branches: int
    covered_branches: int
    passed: int
    not_passed: int  # failed, errors, and test files that cannot be imported
    skipped: int

    @property
    def line_share(self) -> float:
        """0 for zero statements: nothing was shown to run."""
        return self.covered / self.statements if self.statements else 0.0

    @property
    def pass_share(self) -> float:
        """Skipped tests are in neither count; 0 when no test ran."""
        ran = self.passed + self.not_passed
        return self.passed / ran if ran else 0.0


def percent(part: int, total: int) -> float | None:
    """To two digits, but never rounded to 0 or 100; None of nothing."""
    if not total:
        return None
    value = round(100 * part / total, 2)
    if part and value <= 0:
        return 0.01
    return 99.99 if part < total and value >= 100 else value


@dataclass(frozen=True)
class CoverageScorer:
    """See the module docstring."""

    name: str = "coverage"
    version: int = 2
    probes: tuple[str, ...] = ("coverage",)

    def score(
        self, task: Task, observations: Mapping[str, Observation], reference: Mapping[str, Observation]
    ) -> ScoreResult:
        facts = observations["coverage"].facts
        if facts.get("stack") != "python":
            reason = f"coverage of {facts.get('stack')!r} suites is not measured; only Python's is"
            return NotApplicable(self.name, self.version, reason, because="submission")
        sums = totals(facts)
        if not facts["test_files"]:
            why = Evidence("test", "no tests were delivered", "tests/ with pytest is part of the contract", points=1.0)
            figures = metrics(facts, sums)
            return Score(self.name, self.version, 0.0, 0, sums.statements, BASIS, (why,), ("no_tests",), figures)
        flipped, forged, noticed = list(flips(facts)), list(forgeries(facts)), list(recognitions(facts))
        weak = [*weaknesses(facts), *noticed]
        value = sums.pass_share * sums.line_share
        if weak:
            value = min(value, WEAK_CAP)
        if flipped:
            value = 0.0
        flags = [
            *(["suspect"] if flipped or forged or noticed else []),
            *(["weak_tests"] if weak else []),
            *remarks(facts),
        ]
        return Score(
            self.name,
            self.version,
            value,
            sums.passed,
            sums.passed + sums.not_passed,
            BASIS,
            evidence(facts, sums.pass_share, sums.statements, [*flipped, *forged], weak),
            tuple(flags),
            metrics(facts, sums),
        )


def totals(facts: Mapping[str, Any]) -> Totals:
    """Sum the per-file counts and the outcomes."""
    files = list(facts["files"].values())
    counts = facts.get("counts", {})
    lost = counts.get("failed", 0) + counts.get("error", 0) + len(facts.get("collect_errors", []))
    return Totals(
        statements=_sum(files, "statements") + _sum(facts.get("uncounted", []), "statements"),
        covered=_sum(files, "covered"),
        branches=_sum(files, "branches"),
        covered_branches=_sum(files, "covered_branches"),
        passed=counts.get("passed", 0),
        not_passed=lost,
        skipped=counts.get("skipped", 0),
    )


def _sum(files: Sequence[Mapping[str, Any]], key: str) -> int:
    return sum(int(counts[key]) for counts in files)


def flips(facts: Mapping[str, Any]) -> Iterator[str]:
    """Proof that reported results are not the tests' results."""
    if raised := facts.get("raised_but_passed"):
        yield f"{len(raised)} tests raised an exception and were reported as passed, e.g. {raised[0]}"
    sabotage = facts.get("sabotage") or {}
    if still := sabotage.get("still_passed_count"):
        yield (
            f"{still} of {sabotage['tried']} tests are reported as passed even when they raise on their first line, "
            f"e.g. {sabotage['still_passed'][0]}"
        )
    if not facts["reported"] and not facts["timed_out"] and facts["exit_code"] == 0:
        yield "the test process ended itself with exit code 0 before pytest had finished"
    if facts["reported"] and facts["pytest_exit"] == 0 and totals(facts).not_passed:
        yield "pytest ended with exit code 0 although tests failed"


def forgeries(facts: Mapping[str, Any]) -> Iterator[str]:
    """Proof that the coverage data is not what ran."""
    for reason in facts.get("impossible") or ():
        yield f"the coverage data cannot be true: {reason}"
    witness = facts.get("witness") or {}
    if (lines := witness.get("unseen_lines")) and witness["agrees"]:
        yield f"the coverage data claims {lines} statements that never ran; they were taken off"


def weaknesses(facts: Mapping[str, Any]) -> Iterator[str]:
    """Why passing tests would prove little."""
    mutation, assertions = facts.get("mutation") or {}, facts["assertions"]
    if mutation.get("gutted"):
        yield "all tests pass although every function of the submission raises NotImplementedError"
    run, noticed = faults(facts)
    # when every possible fault was tried, there is no sample to be uncertain about
    every = run >= max(FEW_FAULTS, mutation.get("candidates", 0))
    if run and (noticed / run if every else wilson(noticed, run)[1]) < WEAK_BELOW:
        yield f"only {noticed} of {run} seeded faults were noticed{', and no others are possible' if every else ''}"
    if mutation.get("never_again"):
        yield f"their strength cannot be shown: {mutation['unusable']}"
    if assertions["tests"] and assertions["without"] == assertions["tests"]:
        yield f"none of the {assertions['tests']} tests asserts anything about the code"
    if (void := assertions.get("void", 0)) and 2 * void >= assertions["tests"]:
        yield f"{void} of {assertions['tests']} tests compare only with objects that equal everything"


def faults(facts: Mapping[str, Any]) -> tuple[int, int]:
    """(seeded faults tried, noticed by a test that fails or hangs); (0, 0) when harmless edits are noticed, too."""
    mutation = facts.get("mutation") or {}
    if any(recognitions(facts)):
        return 0, 0
    return mutation.get("run", 0), mutation.get("killed", 0) + mutation.get("timeouts", 0)


def recognitions(facts: Mapping[str, Any]) -> Iterator[str]:
    """Proof that the tests fail because the source was edited, whatever the code does."""
    for decoy in ((facts.get("mutation") or {}).get("decoys") or {}).get("noticed", []):
        yield (
            f"tests fail when {decoy['file']} is edited near line {decoy['line']} without any change in behaviour "
            f"({decoy['kind']}; {decoy['times']} of {decoy['of']} times, and never on the unchanged file): they notice "
            "edits of the source, so that the seeded faults they noticed say nothing"
        )


def remarks(facts: Mapping[str, Any]) -> Iterator[str]:
    """Flags that cost nothing but must be seen beside the number."""
    if facts.get("timed_out"):
        yield "limit_reached"
    if (facts.get("versions") or {}).get("clash"):
        yield "version_clash"
    witness = facts.get("witness")
    if witness is not None and not witness["agrees"] and totals(facts).passed:
        yield "unverified_coverage"
    mutation = facts.get("mutation") or {}
    if mutation.get("unusable") or (mutation.get("forked") and mutation["run"] < FEW_FAULTS):
        yield "strength_unmeasured"
    elif faults(facts)[0] and mutation["candidates"] < FEW_FAULTS and totals(facts).covered >= MANY_STATEMENTS:
        yield "few_mutants"
    if any(facts.get(key) for key in ("uncounted", "strange", "left_out")):
        yield "uncounted_code"
    if facts.get("always_equal"):
        yield "always_equal"


def metrics(facts: Mapping[str, Any], sums: Totals) -> dict[str, Any]:
    """Named figures; shares of nothing are None. A seeded fault is noticed when a test fails or hangs."""
    mutation = facts.get("mutation") or {}
    run, noticed = faults(facts)
    low, high = wilson(noticed, run) if run else (None, None)
    return {
        "line_pct": percent(sums.covered, sums.statements),
        "branch_pct": percent(sums.covered_branches, sums.branches),
        "statements": sums.statements,
        "covered_statements": sums.covered,
        "branches": sums.branches,
        "covered_branches": sums.covered_branches,
        "tests_passed": sums.passed,
        "tests_not_passed": sums.not_passed,
        "tests_skipped": sums.skipped,
        "tests_without_assertion": facts["assertions"]["without"],
        "strength": noticed / run if run else None,
        "strength_low": low,
        "strength_high": high,
        "mutants_run": mutation.get("run", 0),
        "mutants_killed": mutation.get("killed", 0),
        "mutants_timeout": mutation.get("timeouts", 0),
        "mutants_survived": mutation.get("survived", 0),
        "mutants_possible": mutation.get("candidates", 0),
        "suite_seconds": facts.get("seconds"),
        "versions": facts.get("versions"),
    }


SCORER = CoverageScorer()
