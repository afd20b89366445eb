"""Measures a stored trial again: the same submission, seed and probes in fresh pods, scored beside what is recorded.

Refuses to touch the run, to ask the agent again, and to measure against another task than the recorded one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.errors import UsageError
from harness.model.probe import NotPlanned, Observation
from harness.model.score import ScoreResult
from harness.model.suite import Suite
from harness.model.trial import Scored, TrialRecord
from harness.ports import Probe, Sandbox, Scorer
from harness.runner.rescore import measured_task, references, with_control
from harness.scorers.judgement import score_one
from harness.store.run_folder import RunFolder
from harness.trial import run_probe


@dataclass(frozen=True)
class Repeated:
    """One scorer: what is recorded (None if nothing is) and what came out now."""

    then: ScoreResult | None
    now: ScoreResult


def repeat(
    folder: RunFolder,
    record: TrialRecord,
    suite: Suite,
    sandbox: Sandbox,
    probes: Sequence[Probe],
    scorers: Sequence[Scorer],
) -> Iterator[Repeated]:
    """One result per scorer whose probes are all among `probes`, as each is known. A probe that crashes again keeps
    the recorded control.

    Raises UsageError `task_changed` and `nothing_to_repeat`, and what the sandbox raises.
    """
    trial, lock = record.trial, folder.reader.lock()
    task = measured_task(suite, trial.task_id, lock.tasks[trial.task_id])
    if not isinstance(record.outcome, Scored):
        raise UsageError(
            "nothing_to_repeat", f"{trial.name} was not measured: it ended as {type(record.outcome).__name__.lower()}"
        )
    recorded = {result.scorer: result for result in record.outcome.scores}
    then, reference = folder.reader.observations(trial), references(folder, trial, probes)
    service = sandbox.prepare(folder.reader.submission_folder(trial), task, trial.seed)
    seen: dict[str, Observation] = {}
    for probe in probes:
        command = probe.command(task, lock.profile)
        if isinstance(command, NotPlanned):
            seen[probe.name] = command.observation(probe.name, probe.version)
        else:
            now = probe.observe(run_probe(sandbox, service, command, f"repeat-{trial.name}", trial.seed))
            seen[probe.name] = with_control(now, then.get(probe.name))
        for scorer in scorers:
            if probe.name in scorer.probes and set(scorer.probes) <= set(seen):
                yield Repeated(recorded.get(scorer.name), score_one(task, scorer, seen, reference))
