"""Runs the planned trials that have no record yet, retrying what infrastructure broke, and reports progress as events.

Refuses to retry anything that is the agent's doing, and to print: whoever watches subscribes to events.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from harness.model.agent import AgentVersion
from harness.model.suite import Suite
from harness.model.task import Task
from harness.model.trial import Failed, Outcome, Scored, Trial, TrialRecord, Void, taken
from harness.ports import Executor
from harness.runner.interruption import Interruption, cancelled
from harness.trial import Doors, Measure, Remembered, outcome_of, run_trial

RETRY_WAITS_S = (1.0, 5.0)  # infrastructure only; bounded so that a dead engine ends the run within seconds a trial
_STORAGE = ("disk_full", "store_", "workspace_write")


@dataclass(frozen=True)
class Event:
    """Something happened: `kind` is started | phase | retry | finished; `detail` is one line."""

    kind: str
    trial: Trial
    detail: str = ""
    record: TrialRecord | None = None


Listener = Callable[[Event], None]


def execute(
    suite: Suite,
    trials: Sequence[Trial],
    measure: Measure,
    doors_of: Callable[[AgentVersion], Doors],
    executor: Executor,
    listen: Listener,
    interruption: Interruption,
) -> Iterable[TrialRecord]:
    """Run `trials` (in order, some at once); yields each record after it is stored."""
    tasks = {task.id: task for task in suite.tasks}
    versions = {version.label: version for version in suite.agents}
    jobs = [partial(_job, trial, tasks, versions, measure, doors_of, listen, interruption) for trial in trials]
    yield from executor.run(jobs)


def _job(
    trial: Trial,
    tasks: Mapping[str, Task],
    versions: Mapping[str, AgentVersion],
    measure: Measure,
    doors_of: Callable[[AgentVersion], Doors],
    listen: Listener,
    interruption: Interruption,
) -> TrialRecord:
    version = versions[trial.agent_label]
    doors = doors_of(version)
    with interruption.under_way(trial):
        listen(Event("started", trial))
        record = _with_retries(trial, tasks[trial.task_id], version, measure, doors, listen, interruption)
        doors.store.save_record(record)
        listen(Event("finished", trial, summary(record), record))
    return record


def _with_retries(
    trial: Trial,
    task: Task,
    version: AgentVersion,
    measure: Measure,
    doors: Doors,
    listen: Listener,
    interruption: Interruption,
) -> TrialRecord:
    def watch(stage: str) -> None:
        interruption.check()
        listen(Event("phase", trial, stage))

    tries: list[dict[str, object]] = []
    remembered: Remembered = {}  # what was measured well is not measured again: only what is missing, in a later moment
    for wait_s in (*RETRY_WAITS_S, None):
        record = run_trial(trial, task, version, measure, doors, watch, remembered)
        outcome = record.outcome
        if interruption.asked:  # its containers were taken away: whatever was seen since proves nothing
            record = replace(record, outcome=outcome_of(cancelled(), _stage(outcome)), promises=())
            break
        fault = _worth_another_try(outcome)
        if wait_s is None or fault is None:
            break
        tries.append({"code": fault.code, "message": fault.message, "stage": fault.stage})
        listen(Event("retry", trial, f"{fault.stage}: {fault.message}; next try in {wait_s:g} s"))
        doors.clock.sleep(wait_s)
    return replace(record, tries=tuple(tries))


def _worth_another_try(outcome: Outcome) -> Void | None:
    """What infrastructure took, if another try may bring it: the whole trial, or one scorer's measurement.

    Nothing of a model provider's: its adapter has spent a budget of tries on that. Nor of a disk's: seconds do not mend
    it, and a reply that could not be stored would be paid again.
    """
    match outcome:
        case Void(blame="infrastructure", code=code) if not code.startswith(("provider_", *_STORAGE)):
            return outcome
        case Scored() if lost := taken(outcome):
            return Void("infrastructure", "scorer_unmeasured", f"{lost[0].scorer}: {lost[0].cause}", lost[0].scorer)
    return None


def _stage(outcome: Outcome) -> str:
    return "scoring" if isinstance(outcome, Scored) else outcome.stage


def summary(record: TrialRecord) -> str:
    """One line for progress: what became of the trial."""
    match record.outcome:
        case Scored(accepted=accepted):
            return f"scored, accepted: {accepted}"
        case Failed(code=code):
            return f"failed: {code}"
        case Void(blame=blame, code=code):
            return f"void ({blame}): {code}"
