"""Synthetic runs with a known truth, written through the real store: what compare and gate are tried on.

Refuses to look like a measurement: every reply's origin is `authored`, versions are called synthetic, nothing ran.
"""

import random
from dataclasses import dataclass
from pathlib import Path

from harness.model.score import Evidence, Score
from harness.model.suite import Lock
from harness.model.trial import Outcome, Scored, Trial, TrialRecord, Void, tally
from harness.store.run_folder import RunFolder, create_run

FIRST, SECOND = "synthetic-v1@11111111", "synthetic-v2@22222222"
_EXPLOIT = Evidence("request", "order of another user read", where="GET /orders/1", severity="critical", cwe=639)


@dataclass(frozen=True)
class Truth:
    """What is true of two versions over `families` tasks (one each) with `attempts` trials.

    rate: chance that a trial of the first version is accepted, drawn per task from [rate − spread, rate + spread];
    change: added to it for the second version; criticals: its trials with a confirmed critical; voids: its trials
    lost to infrastructure; slower: its p95 over the first version's, None = no latency is measured.
    """

    families: int = 24
    attempts: int = 4
    rate: float = 0.9
    spread: float = 0.08
    change: float = 0.0
    criticals: int = 0
    voids: int = 0
    slower: float | None = None


def synthetic_records(truth: Truth, seed: int) -> tuple[Lock, tuple[TrialRecord, ...]]:
    """Lock and records; the same truth and seed give the same ones."""
    rng = random.Random(seed)  # noqa: S311 - reproducible draws, nothing secret
    tasks = [f"task-{number:02d}" for number in range(1, truth.families + 1)]
    trials: list[Trial] = []
    records: list[TrialRecord] = []
    for task in tasks:
        base = rng.uniform(truth.rate - truth.spread, truth.rate + truth.spread)
        for attempt in range(1, truth.attempts + 1):
            for label, rate in ((FIRST, base), (SECOND, base + truth.change)):
                trial = Trial(task, label, attempt, attempt)
                trials.append(trial)
                pace = 1.0 if truth.slower is not None and label == FIRST else truth.slower
                records.append(_record(trial, _scored(rng, rate, pace)))
    _plant(records, truth)
    return _lock(truth, tasks, trials, seed), tuple(records)


def synthetic_run(runs: Path, name: str, truth: Truth, seed: int = 1) -> RunFolder:
    """The same as a stored run `runs/<name>/`."""
    lock, records = synthetic_records(truth, seed)
    definitions = {label: f"# Synthetic\nYou are version {label}.\nTests > 80%.\n" for label in (FIRST, SECOND)}
    now = "2026-01-01T00:00:00Z"
    folder = create_run(runs, name, lock, now, {"synthetic": True}, definitions)
    for record in records:
        folder.save_record(record)
    folder.set_status("complete", now, tally(len(lock.trials), [record.outcome for record in records]))
    return folder


def _scored(rng: random.Random, rate: float, pace: float | None) -> Scored:
    accepted = rng.random() < rate
    noise = rng.lognormvariate(0, 0.03)  # drawn in any case: measuring latency or not changes nothing else
    latency = {} if pace is None else {"p95_ms": 20 * pace * noise, "reference_p95_ms": 18.0}
    return Scored(
        "yes" if accepted else "no",
        (
            Score("acceptance", 1, 1.0 if accepted else 0.75, 8 if accepted else 6, 8, "hidden acceptance tests"),
            Score("attacks", 1, 1.0, 4, 4, "attacks blocked", metrics={"confirmed_critical": 0, "critical_untried": 0}),
            Score("load", 1, 1.0, 3, 3, "load checks", metrics=latency),
        ),
    )


def _plant(records: list[TrialRecord], truth: Truth) -> None:
    second = [number for number, record in enumerate(records) if record.trial.agent_label == SECOND]
    for number in second[: truth.criticals]:
        trial = records[number].trial
        exploit = Evidence(**{**vars(_EXPLOIT), "status": "confirmed"})
        attacks = Score("attacks", 1, 0.75, 3, 4, "attacks blocked", (exploit,), (), {"confirmed_critical": 1})
        outcome = records[number].outcome
        assert isinstance(outcome, Scored)
        others = tuple(score for score in outcome.scores if score.scorer != "attacks")
        records[number] = _record(trial, Scored("no", (*others, attacks)))
    for number in second[len(second) - truth.voids :]:
        records[number] = _record(
            records[number].trial, Void("infrastructure", "engine_lost", "the engine did not answer", "probe")
        )


def _record(trial: Trial, outcome: Outcome) -> TrialRecord:
    return TrialRecord(trial, outcome, "0" * 64, "0" * 64, None, None, "authored", 12)


def _lock(truth: Truth, tasks: list[str], trials: list[Trial], seed: int) -> Lock:
    return Lock(
        hash=f"{seed:064x}",
        suite="synthetic",
        seed=seed,
        attempts=truth.attempts,
        profile="full",
        scorers={"acceptance": 1, "attacks": 1, "load": 1},
        tasks=dict.fromkeys(tasks, "0" * 64),
        agents={
            label: {"source": f"{label.partition('@')[0]}.md", "name": "synthetic", "adapter": "none"}
            for label in (FIRST, SECOND)
        },
        images={},
        tools={},
        host={"isolation": "none"},
        trials=tuple(trials),
        harness_version="0",
        families={task: task for task in tasks},
        measures=dict.fromkeys(tasks, ("coverage_pct",)),
    )
