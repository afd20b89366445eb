"""One trial, phase by phase: the corridor through the doors. Read this file to know the system.

    prompt -> reply -> submission -> workspace -> pod per probe -> observations -> verdict -> record

Refuses to reach outside: every door comes in as an argument. Blame is set where an error is raised; here it is only
turned into an outcome. Nothing the agent wrote decides blame: a doubtful failure is settled by the reference.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from harness.errors import (
    AgentFault,
    Cancelled,
    HarnessError,
    InfrastructureFault,
    StartFailed,
    SubmissionRefused,
    TaskFault,
)
from harness.intake.follow_up import apply_follow_up
from harness.intake.parse import parse_reply
from harness.model.agent import AgentVersion
from harness.model.jsontypes import JsonObject
from harness.model.probe import NotPlanned, Observation, ProbeCommand, ProbeOutput
from harness.model.submission import NeedsFollowUp, Prompt, Refusal, Reply, Submission, Usage
from harness.model.task import Task
from harness.model.trial import Failed, Outcome, Scored, Trial, TrialRecord, Void
from harness.ports import Agent, Clock, PreparedService, Probe, Sandbox, Scorer, Store, Workspace, Yardstick
from harness.prompt.render import next_turn, render
from harness.scorers.judgement import judge
from harness.scorers.promises import promises

SERVICE_NEVER_READY = "not_ready"


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


@dataclass
class Progress:
    """What is known so far; becomes the record whatever happens. `watch` is told each stage as it begins."""

    watch: Callable[[str], None]
    stage: str = "prompt"
    prompt: Prompt | None = None
    reply: Reply | None = None
    further: Reply | None = None  # the answer to the follow-up turn
    submission: Submission | None = None
    durations_s: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

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
) -> TrialRecord:
    """Run one trial to its outcome. Never raises, except for KeyboardInterrupt."""
    progress = Progress(watch)
    try:
        outcome = _corridor(trial, task, version, measure, doors, progress)
    except HarnessError as error:
        outcome = outcome_of(error, progress.stage)
    except Exception as error:  # noqa: BLE001 - an unknown exception is a bug of ours: recorded, never charged to the agent
        outcome = Void("harness", "unexpected_exception", _with_place(error), progress.stage)
    return _record(trial, task, version, outcome, progress)


def _corridor(
    trial: Trial, task: Task, version: AgentVersion, measure: Measure, doors: Doors, progress: Progress
) -> Outcome:
    with progress.phase("prompt", doors.clock):
        progress.prompt = prompt = render(version.spec, task)
        folder, stored = doors.store.begin(trial, prompt)
    with progress.phase("agent", doors.clock):
        progress.reply = reply = stored or _ask(trial, version, prompt, doors)
    with progress.phase("intake", doors.clock):
        progress.submission = submission = _submission(trial, version, prompt, reply, doors, progress)
        doors.workspace.write(submission, folder)
    with progress.phase("prepare", doors.clock):
        service = doors.sandbox.prepare(folder, task, trial.seed)
        progress.warnings.extend(service.notes)
    observations = {}
    for probe in measure.probes:
        command = probe.command(task, measure.profile)
        if isinstance(command, NotPlanned):
            observations[probe.name] = command.observation(probe.name, probe.version)
            continue
        with progress.phase(probe.name, doors.clock):
            observations[probe.name] = _observe(trial, task, service, probe, command, doors, progress)
    with progress.phase("reference", doors.clock):
        reference = doors.yardstick.measure(task, trial.attempt)
    with progress.phase("scoring", doors.clock):
        return judge(task, measure.scorers, observations, reference, len(submission.files))


def _ask(trial: Trial, version: AgentVersion, prompt: Prompt, doors: Doors) -> Reply:
    reply = doors.agent.reply(version, trial, prompt)
    doors.store.save_reply(trial, prompt, reply)  # stored before it is used: a paid reply is never paid twice
    return reply


def _submission(
    trial: Trial, version: AgentVersion, prompt: Prompt, reply: Reply, doors: Doors, progress: Progress
) -> Submission:
    parsed = parse_reply(reply.text, finish_reason=reply.finish_reason)
    if isinstance(parsed, NeedsFollowUp):
        progress.further = answer = _follow_up(trial, version, prompt, reply, parsed.message, doors)
        parsed = apply_follow_up(reply.text, answer.text)
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


def _observe(
    trial: Trial,
    task: Task,
    service: PreparedService,
    probe: Probe,
    command: ProbeCommand,
    doors: Doors,
    progress: Progress,
) -> Observation:
    output = run_probe(doors.sandbox, service, command, trial.name, trial.seed)
    observation = probe.observe(output)
    if observation.status == "crashed":
        progress.warnings.append(f"probe {probe.name} crashed and was run again: {observation.cause}")
        output, observation = _second_try(trial, task, service, probe, command, doors)
    doors.store.save_output(trial, output, observation)
    if observation.status == SERVICE_NEVER_READY:
        _settle_start(task, command, trial, output, probe, doors)
    return observation


def run_probe(sandbox: Sandbox, service: PreparedService, command: ProbeCommand, owner: str, seed: int) -> ProbeOutput:
    """A fresh pod for one probe, gone afterwards: what one probe dirties the next never sees."""
    with sandbox.open(service, command, owner) as pod:
        return pod.run(command, seed)


def _second_try(
    trial: Trial, task: Task, service: PreparedService, probe: Probe, command: ProbeCommand, doors: Doors
) -> tuple[ProbeOutput, Observation]:
    """A crashed probe is tried again; if it crashes again, the reference tells whose fault it is."""
    output = run_probe(doors.sandbox, service, command, trial.name, trial.seed)
    observation = probe.observe(output)
    if observation.status != "crashed":
        return output, observation
    control = probe.observe(doors.yardstick.control(task, command, trial.seed))
    verdict = "fine" if control.status == "measured" else "crashed"
    return output, replace(observation, facts={**observation.facts, "control": verdict})


def _settle_start(
    task: Task, command: ProbeCommand, trial: Trial, output: ProbeOutput, probe: Probe, doors: Doors
) -> None:
    """Raise the fault of whoever failed to start: the submission if the reference starts here, else we."""
    control = doors.yardstick.control(task, command, trial.seed)
    if probe.observe(control).status != "measured":  # only a reference that was seen to work proves anything
        raise InfrastructureFault("reference_not_ready", f"{probe.name}: the reference does not start here either")
    fate = output.service
    log_tail = fate.log[-4000:].decode("utf-8", "replace")
    if fate.state == "exited":
        raise StartFailed("start_crash", f"the service exited with code {fate.exit_code} before it answered", log_tail)
    raise StartFailed("start_timeout", f"the service stayed silent for {task.limits.start_timeout_s:g} s", log_tail)


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


def _record(trial: Trial, task: Task, version: AgentVersion, outcome: Outcome, progress: Progress) -> TrialRecord:
    reply, submission = progress.reply, progress.submission
    files = len(submission.files) if submission else None
    replies = [r for r in (reply, progress.further) if r]
    wall_s = _sum([r.wall_s for r in replies])
    scores = outcome.scores if isinstance(outcome, Scored) else ()
    return TrialRecord(
        trial=trial,
        outcome=outcome,
        agent_digest=version.digest,
        task_digest=task.digest,
        prompt_digest=progress.prompt.digest if progress.prompt else None,
        submission_digest=submission.digest if submission else None,
        reply_origin=reply.origin if reply else None,
        files=files,
        durations_s=progress.durations_s,
        warnings=(*progress.warnings, *(submission.notes if submission else ())),
        cost_usd=_sum([r.cost_usd for r in replies]),
        usage=_usage([r.usage for r in replies]),
        promises=promises(version.claims, scores, task.measures, files, wall_s) if scores else (),
    )


def _sum(figures: Sequence[float | None]) -> float | None:
    """Their sum; None when there are none or one is unknown: a part is never shown as the whole."""
    known = [figure for figure in figures if figure is not None]
    return round(sum(known), 6) if known and len(known) == len(figures) else None


def _usage(counted: Sequence[Usage | None]) -> JsonObject | None:
    known = [usage for usage in counted if usage is not None]
    if not known or len(known) != len(counted):
        return None
    return {key: sum(getattr(usage, key) for usage in known) for key in ("input_tokens", "output_tokens")}
