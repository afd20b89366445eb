"""The reference solution as a yardstick: measured beside the submissions, tried when a probe fails on one of them.

Refuses to be charged to anybody: its observations are evidence about this machine and about the task.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from harness.measurement import Keep, Reference, reference_files
from harness.model.probe import NotPlanned, Observation, ProbeCommand, ProbeOutput
from harness.model.task import Task
from harness.ports import Probe, ReferenceStore, Sandbox, Workspace
from harness.runner.plan import trial_seed


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

    def control(self, task: Task, probe: Probe, command: ProbeCommand, seed: int) -> Observation:
        """What `command` shows on the reference, now; nothing is remembered. Raises as Reference does."""
        return self._observe(task, probe, command, seed)

    def _observe(self, task: Task, probe: Probe, command: ProbeCommand, seed: int, **kept: Keep) -> Observation:
        self._check()
        reference = Reference(self._sandbox, task, self._folder(task), self._profile)
        seen = reference.observe(probe, command, seed, **kept)
        self._check()
        return seen

    def _measure(self, task: Task, block: int) -> Mapping[str, Observation]:
        seed = trial_seed(self._seed, task.id, block)
        observations = {}
        for probe in self._probes:
            command = probe.command(task, self._profile)
            if isinstance(command, NotPlanned) or not command.exclusive:
                continue
            output = self._store.load_reference(task.id, block, probe.name)
            seen = None if output is None else probe.observe(output)
            # A yardstick that broke (a busy host, a lost engine) is made anew, or no later try could ever succeed.
            if seen is None or seen.status != "measured":
                seen = self._observe(task, probe, command, seed, keep=self._keep(task, block))
            observations[probe.name] = seen
        return observations

    def _keep(self, task: Task, block: int) -> Keep:
        def keep(probe: Probe, command: ProbeCommand, output: ProbeOutput, seen: Observation) -> None:
            self._check()  # what a stop cut short is not kept
            self._store.save_reference(task.id, block, output, seen)

        return keep

    def _folder(self, task: Task) -> Path:
        with self._guard:
            folder = self._store.reference_folder(task.id)
            if not any(folder.iterdir()):
                self._workspace.write(reference_files(task), folder)
            return folder
