"""The reference solution as a yardstick: measured beside the submissions, tried when a probe fails on one of them.

Refuses to be charged to anybody: its observations are evidence about this machine and about the task.
"""

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

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
    ) -> None:
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
            if (task.id, block) not in self._known:
                self._known[task.id, block] = self._measure(task, block)
            return self._known[task.id, block]

    def control(self, task: Task, command: ProbeCommand, seed: int) -> ProbeOutput:
        """`command` on the reference, now; nothing is remembered."""
        service = self._sandbox.prepare(self._folder(task), task, seed)
        return run_probe(self._sandbox, service, replace(command, target="reference"), f"reference-{task.id}", seed)

    def _measure(self, task: Task, block: int) -> Mapping[str, Observation]:
        seed = trial_seed(self._seed, task.id, block)
        observations = {}
        for probe in self._probes:
            command = probe.command(task, self._profile)
            if isinstance(command, NotPlanned) or not command.exclusive:
                continue
            output = self._store.load_reference(task.id, block, probe.name)
            if output is None:
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
