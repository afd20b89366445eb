"""One trial through the corridor: every row of the blame table, with real intake, probes and scorers."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import plugins
from harness.errors import (
    AgentFault,
    Cancelled,
    DependencyRefused,
    EngineFault,
    HarnessError,
    InfrastructureFault,
    IsolationRefused,
    ProviderFault,
    StorageFault,
    SubmissionRefused,
    TaskFault,
    UsageError,
)
from harness.model.probe import Observation, ServiceFate
from harness.model.score import NotApplicable, Score, Unmeasured
from harness.model.submission import Reply, Submission
from harness.model.task import Requirements, Task
from harness.model.trial import Failed, Scored, TrialRecord, Void
from harness.prompt.render import render
from harness.sandbox.fake import Scripted
from harness.scorers.judgement import judge
from harness.store.codec import record_from_json, to_json
from harness.trial import outcome_of
from harness.workspace.folder import FolderWorkspace

DELIVERY = "```python app.py\nprint('hello')\n```\n\n```text requirements.txt\n# none\n```\n"
EXITED = ServiceFate("exited", 1, log=b"Traceback (most recent call last):\nRuntimeError: boom\n")
STARTS = Scripted({"tests": [{"id": "t", "outcome": "passed"}]})
DIES_AT_START = Scripted(None, ready=False, exit_code=None, service=EXITED)
SILENT = Scripted({"ready": False, "waited_s": 20.0}, ready=False, service=ServiceFate("running", log=b"still here\n"))
CRASH = Scripted(None, exit_code=1, stderr=b"MemoryError")
STRUCTURED = (
    '{"services": [{"name": "Greeting", "code": "print(1)"}], "configuration": {"dependencies": "fastapi==0.115.0"}}'
)


def report(passed: int, failed: int) -> Scripted:
    tests = [{"id": f"p{n}", "outcome": "passed"} for n in range(passed)]
    return Scripted({"tests": tests + [{"id": f"f{n}", "outcome": "failed", "message": "no"} for n in range(failed)]})


def failed(record: TrialRecord) -> Failed:
    assert isinstance(record.outcome, Failed), record.outcome
    return record.outcome


def void(record: TrialRecord) -> Void:
    assert isinstance(record.outcome, Void), record.outcome
    return record.outcome


def test_a_trial_that_runs_is_scored_and_described(corridor: Any) -> None:
    made = corridor({"acceptance": report(3, 1)})
    record = made.one()
    assert isinstance(record.outcome, Scored)
    (score,) = record.outcome.scores
    assert isinstance(score, Score)
    assert (score.value, score.passed, score.total) == (0.75, 3, 4)
    assert record.outcome.accepted == "no"
    assert (record.files, record.reply_origin, record.agent_digest) == (2, "authored", "a" * 64)
    assert record.task_digest == made.task.digest
    assert record.submission_digest
    stages = ["prompt", "agent", "intake", "prepare", "acceptance", "reference", "scoring"]
    assert list(record.durations_s) == stages
    assert made.sandbox.open_pods == 0
    assert made.store.outputs(made.trial)["acceptance"].seed == made.trial.seed


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I would rather talk about it.", "no_files"),
        ("```python ../../evil.py\nimport os\n```", "path_escape"),
        ("```python app.py\nprint(1)\n```", "stack_missing"),
    ],
)
def test_a_refused_reply_fails_and_nothing_is_measured(corridor: Any, text: str, code: str) -> None:
    made = corridor({"acceptance": STARTS}, said=[text])
    assert failed(made.one()).code == code
    assert made.sandbox.runs == []


def test_the_record_lists_every_block_of_the_reply(corridor: Any) -> None:
    said = DELIVERY + "```bash\npython app.py\n```\n```python app.py\nprint('hi')\n```\n"
    record = corridor({"acceptance": report(3, 0)}, said=[said]).one()
    assert [(block.path, block.fate) for block in record.blocks] == [
        ("app.py", "replaced"),
        ("requirements.txt", "file"),
        ("", "example"),
        ("app.py", "file"),
    ]
    assert record_from_json(json.loads(json.dumps(to_json(record)))) == record


def test_the_blocks_of_a_refused_reply_are_kept_too(corridor: Any) -> None:
    record = corridor({"acceptance": STARTS}, said=["```python ../x.py\n1\n```\n```bash\nls\n```\n"]).one()
    assert [block.fate for block in record.blocks] == ["left_out", "left_out"]
    assert "climbs out" in record.blocks[0].why


def test_a_file_that_starts_with_a_shebang_is_executable_where_it_is_served(corridor: Any) -> None:
    made = corridor({"acceptance": report(3, 0)}, said=[DELIVERY + "```sh bin/start\n#!/bin/sh\n```\n"])
    made.one()
    (start,) = made.tmp.rglob("submission/bin/start")
    assert start.stat().st_mode & 0o777 == 0o755


def test_a_delivery_is_laid_over_the_tasks_starter(corridor: Any) -> None:
    starter = {"app.py": b"x = 1\n", "requirements.txt": b"# none\n", "old.py": b"y = 1\n"}
    said = "```diff\n--- a/app.py\n+++ b/app.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n```\nDELETE: old.py\n"
    made = corridor({"acceptance": report(3, 0)}, said=[said], starter=starter)
    assert isinstance(made.one().outcome, Scored)
    (app,) = made.tmp.rglob("submission/app.py")
    assert app.read_text() == "x = 2\n"
    assert sorted(path.name for path in app.parent.iterdir()) == ["app.py", "requirements.txt"]


def test_a_change_that_does_not_apply_fails_by_name(corridor: Any) -> None:
    said = "```diff\n--- a/app.py\n+++ b/app.py\n@@ -1 +1 @@\n-x = 7\n+x = 2\n```\n"
    outcome = failed(corridor({"acceptance": STARTS}, said=[said], starter={"app.py": b"x = 1\n"}).one())
    assert outcome.code == "change_does_not_apply"
    assert "app.py: line 1" in outcome.message


def test_a_refused_dependency_fails_before_any_pod(corridor: Any) -> None:
    delivery = DELIVERY.replace("# none", "--index-url http://evil.example\nfastapi")
    made = corridor({"acceptance": STARTS}, said=[delivery])
    outcome = failed(made.one())
    assert (outcome.code, outcome.stage) == ("dependency_policy", "prepare")
    assert made.sandbox.runs == []


@pytest.mark.parametrize(("dies", "code"), [(DIES_AT_START, "start_crash"), (SILENT, "start_timeout")])
def test_a_start_failure_is_the_agents_when_the_reference_starts(corridor: Any, dies: Scripted, code: str) -> None:
    made = corridor({"acceptance": [dies, STARTS]})
    outcome = failed(made.one())
    assert outcome.code == code
    assert outcome.log_tail == dies.service.log.decode()
    assert [owner for owner, _, _ in made.sandbox.runs] == [made.trial.name, "reference-greeting"]
    assert made.store.outputs(made.trial)["acceptance"].service.log == dies.service.log, "the evidence is kept"


@pytest.mark.parametrize("dies", [DIES_AT_START, SILENT])
def test_a_start_failure_is_ours_when_the_reference_does_not_start_either(corridor: Any, dies: Scripted) -> None:
    outcome = void(corridor({"acceptance": dies}).one())
    assert (outcome.blame, outcome.code) == ("infrastructure", "reference_not_ready")


@pytest.mark.parametrize("ends", [CRASH, Scripted(None, ready=False, exit_code=137, oom_killed=True)])
def test_a_control_that_was_not_seen_to_work_proves_nothing(corridor: Any, ends: Scripted) -> None:
    outcome = void(corridor({"acceptance": [SILENT, ends]}).one())
    assert (outcome.blame, outcome.code) == ("infrastructure", "reference_not_ready")


def test_a_reference_that_cannot_be_prepared_is_never_charged_to_the_agent(corridor: Any, greeting: Task) -> None:
    spoiled = {**greeting.solution, "requirements.txt": b"--index-url http://index.example\nfastapi\n"}
    outcome = void(corridor({"acceptance": [SILENT, STARTS]}, solution=spoiled).one())
    assert (outcome.blame, outcome.code) == ("infrastructure", "reference_not_prepared")
    assert "the reference of greeting" in outcome.message


@pytest.mark.parametrize("probe", ["attacks", "load"])
def test_who_breaks_a_required_probe_is_not_accepted(greeting: Task, probe: str) -> None:
    required = Requirements(confirmed_critical=0) if probe == "attacks" else Requirements(p95_ms=100.0)
    tests = {"tests": [{"id": "t", "outcome": "passed"}]}
    seen = {
        "acceptance": Observation("acceptance", 1, "measured", tests),
        probe: Observation(probe, 1, "crashed", {"control": "fine"}, "no report line"),
    }
    task = replace(greeting, requirements=required)
    outcome = judge(task, [plugins.scorer("acceptance"), plugins.scorer(probe)], seen, {}, 2)
    assert isinstance(outcome, Scored), outcome
    assert (outcome.accepted, outcome.flags) == ("no", ("breaks_probe",))
    assert any("crashes on this submission" in line for line in outcome.why)


def test_a_probe_that_only_the_submission_breaks_scores_zero(corridor: Any) -> None:
    made = corridor({"acceptance": [CRASH, CRASH, STARTS]})
    outcome = made.one().outcome
    assert isinstance(outcome, Scored)
    (score,) = outcome.scores
    assert isinstance(score, Score)
    assert (score.value, score.flags) == (0.0, ("breaks_probe",))
    assert outcome.flags == ("breaks_probe",)
    assert outcome.accepted == "no"
    assert len(made.sandbox.runs) == 3


def test_a_probe_that_crashes_once_is_believed_the_second_time(corridor: Any) -> None:
    made = corridor({"acceptance": [CRASH, report(3, 0)]})
    record = made.one()
    outcome = record.outcome
    assert isinstance(outcome, Scored)
    assert outcome.accepted == "yes"
    again = [line for line in record.warnings if line.startswith("probe acceptance crashed and was run again: ")]
    assert len(again) == 1, "a second draw is never silent"
    assert len(made.sandbox.runs) == 2


def test_a_probe_that_the_reference_breaks_too_measures_nothing(corridor: Any) -> None:
    outcome = void(corridor({"acceptance": CRASH}).one())
    assert (outcome.blame, outcome.code, outcome.stage) == (
        "infrastructure",
        "required_scorer_unmeasured",
        "acceptance",
    )


def test_an_unmeasured_scorer_that_is_not_required_leaves_the_rest_standing(corridor: Any) -> None:
    made = corridor({"acceptance": report(3, 0), "static": CRASH}, scorers=("acceptance", "static"))
    outcome = made.one().outcome
    assert isinstance(outcome, Scored)
    assert outcome.accepted == "yes"
    by_name = {result.scorer: result for result in outcome.scores}
    assert isinstance(by_name["static"], Unmeasured)
    assert by_name["static"].blame == "infrastructure"


def test_a_broken_hidden_test_is_the_tasks_fault(corridor: Any) -> None:
    broken = Scripted({"tests": [], "collect_errors": ["test_a.py: SyntaxError"]})
    outcome = void(corridor({"acceptance": broken}).one())
    assert (outcome.blame, outcome.code) == ("task", "required_scorer_unmeasured")
    assert "SyntaxError" in outcome.message


@pytest.mark.parametrize("fault", [EngineFault("engine_unreachable", "gone"), StorageFault("disk_full", "no space")])
def test_infrastructure_faults_are_void(corridor: Any, fault: HarnessError) -> None:
    outcome = void(corridor({"acceptance": fault}).one())
    assert (outcome.blame, outcome.code, outcome.stage) == ("infrastructure", fault.code, "acceptance")


def test_a_provider_that_fails_is_void_and_at_the_agents_door(corridor: Any) -> None:
    outcome = void(corridor(said=[ProviderFault("rate_limited", "429")]).one())
    assert (outcome.blame, outcome.code, outcome.stage) == ("infrastructure", "rate_limited", "agent")


def test_an_unknown_exception_is_a_bug_of_ours_with_its_place(corridor: Any) -> None:
    outcome = void(corridor({"other": STARTS}).one())  # the fake sandbox raises ValueError: nothing is scripted
    assert (outcome.blame, outcome.code, outcome.stage) == ("harness", "unexpected_exception", "acceptance")
    assert "ValueError: no script for probe 'acceptance'" in outcome.message
    assert "fake.py:" in outcome.message


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (SubmissionRefused("no_files", "m"), Failed("no_files", "m", "s", "")),
        (DependencyRefused("dependency_policy", "m", "d"), Failed("dependency_policy", "m", "s", "d")),
        (AgentFault("agent_limit", "m"), Failed("agent_limit", "m", "s", "")),
        (InfrastructureFault("x", "m"), Void("infrastructure", "x", "m", "s")),
        (ProviderFault("x", "m"), Void("infrastructure", "x", "m", "s")),
        (TaskFault("x", "m"), Void("task", "x", "m", "s")),
        (Cancelled("x", "m"), Void("cancelled", "x", "m", "s")),
        (UsageError("x", "m"), Void("harness", "x", "m", "s")),
        (IsolationRefused("x", "m"), Void("harness", "x", "m", "s")),
    ],
)
def test_one_table_from_error_to_outcome(error: HarnessError, expected: Failed | Void) -> None:
    assert outcome_of(error, "s") == expected


def test_the_reply_is_stored_before_it_is_used(corridor: Any) -> None:
    made = corridor({"acceptance": STARTS})
    kept: list[Reply | None] = []

    class Witness:
        """A workspace that looks into the store when the first file is to be written."""

        def write(self, submission: Submission, folder: Path) -> None:
            kept.append(made.store.reply(made.trial, render(made.suite.agents[0].spec, made.task).digest))
            FolderWorkspace().write(submission, folder)

    made.workspace = Witness()
    made.one()
    assert [reply.text for reply in kept if reply] == [DELIVERY]


def test_a_stored_reply_is_not_asked_for_again(corridor: Any) -> None:
    made = corridor({"acceptance": [EngineFault("engine_timeout", "hung"), report(3, 0)]})
    assert isinstance(made.one().outcome, Void)
    assert isinstance(made.one().outcome, Scored)
    assert [what for _, what in made.agent.asked] == ["reply"]


def test_a_reply_without_paths_gets_one_further_turn_stored_like_the_first(corridor: Any) -> None:
    answer = '{"files": [{"path": "app/main.py", "from": "/services/0/code"}]}'
    made = corridor({"acceptance": [EngineFault("engine_timeout", "hung"), report(3, 0)]}, said=[STRUCTURED, answer])
    assert void(made.one()).code == "engine_timeout"
    outcome = made.one().outcome
    assert isinstance(outcome, Scored)
    assert (made.tmp / "trials" / made.trial.name / "submission/app/main.py").read_text() == "print(1)\n"
    (_, first), (_, second) = made.agent.asked
    assert first == "reply"
    assert "/services/0/code" in second


def test_requirements_decide_accepted_and_promises_do_not(corridor: Any, version: Any) -> None:
    made = corridor({"acceptance": report(3, 0)}, requirements=Requirements(max_files=1))
    outcome = made.one().outcome
    assert isinstance(outcome, Scored)
    assert outcome.accepted == "no"
    assert any("2 files of at most 1" in line for line in outcome.why)


def test_what_the_profile_has_not_planned_is_not_run_and_does_not_apply(corridor: Any) -> None:
    made = corridor({"acceptance": report(3, 0)}, scorers=("acceptance", "soak"))
    record = made.one()
    assert isinstance(record.outcome, Scored)
    version = plugins.scorer("soak").version
    assert record.outcome.scores[1] == NotApplicable("soak", version, "the smoke profile has no soak")
    assert [probe for _, probe, _ in made.sandbox.runs] == ["acceptance"]
    assert "soak" not in record.durations_s
