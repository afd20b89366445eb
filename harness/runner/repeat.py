"""Measures a stored trial again: the same submission, seed and probes in fresh pods, scored beside what is recorded.

Refuses to touch the run, to ask the agent again, and to measure against another task than the recorded one.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.measurement import Measurement, Reference, reference_files
from harness.model.probe import Observation, ProbeCommand
from harness.model.score import ScoreResult
from harness.model.suite import Suite
from harness.model.trial import Scored, TrialRecord
from harness.ports import Probe, Sandbox, Scorer, Workspace
from harness.runner.rescore import measured_task, references
from harness.scorers.judgement import score_one
from harness.store.run_folder import RunFolder


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
    workspace: Workspace,
    probes: Sequence[Probe],
    scorers: Sequence[Scorer],
    say: Callable[[str], None] = lambda line: None,
) -> Iterator[Repeated]:
    """One result per scorer whose probes are all among `probes`, as each is known.

    Measured by the trial's own rules, its control included. Raises UsageError `task_changed` and `nothing_to_repeat`,
    and what a measurement raises.
    """
    trial, lock = record.trial, folder.reader.lock()
    task = measured_task(suite, trial.task_id, lock.tasks[trial.task_id])
    if not isinstance(record.outcome, Scored):
        raise UsageError(
            "nothing_to_repeat", f"{trial.name} was not measured: it ended as {type(record.outcome).__name__.lower()}"
        )
    recorded = {result.scorer: result for result in record.outcome.scores}
    reference = references(folder, trial, probes)
    service = sandbox.prepare(folder.reader.submission_folder(trial), task, trial.seed)
    seen: dict[str, Observation] = {}
    with tempfile.TemporaryDirectory(prefix="harness-repeat-") as scratch:
        control = _Control(Reference(sandbox, task, Path(scratch) / "reference", lock.profile), workspace, trial.seed)
        measurement = Measurement(
            sandbox, task, lock.profile, trial.seed, f"repeat-{trial.name}", control, again=_told(say)
        )
        for probe in probes:
            seen[probe.name] = measurement.of(service, probe)
            for scorer in scorers:
                if probe.name in scorer.probes and set(scorer.probes) <= set(seen):
                    yield Repeated(recorded.get(scorer.name), score_one(task, scorer, seen, reference))


@dataclass(frozen=True)
class _Control:
    """The reference, written beside the run when it is first needed."""

    reference: Reference
    workspace: Workspace
    seed: int

    def __call__(self, probe: Probe, command: ProbeCommand) -> Observation:
        if not self.reference.folder.exists():
            self.workspace.write(reference_files(self.reference.task), self.reference.folder)
        return self.reference.observe(probe, command, self.seed)


def _told(say: Callable[[str], None]) -> Callable[[Observation], None]:
    return lambda seen: say(f"{seen.probe} crashed and is run again: {seen.cause}")
