"""One trial, phase by phase: the corridor through the doors. Read this file to know the system.

    prompt -> reply -> submission -> workspace -> measurement per probe -> observations -> scoring -> record

Refuses to reach outside: every door comes in as an argument. Blame is set where an error is raised; here it is only
turned into an outcome. Nothing the agent wrote decides blame: `measurement` settles doubtful failures by the reference.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from harness.errors import (
    AgentFault,
    Cancelled,
    HarnessError,
    InfrastructureFault,
    ProviderFault,
    SubmissionRefused,
    TaskFault,
)
from harness.intake.follow_up import apply_follow_up
from harness.intake.parse import parse_reply
from harness.measurement import Measurement, limits_met
from harness.model.agent import AgentVersion
from harness.model.cost import whole_sum, whole_usage
from harness.model.jsontypes import JsonObject
from harness.model.probe import Observation, ProbeCommand, ProbeOutput
from harness.model.submission import Block, NeedsFollowUp, Prompt, Refusal, Reply, Submission
from harness.model.task import Task
from harness.model.trial import Failed, Outcome, Trial, TrialRecord, Void
from harness.ports import Agent, Clock, Probe, Sandbox, Scorer, Store, Workspace, Yardstick
from harness.prompt.render import next_turn, render
from harness.scorers.scoring import Delivery, Scoring, score_trial


@dataclass(frozen=True)
class Doors:
    """Everything outside that a trial may touch."""

    agent: Agent
    workspace: Workspace
    sandbox: Sandbox
    store: Store
    yardstick: Yardstick
    clock: Clock


@dataclass(frozen=True)
class Measure:
    """What is measured: probes in running order, scorers, and the sample sizes' profile."""

    probes: tuple[Probe, ...]
    scorers: tuple[Scorer, ...]
    profile: str


Remembered = dict[str, tuple[ProbeOutput, Observation]]  # by probe


@dataclass
class Progress:
    """What is known so far; becomes the record whatever happens. `watch` is told each stage as it begins."""

    watch: Callable[[str], None]
    remembered: Remembered
    stage: str = "prompt"
    prompt: Prompt | None = None
    reply: Reply | None = None
    further: Reply | None = None  # the answer to the follow-up turn
    blocks: tuple[Block, ...] = ()  # of the reply, each with what became of it
    asked: tuple[JsonObject, ...] = ()  # tries at an answer that never came
    submission: Submission | None = None
    durations_s: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def replies(self) -> list[Reply]:
        """Everything the agent answered."""
        return [reply for reply in (self.reply, self.further) if reply]

    @property
    def wall_s(self) -> float | None:
        """What the agent took for it; None when that is not known of every reply."""
        return whole_sum([reply.wall_s for reply in self.replies])

    @contextmanager
    def phase(self, name: str, clock: Clock) -> Iterator[None]:
        """Name the stage we are in and keep what it took, also when it fails."""
        self.stage = name
        self.watch(name)
        started = clock.monotonic_s()
        try:
            yield
        finally:
            self.durations_s[name] = round(clock.monotonic_s() - started, 3)


def run_trial(
    trial: Trial,
    task: Task,
    version: AgentVersion,
    measure: Measure,
    doors: Doors,
    watch: Callable[[str], None] = lambda stage: None,
    remembered: Remembered | None = None,
) -> TrialRecord:
    """Run one trial to its outcome. Never raises, except for KeyboardInterrupt.

    `remembered`: what an earlier try of the same trial measured well; the next try of it takes it from there.
    """
    progress = Progress(watch, {} if remembered is None else remembered)
    try:
        scoring = _corridor(trial, task, version, measure, doors, progress)
    except HarnessError as error:
        scoring = Scoring(outcome_of(error, progress.stage))
        progress.asked = error.tries if isinstance(error, ProviderFault) else ()
    except Exception as error:  # noqa: BLE001 - an unknown exception is a bug of ours: recorded, never charged to the agent
        scoring = Scoring(Void("harness", "unexpected_exception", _with_place(error), progress.stage))
    return _record(trial, task, version, scoring, progress)


def _corridor(
    trial: Trial, task: Task, version: AgentVersion, measure: Measure, doors: Doors, progress: Progress
) -> Scoring:
    with progress.phase("prompt", doors.clock):
        progress.prompt = prompt = render(version.spec, task)
        folder, stored = doors.store.begin(trial, prompt)
    with progress.phase("agent", doors.clock):
        progress.reply = reply = stored or _ask(trial, version, prompt, doors)
    with progress.phase("intake", doors.clock):
        progress.submission = submission = _submission(trial, task, version, prompt, reply, doors, progress)
        doors.workspace.write(submission, folder)
    with progress.phase("prepare", doors.clock):
        service = doors.sandbox.prepare(folder, task, trial.seed)
        progress.warnings.extend(service.notes)
    measurement = _measurement(trial, task, measure, doors, progress)
    observations = {probe.name: measurement.of(service, probe) for probe in measure.probes}
    progress.warnings.extend(limits_met(observations))
    with progress.phase("reference", doors.clock):
        reference = doors.yardstick.measure(task, trial.attempt)
    with progress.phase("scoring", doors.clock):
        delivery = Delivery(version.claims, len(submission.files), progress.wall_s)
        scoring = score_trial(task, measure.scorers, observations, reference, delivery)
        for probe in scoring.open:
            progress.remembered.pop(probe, None)
        return scoring


def _ask(trial: Trial, version: AgentVersion, prompt: Prompt, doors: Doors) -> Reply:
    reply = doors.agent.reply(version, trial, prompt)
    doors.store.save_reply(trial, prompt, reply)  # stored before it is used: a paid reply is never paid twice
    return reply


def _submission(
    trial: Trial, task: Task, version: AgentVersion, prompt: Prompt, reply: Reply, doors: Doors, progress: Progress
) -> Submission:
    parsed = parse_reply(reply.text, finish_reason=reply.finish_reason, starter=task.starter)
    progress.blocks = parsed.blocks
    if isinstance(parsed, NeedsFollowUp):
        progress.further = answer = _follow_up(trial, version, prompt, reply, parsed.message, doors)
        parsed = apply_follow_up(reply.text, answer.text, task.starter)
        progress.blocks = parsed.blocks or progress.blocks
    if isinstance(parsed, Refusal):
        raise SubmissionRefused(parsed.code, parsed.message)
    return parsed


def _follow_up(trial: Trial, version: AgentVersion, prompt: Prompt, reply: Reply, message: str, doors: Doors) -> Reply:
    """The one further turn, paid like the first: stored before it is used, under the digest of what led to it."""
    turn = next_turn(prompt, reply, message)
    _, stored = doors.store.begin(trial, turn)
    if stored is None:
        stored = doors.agent.follow_up(version, trial, prompt, reply, message)
        doors.store.save_reply(trial, turn, stored)
    return stored


def _measurement(trial: Trial, task: Task, measure: Measure, doors: Doors, progress: Progress) -> Measurement:
    """How this trial measures: kept in its store, a second draw never silent, held against the reference."""

    def keep(probe: Probe, command: ProbeCommand, output: ProbeOutput, seen: Observation) -> None:
        doors.store.save_output(trial, output, seen)
        if seen.status == "measured" and not seen.unsettled:
            progress.remembered[probe.name] = output, seen

    def known(probe: Probe, command: ProbeCommand) -> Observation | None:
        if probe.name not in progress.remembered:
            return None
        output, seen = progress.remembered[probe.name]
        doors.store.save_output(trial, output, seen)  # a new try begins with an empty folder
        return seen

    return Measurement(
        sandbox=doors.sandbox,
        task=task,
        profile=measure.profile,
        seed=trial.seed,
        owner=trial.name,
        control=lambda probe, command: doors.yardstick.control(task, probe, command, trial.seed),
        keep=keep,
        known=known,
        again=lambda seen: progress.warnings.append(f"probe {seen.probe} crashed and was run again: {seen.cause}"),
        under_way=lambda name: progress.phase(name, doors.clock),
    )


def outcome_of(error: HarnessError, stage: str) -> Outcome:
    """The one table from exception type to outcome: the blame table."""
    match error:
        case AgentFault():
            return Failed(error.code, error.message, stage, error.detail)
        case InfrastructureFault():
            return Void("infrastructure", error.code, error.message, stage)
        case TaskFault():
            return Void("task", error.code, error.message, stage)
        case Cancelled():
            return Void("cancelled", error.code, error.message, stage)
        case _:
            return Void("harness", error.code, error.message, stage)


def _with_place(error: Exception) -> str:
    """The error and the lines it came through, innermost last: what a bug report needs."""
    lines = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f"{code.co_filename.rpartition('/harness/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return f"{type(error).__name__}: {error} (at {' > '.join(lines[-6:])})"


def _record(trial: Trial, task: Task, version: AgentVersion, scoring: Scoring, progress: Progress) -> TrialRecord:
    reply, submission = progress.reply, progress.submission
    return TrialRecord(
        trial=trial,
        outcome=scoring.outcome,
        agent_digest=version.digest,
        task_digest=task.digest,
        prompt_digest=progress.prompt.digest if progress.prompt else None,
        submission_digest=submission.digest if submission else None,
        reply_origin=reply.origin if reply else None,
        files=len(submission.files) if submission else None,
        durations_s=progress.durations_s,
        warnings=(*progress.warnings, *(submission.notes if submission else ())),
        asked=progress.asked,
        cost_usd=whole_sum([*(r.cost_usd for r in progress.replies), *(t["cost_usd"] for t in progress.asked)]),
        usage=whole_usage([r.usage for r in progress.replies]),
        wall_s=progress.wall_s,
        promises=scoring.promises,
        blocks=progress.blocks,
    )
