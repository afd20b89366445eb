"""The reference solution as a yardstick: measured beside the submissions, tried when a probe fails on one of them.

Refuses to be charged to anybody: its observations are evidence about this machine and about the task.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from harness.errors import AgentFault, InfrastructureFault
from harness.model.probe import NotPlanned, Observation, ProbeCommand, ProbeOutput
from harness.model.submission import Submission, SubmittedFile
from harness.model.task import Task
from harness.ports import Probe, ReferenceStore, Sandbox, Workspace
from harness.runner.plan import trial_seed
from harness.trial import run_probe


class ReferenceYardstick:
    """Runs the exclusive probes on the reference once per (task, block), and controls on demand.

    Thread-safe: two trials of one block wait for one measurement instead of making two.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        workspace: Workspace,
        store: ReferenceStore,
        probes: Sequence[Probe],
        profile: str,
        seed: int,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """`check` raises when the run is to stop: asked before anything runs, and before what ran is believed."""
        self._check = check
        self._sandbox = sandbox
        self._workspace = workspace
        self._store = store
        self._probes = tuple(probes)
        self._profile = profile
        self._seed = seed
        self._locks: defaultdict[tuple[str, int], threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()
        self._known: dict[tuple[str, int], Mapping[str, Observation]] = {}

    def measure(self, task: Task, block: int) -> Mapping[str, Observation]:
        """Observations of the exclusive probes on the reference, by probe name."""
        with self._guard:
            lock = self._locks[task.id, block]
        with lock:
            known = self._known.get((task.id, block))
            if known is None:
                known = self._measure(task, block)
                if all(observation.status == "measured" for observation in known.values()):
                    self._known[task.id, block] = known
            return known

    def control(self, task: Task, command: ProbeCommand, seed: int) -> ProbeOutput:
        """`command` on the reference, now; nothing is remembered.

        Raises InfrastructureFault too where a submission would be at fault: the task's check has seen this reference
        prepared, so it is this machine, or its package index, that cannot do so now.
        """
        self._check()
        try:
            service = self._sandbox.prepare(self._folder(task), task, seed)
        except AgentFault as error:
            what = f"the reference of {task.id} could not be prepared here: {error.message}"
            raise InfrastructureFault("reference_not_prepared", what, error.detail) from error
        command = replace(command, target="reference")
        output = run_probe(self._sandbox, service, command, f"reference-{task.id}", seed)
        self._check()
        return output

    def _measure(self, task: Task, block: int) -> Mapping[str, Observation]:
        seed = trial_seed(self._seed, task.id, block)
        observations = {}
        for probe in self._probes:
            command = probe.command(task, self._profile)
            if isinstance(command, NotPlanned) or not command.exclusive:
                continue
            output = self._store.load_reference(task.id, block, probe.name)
            # A yardstick that broke (a busy host, a lost engine) is made anew, or no later try could ever succeed.
            if output is None or probe.observe(output).status != "measured":
                output = self.control(task, command, seed)
                self._store.save_reference(task.id, block, output, probe.observe(output))
            observations[probe.name] = probe.observe(output)
        return observations

    def _folder(self, task: Task) -> Path:
        with self._guard:
            folder = self._store.reference_folder(task.id)
            if not any(folder.iterdir()):
                files = tuple(SubmittedFile(path, content) for path, content in task.solution.items())
                self._workspace.write(Submission(files), folder)
            return folder
