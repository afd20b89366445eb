"""kill -9 at random moments: whatever `trial.json` exists is whole, and the next process can go on."""

import os
import random
import signal
from pathlib import Path

import pytest

from harness.model.probe import Observation, ProbeOutput, ServiceFate
from harness.model.submission import Prompt, Reply
from harness.model.suite import Lock
from harness.model.trial import Scored, Trial, TrialRecord
from harness.store.run_folder import RunFolder, create_run, open_run

KILLS = 20
TRIALS = 150
OUTPUT = ProbeOutput("load", "n", 0, b"o" * 5000, b"", False, False, False, 1.0, ServiceFate("none"))
FACTS = Observation("load", 1, "measured", {"samples": [0.5] * 500})


# Python >= 3.12 warns of fork beside native threads; the child only writes files until it is killed.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_no_kill_leaves_a_damaged_record_and_none_acknowledged_is_lost(tmp_path: Path) -> None:
    trials = tuple(Trial("orders", "dev@0a1b2c3d", n, n) for n in range(1, TRIALS + 1))
    lock = Lock("h", "s", 1, 1, "smoke", {}, {}, {}, {}, {}, trials=trials)
    root = create_run(tmp_path, "r1", lock, "now", {}).paths.root
    rng = random.Random(20261121)
    acknowledged: list[str] = []
    for _ in range(KILLS):
        acknowledged += _write_until_killed(root, after=rng.randint(0, 3), spin=rng.randint(0, 60_000))
        reader = open_run(root).reader
        names = [record.trial.name for record in reader.records()]
        assert len(names) == len(set(names))
        assert set(acknowledged) <= set(names)
    for record in reader.records():
        assert reader.outputs(record.trial) == {"load": OUTPUT}
    assert TRIALS > len(acknowledged) == len(set(acknowledged)) > KILLS
    assert reader.events()


def _write_until_killed(root: Path, after: int, spin: int) -> list[str]:
    """Let a child write trials; kill it `spin` busy steps after its `after`-th acknowledged record."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(readable)
            _write_all(open_run(root), writable)
        finally:
            os._exit(1)
    os.close(writable)
    with os.fdopen(readable, encoding="ascii") as pipe:
        lines = [pipe.readline().strip() for _ in range(1 + after)]
        for _ in range(spin):
            pass
        os.kill(child, signal.SIGKILL)
        rest = pipe.read()  # whole lines still in the pipe were acknowledged too
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert lines[0] == "ready"
    return lines[1:] + rest.split("\n")[:-1]


def _write_all(folder: RunFolder, writable: int) -> None:
    with folder.working():
        done = {record.trial for record in folder.reader.records()}
        os.write(writable, b"ready\n")
        for trial in folder.reader.lock().trials:
            if trial in done:
                continue
            folder.begin(trial, Prompt("s", "u", "d"))
            folder.save_reply(trial, Prompt("s", "u", "d"), Reply("text" * 500, "stop", "live"))
            folder.save_output(trial, OUTPUT, FACTS)
            folder.log_event("t", "done", {"trial": trial.name})
            folder.save_record(TrialRecord(trial, Scored("yes", ()), "a", "b", None, None, None, None))
            os.write(writable, f"{trial.name}\n".encode("ascii"))
