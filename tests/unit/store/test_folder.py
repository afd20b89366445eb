"""The folder on disk: what lies where, what survives a second beginning, names, leases, events."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.model.probe import Observation, ProbeOutput, ServiceFate
from harness.model.submission import Prompt, Reply
from harness.model.suite import Lock
from harness.model.trial import Scored, Trial, TrialRecord
from harness.store import lease
from harness.store.layout import component
from harness.store.reader import find_run, list_runs, run_id, runs_of_lock
from harness.store.run_folder import RunFolder, create_run, open_run

OUTPUT = ProbeOutput("load", "n", 0, b"out", b"err", False, False, False, 1.0, ServiceFate("running", log=b"log"))


PROMPT = Prompt("s", "u", "d")


def tree(root: Path) -> list[str]:
    """Every file under `root`, relative."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_the_tree_is_the_documented_one(folder: RunFolder, trial: Trial, record: TrialRecord) -> None:
    folder.begin(trial, PROMPT)
    folder.save_reply(trial, PROMPT, Reply("text", "stop", "authored"))
    folder.save_output(trial, OUTPUT, Observation("load", 1, "measured"))
    folder.save_service_log(trial, b"x")
    folder.save_record(record)
    folder.save_reference("orders", 1, OUTPUT, Observation("load", 1, "measured"))
    folder.log_event("t", "k", {})
    base = "trials/orders__dev@0a1b2c3d__01"
    files = ["observation.json", "output.json", "service.log", "stderr", "stdout"]
    assert tree(folder.paths.root) == sorted(
        [".lease", "lock.json", "run.json", "events.jsonl"]
        + [f"{base}/{name}" for name in ("prompt.md", "reply.json", "service.log", "transcript.jsonl", "trial.json")]
        + [f"{base}/probes/load/{name}" for name in files]
        + [f"references/orders/01/probes/load/{name}" for name in files]
    )
    assert (folder.paths.root / base / "probes/load/stdout").read_bytes() == b"out"


def test_beginning_again_keeps_replies_and_transcript_only(folder: RunFolder, trial: Trial) -> None:
    folder.begin(trial, PROMPT)
    paths = folder.paths.trial(trial)
    folder.save_reply(trial, PROMPT, Reply("first", "stop", "live"))
    folder.save_reply(trial, PROMPT, Reply("after the follow-up", "stop", "live"))
    paths.transcript.write_text("{}\n")
    (paths.submission / "out").symlink_to("/etc")
    (paths.root / ".reply.json.1-1.tmp").write_text("half")
    folder.begin(trial, PROMPT)
    assert tree(paths.root) == ["reply.1.json", "reply.json", "transcript.jsonl"]
    assert json.loads((paths.root / "reply.1.json").read_text())["reply"]["text"] == "first"
    assert Path("/etc/passwd").exists()


def test_a_half_written_reference_is_not_used_by_the_next_process(folder: RunFolder) -> None:
    (folder.reference_folder("orders") / "app.py").write_text("half")
    assert list(open_run(folder.paths.root).reference_folder("orders").iterdir()) == []


def test_an_earlier_measurement_stays_as_evidence(folder: RunFolder, trial: Trial) -> None:
    for number in range(3):
        folder.save_output(trial, replace(OUTPUT, stdout=b"%d" % number), Observation("load", 1, "measured"))
    probes = folder.paths.trial(trial).probes.root
    assert sorted(p.name for p in probes.iterdir()) == ["load", "load~1", "load~2"]
    assert (probes / "load~1/stdout").read_bytes() == b"0"
    assert folder.reader.outputs(trial)["load"].stdout == b"2"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", ".hidden", "-rf", "a\0", "a b", "x" * 201])
def test_names_that_could_leave_the_folder_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="folder name"):
        component(name)


def test_run_id_is_made_of_its_arguments() -> None:
    assert run_id("2026-11-21T12:03:01.123Z", "smoke", "1f3aff") == "20261121-120301-smoke-1f3a"
    assert run_id("2026-11-21T12:03:01Z", "../my suite", "1f3a") == "20261121-120301----my-suite-1f3a"


def test_runs_are_found_by_name_path_latest_and_lock(tmp_path: Path, lock: Lock) -> None:
    runs = tmp_path / "runs"
    with pytest.raises(UsageError, match="no run under"):
        find_run("latest", runs)
    for name in ("20260102-b", "20260101-a"):
        create_run(runs, name, lock, "now", {})
    (runs / "not-a-run").mkdir()
    assert list_runs(runs) == ("20260101-a", "20260102-b")
    assert find_run("latest", runs) == find_run("20260102-b", runs) == runs / "20260102-b"
    assert find_run(str(runs / "20260101-a"), tmp_path) == runs / "20260101-a"
    with pytest.raises(UsageError, match=r"'nope' is not a run.*20260102-b"):
        find_run("nope", runs)
    (runs / "20260101-a/lock.json").write_text("{")
    assert runs_of_lock(runs, lock.hash) == ("20260102-b",)
    assert runs_of_lock(runs, "other") == ()


def test_a_torn_last_event_is_ignored_and_cut(folder: RunFolder) -> None:
    folder.log_event("t0", "a", {})
    with folder.paths.events.open("ab") as stream:
        stream.write(b'{"at": "t1", "ki')
    assert [event["kind"] for event in folder.reader.events()] == ["a"]
    again = RunFolder(folder.paths.root)
    again.log_event("t2", "b", {})
    assert [event["kind"] for event in again.reader.events()] == ["a", "b"]


def test_a_damaged_middle_event_is_refused(folder: RunFolder) -> None:
    folder.paths.events.write_text('{"kind": "a"}\n{"ki\n{"kind": "b"}\n')
    with pytest.raises(UsageError, match=r"events.jsonl' line 2"):
        folder.reader.events()


def test_a_second_process_is_refused_and_told_who_works(folder: RunFolder) -> None:
    code = (
        "import sys; from pathlib import Path; from harness.store.run_folder import open_run\n"
        "with open_run(Path(sys.argv[1])).working(): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder.paths.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(UsageError, match=rf"'r1' is being worked on by process {holder.pid};"), folder.working():
            pytest.fail("two processes hold one run")
        os.kill(holder.pid, 9)
        holder.wait(10)
    with folder.working():
        assert folder.paths.lease.read_text() == f"{os.getpid()}\n"


def test_what_a_killed_writer_left_is_gone_once_the_lease_is_taken(folder: RunFolder) -> None:
    (folder.paths.root / ".run.json.7-7.tmp").write_text("half")
    with folder.working():
        assert not list(folder.paths.root.glob(".*.tmp"))
        assert folder.paths.lease.exists()


def test_a_run_that_was_never_made_whole_is_gone_when_the_next_is_made(tmp_path: Path, lock: Lock) -> None:
    """As processes leave it: one was killed while it made a run, one is still at it, one has only just begun."""
    abandoned, at_work, begun = (tmp_path / name for name in (".r1.7.tmp", ".r2.8.tmp", ".r4.9.tmp"))
    for left in (abandoned, at_work, begun):
        left.mkdir()
        (left / "lock.json").write_text("half")
    with lease.hold(at_work / ".lease"):
        for old in (abandoned, at_work):
            os.utime(old, (0, 0))
        create_run(tmp_path, "r3", lock, "now", {})
    assert {path.name for path in tmp_path.iterdir()} == {at_work.name, begun.name, "r3"}
    assert list_runs(tmp_path) == ("r3",)


def test_a_run_that_cannot_be_made_leaves_nothing(tmp_path: Path, lock: Lock) -> None:
    with pytest.raises(ValueError, match="does not fit its schema"):
        create_run(tmp_path, "r1", replace(lock, attempts=0), "now", {})
    assert list(tmp_path.iterdir()) == []


def test_a_record_beside_a_half_written_temporary_file(folder: RunFolder, record: TrialRecord) -> None:
    folder.begin(record.trial, PROMPT)
    (folder.paths.trial(record.trial).root / ".trial.json.7-7.tmp").write_text('{"schema": 1, "tri')
    assert folder.reader.records() == ()
    folder.save_record(replace(record, outcome=Scored("no", ())))
    assert len(folder.reader.records()) == 1
