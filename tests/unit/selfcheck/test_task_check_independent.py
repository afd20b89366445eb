"""Independent solutions as rows of a check: what no stated rule backs is a problem of the task, and is counted."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.model.independent import First, Independents, Lost, Solution, Verdict
from harness.selfcheck.task_check_independent import FalseFail
from harness.selfcheck.task_check_text import as_json, false_fails, text
from harness.selfcheck.task_check_verdict import TaskCheck, first_results

Check = Callable[..., TaskCheck]
FILES = {"requirements.txt": b"", "app/main.py": b"# by a stranger"}
SOLUTIONS = tuple(Solution(number, {**FILES, "n": number.encode()}) for number in ("01", "02", "03"))
LOSES: dict[str, Any] = {"value": 0.5, "lost": ["Notes come back as sent [R2]"]}
READINGS = {"independent@02": {"acceptance": LOSES}}


def verdict(rule: str = "", ours: str = "", point: str = "Notes come back") -> Verdict:
    return Verdict("02", "acceptance", point, rule, ours, "because")


def problems(found: TaskCheck) -> list[tuple[str, str, str]]:
    return [(problem.row, problem.scorer, problem.kind) for problem in found.problems]


def test_right_work_with_full_marks_is_no_problem(check: Check) -> None:
    found = check({}, known=Independents(SOLUTIONS))
    assert found.code == 0
    assert found.false_fail == FalseFail(0, 3, 0, 0)
    assert "0 of 3 (Wilson 95 %: 0.000–0.561) now" in text(found, "", ("acceptance", "static", "load"))


@pytest.mark.parametrize(
    "verdicts", [(), (verdict(ours="test"),), (verdict("R2", point="Other"),)], ids=["none", "ours", "another point"]
)
def test_a_point_that_no_rule_backs_is_the_tasks_problem(check: Check, verdicts: tuple[Verdict, ...]) -> None:
    found = check(READINGS, known=Independents(SOLUTIONS, verdicts=verdicts))
    assert found.code == 1
    assert problems(found) == [("independent@02", "acceptance", "task")]
    assert "Notes come back as sent [R2]" in found.problems[0].what
    assert found.false_fail == FalseFail(1, 3, 0, 0)


def test_a_point_adjudicated_to_a_rule_is_the_solutions_own(check: Check) -> None:
    found = check(READINGS, known=Independents(SOLUTIONS, verdicts=(verdict("R2"),)))
    assert found.code == 0
    assert found.false_fail == FalseFail(0, 3, 0, 0)
    marks = {(cell.row.label, cell.scorer): cell.mark for cell in found.cells}
    assert marks["independent@02", "acceptance"] == "allowed"
    assert marks["independent@01", "acceptance"] == "unaffected"


def test_every_point_needs_its_verdict(check: Check) -> None:
    readings = {"independent@02": {"acceptance": {**LOSES, "lost": [*LOSES["lost"], "Sorted by total [R12]"]}}}
    found = check(readings, known=Independents(SOLUTIONS, verdicts=(verdict("R2"),)))
    assert found.code == 1
    assert "Sorted by total [R12]" in found.problems[0].what
    assert "Notes come back" not in found.problems[0].what


def test_a_flag_and_a_bare_value_are_points_too(check: Check) -> None:
    readings = {"independent@01": {"static": {"value": 1.0, "flags": ["suspect"]}, "acceptance": {"value": 0.9}}}
    found = check(readings, known=Independents(SOLUTIONS))
    assert [problem.scorer for problem in found.problems] == ["acceptance", "static"]
    assert "flag suspect" in found.problems[1].what
    assert "value 0.9000" in found.problems[0].what


def test_a_solution_lost_at_intake_counts(check: Check) -> None:
    refused = Solution("01", {}, refusal="duplicate_path: 'tests/a.py' twice")
    found = check({}, known=Independents((refused,)))
    assert found.code == 1
    assert found.false_fail == FalseFail(1, 1, 0, 0)
    assert as_json(found)["independent"] == {"01": [{"scorer": "intake", "point": refused.refusal}]}
    own = Verdict("01", "intake", "duplicate_path", "R2", "", "because")
    assert check({}, known=Independents((refused,), verdicts=(own,))).code == 0


def test_what_we_could_not_measure_is_not_lost(check: Check) -> None:
    found = check({"independent@01": {"static": {"unmeasured": "infrastructure"}}}, known=Independents(SOLUTIONS))
    assert found.code == 4
    assert found.false_fail == FalseFail(0, 3, 0, 0)


def test_quick_leaves_out_what_depends_on_the_host(check: Check) -> None:
    found = check({"independent@01": {"load": {"value": 0.0}}}, quick=True, known=Independents(SOLUTIONS))
    assert found.code == 0
    assert check({"independent@01": {"load": {"value": 0.0}}}, known=Independents(SOLUTIONS)).code == 1


def test_first_results_are_counted_as_they_fell(check: Check) -> None:
    first = {
        "01": First("01", "2026-11-28", "yes", ("acceptance",), ()),
        "02": First("02", "2026-11-28", "no", ("acceptance",), (Lost("acceptance", "Notes come back as sent [R2]"),)),
        "03": First("03", "2026-11-28", "no", ("acceptance",), (Lost("static", "a query"),)),
    }
    found = check({}, known=Independents(SOLUTIONS, first, (verdict("R2"),)))
    assert found.code == 0
    assert found.false_fail == FalseFail(0, 3, 1, 3)
    (line,) = false_fails([found, found])
    assert "2 of 6 (Wilson 95 %: 0.097–0.700) as first seen, 0 of 6" in line
    assert json.dumps(as_json(found))


def test_what_was_measured_now_becomes_a_first_result(check: Check) -> None:
    readings = {**READINGS, "independent@03": {"static": {"unmeasured": "infrastructure"}}}
    made = first_results(check(readings, known=Independents(SOLUTIONS)).rows, "2026-11-28")
    assert made["01"].lost == ()
    assert made["02"] == First(
        "02",
        "2026-11-28",
        "no",
        ("acceptance", "static", "load"),
        (Lost("acceptance", "Notes come back as sent [R2]"),),
    )
    assert made["03"].measured == ("acceptance", "load")
