"""How the store and the report grow: a thousand trials read back, two hundred rendered.

Refuses to be realistic in content: records are made up, their number is not.
"""

import time
from pathlib import Path

from harness.model.score import Evidence, Score
from harness.model.suite import Lock
from harness.model.trial import Scored, Trial, TrialRecord
from harness.report.parts import Bundle
from harness.report.render import render
from harness.selfcheck.perf import Figure
from harness.store import codec
from harness.store.documents import encode
from harness.store.run_folder import create_run

STORED, RENDERED = 1000, 200
SCAN_TARGET_S = 5.0
RENDER_TARGET_S = 10.0


def scan_time(scratch: Path, stored: int = STORED) -> Figure:
    """Reading every record of a run of so many trials, each checked against its schema."""
    trials = _trials(stored)
    folder = create_run(scratch, "scan", _lock(trials), "2026-01-01T00:00:00Z", {})
    for trial in trials:  # written without the store's fsync: only the reading is measured
        path = folder.paths.trial(trial).record
        path.parent.mkdir(parents=True)
        path.write_bytes(encode("trial", codec.to_json(_record(trial))))
    began = time.monotonic()
    read = len(folder.reader.records())
    return Figure(f"read {read} trials", time.monotonic() - began, "s", SCAN_TARGET_S, "parsed, schema checked")


def render_time() -> Figure:
    """All report files of a run of RENDERED trials."""
    trials = _trials(RENDERED)
    records = tuple(_record(trial) for trial in trials)
    bundle = Bundle("perf", _lock(trials), records, "complete", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", ())
    began = time.monotonic()
    files = render(bundle)
    size = sum(map(len, files.values())) / 1e6
    return Figure(f"report of {RENDERED} trials", time.monotonic() - began, "s", RENDER_TARGET_S, f"{size:.1f} MB")


def _trials(count: int) -> tuple[Trial, ...]:
    labels = ("a@00000001", "b@00000002")
    return tuple(Trial(f"task-{n % 10}", label, 1 + n // 10, n) for n in range(count // 2) for label in labels)


def _lock(trials: tuple[Trial, ...]) -> Lock:
    agents = {label: {"digest": label, "claims": []} for label in sorted({t.agent_label for t in trials})}
    tasks = dict.fromkeys(sorted({t.task_id for t in trials}), "0" * 64)
    attempts = max(t.attempt for t in trials)
    scorers = {"acceptance": 1, "load": 1}
    return Lock("0" * 64, "perf", 1, attempts, "smoke", scorers, tasks, agents, {}, {}, trials=trials)


def _record(trial: Trial) -> TrialRecord:
    lost = tuple(Evidence("test", f"test {n}", "expected 200, got 500", "GET /x", "curl x", 0.02) for n in range(5))
    share = 1 - (trial.seed % 5) / 50
    scores = (
        Score("acceptance", 1, share, 50 * share, 50, "hidden acceptance tests", lost),
        Score("load", 1, 1.0, 3, 3, "checks", metrics={"p95_ms": 10.0 + trial.seed % 7, "p95_verdict": "pass"}),
    )
    why = ("yes: all hidden acceptance tests",)
    return TrialRecord(trial, Scored("yes", scores, why), "a", "b", "c", "d", "authored", 9, {"acceptance": 1.5})
