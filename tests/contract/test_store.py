"""What every store must do: the same checks over the folder on disk and the fake in memory."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.model.probe import Observation, ProbeOutput, ServiceFate
from harness.model.score import Blame, Evidence, NotApplicable, Score, Unmeasured
from harness.model.submission import Prompt, Reply, Usage
from harness.model.suite import Lock
from harness.model.trial import Failed, Outcome, Scored, Trial, TrialRecord, Void, tally
from harness.ports import ReferenceStore, RunReader, Store
from harness.store.codec import Rescoring
from harness.store.memory import MemoryRun
from harness.store.run_folder import RunFolder, create_run, open_run

FIRST = Trial("orders", "dev@0a1b2c3d", 1, 11)
SECOND = Trial("orders", "dev@0a1b2c3d", 2, 12)
LOCK = Lock(
    hash="ab" * 32,
    suite="smoke",
    seed=7,
    attempts=2,
    profile="smoke",
    scorers={"acceptance": 1},
    tasks={"orders": "cd" * 32},
    agents={"dev@0a1b2c3d": {"adapter": "replay", "parameters": {"nested": [1, None, True]}}},
    images={"probe": {"digest": "sha256:1", "made": "mmdebstrap"}},
    tools={"locust": "2.47"},
    host={"cpus": 2},
    trials=(FIRST, SECOND),
    harness_version="0.1.0",
)
PROMPT = Prompt("You are a developer.", "Build it. \udcff", "ef" * 32)
REPLY = Reply(
    "```app.py\nprint(1)\n```\u202e\ud800", "stop", "live", "m-1", Usage(10, 20), 0.25, 1.5, ({"status": 429},)
)
OUTPUT = ProbeOutput(
    probe="acceptance",
    nonce="n1",
    exit_code=0,
    stdout=b"ready\nreport {}\xff\x00",
    stderr=b"",
    stdout_truncated=False,
    timed_out=False,
    oom_killed=False,
    wall_s=1.25,
    service=ServiceFate("running", log=b"\x1b[31mGET /\n", ready_after_s=0.2),
    isolation="full",
    seed=11,
    environment={"PORT": "8000"},
)
FACTS = Observation("acceptance", 1, "measured", {"tests": [{"name": "t", "ok": True}], "p": 0.5})
SCORES = (
    Score("acceptance", 1, 0.5, 1, 2, "tests", (Evidence("test", "t2", cwe=89, points=0.5),), ("suspect",), {"n": 2}),
    NotApplicable("graphql", 1, "no GraphQL here"),
    NotApplicable("static", 1, "its language is not scanned", because="submission"),
    Unmeasured("load", 1, "infrastructure", "generator lagged"),
)


def record(trial: Trial, outcome: Outcome) -> TrialRecord:
    """A record with every field in use."""
    return TrialRecord(
        trial, outcome, "aa", "bb", PROMPT.digest, None, "live", 3, {"probe": 1.5}, ({"code": "engine"},), ("w",), 0.5
    )


@pytest.fixture(params=["folder", "memory"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> RunFolder | MemoryRun:
    """A fresh run of two planned trials."""
    if request.param == "folder":
        return create_run(tmp_path, "r1", LOCK, "2026-11-21T12:03:01Z", {})
    return MemoryRun(LOCK, tmp_path)


def test_protocols_are_met(run: RunFolder | MemoryRun) -> None:
    store: Store = run
    references: ReferenceStore = run
    reader: RunReader = run.reader
    assert (store, references) == (run, run)
    assert reader.lock() == LOCK


def test_lock_comes_back_equal_after_reopening(run: RunFolder | MemoryRun) -> None:
    again = open_run(run.paths.root) if isinstance(run, RunFolder) else run
    assert again.reader.lock() == LOCK
    assert again.reader.records() == ()
    assert again.reader.state().status == "running"


@pytest.mark.parametrize(
    "outcome",
    [
        Scored("undetermined", SCORES, ("boots: yes",), ("breaks_probe",)),
        Scored("yes", ()),
        Failed("start_crash", "exits 1", "start", "Traceback\x00\x1b[0m"),
        Void("task", "reference_fails", "the reference fails", "control"),
    ],
)
def test_every_outcome_comes_back_equal(run: RunFolder | MemoryRun, outcome: Outcome) -> None:
    run.begin(SECOND, PROMPT)
    run.save_record(record(SECOND, outcome))
    assert run.reader.records() == (record(SECOND, outcome),)
    assert run.reader.record(FIRST) is None


def test_records_come_in_the_order_of_the_plan(run: RunFolder | MemoryRun) -> None:
    for trial in (SECOND, FIRST):
        run.save_record(record(trial, Scored("yes", ())))
    assert [r.trial for r in run.reader.records()] == [FIRST, SECOND]


def test_a_record_is_never_rewritten_nor_a_finished_trial_begun_again(run: RunFolder | MemoryRun) -> None:
    run.save_record(record(FIRST, Failed("no_files", "prose only", "intake")))
    with pytest.raises(ValueError, match="never rewritten"):
        run.save_record(record(FIRST, Scored("yes", ())))
    with pytest.raises(ValueError, match="finished"):
        run.begin(FIRST, PROMPT)
    assert isinstance(run.reader.records()[0].outcome, Failed)


@pytest.mark.parametrize("blame", ["infrastructure", "cancelled", "harness"])
def test_a_retried_void_is_kept_beside_the_new_try(run: RunFolder | MemoryRun, blame: Blame) -> None:
    void = Void(blame, "engine_lost", "gone", "probe")
    run.save_record(record(FIRST, void))
    run.begin(FIRST, PROMPT)
    assert run.reader.records() == ()
    assert [r.outcome for r in run.reader.voids(FIRST)] == [void]
    run.save_record(record(FIRST, Scored("yes", ())))
    assert run.reader.records() == (record(FIRST, Scored("yes", ())),)


def test_a_void_of_the_task_is_final(run: RunFolder | MemoryRun) -> None:
    run.save_record(record(FIRST, Void("task", "c", "m", "s")))
    with pytest.raises(ValueError, match="finished"):
        run.begin(FIRST, PROMPT)


def test_reply_is_returned_only_to_the_prompt_it_answers(run: RunFolder | MemoryRun) -> None:
    assert run.begin(FIRST, PROMPT)[1] is None
    run.save_reply(FIRST, PROMPT, REPLY)
    assert run.begin(FIRST, PROMPT)[1] == REPLY
    assert run.begin(FIRST, replace(PROMPT, digest="00" * 32))[1] is None
    assert run.begin(SECOND, PROMPT)[1] is None


def test_beginning_again_keeps_the_reply_and_drops_the_rest(run: RunFolder | MemoryRun) -> None:
    folder, _ = run.begin(FIRST, PROMPT)
    assert folder == run.reader.submission_folder(FIRST)
    (folder / "app.py").write_text("half")
    run.save_reply(FIRST, PROMPT, REPLY)
    run.save_output(FIRST, OUTPUT, FACTS)
    assert run.begin(FIRST, PROMPT) == (folder, REPLY)
    assert list(folder.iterdir()) == []
    assert run.reader.outputs(FIRST) == {}
    assert run.reader.observations(FIRST) == {}


def test_outputs_and_facts_come_back_byte_for_byte(run: RunFolder | MemoryRun) -> None:
    control = replace(OUTPUT, target="reference", stdout=b"other")
    run.save_output(FIRST, OUTPUT, FACTS)
    run.save_output(FIRST, control, FACTS)
    assert run.reader.outputs(FIRST) == {"acceptance": OUTPUT, "acceptance@reference": control}
    assert run.reader.observations(FIRST) == {"acceptance": FACTS, "acceptance@reference": FACTS}
    assert run.reader.outputs(SECOND) == {}


def test_the_last_measurement_counts(run: RunFolder | MemoryRun) -> None:
    run.save_output(FIRST, OUTPUT, FACTS)
    again = replace(OUTPUT, stdout=b"second")
    run.save_output(FIRST, again, FACTS)
    assert run.reader.outputs(FIRST) == {"acceptance": again}


def test_references_are_stored_by_block(run: RunFolder | MemoryRun) -> None:
    assert run.reader.reference_blocks("orders") == ()
    assert run.load_reference("orders", 1, "acceptance") is None
    run.save_reference("orders", 1, replace(OUTPUT, target="reference"), FACTS)
    run.save_reference("orders", 12, OUTPUT, FACTS)
    assert run.reader.reference_blocks("orders") == (1, 12)
    assert run.load_reference("orders", 1, "acceptance") == replace(OUTPUT, target="reference")
    assert run.reader.reference_outputs("orders", 12) == {"acceptance": OUTPUT}
    assert run.reader.reference_observations("orders", 12) == {"acceptance": FACTS}


def test_the_reference_folder_starts_empty_and_keeps_what_is_put_there(run: RunFolder | MemoryRun) -> None:
    folder = run.reference_folder("orders")
    assert list(folder.iterdir()) == []
    (folder / "app.py").write_text("x")
    assert [p.name for p in run.reference_folder("orders").iterdir()] == ["app.py"]
    assert run.reader.reference_blocks("orders") == ()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_and_infinity_are_refused(run: RunFolder | MemoryRun, value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        run.save_output(FIRST, OUTPUT, replace(FACTS, facts={"p95_ms": value}))
    with pytest.raises(ValueError, match="JSON"):
        run.save_record(replace(record(FIRST, Scored("yes", ())), cost_usd=value))
    assert run.reader.outputs(FIRST) == {}
    assert run.reader.records() == ()


def test_a_rescoring_leaves_the_records_alone(run: RunFolder | MemoryRun) -> None:
    run.save_record(record(FIRST, Scored("yes", ())))
    later = Rescoring({"acceptance": 2}, "0.2.0", (record(FIRST, Scored("no", SCORES)),))
    digest = run.save_rescoring(later)
    assert run.save_rescoring(later) == digest
    assert run.reader.rescorings() == {digest: later}
    assert run.reader.records() == (record(FIRST, Scored("yes", ())),)


def test_one_worker_at_a_time(run: RunFolder | MemoryRun) -> None:
    with run.working(), pytest.raises(UsageError, match="being worked on"), run.working():
        pytest.fail("the lease was given twice")
    with run.working():
        pass


def test_status_keeps_what_was_there_and_stores_the_tally(run: RunFolder | MemoryRun) -> None:
    before = run.reader.state()
    run.set_status("complete", "2026-11-21T12:09:00Z", tally(2, [Scored("yes", ())]))
    after = run.reader.state()
    assert (after.run, after.created_utc) == (before.run, before.created_utc)
    assert after.tally == tally(2, [Scored("yes", ())])


def test_events_come_back_in_order(run: RunFolder | MemoryRun) -> None:
    run.log_event("t0", "begun", {"trial": "a\nb\x1b"})
    run.log_event("t1", "done", {})
    assert run.reader.events() == (
        {"at": "t0", "kind": "begun", "trial": "a\nb\x1b"},
        {"at": "t1", "kind": "done"},
    )
