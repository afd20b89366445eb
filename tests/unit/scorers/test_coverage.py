"""The coverage score from facts: anchors, caps, flags, and numbers that never round to 0 or 100."""

from typing import Any

import pytest

from harness.model.probe import Observation
from harness.model.score import NotApplicable, Score
from harness.model.task import Limits, Requirements, Task
from harness.scorers.coverage import SCORER, percent
from harness.scorers.suite_evidence import ranges

TASK = Task(
    "t", "t", "f", "0" * 64, ("python",), (), "/", Limits(), Requirements(), {}, "", {}, b"", {}, {}, {}, {}, {}, {}, ()
)


def facts(**changes: Any) -> dict[str, Any]:
    """A run of 4 good tests that reach 9 of 10 statements and notice 30 of 40 seeded faults."""
    plain: dict[str, Any] = {
        "stack": "python",
        "test_files": ["tests/test_a.py"],
        "unparsed": [],
        "ini_dropped": [],
        "assertions": {"tests": 4, "without": 0, "names": []},
        "reported": True,
        "exit_code": 0,
        "pytest_exit": 0,
        "timed_out": False,
        "seconds": 1.0,
        "counts": {"passed": 4, "failed": 0, "error": 0, "skipped": 1},
        "not_passed": [],
        "collect_errors": [],
        "raised_but_passed": [],
        "output_tail": "",
        "files": {
            "app/a.py": {"statements": 10, "covered": 9, "branches": 4, "covered_branches": 3, "missing": [7]},
        },
        "impossible": [],
        "coverage_problem": "",
        "witness": {"agrees": True, "passed": 4, "unseen": {}, "unseen_lines": 0},
        "sabotage": {"tried": 4, "still_passed": [], "still_passed_count": 0, "reported": True, "exit_code": 1},
        "mutation": {
            "unusable": "",
            "gutted": False,
            "candidates": 60,
            "run": 40,
            "killed": 29,
            "timeouts": 1,
            "survived": 10,
            "survivors": [
                {"file": "app/a.py", "line": 3, "operator": "comparison", "before": "a < b", "after": "a <= b"}
            ],
        },
        "versions": {"ours": {"pytest": "9.2.0"}, "used": {"pytest": "9.2.0"}, "clash": []},
    }
    return {**plain, **changes}


def score(**changes: Any) -> Score:
    result = SCORER.score(TASK, {"coverage": Observation("coverage", 1, "measured", facts(**changes))}, {})
    assert isinstance(result, Score)
    return result


def test_value_is_passing_share_times_line_coverage() -> None:
    found = score(counts={"passed": 3, "failed": 1, "error": 0, "skipped": 2}, pytest_exit=1, exit_code=1)
    assert found.value == pytest.approx(0.75 * 0.9)
    assert (found.passed, found.total) == (3, 4)
    assert found.flags == ()


def test_strength_has_denominator_and_interval() -> None:
    metrics = score().metrics
    assert metrics["strength"] == pytest.approx(30 / 40)
    assert metrics["strength_low"] < 0.75 < metrics["strength_high"]
    assert (metrics["mutants_run"], metrics["mutants_possible"]) == (40, 60)
    assert metrics["line_pct"] == 90.0
    assert metrics["branch_pct"] == 75.0


def test_every_point_lost_names_its_place() -> None:
    found = score()
    assert any(e.where == "app/a.py:7" and e.points == pytest.approx(0.1) for e in found.evidence)
    assert any(e.where == "app/a.py:3" and "`a < b`" in e.detail for e in found.evidence)


def test_no_tests_are_worth_nothing() -> None:
    found = score(test_files=[])
    assert found.value == 0
    assert found.flags == ("no_tests",)


@pytest.mark.parametrize(
    "changes",
    [
        {"raised_but_passed": ["tests/test_a.py::test_a"]},
        {"sabotage": {"tried": 4, "still_passed": ["x"], "still_passed_count": 1, "reported": True, "exit_code": 0}},
        {"reported": False, "pytest_exit": None, "exit_code": 0},
        {"counts": {"passed": 3, "failed": 1, "error": 0, "skipped": 0}, "pytest_exit": 0},
    ],
)
def test_flipped_results_are_worth_nothing(changes: dict[str, Any]) -> None:
    found = score(**changes)
    assert found.value == 0
    assert "suspect" in found.flags
    assert found.evidence[0].status == "suspect"


@pytest.mark.parametrize(
    "changes",
    [
        {"impossible": ["app/a.py: lines without code"]},
        {"witness": {"agrees": True, "passed": 4, "unseen": {"app/a.py": [1]}, "unseen_lines": 9}},
    ],
)
def test_forged_coverage_keeps_the_honest_number_and_a_flag(changes: dict[str, Any]) -> None:
    found = score(**changes)
    assert found.value == pytest.approx(0.9)  # the probe has already taken the unseen lines off
    assert "suspect" in found.flags


def test_a_flaky_suite_is_not_called_forged() -> None:
    found = score(witness={"agrees": False, "passed": 3, "unseen": {"app/a.py": [1]}, "unseen_lines": 1})
    assert found.flags == ("unverified_coverage",)


@pytest.mark.parametrize(
    "changes",
    [
        {"assertions": {"tests": 4, "without": 4, "names": []}},
        {"mutation": {**facts()["mutation"], "gutted": True}},
        {"mutation": {**facts()["mutation"], "killed": 2, "timeouts": 0, "survived": 38}},
    ],
)
def test_weak_tests_are_capped(changes: dict[str, Any]) -> None:
    found = score(**changes)
    assert found.value == 0.5
    assert found.flags == ("weak_tests",)


def test_few_faults_tried_do_not_prove_weakness() -> None:
    found = score(mutation={**facts()["mutation"], "run": 3, "killed": 1, "timeouts": 0, "survived": 2})
    assert "weak_tests" not in found.flags


@pytest.mark.parametrize(("candidates", "weak"), [(19, True), (20, False)])
def test_a_share_of_all_possible_faults_has_no_uncertainty(candidates: int, weak: bool) -> None:
    some = {"candidates": candidates, "run": 19, "killed": 7, "timeouts": 0, "survived": 12}
    assert ("weak_tests" in score(mutation={**facts()["mutation"], **some}).flags) is weak


def test_unmeasured_strength_is_said_and_costs_nothing() -> None:
    found = score(
        mutation={**facts()["mutation"], "unusable": "lost", "run": 0, "killed": 0, "timeouts": 0, "survived": 0}
    )
    assert found.value == pytest.approx(0.9)
    assert found.flags == ("strength_unmeasured",)
    assert found.metrics["strength"] is None


NOTICED = {"file": "app/a.py", "line": 3, "kind": "local", "times": 5, "of": 5}


def test_tests_that_notice_harmless_edits_are_suspect_and_their_strength_is_void() -> None:
    decoys = {"run": 2, "chance": 0, "open": 0, "noticed": [NOTICED]}
    found = score(mutation={**facts()["mutation"], "killed": 40, "timeouts": 0, "survived": 0, "decoys": decoys})
    assert found.value == 0.5
    assert found.flags == ("suspect", "weak_tests")
    assert found.metrics["strength"] is None
    assert found.metrics["strength_high"] is None
    assert "app/a.py is edited near line 3 without any change" in found.evidence[0].title


def test_tests_that_fail_now_and_then_on_harmless_edits_are_not() -> None:
    decoys = {"run": 4, "chance": 2, "open": 0, "noticed": []}
    found = score(mutation={**facts()["mutation"], "decoys": decoys})
    assert found.flags == ()
    assert found.metrics["strength"] == pytest.approx(30 / 40)


def test_tests_that_never_pass_again_are_weak() -> None:
    lost = {"unusable": "never again", "never_again": True, "run": 0, "killed": 0, "timeouts": 0, "survived": 0}
    found = score(mutation={**facts()["mutation"], **lost})
    assert found.value == 0.5
    assert found.flags == ("weak_tests", "strength_unmeasured")


@pytest.mark.parametrize(("run", "flags"), [(9, ("strength_unmeasured",)), (10, ())])
def test_few_faults_tried_in_slow_runs_are_said(run: int, flags: tuple[str, ...]) -> None:
    slow = {"forked": "lost", "run": run, "killed": run, "timeouts": 0, "survived": 0}
    found = score(mutation={**facts()["mutation"], **slow})
    assert found.flags == flags
    assert any(e.detail == "lost" for e in found.evidence)


def test_code_that_no_file_holds_counts_as_never_run() -> None:
    found = score(uncounted=[{"file": "app/a.py", "line": 4, "statements": 30, "how": "a program in a string"}])
    assert found.value == pytest.approx(9 / 40)
    assert found.flags == ("uncounted_code",)
    (why,) = (e for e in found.evidence if e.status == "uncounted_code")
    assert why.where == "app/a.py:4"
    assert why.points == pytest.approx(0.75)


@pytest.mark.parametrize("changes", [{"strange": {"app/a.txt": "Python"}}, {"left_out": ["venv"]}])
def test_code_in_a_strange_place_is_named(changes: dict[str, Any]) -> None:
    found = score(**changes)
    assert found.value == pytest.approx(0.9)
    assert found.flags == ("uncounted_code",)
    assert any(e.status == "uncounted_code" for e in found.evidence)


def test_few_possible_faults_in_much_code_are_said() -> None:
    few = {**facts()["mutation"], "candidates": 2, "run": 2, "killed": 2, "timeouts": 0, "survived": 0}
    many = {"statements": 90, "covered": 90, "branches": 0, "covered_branches": 0, "missing": []}
    assert score(mutation=few, files={"app/a.py": many}).flags == ("few_mutants",)
    assert score(mutation=few).flags == ()  # there is not much to be wrong


def test_a_hanging_suite_is_a_limit_reached_not_forgery() -> None:
    found = score(
        reported=False,
        timed_out=True,
        pytest_exit=None,
        exit_code=0,
        counts={},
        witness=None,
        mutation=None,
        sabotage=None,
    )
    assert found.value == 0
    assert found.flags == ("limit_reached",)


def test_nothing_to_cover_is_not_full_marks() -> None:
    assert score(files={}).value == 0
    assert score(files={}).metrics["line_pct"] is None


def test_other_stacks_are_not_applicable() -> None:
    result = SCORER.score(TASK, {"coverage": Observation("coverage", 1, "measured", facts(stack="node"))}, {})
    assert isinstance(result, NotApplicable)
    assert result.because == "submission"


def test_percentages_never_round_to_the_ends() -> None:
    assert percent(0, 5) == 0
    assert percent(1, 1_000_000) == 0.01
    assert percent(999_999, 1_000_000) == 99.99
    assert percent(5, 5) == 100
    assert percent(0, 0) is None


def test_ranges() -> None:
    assert ranges([3, 4, 5, 9]) == "3-5, 9"


MISSING = {
    "where": "tests/test_b.py",
    "error": "ModuleNotFoundError: No module named 'respx'",
    "missing": "respx",
    "text": "import respx",
}


def test_why_a_file_of_tests_cannot_be_collected_comes_first() -> None:
    found = score(reasons=[MISSING], collect_errors=["tests/test_b.py: import respx"], pytest_exit=1, exit_code=1)
    first = found.evidence[0]
    assert "tests/test_b.py cannot be collected: ModuleNotFoundError" in first.title
    assert "requirements-dev.txt" in first.detail
    assert first.points == pytest.approx(1 / 5)
    assert [e.where for e in found.evidence].count("tests/test_b.py") == 1  # told once
    assert found.value == pytest.approx(4 / 5 * 0.9)


def test_a_suite_that_cannot_be_collected_lost_everything_by_its_reason() -> None:
    nothing = {"passed": 0, "failed": 0, "error": 0, "skipped": 0}
    conftest = {**MISSING, "where": "tests/conftest.py"}
    found = score(reasons=[conftest], counts=nothing, pytest_exit=4, exit_code=4, mutation=None, witness=None)
    assert found.value == 0
    assert found.evidence[0].points == 1.0
    assert "tests/conftest.py" in found.evidence[0].title
    assert sum(e.points for e in found.evidence) == pytest.approx(1.0)


def test_settings_that_are_not_applied_are_named_with_their_file() -> None:
    dropped = {"ini_dropped": ["addopts", "minversion"], "options_dropped": ["--cov=app", "-x"]}
    note = next(e for e in score(**dropped, settings_file="tox.ini").evidence if "not applied" in e.title)
    assert note.detail == "addopts (--cov=app -x), minversion"
    assert note.where == "tox.ini"
    assert note.points == 0


def test_an_equality_that_is_always_true_is_flagged_and_costs_nothing_by_itself() -> None:
    found = score(always_equal=[{"file": "tests/kit.py", "line": 4}])
    assert found.flags == ("always_equal",)
    assert found.value == score().value
    assert any(e.where == "tests/kit.py:4" and e.status == "always_equal" for e in found.evidence)


def test_a_run_without_the_service_s_environment_is_said() -> None:
    assert any("without the service's environment" in e.title for e in score(environment="none").evidence)


@pytest.mark.parametrize(("void", "weak"), [(0, False), (1, False), (2, True), (4, True)])
def test_tests_that_compare_with_what_equals_everything_are_weak(void: int, weak: bool) -> None:
    found = score(assertions={"tests": 4, "without": void % 4, "void": void, "names": []})
    assert ("weak_tests" in found.flags) is weak
    assert (found.value <= 0.5) is weak
