"""One measurement: what a probe says about a service, by the same rules whoever asks.

    command -> nothing planned? -> run -> observe -> crashed: again; crashed, cut: the control -> never ready: settle

Trials, repeats, task checks and the yardstick all measure through `Measurement`. Refuses to blame without a control:
a probe that crashes or that a limit of ours cuts, or a service that never answers, is tried on the reference before
anyone is at fault.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from harness.errors import AgentFault, InfrastructureFault, StartFailed
from harness.model.probe import NotPlanned, Observation, ProbeCommand, ProbeOutput
from harness.model.submission import Submission, SubmittedFile
from harness.model.task import Task
from harness.ports import PreparedService, Probe, Sandbox
from harness.probes.report_line import limits_told

SERVICE_NEVER_READY: Final = "not_ready"
QUICK = 1 / 3  # of a limit: a reference that needs no more shows that it was not the host who was slow
LOG_TAIL = 4000  # bytes of a dead service's log that are shown

Keep = Callable[[Probe, ProbeCommand, ProbeOutput, Observation], None]
Control = Callable[[Probe, ProbeCommand], Observation]  # the same command on the reference, now


def _nothing(*_: object) -> None:
    """Whoever measures keeps nothing, knows nothing and is not told."""


def _unwatched(name: str) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True)
class Measurement:
    """How the services of one task are measured; `owner` names the pods.

    control: None when the reference itself is measured, there is nothing to hold it against; keep: called once with
    what stands; known: what an earlier measurement of the same said; again: told of an observation that is not
    believed yet, before the second try; under_way: entered while a probe of this name is worked on.
    """

    sandbox: Sandbox
    task: Task
    profile: str
    seed: int
    owner: str
    control: Control | None
    keep: Keep = _nothing
    known: Callable[[Probe, ProbeCommand], Observation | None] = _nothing
    again: Callable[[Observation], None] = _nothing
    under_way: Callable[[str], AbstractContextManager[None]] = _unwatched

    def of(self, service: PreparedService, probe: Probe) -> Observation:
        """The probe's observation of the service, settled: `facts["control"]` tells how the reference fared, if asked.

        Raises StartFailed when the service never answered and the reference does, and what the sandbox raises.
        """
        command = probe.command(self.task, self.profile)
        if isinstance(command, NotPlanned):
            return command.observation(probe.name, probe.version)
        with self.under_way(probe.name):
            earlier = self.known(probe, command)
            return earlier if earlier is not None else self.run(service, probe, command)

    def run(self, service: PreparedService, probe: Probe, command: ProbeCommand) -> Observation:
        """The same for a command that is to run now."""
        output, seen = self._once(service, probe, command)
        if seen.status == "crashed":
            self.again(seen)
            output, seen = self._once(service, probe, command)
        if self.control is not None and (seen.status == "crashed" or seen.cuts):
            verdict = _verdict(self.control(probe, command), timed=bool(seen.cuts))
            seen = replace(seen, facts={**seen.facts, "control": verdict})
        self.keep(probe, command, output, seen)  # before the control of a start can fail: this is the evidence
        if seen.status == SERVICE_NEVER_READY and self.control is not None:
            raise _start_fault(seen, output, self.control(probe, command), self.task)
        return seen

    def _once(self, service: PreparedService, probe: Probe, command: ProbeCommand) -> tuple[ProbeOutput, Observation]:
        """A fresh pod for one probe, gone afterwards: what one probe dirties the next never sees."""
        with self.sandbox.open(service, command, self.owner) as pod:
            output = pod.run(command, self.seed)
        seen = probe.observe(output)
        if seen.status == "crashed" and output.timed_out:
            cut = {"limit": "time", "limit_s": command.timeout_s, "left": f"the {probe.name} probe"}
            seen = replace(seen, facts={**seen.facts, "limits": {"spent": 1.0, "cuts": [cut]}})
        return output, seen


@dataclass(frozen=True)
class Reference:
    """The task's reference solution, whose files lie in `folder`, ready to be measured as submissions are."""

    sandbox: Sandbox
    task: Task
    folder: Path
    profile: str

    def observe(
        self,
        probe: Probe,
        command: ProbeCommand,
        seed: int,
        keep: Keep = _nothing,
    ) -> Observation:
        """`command` on the reference, now.

        Raises InfrastructureFault too where a submission would be at fault: the task's check has seen this reference
        prepared, so it is this machine, or its package index, that cannot do so now.
        """
        try:
            service = self.sandbox.prepare(self.folder, self.task, seed)
        except AgentFault as error:
            what = f"the reference of {self.task.id} could not be prepared here: {error.message}"
            raise InfrastructureFault("reference_not_prepared", what, error.detail) from error
        owner = f"reference-{self.task.id}"
        alone = Measurement(self.sandbox, self.task, self.profile, seed, owner, control=None, keep=keep)
        return alone.run(service, probe, replace(command, target="reference"))


def _verdict(control: Observation, *, timed: bool) -> Literal["fine", "slow", "crashed"]:
    """Only a reference that was seen to work proves anything; where time ran out, only one that was quick as well."""
    if control.status != "measured":
        return "crashed"
    return "slow" if timed and (control.cuts or control.spent > QUICK) else "fine"


def _start_fault(
    seen: Observation, output: ProbeOutput, control: Observation, task: Task
) -> StartFailed | InfrastructureFault:
    """The fault of whoever failed to start: the submission if the reference starts here, and soon; else we."""
    fate = output.service
    verdict = _verdict(control, timed=fate.state != "exited")
    if verdict == "crashed":
        return InfrastructureFault("reference_not_ready", f"{seen.probe}: the reference does not start here either")
    if verdict == "slow":
        what = f"{seen.probe}: the reference too took {control.spent:.0%} of a limit: this host is too slow to tell"
        return InfrastructureFault("host_too_slow", what)
    log_tail = fate.log[-LOG_TAIL:].decode("utf-8", "replace")
    if fate.state == "exited":
        died = f"the service exited with code {fate.exit_code} before it answered{limits_told(fate.limits_hit)}"
        return StartFailed("start_crash", died, log_tail)
    silent = f"the service stayed silent for {task.limits.start_timeout_s:g} s{limits_told(fate.limits_hit)}"
    listens = seen.facts.get("listens")
    return StartFailed("start_timeout", f"{silent}; {listens}" if listens else silent, log_tail)


def limits_met(observations: Mapping[str, Observation]) -> Iterator[str]:
    """One line per probe under which the service ran into limits of its container; a long log alone is none."""
    for name, seen in observations.items():
        hit = [each for each in (seen.facts.get("service") or {}).get("limits_hit") or () if each != "log"]
        if hit:
            yield f"under the probe {name} the service hit its limit of {', '.join(hit)}"


def reference_files(task: Task) -> Submission:
    """The reference as a submission."""
    return Submission(tuple(SubmittedFile(path, content) for path, content in sorted(task.solution.items())))
