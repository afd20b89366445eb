"""A run from beginning to end: found again or created, worked on under its lease, closed with a tally.

Refuses to continue a run whose lock differs in anything: another lock hash is another run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.model.agent import AgentVersion
from harness.model.jsontypes import JsonObject
from harness.model.suite import Lock, Suite
from harness.model.trial import Tally, Trial, TrialRecord, Void, tally
from harness.ports import Agent, Clock, Executor, Probe, Sandbox, Scorer, Workspace
from harness.prompt.render import render
from harness.runner.execute import Event, Listener, execute
from harness.runner.interruption import Interruption
from harness.runner.plan import make_lock, plan_trials
from harness.runner.yardstick import ReferenceYardstick
from harness.store.reader import run_id, runs_of_lock
from harness.store.run_folder import RunFolder, create_run, open_run
from harness.trial import Doors, Measure

RETRIED_ON_RESUME = ("infrastructure", "cancelled", "harness")


@dataclass(frozen=True)
class Parts:
    """What a run is worked on with."""

    sandbox: Sandbox
    workspace: Workspace
    clock: Clock
    executor: Executor
    agent_of: Callable[[str], Agent]  # adapter name -> the adapter that serves this run
    probes: tuple[Probe, ...]
    scorers: tuple[Scorer, ...]
    take_down: Callable[[], object]  # removes this process's containers at once, wakes who waits; InfrastructureFault


def check_agents(suite: Suite, trials: Sequence[Trial], agent_of: Callable[[str], Agent]) -> None:
    """Ask every adapter, before anything runs, whether it can answer every trial. UsageError when it cannot."""
    tasks = {task.id: task for task in suite.tasks}
    versions = {version.label: version for version in suite.agents}
    for trial in trials:
        version = versions[trial.agent_label]
        agent_of(version.adapter).check(version, trial, render(version.spec, tasks[trial.task_id]))


def open_session(
    suite: Suite, parts: Parts, runs: Path, asked: JsonObject, nonce: str, say: Callable[[str], None]
) -> RunFolder:
    """The run of exactly this suite: an unfinished one under the same lock hash is continued, else one is made.

    `asked` is what the user asked for (suite path and flags), kept so that `resume` can ask again; `nonce` is part of
    a new run's name.
    """
    trials = plan_trials(suite)
    check_agents(suite, trials, parts.agent_of)
    lock = make_lock(suite, trials, parts.scorers, parts.probes, parts.sandbox.describe())
    for name in reversed(runs_of_lock(runs, lock.hash)):
        folder = open_run(runs / name)
        if unfinished(folder, lock) and not _busy(folder, say):
            say(f"continuing {runs / name}: same lock {lock.hash[:12]}, {len(unfinished(folder, lock))} trials left")
            return folder
    name = run_id(parts.clock.utc_iso(), suite.name, nonce)
    say(f"new run {runs / name}: lock {lock.hash[:12]}, {len(trials)} trials")
    definitions = {version.label: version.spec.text for version in suite.agents}
    return create_run(runs, name, lock, parts.clock.utc_iso(), asked, definitions)


def _busy(folder: RunFolder, say: Callable[[str], None]) -> bool:
    """Whether another process is at work on that run; two runs of one suite at once are two runs."""
    try:
        with folder.working():
            return False
    except UsageError as error:
        say(f"not continued: {error.message}")
        return True


def refuse_other_lock(folder: RunFolder, suite: Suite, parts: Parts) -> Lock:
    """The run's lock, if resolving the suite again gives the same one; UsageError naming what changed otherwise."""
    lock = folder.reader.lock()
    now = make_lock(suite, plan_trials(suite), parts.scorers, parts.probes, parts.sandbox.describe())
    if now.hash != lock.hash:
        sealed = (
            "suite",
            "seed",
            "attempts",
            "profile",
            "scorers",
            "tasks",
            "agents",
            "images",
            "tools",
            "harness_version",
        )
        changed = [key for key in sealed if getattr(now, key) != getattr(lock, key)]
        raise UsageError(
            "lock_changed",
            f"{folder.paths.root}: {', '.join(changed)} changed since this run began; a run is finished only as it was"
            " begun: put the change back, or start a new run",
        )
    return lock


def unfinished(folder: RunFolder, lock: Lock) -> tuple[Trial, ...]:
    """Planned trials without a record, or whose record is a void that is worth another go."""
    left = []
    for trial in lock.trials:
        record = folder.reader.record(trial)
        if record is None or (isinstance(record.outcome, Void) and record.outcome.blame in RETRIED_ON_RESUME):
            left.append(trial)
    return tuple(left)


def unanswered(folder: RunFolder, suite: Suite, trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """Those of `trials` that may still ask their agent: no reply is stored, or its dialect may take a second turn."""
    tasks = {task.id: task for task in suite.tasks}
    specs = {version.label: version.spec for version in suite.agents}

    def answered(trial: Trial) -> bool:
        prompt = render(specs[trial.agent_label], tasks[trial.task_id])
        return folder.reader.reply(trial, prompt.digest) is not None

    return tuple(trial for trial in trials if specs[trial.agent_label].replies_json or not answered(trial))


def work(folder: RunFolder, suite: Suite, parts: Parts, listen: Listener) -> Tally:
    """Finish the run: every unfinished trial, under the run's lease. Returns the tally, which is also stored.

    A KeyboardInterrupt brings the trials under way to an end as `cancelled`, stores the tally so far and goes on up.
    """
    lock = folder.reader.lock()
    measure = Measure(parts.probes, parts.scorers, suite.profile)
    interruption = Interruption()
    yardstick = ReferenceYardstick(
        parts.sandbox, parts.workspace, folder, parts.probes, suite.profile, suite.seed, interruption.check
    )

    def record_and_listen(event: Event) -> None:
        if event.kind != "phase":  # phases are for watching; their durations are in the records
            data = {"trial": event.trial.name, "detail": event.detail}
            folder.log_event(parts.clock.utc_iso(), event.kind, data)
        listen(event)

    def doors_of(version: AgentVersion) -> Doors:  # a trial begins
        folder.require_room()
        return doors[version.label]

    with folder.working():
        folder.set_status("running")
        ended = False
        try:
            doors = {
                version.label: Doors(
                    parts.agent_of(version.adapter), parts.workspace, parts.sandbox, folder, yardstick, parts.clock
                )
                for version in suite.agents
            }
            left = unfinished(folder, lock)
            for _ in execute(suite, left, measure, doors_of, parts.executor, record_and_listen, interruption):
                pass
            ended = True
        except KeyboardInterrupt:
            interruption.stop(parts.take_down, parts.clock)
            raise
        finally:
            count = tally_of(lock, folder.reader.records())
            complete = ended and count.missing == 0
            folder.set_status("complete" if complete else "interrupted", parts.clock.utc_iso(), count)
    return count


def tally_of(lock: Lock, records: Sequence[TrialRecord]) -> Tally:
    """The run's tally; ValueError if it does not add up."""
    return tally(len(lock.trials), [record.outcome for record in records])
