"""A whole task check on scripted readings: what is caught, missed, the host's doing, ours, and what is tried again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import EngineFault
from harness.model.probe import ProbeCommand
from harness.model.score import Score
from harness.model.task import Limits, MutantSpec
from harness.ports import PreparedService
from harness.sandbox.fake import FakeSandbox, Scripted
from harness.selfcheck.task_check_drop import dropped
from harness.selfcheck.task_check_text import as_json, ending, text
from harness.selfcheck.task_check_verdict import TaskCheck, sensitivity, specificity

Check = Callable[..., TaskCheck]
Mutant = Callable[..., MutantSpec]
Play = Callable[..., Callable[[PreparedService, ProbeCommand, int], Scripted]]
HALF: dict[str, Any] = {"value": 0.5}
COLUMNS = ("acceptance", "static", "load")


def marks(check: TaskCheck) -> dict[tuple[str, str], str]:
    return {(cell.row.label, cell.scorer): cell.mark for cell in check.cells}


def kinds(check: TaskCheck) -> list[tuple[str, str, str]]:
    return [(problem.row, problem.scorer, problem.kind) for problem in check.problems]


def test_a_task_that_proves_itself_exits_0(check: Check, mutant: Mutant) -> None:
    found = check({"mutant@broken": {"acceptance": HALF, "static": HALF}}, mutant(also_allowed=("static",)))
    assert found.code == 0
    assert not found.problems
    seen = marks(found)
    assert seen["reference", "acceptance"] == "full"
    assert seen["mutant@broken", "acceptance"] == "caught"
    assert seen["mutant@broken", "static"] == "allowed"
    assert seen["mutant@broken", "load"] == "unaffected"
    assert seen["variant@other", "load"] == "unaffected"
    assert seen["stub@do-nothing", "acceptance"] == "worthless"


def test_a_missed_mutant_fails_the_check(check: Check, mutant: Mutant) -> None:
    found = check({"mutant@broken": {"acceptance": {"value": 1.0}}}, mutant())
    assert found.code == 1
    assert kinds(found) == [("mutant@broken", "acceptance", "task")]
    assert "MISSED: 1.0000, reference 1.0000" in found.problems[0].what


def test_one_lost_point_of_many_is_a_drop(check: Check, mutant: Mutant) -> None:
    one_of_55 = {"value": 54 / 55}
    found = check({"mutant@broken": {"acceptance": one_of_55, "static": one_of_55}}, mutant())
    assert marks(found)["mutant@broken", "acceptance"] == "caught"
    assert kinds(found) == [("mutant@broken", "static", "task")], "and one that nothing allows is a problem"


def test_what_is_sampled_may_be_lower_by_chance() -> None:
    reference, lower, low = (Score("coverage", 1, value, value, 1, "readings", (), ()) for value in (1.0, 0.985, 0.97))
    assert not dropped(lower, reference)
    assert dropped(low, reference)


def test_a_drop_elsewhere_fails_the_check(check: Check, mutant: Mutant) -> None:
    found = check({"mutant@broken": {"acceptance": HALF, "static": HALF}}, mutant())
    assert found.code == 1
    assert kinds(found) == [("mutant@broken", "static", "task")]


def test_a_new_flag_is_a_drop(check: Check, mutant: Mutant) -> None:
    found = check({"mutant@broken": {"acceptance": {"value": 1.0, "flags": ["weak_tests"]}}}, mutant())
    assert marks(found)["mutant@broken", "acceptance"] == "caught"


def test_a_late_mutant_is_shown_as_it_fell(check: Check, mutant: Mutant) -> None:
    found = check({"mutant@broken": {"static": HALF}}, mutant(late=True))
    assert found.code == 0
    assert kinds(found) == [("mutant@broken", "acceptance", "late"), ("mutant@broken", "static", "late")]
    assert (sensitivity(found.cells, late=True).hits, sensitivity(found.cells, late=True).total) == (0, 1)
    assert sensitivity(found.cells, late=False).total == 0
    assert "AS IT FELL" in text(found, "", COLUMNS)


def test_a_variant_must_not_drop(check: Check) -> None:
    found = check({"variant@other": {"acceptance": {"value": 0.97}}})
    assert found.code == 1
    assert kinds(found) == [("variant@other", "acceptance", "task")]


def test_the_reference_must_be_full(check: Check) -> None:
    found = check({"reference": {"static": {"value": 0.999}}})
    assert found.code == 1
    assert kinds(found) == [("reference", "static", "task")]


def test_a_stub_must_be_worth_next_to_nothing(check: Check) -> None:
    found = check({"stub@schema-echo": {"acceptance": {"value": 0.16}}})
    assert found.code == 1
    assert kinds(found) == [("stub@schema-echo", "acceptance", "task")]
    passes = check({"stub@schema-echo": {"acceptance": {"value": 1.0}}})
    assert "accepted is 'yes'" in " ".join(problem.what for problem in passes.problems)


def test_what_we_could_not_measure_exits_4_and_a_finding_beside_it_1(check: Check, mutant: Mutant) -> None:
    ours = {"mutant@broken": {"acceptance": HALF, "static": {"unmeasured": "infrastructure"}}}
    assert check(ours, mutant()).code == 4
    assert check({**ours, "variant@other": {"static": HALF}}, mutant()).code == 1


def test_an_unmeasured_reference_leaves_its_column_open_and_is_said_once(check: Check, mutant: Mutant) -> None:
    found = check({"reference": {"static": {"unmeasured": "infrastructure"}}}, mutant(expected="static"))
    assert found.code == 4
    assert kinds(found) == [("reference", "static", "ours")]
    assert marks(found)["mutant@broken", "static"] == "unmeasured"
    assert sensitivity(found.cells, late=False).total == 0


def test_an_attack_that_the_submission_made_impossible_is_no_catch(check: Check, mutant: Mutant) -> None:
    found = check({"mutant@broken": {"static": {"unmeasured": "agent"}}}, mutant(expected="static"))
    assert found.code == 1
    allowed = check(
        {"mutant@broken": {"acceptance": HALF, "static": {"unmeasured": "agent"}}}, mutant(also_allowed=("static",))
    )
    assert allowed.code == 0


def test_quick_leaves_scorers_out_for_mutants_only(check: Check, mutant: Mutant) -> None:
    found = check({"mutant@broken": {"acceptance": HALF}}, mutant(), quick=True)
    seen = marks(found)
    assert found.code == 0
    assert seen["mutant@broken", "load"] == "none"
    assert seen["variant@other", "load"] == "unaffected"
    assert seen["stub@do-nothing", "load"] == "none"
    assert check({}, mutant(expected="load"), quick=True).code == 1, "the scorer it names looks at it"


def test_probes_that_need_the_machine_alone_come_last_and_the_reference_first(
    play: Play, check: Check, mutant: Mutant
) -> None:
    box = FakeSandbox({"*": play({"mutant@broken": {"acceptance": HALF}})})
    check({}, mutant(), sandbox=box)
    order = [(owner, probe) for owner, probe, _ in box.runs]
    first_load = order.index(("check-reference", "load"))
    assert {probe for _, probe in order[:first_load]} == {"acceptance", "static"}
    assert {probe for _, probe in order[first_load:]} == {"load"}
    assert {seed for _, _, seed in box.runs} == {5}


def counting(play: Play, row: str, probe: str, first: Scripted, times: int = 1) -> tuple[FakeSandbox, list[str]]:
    """A sandbox in which one probe of one row reads `first` so many times."""
    calls: list[str] = []

    def script(service: PreparedService, command: ProbeCommand, seed: int) -> Scripted:
        if (service.folder.parent.name, command.probe) == (row, probe):
            calls.append(row)
            if len(calls) <= times:
                return first
        usual: Scripted = play({})(service, command, seed)
        return usual

    return FakeSandbox({"*": script}), calls


def test_an_inconclusive_load_is_measured_once_more(play: Play, check: Check) -> None:
    box, calls = counting(play, "variant@other", "load", Scripted({"value": 1.0, "flags": ["inconclusive"]}))
    found = check({}, sandbox=box)
    assert (found.code, len(calls)) == (0, 2)
    assert "measured twice: load" in text(found, "", COLUMNS)


def test_a_load_that_stays_inconclusive_is_unmeasured(check: Check) -> None:
    found = check({"variant@other": {"load": {"value": 1.0, "flags": ["inconclusive"]}}})
    assert found.code == 4
    assert marks(found)["variant@other", "load"] == "unmeasured"


def test_a_slow_moment_of_the_host_is_told_from_a_slow_row_by_measuring_again(play: Play, check: Check) -> None:
    box, calls = counting(play, "variant@other", "load", Scripted({"value": 0.5}))
    assert (check({}, sandbox=box).code, len(calls)) == (0, 2)
    assert check({"variant@other": {"load": HALF}}).code == 1


def test_a_drop_that_is_expected_is_not_measured_until_it_is_gone(play: Play, check: Check, mutant: Mutant) -> None:
    box, calls = counting(play, "mutant@broken", "load", Scripted({"value": 0.5}))
    found = check({}, mutant(expected="load"), sandbox=box)
    assert (found.code, len(calls)) == (0, 1)


def test_a_probe_that_crashes_on_a_mutant_twice_is_a_drop(play: Play, check: Check, mutant: Mutant) -> None:
    def script(service: PreparedService, command: ProbeCommand, seed: int) -> Scripted:
        row = service.folder.parent.name
        if (row, command.probe) == ("mutant@broken", "acceptance"):
            return Scripted(None, exit_code=1)
        return play({})(service, command, seed)

    found = check({}, mutant(), sandbox=FakeSandbox({"*": script}))
    assert found.code == 0
    assert marks(found)["mutant@broken", "acceptance"] == "caught"


def test_a_probe_that_crashes_on_the_reference_is_ours(play: Play, check: Check, mutant: Mutant) -> None:
    def script(service: PreparedService, command: ProbeCommand, seed: int) -> Scripted:
        return Scripted(None, exit_code=1) if command.probe == "static" else play({})(service, command, seed)

    found = check({}, sandbox=FakeSandbox({"*": script}))
    assert found.code == 4


def test_a_mutant_that_does_not_start_is_a_mistake_of_the_mutant(play: Play, check: Check, mutant: Mutant) -> None:
    def script(service: PreparedService, command: ProbeCommand, seed: int) -> Scripted:
        if service.folder.parent.name == "mutant@broken":
            return Scripted({"ready": False, "waited_s": 30}, ready=False)
        return play({})(service, command, seed)

    found = check({}, mutant(), sandbox=FakeSandbox({"*": script}))
    assert found.code == 1
    assert kinds(found) == [("mutant@broken", "", "task")]
    assert "start_timeout: the service stayed silent" in found.problems[0].what


def test_a_lost_engine_is_tried_again_and_then_told(play: Play, check: Check) -> None:
    script = play({})
    once = FakeSandbox({"acceptance": [EngineFault("engine_gone", "no engine"), script], "*": script})
    assert check({}, sandbox=once).code == 0
    dead = check({}, sandbox=FakeSandbox({"acceptance": EngineFault("engine_gone", "no engine"), "*": script}))
    assert dead.code == 4
    assert "no engine" in dead.problems[0].what


def rows_of(box: FakeSandbox) -> list[tuple[str, str]]:
    return sorted((owner.removeprefix("check-"), probe) for owner, probe, _ in box.runs)


def test_a_check_that_is_made_again_in_the_same_folder_measures_only_what_changed(
    check: Check, mutant: Mutant, play: Play, tmp_path: Path
) -> None:
    readings = {"mutant@broken": {"acceptance": HALF}}
    first = check(readings, mutant(), folder="kept")
    assert (tmp_path / "kept/mutant@broken").is_dir()
    box = FakeSandbox({"*": play({})})  # whatever is measured now reads 1
    again = check({}, mutant(), sandbox=box, folder="kept")
    assert box.runs == []
    assert (again.code, marks(again)) == (first.code, marks(first))
    assert "measurements are those of an earlier check" in text(again, "", COLUMNS)
    assert "measurements are those of an earlier check" not in text(first, "", COLUMNS)

    altered = replace(mutant(), overlay={"app/main.py": b"# broken otherwise"})
    check({}, altered, sandbox=box, folder="kept")
    assert rows_of(box) == [("mutant@broken", probe) for probe in ("acceptance", "load", "static")]


@pytest.mark.parametrize("fields", [{"seed": 6}, {"environment": {"API_TOKENS": "x"}}, {"limits": Limits(cpus=2.0)}])
def test_other_conditions_are_measured_anew(check: Check, play: Play, fields: dict[str, Any]) -> None:
    check({}, folder="kept")
    box = FakeSandbox({"*": play({})})
    check({}, sandbox=box, folder="kept", **fields)
    assert ("reference", "load") in rows_of(box)


def test_what_came_to_nothing_is_not_kept(check: Check, play: Play) -> None:
    broken, _ = counting(play, "reference", "acceptance", Scripted(None, exit_code=1), times=9)
    assert check({}, sandbox=broken, folder="kept").code == 4
    box = FakeSandbox({"*": play({})})
    assert check({}, sandbox=box, folder="kept").code == 0
    assert rows_of(box) == [("reference", "acceptance")]


def test_the_text_and_the_json_say_the_same(check: Check, mutant: Mutant) -> None:
    found = check({"mutant@broken": {"acceptance": HALF}}, mutant())
    shown = text(found, "quick", COLUMNS)
    assert "0.500 ✓" in shown
    assert "caught by the scorer it names: 1 of 1 (Wilson 95 %: 0.207–1.000) mutants" in shown
    assert "unaffected where nothing may drop: 5 of 5" in shown
    plain = as_json(found)
    assert plain["code"] == 0
    row = next(row for row in plain["rows"] if row["name"] == "broken")
    assert row["cells"]["acceptance"] == {"mark": "caught", "value": 0.5, "flags": [], "why": ""}
    assert plain["rates"]["specificity"]["total"] == specificity(found.cells).total == 5
    assert ending(found) == "sample: OK"


def test_what_came_to_no_result_is_tried_again_after_the_other_rows_and_before_the_load(
    play: Play, check: Check
) -> None:
    box, calls = counting(play, "reference", "acceptance", Scripted(None, exit_code=1), times=2)
    found = check({}, sandbox=box)
    assert (found.code, len(calls)) == (0, 3), "twice at once, as in a trial, and once more when the others are done"
    order = [(owner, probe) for owner, probe, _ in box.runs]
    again = len(order) - 1 - order[::-1].index(("check-reference", "acceptance"))
    assert {probe for _, probe in order[again + 1 :]} == {"load"}
    assert not any(probe == "load" for _, probe in order[:again])
    assert "measured twice: acceptance" in text(found, "", COLUMNS)


def test_a_service_that_was_silent_once_is_measured_whole(play: Play, check: Check, mutant: Mutant) -> None:
    silent = Scripted({"ready": False, "waited_s": 30}, ready=False)
    box, calls = counting(play, "mutant@broken", "acceptance", silent)
    found = check({"mutant@broken": {"acceptance": HALF}}, mutant(expected="static"), sandbox=box)
    assert len(calls) == 2
    assert marks(found)["mutant@broken", "static"] == "missed"
    assert marks(found)["mutant@broken", "load"] == "unaffected"
