"""Scores a run again from its stored probe output: no engine, no agent, the records stay as they were.

Refuses to judge with another task than the one that was measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness import __version__
from harness.errors import UsageError
from harness.model.claim import Claim
from harness.model.probe import NotPlanned, Observation
from harness.model.suite import Suite
from harness.model.task import Task
from harness.model.trial import Scored, Trial, TrialRecord
from harness.ports import Probe, Scorer
from harness.scorers.scoring import Delivery, score_trial
from harness.store.codec import Rescoring
from harness.store.run_folder import RunFolder


def rescore(folder: RunFolder, suite: Suite, probes: Sequence[Probe], scorers: Sequence[Scorer]) -> tuple[str, int]:
    """Write `scores/<digest>.json`; returns the digest and how many trials came out differently than recorded."""
    lock = folder.reader.lock()
    tasks = {task_id: measured_task(suite, task_id, digest) for task_id, digest in lock.tasks.items()}
    records = folder.reader.records()
    claims = {version.label: version.claims for version in suite.agents}
    again = tuple(
        _again(
            folder,
            record,
            tasks[record.trial.task_id],
            lock.profile,
            probes,
            scorers,
            # a version that the suite does not name any more is held to what the run has held it to
            claims.get(record.trial.agent_label, tuple(promise.claim for promise in record.promises)),
        )
        for record in records
    )
    changed = sum(_said(before) != _said(after) for before, after in zip(records, again, strict=True))
    versions = {scorer.name: scorer.version for scorer in scorers}
    return folder.save_rescoring(Rescoring(versions, __version__, again)), changed


def measured_task(suite: Suite, task_id: str, digest: str) -> Task:
    """The suite's task as it was when the run measured with it, by its digest; else UsageError `task_changed`."""
    for task in suite.tasks:
        if (task.id, task.digest) == (task_id, digest):
            return task
    raise UsageError("task_changed", f"task {task_id!r} changed since the run; put it back, or run the suite anew")


def references(folder: RunFolder, trial: Trial, probes: Sequence[Probe]) -> dict[str, Observation]:
    """What the run measured on the reference beside this trial, read anew, by probe."""
    stored = folder.reader.reference_outputs(trial.task_id, trial.attempt)
    return {p.name: p.observe(stored[p.name]) for p in probes if p.name in stored}


def with_control(now: Observation, then: Observation | None) -> Observation:
    """The control of a probe that crashed or was cut was an experiment of that night; its result is carried over."""
    known = then.facts if then is not None else {}
    control: Mapping[str, object] = {k: v for k, v in known.items() if k == "control"}
    return replace(now, facts={**now.facts, **control}) if (now.status == "crashed" or now.cuts) and control else now


def _said(record: TrialRecord) -> tuple[object, ...]:
    return record.outcome, record.promises


def _again(
    folder: RunFolder,
    record: TrialRecord,
    task: Task,
    profile: str,
    probes: Sequence[Probe],
    scorers: Sequence[Scorer],
    claims: Sequence[Claim],
) -> TrialRecord:
    if not isinstance(record.outcome, Scored):
        return record  # nothing was measured, so there is nothing to judge anew
    outputs = folder.reader.outputs(record.trial)
    known = folder.reader.observations(record.trial)
    observations = {
        p.name: with_control(p.observe(outputs[p.name]), known[p.name]) for p in probes if p.name in outputs
    }
    plans = [(p, p.command(task, profile)) for p in probes if p.name not in outputs]
    observations |= {p.name: c.observation(p.name, p.version) for p, c in plans if isinstance(c, NotPlanned)}
    reference = references(folder, record.trial, probes)
    delivery = Delivery(claims, record.files or 0, record.wall_s)
    scoring = score_trial(task, scorers, observations, reference, delivery)
    return replace(record, outcome=scoring.outcome, promises=scoring.promises)
