"""A stored run of any size for measuring the harness itself: 24 task families, two versions, as many attempts as asked.

    python -m harness.selfcheck.synthetic_store RUNS TRIALS

Refuses to look like a measurement: versions are called synthetic, replies authored. Records are shaped like real ones
(seven scorers, their metrics, evidence, promises, blocks); a few hundred shapes are made through the store's codec and
schema, and each trial is one of them with its own figures.
"""

import json
import random
import sys
from dataclasses import replace
from pathlib import Path

from harness.claims.extract import extract
from harness.model.agent import AgentSpec
from harness.model.claim import Claim
from harness.model.suite import Lock
from harness.model.trial import Tally, Trial
from harness.selfcheck.synthetic_shapes import LABELS, MEASURES, SCORERS, shape
from harness.store.documents import encode
from harness.store.run_folder import RunFolder, create_run

FAMILIES = 24
SHAPES = 300
NOW = "2026-01-01T00:00:00Z"
DEFINITION = """---
name: synthetic
description: Synthetic developer; nothing here was produced by a model.
---
Test coverage > 80%. Deliver at most 20 files. p95 response time < 200 ms. Zero critical vulnerabilities.
"""


def synthetic_store(runs: Path, trials: int, seed: int = 1, name: str = "") -> RunFolder:
    """`runs/<name>/` with about so many trials (a multiple of 48); the same arguments give the same files."""
    rng = random.Random(seed)  # noqa: S311 - reproducible draws, nothing secret
    attempts = max(1, round(trials / (FAMILIES * len(LABELS))))
    lock = _lock(attempts, seed)
    definitions = {label: f"{DEFINITION}\nYou are {label}.\n" for label in LABELS}
    folder = create_run(runs, name or f"synthetic-{len(lock.trials)}", lock, NOW, {"synthetic": True}, definitions)
    shapes = [_text(lock.claims[LABELS[0]], rng) for _ in range(min(SHAPES, 2 * len(lock.trials)))]
    counts = dict.fromkeys(("scored", "failed", "void"), 0)
    for trial in lock.trials:  # written without the store's fsync: what is measured is the reading
        kind, text = rng.choice(shapes)
        counts[kind] += 1
        path = folder.paths.trial(trial).record
        path.parent.mkdir()
        path.write_bytes(_filled(text, trial, rng))
    void = {"infrastructure": counts["void"], "task": 0, "harness": 0, "cancelled": 0}
    tally = Tally(len(lock.trials), counts["scored"], counts["failed"], void, 0)
    folder.set_status("complete", NOW, tally)
    return folder


def _text(claims: tuple[Claim, ...], rng: random.Random) -> tuple[str, str]:
    """A shape's outcome and its stored form; @-words stand for what differs from trial to trial."""
    record = shape(Trial("@task", "@label", 1, 0), claims, rng)
    document = json.loads(encode("trial", record))
    document["trial"] |= {"attempt": "@attempt", "seed": "@seed"}
    for result in document["outcome"].get("scores", ()):
        if result["scorer"] == "load" and "p95_ms" in result.get("metrics", {}):
            result["metrics"] |= {"p95_ms": "@p95", "p95_low_ms": "@low", "p95_high_ms": "@high"}
            result["metrics"] |= {"reference_p95_ms": "@reference"}
    return document["outcome"]["kind"], json.dumps(document, indent=1) + "\n"


def _filled(text: str, trial: Trial, rng: random.Random) -> bytes:
    p95 = 20 * rng.lognormvariate(0, 0.2)
    text = text.replace("@task", trial.task_id).replace("@label", trial.agent_label)
    words = {
        "attempt": trial.attempt,
        "seed": trial.seed,
        "p95": round(p95, 3),
        "low": round(0.9 * p95, 3),
        "high": round(1.1 * p95, 3),
        "reference": round(18 * rng.lognormvariate(0, 0.05), 3),
    }
    for word, value in words.items():
        text = text.replace(f'"@{word}"', str(value))
    return text.encode("ascii")


def _lock(attempts: int, seed: int) -> Lock:
    tasks = [f"task-{number:02d}" for number in range(1, FAMILIES + 1)]
    agents = {
        label: {"source": f"{label.partition('@')[0]}.md", "name": "synthetic", "adapter": "none", "digest": "0" * 64}
        for label in LABELS
    }
    trials = [Trial(task, label, n, n) for task in tasks for n in range(1, attempts + 1) for label in LABELS]
    claims = extract(AgentSpec("synthetic", "", DEFINITION, "0" * 64, "synthetic.md"))
    lock = Lock(
        f"{seed:064x}", "synthetic", seed, attempts, "full", SCORERS, dict.fromkeys(tasks, "0" * 64), agents, {}, {}
    )
    return replace(
        lock,
        trials=tuple(trials),
        host={"isolation": "none"},
        harness_version="0",
        families={task: task for task in tasks},
        measures=dict.fromkeys(tasks, MEASURES),
        claims=dict.fromkeys(LABELS, claims),
    )


if __name__ == "__main__":
    made = synthetic_store(Path(sys.argv[1]), int(sys.argv[2]))
    sys.stdout.write(f"{made.paths.root}\n")
